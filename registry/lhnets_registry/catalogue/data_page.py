"""The page of a data set: its columns with histograms, its files with checksums, its generator and
its licence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from markupsafe import Markup
from msgspec import Struct

from lhnets_datasets.describing.citation import bibtex
from lhnets_datasets.library.manifest import Manifest
from lhnets_registry.catalogue import figures
from lhnets_registry.catalogue.tables import table_of

MOST_HISTOGRAMS = 60
AVAILABLE = {
    "bundled": "ships with lhnets",
    "rebuilt": "rebuilt by its recipe",
    "archived": "archived under its DOI",
}


class ColumnView(Struct, frozen=True):
    """One column with its histogram and its range, where its values ship with lhnets."""

    name: str
    unit: str
    meaning: str
    role: str
    low: float | None = None
    high: float | None = None
    histogram: Markup = Markup("")


class DataPage(Struct, frozen=True):
    """What the template of a data set's page is given."""

    manifest: Manifest
    available: str
    columns: tuple[ColumnView, ...]
    networks: tuple[Any, ...]
    cite: str


def data_page_of(manifest: Manifest, networks: Sequence[Any]) -> DataPage:
    """The page of a set, with the rows of the search that name networks trained on it."""
    found = table_of(manifest.name)
    table = found[0] if found else None
    columns = tuple(
        ColumnView(
            c.name, c.unit, c.meaning, c.role, *_content(table, c.name, c.unit, k < MOST_HISTOGRAMS)
        )
        for k, c in enumerate(manifest.columns)
    )
    return DataPage(
        manifest, AVAILABLE[manifest.available], columns, tuple(networks), bibtex(manifest)
    )


def _content(
    table: pa.Table | None, name: str, unit: str, drawn: bool
) -> tuple[float | None, float | None, Markup]:
    if (
        table is None
        or name not in table.column_names
        or not _is_numeric(table.schema.field(name).type)
    ):
        return None, None, Markup("")
    values = np.asarray(table.column(name).to_numpy(), dtype=np.float64)
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None, None, Markup("")
    shown = figures.histogram(name, unit, finite) if drawn else Markup("")
    return float(finite.min()), float(finite.max()), shown


def _is_numeric(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))
