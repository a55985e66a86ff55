"""Normalisations as they lie beside models: JSON or YAML files in the forms that people use, read
without interpreting them.

Two numbers belong to each variable. What they mean, (x - mean) / std or (x + offset) * scale, is
said by the file, by the author, or proven later by data; the words `mean`, `std`, `scale` and
`offset` do not settle it, for files exist whose "mean" is added and whose "std" is multiplied.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from lhnets_registry.cards import yaml_lines
from lhnets_registry.errors import YamlError
from lhnets_training.importing.errors import NormalisationError
from lhnets_training.importing.normalisation.columns import Log, Then

Convention: TypeAlias = Literal[
    "subtract-divide", "add-multiply", "multiply-add", "zero-to-one", "minus-one-to-one"
]
CONVENTIONS: tuple[Convention, ...] = get_args(Convention)
FORMULAE: dict[Convention, str] = {
    "subtract-divide": "(x - {0}) / {1}",
    "add-multiply": "(x + {0}) * {1}",
    "multiply-add": "x * {1} + {0}",
    "zero-to-one": "(x - {0}) / ({1} - {0})",
    "minus-one-to-one": "2 (x - {0}) / ({1} - {0}) - 1",
}
_FIRST = (
    "mean",
    "means",
    "mean_",
    "mu",
    "offset",
    "offsets",
    "shift",
    "loc",
    "center",
    "centre",
    "median",
    "min_",
)
_SECOND = ("std", "stds", "sigma", "sd", "stddev", "scale", "scales", "scale_", "width", "iqr")
_SQUARED = ("var", "var_", "variance")
_LOWEST, _HIGHEST = ("min", "minimum", "data_min_", "low"), ("max", "maximum", "data_max_", "high")
_NAMES = (
    "variables",
    "names",
    "features",
    "feature_names",
    "columns",
    "inputs",
    "outputs",
    "targets",
)
_INPUT_PARTS, _OUTPUT_PARTS = (
    ("inputs", "input", "x", "X", "features"),
    ("outputs", "output", "y", "Y", "targets", "target"),
)
_ENTRY_KEYS = {
    "name",
    "log",
    "then",
    "times",
    "mask",
    "masked",
    "spread",
    "drop",
    "unit",
    "meaning",
}
_LOGS: dict[Any, Log] = {
    None: "none",
    False: "none",
    "none": "none",
    "ln": "ln",
    "log": "ln",
    "e": "ln",
    True: "ln",
    "log10": "log10",
    10: "log10",
}
_KNOWN = (
    "`inputs:` and `outputs:` with entries {name, mean, std} (also log: ln, then: exp), or "
    "{variables: […], mean: […], std: […]}, or {NAME: {mean, std}}"
)


@dataclass(frozen=True)
class SidecarEntry:
    """What the file says of one variable: two numbers, uninterpreted, and what stands beside
    them."""

    name: str | None
    first: float = 0.0
    second: float = 1.0
    words: tuple[str, str] = ("", "")
    """What the file calls the two numbers; empty where it gives none."""
    log: Log = "none"
    then: Then = "none"
    times: float = 1.0
    mask: float | None = None
    masked: float = 0.0
    spread: bool = False
    dropped: bool = False
    """Of an output: the model gives it, and the card does not have it."""

    @property
    def bare(self) -> bool:
        """Whether there are no two numbers."""
        return self.words == ("", "")

    def affine(self, convention: Convention) -> tuple[float, float]:
        """Shift and width, z = (u - shift) / width, where the two numbers mean ``convention``."""
        a, b = self.first, self.second
        if self.bare:
            return 0.0, 1.0
        return {
            "subtract-divide": (a, b),
            "add-multiply": (-a, 1 / b),
            "multiply-add": (-a / b, 1 / b),
            "zero-to-one": (a, b - a),
            "minus-one-to-one": ((a + b) / 2, (b - a) / 2),
        }[convention]

    @property
    def swapped(self) -> SidecarEntry:
        """The same with the two numbers exchanged."""
        return replace(self, first=self.second, second=self.first)


@dataclass(frozen=True)
class Sidecar:
    """A file as it stands. ``stated`` is the convention where it says one; ``sure`` are names that
    came with the entries."""

    file: str
    inputs: tuple[SidecarEntry, ...]
    outputs: tuple[SidecarEntry, ...] = ()
    stated: Convention | None = None

    @property
    def named(self) -> bool:
        """Whether the entries of the inputs carry names."""
        return bool(self.inputs) and all(e.name is not None for e in self.inputs)

    @property
    def conventions(self) -> tuple[Convention, ...]:
        """What the numbers may mean, by the words of the file; one where it is stated."""
        if self.stated:
            return (self.stated,)
        words = {e.words for e in (*self.inputs, *self.outputs) if not e.bare}
        if words and all(w in _LOWEST for w, _ in words):
            return ("zero-to-one", "minus-one-to-one")
        if words == {("min_", "scale_")}:
            return ("multiply-add",)
        return ("subtract-divide", "add-multiply") if words else ("subtract-divide",)


def read(path: Path, convention: str | None = None) -> Sidecar:
    """The normalisation in a JSON or YAML file; ``convention`` is what the author says of it.

    Raises
    ------
    NormalisationError
        If it has none of the known forms, or contradicts itself: lists of unequal length, widths
        that are not positive, a variable twice.
    """
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise NormalisationError(f"cannot read the normalisation {path}: {error}") from error
    return parse(text, path.name, convention)


def parse(text: str, file: str, convention: str | None = None) -> Sidecar:
    """As `read`, from the text itself."""
    try:
        content = (
            json.loads(text) if text.lstrip()[:1] in ("{", "[") else _plain(yaml_lines.load(text))
        )
    except (ValueError, RecursionError) as error:
        raise NormalisationError(f"{file} is neither JSON nor YAML: {error}") from error
    except YamlError as error:
        raise NormalisationError(
            f"{file} is neither JSON nor YAML: line {error.line}: {error.got}"
        ) from error
    if not isinstance(content, dict):
        raise NormalisationError(f"{file} holds a {type(content).__name__}, expected {_KNOWN}")
    said = content.pop("convention", None)
    stated = _convention(convention or said, file) if convention or said else None
    if convention and said and _convention(said, file) != stated:
        raise NormalisationError(
            f"{file} says convention {said!r}, but {convention!r} was given with the command: "
            "which is right?"
        )
    inputs, outputs = (tuple(part) for part in _parts(content, file))
    if not inputs and not outputs:
        raise NormalisationError(f"{file} has no normalisation in a known form; expected {_KNOWN}")
    made = Sidecar(file, inputs, outputs, stated)
    _require_sane(made)
    return made


def from_metadata(metadata: Mapping[str, str], convention: str | None = None) -> Sidecar | None:
    """The normalisation in the metadata of an ONNX file: `input_0: NAME`, `NAME_mean`, `NAME_std`;
    None where there is none."""
    entries = []
    for position in range(len(metadata)):
        name = metadata.get(f"input_{position}")
        if name is None:
            break
        for first, second in (("mean", "std"), ("offset", "scale")):
            try:
                numbers = float(metadata[f"{name}_{first}"]), float(metadata[f"{name}_{second}"])
            except (KeyError, ValueError):
                continue
            entries.append(SidecarEntry(name, *numbers, words=(first, second)))
    where = "the metadata of the ONNX file"
    return (
        Sidecar(where, tuple(entries), (), _convention(convention, where) if convention else None)
        if entries
        else None
    )


def _convention(text: Any, file: str) -> Convention:
    plain = re.sub(r"\s+", "", str(text).lower())
    for known in CONVENTIONS:
        if plain == known:
            return known
    for pattern, known in (
        (r"\(?[xu]-\w+\)/\w+", "subtract-divide"),
        (r"\(?[xu]\+\w+\)\*\w+", "add-multiply"),
        (r"[xu]\*\w+\+\w+", "multiply-add"),
        (r"\([xu]-(\w+)\)/\(\w+-\1\)", "zero-to-one"),
    ):
        if re.fullmatch(pattern, plain):
            return known
    raise NormalisationError(
        f"{file}: cannot read the convention {str(text)!r}; expected one of "
        + ", ".join(f"{name} {formula.format('mean', 'std')}" for name, formula in FORMULAE.items())
    )


def _parts(content: dict[str, Any], file: str) -> Iterator[list[SidecarEntry]]:
    """The entries of the inputs, then those of the outputs."""
    nested = {
        k for k in content if k in (*_INPUT_PARTS, *_OUTPUT_PARTS) and not _is_names(content[k])
    }
    prefixed = {
        side: _prefixed(content, names)
        for side, names in (("in", _INPUT_PARTS), ("out", _OUTPUT_PARTS))
    }
    if nested:
        unknown = sorted(
            set(content) - nested - {"input_sequences", "miscellaneous", "defaults", "class_labels"}
        )
        if unknown:
            raise NormalisationError(f"{file} has the unknown fields {unknown}; expected {_KNOWN}")
        for names in (_INPUT_PARTS, _OUTPUT_PARTS):
            yield [e for k in content if k in names for e in _entries(content[k], f"{file}: {k}")]
    elif prefixed["in"] or prefixed["out"]:
        for side in ("in", "out"):
            yield list(_entries(prefixed[side], f"{file}")) if prefixed[side] else []
    else:
        yield list(_entries(content, file))
        yield []


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _prefixed(content: Mapping[str, Any], sides: Sequence[str]) -> dict[str, Any]:
    """``x_mean``, ``mean_x`` and the like, without what says the side."""
    found = {}
    for key, value in content.items():
        for side in sides:
            if key.startswith(f"{side}_"):
                found[key.removeprefix(f"{side}_")] = value
            elif key.endswith(f"_{side}"):
                found[key.removesuffix(f"_{side}")] = value
    return found


def _entries(part: Any, where: str) -> Iterator[SidecarEntry]:
    if isinstance(part, list) and all(isinstance(e, dict) for e in part):
        for k, entry in enumerate(part):
            yield _entry(entry.get("name"), entry, f"{where}[{k}]")
    elif isinstance(part, dict) and part and all(isinstance(e, dict) for e in part.values()):
        for name, entry in part.items():
            yield _entry(name, entry, f"{where}.{name}")
    elif isinstance(part, dict):
        yield from _listed(part, where)
    else:
        raise NormalisationError(f"{where} is in no known form; expected {_KNOWN}")


def _listed(part: dict[str, Any], where: str) -> Iterator[SidecarEntry]:
    """One list for each word, and perhaps one of names."""
    names = next((part[k] for k in _NAMES if _is_names(part.get(k))), None)
    words = _words(part, where)
    lists = {w: part[w] if isinstance(part[w], list) else [part[w]] for w in words if w}
    lengths = {w: len(v) for w, v in lists.items()} | ({"names": len(names)} if names else {})
    if len(set(lengths.values())) > 1:
        counted = ", ".join(f"{n} {w}" for w, n in lengths.items())
        raise NormalisationError(
            f"{where} contradicts itself: it has {counted}; one of each belongs to every variable"
        )
    besides = {key: value for key, value in part.items() if key not in (*words, *_NAMES)}
    for k in range(max(lengths.values(), default=0)):
        one = {w: v[k] for w, v in lists.items()}
        one |= {key: _kth(value, k, f"{where}.{key}") for key, value in besides.items()}
        yield _entry(names[k] if names else None, one, f"{where}[{names[k] if names else k}]")


def _kth(value: Any, k: int, where: str) -> Any:
    """What a list says of variable ``k``, or what one value says of all of them."""
    if isinstance(value, list) and k >= len(value):
        raise NormalisationError(
            f"{where} has {len(value)} entries, fewer than there are variables"
        )
    return value[k] if isinstance(value, list) else value


def _entry(name: Any, entry: dict[str, Any], where: str) -> SidecarEntry:
    words = _words(entry, where)
    unknown = sorted(set(entry) - {*words, *_ENTRY_KEYS})
    if unknown:
        raise NormalisationError(f"{where} has the unknown fields {unknown}; expected {_KNOWN}")
    then, log = entry.get("then", "none"), entry.get("log")
    if then not in get_args(Then):
        raise NormalisationError(f"{where}: then {then!r} is none of {', '.join(get_args(Then))}")
    if log not in _LOGS:
        raise NormalisationError(f"{where}: log {log!r} is none of ln, log10, none")
    first, second = (
        _number(entry[w], where, w) if w else d for w, d in zip(words, (0.0, 1.0), strict=True)
    )
    if words[1] in _SQUARED:
        if second < 0:
            raise NormalisationError(f"{where} has the negative variance {second:g}")
        second = math.sqrt(second)
    mask = entry.get("mask")
    return SidecarEntry(
        None if name is None else str(name),
        first,
        second,
        words,
        _LOGS[log],
        then,
        _number(entry.get("times", 1.0), where, "times"),
        None if mask is None else _number(mask, where, "mask"),
        _number(entry.get("masked", 0.0), where, "masked"),
        bool(entry.get("spread", False)),
        bool(entry.get("drop", False)),
    )


def _words(entry: Mapping[str, Any], where: str) -> tuple[str, str]:
    """What the two numbers are called."""
    low, high = ([w for w in words if w in entry] for words in (_LOWEST, _HIGHEST))
    first, second = ([w for w in words if w in entry] for words in (_FIRST, (*_SECOND, *_SQUARED)))
    if low and high and not (first or second):
        return low[0], high[0]
    if "std" in second or "scale_" in second:
        second = ["std" if "std" in second else "scale_"]
    if len(first) > 1 or len(second) > 1:
        raise NormalisationError(
            f"{where} gives {', '.join((*first, *second))}: which two are meant? Leave one pair, "
            "such as mean and std"
        )
    if bool(first) != bool(second):
        has = (first or second)[0]
        raise NormalisationError(
            f"{where} gives {has} alone; expected two numbers, such as mean and std"
        )
    return (first[0], second[0]) if first else ("", "")


def _number(value: Any, where: str, word: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise NormalisationError(f"{where}: {word} is {value!r}, expected a finite number")
    return float(value)


def _require_sane(sidecar: Sidecar) -> None:
    for what, entries in (("input", sidecar.inputs), ("output", sidecar.outputs)):
        names = [(e.name, e.spread) for e in entries if e.name is not None]
        twice = sorted({n for n, s in names if names.count((n, s)) > 1})
        if twice:
            raise NormalisationError(
                f"{sidecar.file} contradicts itself: the {what} {', '.join(twice)} stands twice"
            )
        if entries and 0 < len(names) < len(entries):
            raise NormalisationError(
                f"{sidecar.file}: some entries of the {what}s have a name and some have none"
            )
        for k, entry in enumerate(entries):
            label = entry.name or f"number {k}"
            if entry.words[0] in _LOWEST:
                if not entry.first < entry.second:
                    raise NormalisationError(
                        f"{sidecar.file} contradicts itself: {label} has {entry.words[0]} "
                        f"{entry.first:g} not below {entry.words[1]} {entry.second:g}"
                    )
            elif entry.second <= 0:
                other = " (exchanged with the other one?)" if entry.first > 0 else ""
                raise NormalisationError(
                    f"{sidecar.file} contradicts itself: {label} has {entry.words[1] or 'a width'} "
                    f"{entry.second:g}, expected a positive number{other}"
                )


def _plain(node: yaml_lines.YamlNode) -> Any:
    if isinstance(node.value, dict):
        return {k: _plain(n) for k, n in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(n) for n in node.value]
    return node.value
