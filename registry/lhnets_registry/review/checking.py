"""Checking: what admission and reviewers will say of a file, before it is published."""

from __future__ import annotations

from pathlib import Path

from lhnets.format import Card
from lhnets_registry.admission.admit import admit
from lhnets_registry.admission.envelope import read_at_most
from lhnets_registry.admission.limits import Limits
from lhnets_registry.cards import card_file
from lhnets_registry.location import Location
from lhnets_registry.mirror.export import bundled_mirror
from lhnets_registry.report import Finding, Report, failed
from lhnets_registry.review.checklist import Checklist, of_draft, of_network

_DEFAULT = Limits()
_CARDS = (".yaml", ".yml")


def check(
    path: str | Path,
    store: str | Path | Location | None = None,
    *,
    table: str | Path | None = None,
    data: str | Path | None = None,
    limits: Limits = _DEFAULT,
) -> Checklist:
    """The checklist for a sealed network file, or for an author's card (``.yaml``).

    Parameters
    ----------
    path : str or Path
        The file.
    store : str, Path or Location, optional
        Whose names are compared beside the bundled ones; as in `publish`. Nothing is written to it.
    table : str or Path, optional
        A Parquet file of the author's own with columns named as the inputs and outputs: the
        coverage of the uncertainty is measured on it.
    data : str or Path, optional
        The data set as a Parquet file: no part of the region may be far from all of its rows.

    Raises
    ------
    NetworkFileError, CardError
        If a file cannot be read at all.
    CardFileError
        If an author's card has defects, with all of them.
    """
    location = Location.of(store)
    if Path(path).suffix in _CARDS:
        return of_draft(card_file.read(path), names(location))
    content = read_at_most(path, limits.largest_file)
    rows = None if table is None else read_at_most(table, limits.table_bytes)
    known = None if data is None else read_at_most(data, limits.table_bytes)
    admission = admit(content, limits, table=rows, data=known)
    if admission.network is None:
        return Checklist(Path(path).name, (), admission.report)
    return reviewed(admission.network.card, admission.report, location)


def reviewed(card: Card, report: Report, location: Location) -> Checklist:
    """The checklist for a network file with this ``card``, from the ``report`` of its admission."""
    made = of_network(card, report, names(location))
    return Checklist(made.identity, (*made.items, *_taken(card, report.sha256, location)), report)


def names(location: Location) -> set[str]:
    """The names of all networks that come with lhnets or are in the store."""
    return {e.name for e in bundled_mirror().index.networks} | {
        name for name, _ in _versions(location)
    }


def _versions(location: Location) -> dict[tuple[str, int], str]:
    """SHA-256 of every version in the store, without making one where there is none."""
    if not location.exists:
        return {}
    from lhnets_registry.review import decisions as review

    return {(v.name, v.version): v.sha256 for v in review.listed(location)}


def _taken(card: Card, sha256: str, location: Location) -> list[Finding]:
    """A finding where the store has other bytes under this name and version."""
    present = _versions(location).get((card.name, card.version))
    if present in (None, sha256):
        return []
    return [
        failed("version", f"{card.identity} is in {location.shown} with other bytes", "a version "
                                                                                      "that is not "
                                                                                      "taken",
               "Raise the version in the card; a published version never changes.")
    ]  # fmt: skip
