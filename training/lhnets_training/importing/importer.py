"""From an author's model, card, normalisation and test points to a network file: read, settle,
assemble, compare, calibrate."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lhnets.format import Source as Origin
from lhnets_registry.admission.limits import Limits
from lhnets_registry.cards import card_file
from lhnets_registry.cards.card_file import Draft
from lhnets_training.importing import reading
from lhnets_training.importing.event_import import import_events
from lhnets_training.importing.formats.identify import converted, identify
from lhnets_training.importing.order import DEFAULT, Imported, Order
from lhnets_training.importing.parameter_import import import_parameters
from lhnets_training.importing.source import BATCH, ConvertedModel, Tensor


def import_model(
    model: Any,
    card: str | Path | Draft,
    *,
    normalisation: str | Path | None = None,
    convention: str | None = None,
    test: str | Path | None = None,
    own_truth: bool = False,
    trust: bool = False,
    output: str | Path | None = None,
    limits: Limits = DEFAULT,
) -> Imported:
    """Make a network file of a trained model.

    Parameters
    ----------
    model
        A path; two paths (architecture and weights of Keras); or a model in Python: Keras, torch,
        scikit-learn, XGBoost, LightGBM, onnx.ModelProto; or the `ConvertedModel` of a product of
        networks (`products.product`).
    card
        The author's card, YAML.
    normalisation
        A JSON or YAML file, ``"metadata"`` for that in an ONNX file's metadata, ``"none"`` where
        the model takes and gives physical numbers although its metadata hold one.
    convention
        What its numbers mean, where the file does not say it: ``"subtract-divide"``,
        ``"add-multiply"``, …
    test
        Table (Parquet or CSV) of points that the model never saw, columns named as the card's
        inputs and outputs, in its units.
    own_truth
        The model defines the quantity, such as the discriminant of a published analysis: no table
        is needed.
    trust
        Read formats that run code on load, in a child process with limits.
    output
        Where to write; NAME.onnx by default.
    limits
        Of the admission that the file must pass.

    Raises
    ------
    ImportingError
        If format, normalisation, test points or parity forbid it.
    AdmissionError
        If the registry would not take the file; nothing is written.
    """
    draft = card if isinstance(card, Draft) else card_file.read(card)
    order = Order(
        draft=draft,
        normalisation=normalisation,
        convention=convention,
        test=None if test is None else Path(test),
        own_truth=own_truth,
        trust=trust,
        output=None if output is None else Path(output),
        limits=limits,
    )
    with _opened(model, _wanted(draft), trust) as (source, origin):
        make = import_events if len(draft.columns) < len(draft.inputs) else import_parameters
        return make(source, origin, order)


def _wanted(draft: Draft) -> tuple[Tensor, ...]:
    tensors = [Tensor(i.name, i.dtype, i.shape) for i in draft.inputs if i.shape is not None]
    if tensors:
        return tuple(tensors)
    return (Tensor("parameters", "float32", (BATCH, len(draft.columns))),)


@contextmanager
def _opened(
    model: Any, wanted: tuple[Tensor, ...], trust: bool
) -> Iterator[tuple[ConvertedModel, Origin]]:
    """The source of a model, and what the card says of where it came from."""
    if isinstance(model, ConvertedModel):
        yield model, _made_of(model)
        return
    if isinstance(model, (str, Path)):
        model = [model]
    if isinstance(model, Sequence) and all(isinstance(m, (str, Path)) for m in model):
        paths = [Path(m) for m in model]
        with reading.opened(paths, wanted, trust=trust) as source:
            yield source, _origin(paths, source)
        return
    source = converted(model, wanted)
    content = source.model.SerializeToString(deterministic=True)
    kind = f"{type(model).__module__.partition('.')[0]}.{type(model).__qualname__}"
    yield (
        source,
        Origin(
            file="a model in Python, as converted",
            sha256=hashlib.sha256(content).hexdigest(),
            format=f"{kind} in Python",
        ),
    )


def _made_of(source: ConvertedModel) -> Origin:
    """A source that was put together from network files."""
    content = source.model.SerializeToString(deterministic=True)
    return Origin(
        file=source.method,
        sha256=hashlib.sha256(content).hexdigest(),
        format="network files of lhnets",
    )


def _origin(paths: Sequence[Path], source: ConvertedModel) -> Origin:
    hashed = hashlib.sha256()
    for path in paths:
        hashed.update(path.read_bytes())
    what = identify(paths[-1]).what.removeprefix("an ").removeprefix("a ")
    version = (
        f", {source.version}"
        if source.framework == "onnx"
        else f", read by {source.framework} {source.version}"
    )
    return Origin(
        file=" + ".join(p.name for p in paths), sha256=hashed.hexdigest(), format=what + version
    )
