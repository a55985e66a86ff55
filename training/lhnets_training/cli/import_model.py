"""`lhnets import`: an author's model as a network file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.status import Status

from lhnets.cli.terminal import console, errors, table

if TYPE_CHECKING:
    from lhnets_registry.admission.limits import Limits
    from lhnets_training.importing.order import Imported
    from lhnets_training.importing.source import ConvertedModel


@click.command("import")
@click.argument(
    "models", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="MODEL…"
)
@click.option(
    "--card",
    type=click.Path(path_type=Path),
    help="the author's card, YAML; `lhnets new NAME` writes a skeleton",
)
@click.option(
    "--normalisation",
    metavar="FILE|metadata|none",
    help="JSON or YAML with mean and std or the like; `metadata`: that in the ONNX file; `none`: "
    "it is in the model",
)
@click.option(
    "--convention",
    metavar="NAME",
    help="what its numbers mean, if the file does not say: subtract-divide (x - mean) / std, "
    "add-multiply (x + offset) * scale",
)
@click.option(
    "--test",
    type=click.Path(path_type=Path),
    help="Parquet or CSV of points that the model never saw; npz of events",
)
@click.option(
    "--own-truth",
    is_flag=True,
    help="the network defines the quantity: a discriminant of an analysis, no table",
)
@click.option(
    "--product",
    "operation",
    flag_value="product",
    help="MODEL… are network files: multiply them, such as LO and K",
)
@click.option("--sum", "operation", flag_value="sum", help="MODEL… are network files: add them")
@click.option(
    "--trust", is_flag=True, help="read formats that run code on load: pickles, Lambda layers"
)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="where to write; NAME.onnx by default"
)
@click.option(
    "--max-size",
    type=click.FloatRange(min=0),
    help="largest file in MB; without it 1, and 16 of networks on events",
)
def import_(
    models: tuple[Path, ...],
    card: Path | None,
    normalisation: str | None,
    convention: str | None,
    test: Path | None,
    own_truth: bool,
    operation: str | None,
    trust: bool,
    output: Path | None,
    max_size: float | None,
) -> None:
    """Make a network file of a trained model, with its normalisation, and compare the two.

    MODEL is a file of Keras (.keras, .h5, or .json with its .h5), torch, scikit-learn, XGBoost,
    LightGBM or ONNX. Without --card it is read and described only.
    """
    if card is None:
        _describe(models, trust)
        return
    from lhnets_registry.admission.limits import Limits
    from lhnets_training.importing.importer import import_model

    limits = Limits.of_megabytes(max_size)
    given = normalisation if normalisation in (None, "metadata", "none") else Path(normalisation)
    with _waiting(f"Importing {models[0].name}"):
        done = import_model(
            models if operation is None else _joined(models, card, operation, limits),
            card,
            normalisation=given,
            convention=convention,
            test=test,
            own_truth=own_truth,
            trust=trust,
            output=output,
            limits=limits,
        )
    _report(done)


def _joined(models: Sequence[Path], card: Path, operation: Any, limits: Limits) -> ConvertedModel:
    from lhnets_registry.cards import card_file
    from lhnets_training.importing.products import product

    return product(models, card_file.read(card), operation, limits)


def _describe(models: Sequence[Path], trust: bool) -> None:
    """What a model takes and gives; its card is missing."""
    from lhnets_training.importing.errors import ImportingError
    from lhnets_training.importing.reading import opened

    with _waiting(f"Reading {models[0].name}"), opened(models, (), trust=trust) as source:
        _print_source(source)
    raise ImportingError(
        f"{models[0].name} can be read, but a card is missing: what it computes, its inputs with "
        "units and ranges, its outputs. `lhnets new NAME` writes one to fill in; then `lhnets "
        "import MODEL --card NAME.yaml --test table.parquet`"
    )


def _print_source(source: ConvertedModel) -> None:
    console.print(f"{escape(source.framework)} {escape(source.version)}: {escape(source.method)}")
    rows = table("", "name", "type", "shape")
    for what, tensors in (("takes", source.inputs), ("gives", source.outputs)):
        for tensor in tensors:
            rows.add_row(what, escape(tensor.name), tensor.dtype, escape(str(list(tensor.shape))))
    console.print(rows)
    if source.columns:
        console.print(f"columns by its own names: {escape(', '.join(source.columns))}")
    if source.note:
        console.print(escape(source.note))


def _report(done: Imported) -> None:
    """Parity, figures, and what was proven on the way."""
    from lhnets_training.judging.report import figures

    for line in done.because:
        console.print(escape(line))
    rows = table("file against original", "points|right", "largest difference|right", "")
    for compared in done.compared:
        rows.add_row(
            compared.what, f"{compared.points:,}", f"{compared.value.largest:.1e}", "[green]pass[/]"
        )
    console.print(rows)
    console.print(figures(done.card))
    admitted = len([f for f in done.admission.findings if f.outcome == "pass"])
    size = done.path.stat().st_size
    console.print(
        f"admission: {admitted} checks pass; `lhnets check {escape(str(done.path))}` shows them"
    )
    console.print(
        f"{escape(done.card.identity)} in {escape(str(done.path))} ({size / 1000:.0f} kB)"
    )


def _waiting(what: str) -> Any:
    """A spinner on a terminal: frameworks take seconds to load."""
    return Status(escape(what), console=errors)
