"""The mirror: static files that any web server, CVMFS or Zenodo can hold, written from the store.

Network files come first, then cards, then the pages of the catalogue, then `index.json` by one
atomic replacement: a reader sees the old mirror or the new one. What is there already with the
right hash is left alone, and the same networks give the same bytes. Two exports to one folder wait
for each other.

The networks that come with the client are part of every export unless they are left out: without a
store of one's own the export is a copy of them. Where the store has the same version of the same
bytes, the store's status counts.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from lhnets.errors import CardError, IntegrityError, MirrorError, NetworkFileError
from lhnets.format import (
    INDEX_BEGIN,
    INDEX_FILE,
    LARGE,
    Entry,
    Index,
    Status,
    blob_path,
    card_path,
    read,
    split_index,
)
from lhnets.mirrors import BUNDLED, METADATA, Cache, Mirror
from lhnets_registry.errors import StoreError
from lhnets_registry.location import Location
from lhnets_registry.mirror.log import (
    LOG_FILE,
    LOG_LIMIT,
    Happened,
    continue_log,
    find_differences,
    read_log,
)
from lhnets_registry.mirror.ranking import rank_in_tasks

if TYPE_CHECKING:
    from lhnets_registry.mirror.keys import Keys
    from lhnets_registry.store import Store, Version

KEYS_VARIABLE = "LHNETS_SIGNING_KEYS"
_BEGIN = 64
"""Bytes by which a part of an index is told from a network file."""
MIRROR_DAYS = 30
"""Life of a signed mirror that is not exported again, in days."""


class Item(Struct, frozen=True):
    """One version to export, and how to get its bytes."""

    identity: str
    sha256: str
    status: Status
    reason: str
    content: Callable[[], bytes]
    times: dict[str, int] = {}


class Exported(Struct, frozen=True):
    """What an export wrote."""

    folder: Path
    index: Index
    written: int
    kept: int


Track = Callable[[Sequence[Item]], Iterable[Item]]


def export(
    folder: str | Path,
    store: str | Path | Location | None = None,
    *,
    candidates: bool = False,
    bundled: bool = True,
    keys: Keys | None = None,
    days: float = MIRROR_DAYS,
    pages: bool = True,
    track: Track = iter,
    track_pages: Callable[[Sequence[str]], Iterable[str]] = iter,
) -> Exported:
    """Write the verified and retracted networks of the store to ``folder``.

    Parameters
    ----------
    folder : str or Path
        Made where it is absent. An earlier export is brought up to date.
    store : str, Path or Location, optional
        As for `publish`. A folder without a store counts as an empty store.
    candidates : bool
        Export candidates too, marked as such.
    bundled : bool
        Export the networks that come with the client too.
    keys : Keys, optional
        Sign everything with them.
    days : float
        Life of the signed mirror: in days, until it must be exported again.
    pages : bool
        Write the catalogue too: pages for browsers.
    track : callable
        Wraps the versions as they are worked through, for a progress bar.
    track_pages : callable
        Wraps the names of the networks as their pages are made.

    Raises
    ------
    IntegrityError
        If a file of the store is not what was published.
    MirrorError
        If the export would change or drop a version that ``folder`` has, or leave a signed index
        without signature.
    StoreError
        If the store cannot be read or the folder cannot be written.
    """
    folder = Path(folder)
    with _writing(folder):
        items = _merged(_from_store(store, candidates), _from_bundled() if bundled else [])
        earlier = _earlier(folder)
        known = {} if earlier is None else {e.identity: e for e in earlier.index.networks}
        _check_kept(folder, known, items)
        written, entries = 0, []
        for item in track(items):
            entry, files = _exported(folder, item, known.get(item.identity))
            written += files
            entries.append(entry)
        index = msgspec.structs.replace(Index.of(entries), tasks=rank_in_tasks(entries))
        if pages:
            from lhnets_registry import catalogue

            catalogue.write(folder, index, track_pages)
        _write(folder / LOG_FILE, continue_log(_read_log(folder), map(_happened, items)))
        front = write_parts(folder, index, earlier)
        content = front.to_json()
        written += earlier is None or earlier.front.to_json() != content
        kept = 2 * len(items) + 1 - written
        written += _write_index(folder, index, content, keys, days)
    return Exported(folder, index, written, kept)


def write_parts(
    folder: Path, index: Index, earlier: Mirror | None = None, large: int = LARGE
) -> Index:
    """Write the parts of a large index, and remove those that neither it nor the earlier index of
    the mirror in ``folder`` lists.

    Returns
    -------
    Index
        What is to become `index.json`.
    """
    split = split_index(index, large)
    for path, content in split.parts.items():
        _write(folder / path, content)
    listed = split.parts.keys() | {e.blob for e in index.networks}
    if earlier is not None:
        listed |= {shard.blob for shard in earlier.list_shards()}
    for blob in (folder / "blobs").rglob("*"):
        if blob.is_file() and blob.relative_to(folder).as_posix() not in listed:
            _remove_part(blob)
    return split.front


def _remove_part(path: Path) -> None:
    with path.open("rb") as file:
        is_part = INDEX_BEGIN.match(file.read(_BEGIN))
    if is_part:
        path.unlink()


def _write_index(folder: Path, index: Index, content: bytes, keys: Keys | None, days: float) -> int:
    """Put ``content`` in the place of the index, signed where there are keys; how many files of
    metadata were written."""
    if keys is not None:
        from lhnets_registry.mirror.signing import Signing

        cards = {card_path(e.name, e.version): e.sha256 for e in index.networks}
        return Signing(folder, keys, cards, find_files(folder), _write, days).sign(content)
    if (folder / METADATA).is_dir():
        raise MirrorError(
            f"the mirror {folder} is signed, and no keys are given to sign the next export: name "
            f"their folder with --sign or {KEYS_VARIABLE}, or export to an empty folder"
        )
    _write(folder / INDEX_FILE, content)
    return 0


def keys_from_environment() -> Keys | None:
    """The keys in the folder that LHNETS_SIGNING_KEYS names."""
    named = os.environ.get(KEYS_VARIABLE, "").strip()
    return keys_in(Path(named)) if named else None


def keys_in(folder: Path) -> Keys:
    """The keys in a folder; what signs is imported only now."""
    from lhnets_registry.mirror.keys import Keys

    return Keys(folder)


def check(source: str, log: bytes = b"") -> tuple[Index, list[str]]:
    """Compare every file of the mirror ``source``, a folder or address, with its index, and every
    file of a folder with what was signed.

    Parameters
    ----------
    source : str
        The mirror.
    log : bytes
        An earlier `log.jsonl`, which must be the beginning of the one that the mirror has.

    Returns
    -------
    Index and list of str
        The index, and what is wrong, one line each.
    """
    problems = []
    with tempfile.TemporaryDirectory(prefix="lhnets-") as folder:
        mirror = Mirror(source, Cache(folder))
        for entry in mirror.index.networks:
            problems += [
                f"{entry.identity}: {problem}" for problem in _entry_problems(mirror, entry)
            ]
        problems += [*_find_unsigned(mirror), *_part_problems(mirror), *_log_problems(mirror, log)]
        return mirror.index, problems


def _part_problems(mirror: Mirror) -> Iterator[str]:
    """Whether the parts of a large index say by kind what they say by name."""
    if mirror.front.names and not mirror.index.skipped:
        split = split_index(mirror.index, 0)
        if split.front.to_json() != mirror.front.to_json():
            yield f"the parts of {INDEX_FILE} do not agree with each other"


def _log_problems(mirror: Mirror, earlier: bytes) -> Iterator[str]:
    try:
        content = mirror.read_file(LOG_FILE, LOG_LIMIT)
        yield from find_differences(read_log(content), mirror.index)
    except (IntegrityError, MirrorError) as error:
        yield str(error)
        return
    if not content.startswith(earlier):
        yield f"{LOG_FILE} does not begin with the earlier one: something was changed since"


def _find_unsigned(mirror: Mirror) -> Iterator[str]:
    """What in the folder of a signed mirror is not what was signed, or was not signed at all."""
    if mirror.is_remote or mirror.pin is None or mirror.pin.kind != "root":
        return
    for path in find_files(Path(mirror.location)):
        try:
            mirror.read_file(path)
        except (IntegrityError, MirrorError) as error:
            yield str(error)


def find_files(folder: Path) -> Iterator[str]:
    """Every file of a mirror but its index and the signed metadata, in order."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        is_hidden = any(part.startswith(".") for part in name.split("/"))
        if is_hidden or name == INDEX_FILE or name.startswith(f"{METADATA}/"):
            continue
        if path.is_file():
            yield name


