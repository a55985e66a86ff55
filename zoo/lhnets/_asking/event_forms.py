"""Particles as people have them -> plain arrays: awkward, vector, PseudoJets, torch, structured
arrays, tables.

None of these libraries is needed here: whoever has such an object has imported its library. What
they raise becomes a `ParameterError` that says what is expected.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lhnets._asking.quantities import Column, find_quantities, to_features
from lhnets.errors import Error, ParameterError
from lhnets.format import Card, Input

TAKES = (
    "an array or a list of arrays in the order of the card's features; or, by their names, awkward "
    "records, vector arrays, structured arrays, a mapping of columns, lists of PseudoJets"
)


class Ragged(NamedTuple):
    """Events of different lengths: the entries of all of them one after the other (M, …), and how
    many belong to each event (N,)."""

    flat: NDArray[Any]
    lengths: NDArray[np.int64]


def name_inputs(inputs: Any, card: Card) -> Any:
    """A mapping by the names of the card's inputs; what is not one is the only tensor that the
    network needs.

    A mapping whose names are none of the card's but quantities of particles is that tensor, too.
    """
    if isinstance(inputs, Mapping):
        known = {i.name for i in card.inputs}
        if known.intersection(inputs) or not is_particles(inputs):
            return inputs
    needed = [t for t in card.tensors if not (t.noise or t.mask_of)]
    columns = [c for c in card.columns if c.default is None]
    return {needed[0].name: inputs} if len(needed) == 1 and not columns else inputs


def is_particles(inputs: Mapping[Any, Any]) -> bool:
    """Whether the names of columns are those of momenta, three components at least."""
    return len(find_quantities(map(str, inputs))) >= 3


def to_plain(value: Any, tensor: Input, card: Card) -> Any:
    """Arrays, lists of arrays or a `Ragged` of what is given for a tensor; plain arrays and lists
    come back as they are.

    Raises
    ------
    ParameterError
        If the numbers cannot be found in it.
    """
    if type(value) is np.ndarray and value.dtype.names is None:
        return value
    try:
        return _convert(value, tensor, card)
    except Error:
        raise
    except Exception as error:
        raise ParameterError(
            f"{tensor.name} of {card.identity} cannot be read from {_name(value)}: {error}. It "
            f"takes {TAKES}"
        ) from error


def _convert(value: Any, tensor: Input, card: Card) -> Any:
    if _is_awkward(value):
        return _read_awkward(value, tensor, card)
    if _comes_from(value, "torch"):
        return value.detach().cpu().numpy()
    if names := getattr(getattr(value, "dtype", None), "names", None):
        plain = np.asarray(value).view(np.ndarray)
        return to_features({n: plain[n] for n in names}, tensor, card)
    if isinstance(value, Mapping):
        return _read_columns(value, tensor, card)
    if hasattr(value, "columns") and hasattr(value, "to_numpy"):
        return to_features({str(c): value[c].to_numpy() for c in value.columns}, tensor, card)
    if _is_particle(value):
        return _read_particles([value], tensor, card, single=True)
    if isinstance(value, np.ma.MaskedArray):
        return _read_masked(value, tensor, card)
    if isinstance(value, (list, tuple)):
        return _read_list(value, tensor, card)
    return value


def _read_list(value: Sequence[Any], tensor: Input, card: Card) -> Any:
    """Of a list only those are converted that hold no plain numbers."""
    first = next((v for v in value if not (_has_length(v) and len(v) == 0)), None)
    if first is None or np.isscalar(first) or _is_plain(first):
        return value
    if any(_is_particle(v) for v in value):
        return _read_particles(value, tensor, card)
    return [to_plain(v, tensor, card) for v in value]


def _read_columns(value: Mapping[Any, Any], tensor: Input, card: Card) -> Any:
    """Columns by name: arrays of the same shape, or all of them jagged in the same way."""
    first = next(iter(value.values()), None)
    if _is_awkward(first) or (isinstance(first, (list, tuple)) and any(map(_has_length, first))):
        import awkward

        try:
            return _read_awkward(awkward.zip({str(k): v for k, v in value.items()}), tensor, card)
        except ValueError as error:
            raise ParameterError(
                f"the columns {', '.join(map(str, value))} of {tensor.name} of {card.identity} do "
                f"not belong together: expected lists of the same lengths ({error})"
            ) from error
    return to_features({str(k): np.asarray(v) for k, v in value.items()}, tensor, card)


def _read_awkward(value: Any, tensor: Input, card: Card) -> Any:
    import awkward

    names = awkward.fields(value)
    if not names:
        return _split_awkward(value, len(tensor.shape or ()) - 1)
    wanted = _find_needed(names, tensor)
    if isinstance(value, awkward.Record):
        inner = [np.ndim(value[n]) if np.isscalar(value[n]) else value[n].ndim for n in wanted]
        if max(inner, default=0) == 0:
            return to_features({n: np.asarray(value[n]) for n in wanted}, tensor, card)
    if isinstance(value, awkward.Array) and value.ndim == 2 and len(tensor.shape or ()) == 3:
        lengths = awkward.to_numpy(awkward.num(value, axis=1), allow_missing=False)
        particles = awkward.flatten(value, axis=1)
        columns = {n: awkward.to_numpy(particles[n], allow_missing=False) for n in wanted}
        return Ragged(to_features(columns, tensor, card), lengths.astype(np.int64))
    split = {n: _split_awkward(value[n], len(tensor.shape or ()) - 2) for n in wanted}
    first = next(iter(split.values()), None)
    if not isinstance(first, Ragged):
        return to_features(split, tensor, card)
    for name, column in split.items():
        if not np.array_equal(column.lengths, first.lengths):
            raise ParameterError(
                f"the fields {next(iter(split))} and {name} of {tensor.name} of {card.identity} "
                "have different lengths: expected as many entries in each event"
            )
    flat = to_features({n: c.flat for n, c in split.items()}, tensor, card)
    return Ragged(flat, first.lengths)


def _find_needed(names: Sequence[str], tensor: Input) -> list[str]:
    """The fields that matter: features by their names, and quantities of particles."""
    features = {f.name for f in tensor.features}
    known = find_quantities(names)
    found = [n for n in names if n in features or n in known]
    if features.issubset(found):
        return [n for n in found if n in features]
    return found or list(names)


def _split_awkward(array: Any, jagged: int) -> Any:
    """An array of numbers: dense if all its axes are, else `Ragged` along the second.

    ``jagged`` is the number of axes of one event, so that an array with no more is one event.
    """
    import awkward

    if array.ndim <= jagged:
        return awkward.to_numpy(array, allow_missing=False)
    if jagged == 0 or array.ndim == 1:
        return awkward.to_numpy(array, allow_missing=False)
    lengths = awkward.to_numpy(awkward.num(array, axis=1), allow_missing=False)
    flat = awkward.to_numpy(awkward.flatten(array, axis=1), allow_missing=False)
    return Ragged(flat, lengths.astype(np.int64))


def _read_masked(value: Any, tensor: Input, card: Card) -> Any:
    """Entries that numpy marks as missing are padding, if all their features are."""
    hidden = np.ma.getmaskarray(value)
    whole = hidden.all(axis=-1)
    if (hidden.any(axis=-1) != whole).any() or (whole.any() and value.ndim not in (2, 3)):
        raise ParameterError(
            f"{tensor.name} of {card.identity} has numbers that are masked one by one: expected "
            "whole entries of events, of shape (N, P, features). Fill the others first"
        )
    data = np.ma.getdata(value)
    if value.ndim == 2 or not whole.any():
        return data[~whole] if value.ndim == 2 else data
    return Ragged(data[~whole], (~whole).sum(axis=1))


def _read_particles(
    value: Sequence[Any], tensor: Input, card: Card, *, single: bool = False
) -> Any:
    """FastJet's PseudoJets, or objects with E, px, py, pz: the constituents of one jet.

    PseudoJets that were clustered from several others are jets, and their constituents are taken.
    """
    if any(_is_clustered(p) for p in value):
        jets = [_stack([*p.constituents()], tensor, card) for p in value]
        return jets[0] if single else jets
    return _stack(value, tensor, card)


def _stack(particles: Sequence[Any], tensor: Input, card: Card) -> Column:
    momenta = np.array(
        [[_call(p, n) for n in ("E", "px", "py", "pz")] for p in particles], dtype=np.float64
    ).reshape(-1, 4)
    columns = dict(zip(("E", "px", "py", "pz"), momenta.T, strict=True))
    return to_features(columns, tensor, card)


def _call(particle: Any, name: str) -> float:
    value = getattr(particle, name)
    return float(value() if callable(value) else value)


def _is_clustered(particle: Any) -> bool:
    return bool(
        hasattr(particle, "has_constituents")
        and particle.has_constituents()
        and len(particle.constituents()) > 1
    )


def _is_particle(value: Any) -> bool:
    return all(hasattr(value, n) for n in ("E", "px", "py", "pz")) and not _has_length(value)


def _is_awkward(value: Any) -> bool:
    awkward = sys.modules.get("awkward")
    return awkward is not None and isinstance(value, (awkward.Array, awkward.Record))


def _comes_from(value: Any, package: str) -> bool:
    return type(value).__module__.partition(".")[0] == package


def _is_plain(value: Any) -> bool:
    """Whether numpy reads it as numbers by itself."""
    if type(value) is np.ndarray:
        return value.dtype.names is None
    if isinstance(value, (list, tuple)):
        return not value or np.isscalar(value[0]) or _is_plain(value[0])
    return False


def _has_length(value: Any) -> bool:
    try:
        len(value)
    except TypeError:
        return False
    return True


def _name(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"
