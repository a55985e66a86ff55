"""Whether a store is whole: every file as published, every status and alias as it should be,
nothing left over.

What an interrupted step leaves can be fixed from what is there; bytes that were lost or changed
cannot, and need a backup or a mirror.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from lhnets.errors import CardError, IntegrityError, MirrorError, NetworkFileError
from lhnets.format import Card, read
from lhnets_registry.errors import StoreError
from lhnets_registry.location import Location
from lhnets_registry.mirror import export as mirrors

if TYPE_CHECKING:
    from lhnets_registry.store import Store, Version

Track = Callable[[Sequence["Version"]], Iterable["Version"]]
_NEEDS_REASON = ("rejected", "retracted")
_EXPORTED = ("verified", "retracted")


class Checked(Struct, frozen=True):
    """What a check found: ``faults`` that remain, and what was ``repaired``, one line each."""

    versions: int
    faults: tuple[str, ...]
    repaired: tuple[str, ...] = ()


def check(
    location: Location,
    *,
    mirror: str | Path | None = None,
    repair: bool = False,
    track: Track = iter,
) -> Checked:
    """Look through the store at ``location``, and compare the mirror with it.

    Parameters
    ----------
    mirror : str or Path, optional
        A folder or address that was exported from this store.
    repair : bool
        Fix what an interrupted publication or review left. Files are never changed.
    track : callable
        Wraps the versions as their files are read, for a progress bar.

    Raises
    ------
    StoreError
        If there is no store, or it cannot be read.
    """
    from lhnets_registry.store import Store

    if not location.exists:
        raise StoreError(
            f"there is no store at {location.shown}: nothing was published yet. Name another with "
            "--store"
        )
    with location.lock() if repair else location.shared_lock():
        store = Store.for_writing(location) if repair else Store(location)
        versions = store.versions()
        leftovers = store.leftovers(versions, files=True)
        if repair:
            for leftover in leftovers:
                store.clear(leftover)
    faults = [] if repair else [f.what for f in leftovers]
    faults += _gaps(versions)
    for version in track(versions):
        faults += [f"{version.identity}: {fault}" for fault in _version_faults(store, version)]
    if mirror is not None:
        faults += _mirror_faults(str(mirror), versions)
    return Checked(len(versions), tuple(faults), tuple(f.what for f in leftovers) if repair else ())


def recover(location: Location) -> tuple[str, ...]:
    """Fix what a service that was killed left, before it starts again; nothing where there is no
    store yet."""
    from lhnets_registry.store import Store

    if not location.exists:
        return ()
    with location.lock():
        store = Store.for_writing(location)
        leftovers = store.leftovers(store.versions())
        for leftover in leftovers:
            store.clear(leftover)
    return tuple(f.what for f in leftovers)


def _gaps(versions: list[Version]) -> Iterator[str]:
    numbers: dict[str, list[int]] = {}
    for version in versions:
        numbers.setdefault(version.name, []).append(version.version)
    for name, present in numbers.items():
        missing = sorted(set(range(1, max(present) + 1)) - set(present))
        if missing:
            yield f"{name} lacks version {', '.join(map(str, missing))}, which was published once"


def _version_faults(store: Store, version: Version) -> Iterator[str]:
    if version.status in _NEEDS_REASON and not version.reason:
        yield f"it is {version.status} without a reason"
    try:
        network = read(store.content(version))
        if network.card.identity != version.identity:
            yield f"its file is of {network.card.identity}"
        if Card.from_json(store.card(version)) != network.card:
            yield "the card beside its file is not the card in it"
        tags = (network.card.kind, network.card.subject, network.card.title)
        if tags != (version.kind, version.subject, version.title):
            yield "its kind, subject or title in the store are not those of its card"
        store.report(version)
    except (IntegrityError, NetworkFileError, CardError, StoreError, msgspec.MsgspecError) as error:
        yield str(error)


def _mirror_faults(source: str, versions: list[Version]) -> Iterator[str]:
    """How a mirror differs from the store, the networks that come with the client apart."""
    try:
        index, problems = mirrors.check(source)
    except MirrorError as error:
        yield str(error)
        return
    yield from (f"mirror: {problem}" for problem in problems)
    listed = {e.identity: (e.sha256, str(e.status), e.reason) for e in index.networks}
    own = {v.identity: v for v in versions}
    for version in versions:
        found = listed.get(version.identity)
        if version.status in _EXPORTED and found != (
            version.sha256,
            version.status,
            version.reason,
        ):
            yield (
                f"mirror: {version.identity} is {version.status} in the store and "
                f"{_told(found)}; export it again"
            )
        elif version.status == "rejected" and found is not None:
            yield f"mirror: {version.identity} is rejected in the store and {_told(found)}"
    bundled = {e.identity for e in mirrors.bundled_mirror().index.networks}
    for identity in sorted(listed.keys() - own.keys() - bundled):
        yield f"mirror: {identity} is not in the store"


def _told(found: tuple[str, str, str] | None) -> str:
    return "absent there" if found is None else f"{found[1]} there (SHA-256 {found[0][:12]}…)"