def _entry_problems(mirror: Mirror, entry: Entry) -> Iterator[str]:
    try:
        _, content = mirror.fetch(entry)
        network = read(content)
        if mirror.card(entry) != network.card:
            yield "its card is not that of its file"
        alone = msgspec.structs.replace(entry, superseded_by=None)
        if Entry.of(network.card, content, entry.status, entry.reason) != alone:
            yield "its entry in the index does not agree with its file"
        if network.digest != network.stated_digest:
            yield "its file was changed after it was sealed"
    except (IntegrityError, MirrorError, NetworkFileError, CardError) as error:
        yield str(error)


def _from_store(store: str | Path | Location | None, candidates: bool) -> list[Item]:
    location = Location.of(store)
    if not location.exists:
        return []
    from lhnets_registry.store import Store

    with location.shared_lock():
        opened = Store(location)
        versions = opened.versions()
    decisions = _decided_at(location)
    items = [_item(opened, v, decisions) for v in versions]
    return [i for i in items if i is not None and (candidates or i.status != "candidate")]


def _decided_at(location: Location) -> dict[str, dict[str, int]]:
    """When each version was approved and retracted, in milliseconds since 1970."""
    from lhnets_registry.ledger import audit

    found: dict[str, dict[str, int]] = {}
    for entry in audit.listed(location):
        if entry.result in ("verified", "retracted"):
            found.setdefault(entry.subject, {}).setdefault(entry.action, entry.time)
    return found


def _happened(item: Item) -> Happened:
    return Happened(item.identity, item.sha256, item.status, item.reason, item.times)


def _read_log(folder: Path) -> bytes:
    log = folder / LOG_FILE
    return log.read_bytes() if log.is_file() else b""


def _item(store: Store, version: Version, decisions: dict[str, dict[str, int]]) -> Item | None:
    if version.status == "rejected":
        return None
    return Item(
        version.identity,
        version.sha256,
        version.status,
        version.reason,
        lambda: store.content(version),
        {"publish": version.published, **decisions.get(version.identity, {})},
    )


def bundled_mirror() -> Mirror:
    """The mirror that comes with the client."""
    return Mirror(str(BUNDLED), Cache.default())


def _from_bundled() -> list[Item]:
    mirror = bundled_mirror()
    return [_bundled_item(mirror, entry) for entry in mirror.index.networks]


def _bundled_item(mirror: Mirror, entry: Entry) -> Item:
    return Item(
        entry.identity, entry.sha256, entry.status, entry.reason, lambda: mirror.fetch(entry)[1]
    )


def _merged(own: list[Item], bundled: list[Item]) -> list[Item]:
    """All items, the store's first; one version cannot have two contents."""
    items = {i.identity: i for i in own}
    for item in bundled:
        known = items.setdefault(item.identity, item)
        if known.sha256 != item.sha256:
            raise MirrorError(
                f"{item.identity} comes with lhnets (SHA-256 {item.sha256[:12]}…) and is another "
                f"file in the store ({known.sha256[:12]}…). A version never changes: publish yours "
                "as the next version, or leave the bundled networks out (--no-bundled)"
            )
    return list(items.values())


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Hold off every other export to ``folder``, and say what cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
        finally:
            os.close(held)
    except OSError as error:
        if isinstance(error, (StoreError, MirrorError)):
            raise
        raise StoreError(
            f"the mirror {folder} cannot be written: {error.strerror or error}"
        ) from error


def _earlier(folder: Path) -> Mirror | None:
    """The mirror that the folder holds already."""
    return Mirror(str(folder), Cache.default()) if (folder / INDEX_FILE).is_file() else None


def _check_kept(folder: Path, known: dict[str, Entry], items: list[Item]) -> None:
    """Refuse to change or drop what the mirror in ``folder`` has promised."""
    planned = {i.identity: i.sha256 for i in items}
    for entry in known.values():
        found = planned.get(entry.identity)
        if found is None and entry.status == "candidate":
            continue
        if found != entry.sha256:
            what = (
                "which the export lacks"
                if found is None
                else f"and would get {found[:12]}… instead"
            )
            raise MirrorError(
                f"the mirror {folder} has {entry.identity} (SHA-256 {entry.sha256[:12]}…), {what}. "
                "A version never changes and none disappears: name the right store, or export to "
                "an empty folder"
            )


def _exported(folder: Path, item: Item, known: Entry | None) -> tuple[Entry, int]:
    """The entry of ``item``, whose files are in the mirror from now on, and how many of them were
    written.

    Where the mirror had an entry of the same bytes, it is not made afresh from the file.
    """
    content, is_new = _blob(folder, item)
    path = folder / card_path(*_name_and_version(item.identity))
    if known is not None and path.is_file():
        return msgspec.structs.replace(known, status=item.status, reason=item.reason), int(is_new)
    card = read(content).card
    return Entry.of(card, content, item.status, item.reason), is_new + _write(path, card.to_json())


def _name_and_version(identity: str) -> tuple[str, int]:
    name, _, version = identity.rpartition("@")
    return name, int(version)


def _blob(folder: Path, item: Item) -> tuple[bytes, bool]:
    """The bytes of ``item``, in the mirror from now on, and whether they were new there."""
    path = folder / blob_path(item.sha256)
    if path.is_file():
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() == item.sha256:
            return content, False
    content = item.content()
    if hashlib.sha256(content).hexdigest() != item.sha256:
        raise IntegrityError(
            f"the file of {item.identity} does not have its SHA-256 {item.sha256}; nothing was "
            "written"
        )
    return content, _write(path, content)


def _write(path: Path, content: bytes) -> bool:
    """Put ``content`` at ``path`` atomically; whether that changed anything."""
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name[:40]}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(
            os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644), "wb"
        ) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return True
