"""A community of Zenodo as a mirror: its records are the networks, its curators the keepers.

The index is made here, from the records and the cards in them. What is believed, and why:

- a record's files never change, and Zenodo gives their MD5; a version of a network keeps the file
  that it had when it was first seen here, known by its SHA-256;
- a name belongs to the record that had it first, with all its versions: another record that uses
  the name is left out;
- what an entry says is what the card in the network file says, or the file is refused.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress

import msgspec
from msgspec import Struct, structs
from rich.console import Console
from rich.progress import track

from lhnets._fetching.cache import Cache
from lhnets._fetching.download import Downloader, offline, require_online
from lhnets._fetching.patience import SHORT, Patience
from lhnets._fetching.pins import MirrorPin, split_pin
from lhnets._fetching.source import FetchedIndex
from lhnets._fetching.validators import Validators
from lhnets._fetching.zenodo.deposited import (
    NETWORK_MARK,
    Deposited,
    find_network,
    read_card,
)
from lhnets._fetching.zenodo.records import ZenodoRecord, content_url, read_community
from lhnets._fetching.zenodo.site import RequestPace, Site
from lhnets.errors import (
    CacheError,
    CardError,
    IntegrityError,
    MirrorError,
    NetworkNotFoundError,
    UpdateNeededError,
)
from lhnets.format import Card, Entry, Index, Skipped, blob_path, card_path, read

PREFIXES = ("zenodo:", "zenodo-sandbox:")
FRESH = 600.0
"""Seconds for which a community is not asked again; Zenodo allows 30 searches a minute."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_ATTEMPTS = 3
_FEW = 5
"""Records that are read without a progress bar."""


class _RecordFile(Struct, frozen=True):
    """Where a file of the mirror is: in a record, under a key."""

    record: int
    key: str
    sha256: str


class _Seen(Struct, frozen=True):
    """What was last read of a community.

    Attributes
    ----------
    index : str
        SHA-256 of the index that was made of it.
    when : float
        In seconds since 1970.
    places : dict
        By paths in a mirror.
    cards : dict
        SHA-256 of the card, by the number of its record.
    """

    index: str
    when: float
    places: dict[str, _RecordFile]
    cards: dict[int, str]
    skipped: tuple[Skipped, ...] = ()


class CommunitySource:
    """A community, as `lhnets._fetching.source.Source` is a mirror at an address.

    Parameters
    ----------
    location : str
        ``zenodo:COMMUNITY`` or ``zenodo-sandbox:COMMUNITY``.
    cache : Cache
        Where what was read of it is kept.
    clock : callable
        Gives the time in seconds since 1970.
    pace : RequestPace, optional
        Keeps under the rate that Zenodo allows.

    Raises
    ------
    MirrorError
        If the name cannot be one of a community, or something is pinned behind it.
    """

    is_remote = True
    pin: MirrorPin | None = None

    def __init__(
        self,
        location: str,
        cache: Cache,
        clock: Callable[[], float] = time.time,
        pace: RequestPace | None = None,
    ) -> None:
        place, pin = split_pin(location)
        prefix, _, name = place.partition(":")
        if not _NAME.fullmatch(name):
            raise MirrorError(
                f"{place!r} does not name a community of Zenodo; expected {prefix}:NAME with the "
                "name from its address, https://zenodo.org/communities/NAME"
            )
        if pin is not None:
            raise MirrorError(
                f"{place} cannot be pinned by {pin.kind}=: a community grows. A lock file pins the "
                "networks that you use: lhnets lock"
            )
        self.address = self.shown = place
        self._name = name
        self._site = Site.of(sandbox=prefix == "zenodo-sandbox")
        self._cache, self._clock = cache, clock
        self._pace = pace or RequestPace()
        self._seen: _Seen | None = None

    def ask(self) -> FetchedIndex:
        """Its index as it is there now, or as it was read a short time ago.

        Raises
        ------
        OfflineError, MirrorError
            If it cannot be read.
        """
        last = self._read_seen()
        if last is not None and not offline() and 0 <= self._clock() - last[0].when < FRESH:
            return self._answer_from(*last)
        require_online(self._site.origin, f"the index of {self.shown}")
        patience = Patience() if last is None else SHORT
        with Downloader(attempts=_ATTEMPTS, patience=patience) as downloader:
            records = read_community(self._site, self._name, downloader, self._pace)
            self._seen, index = self._read_networks(records, last, downloader)
        return FetchedIndex(index, validators=Validators(), skipped=self._seen.skipped)

    def read_last(self) -> FetchedIndex | None:
        """Its index as it was last read."""
        last = self._read_seen()
        return None if last is None else self._answer_from(*last)

    def keep(self, answer: FetchedIndex) -> None:
        """Keep an index that is new here.

        Raises
        ------
        CacheError
            If it cannot be kept.
        """
        if answer.validators is not None and self._seen is not None:
            self._cache.keep(f"{self._kept_as}.index.json", answer.content)
            self._cache.keep(f"{self._kept_as}.json", msgspec.json.encode(self._seen))

    def read(self, path: str, limit: int) -> bytes:
        """A card of it.

        Raises
        ------
        IntegrityError
            If it is not the card that was read when the index was made.
        MirrorError
            If there is none, or it cannot be read.
        """
        place = self._place(path)
        content = self._cache.read(place.sha256)
        if content is None:
            with Downloader(attempts=_ATTEMPTS, patience=SHORT) as downloader:
                content = downloader.get_bytes(self.url_of(path), limit=limit, what=place.key)
        if hashlib.sha256(content).hexdigest() != place.sha256:
            raise IntegrityError(
                f"{place.key} of the record {place.record} in {self.shown} has changed; the files "
                "of a record never do. It was not used"
            )
        return content

    def url_of(self, path: str) -> str:
        """Where the file at ``path`` of the mirror is.

        Raises
        ------
        MirrorError
            If there is none.
        """
        place = self._place(path)
        return content_url(self._site, place.record, place.key)

    def require_described(self, entry: Entry, content: bytes) -> None:
        """Refuse a network file whose own card says something else than the index.

        Raises
        ------
        IntegrityError
            If it does.
        """
        own = Entry.of(read(content).card, content, entry.status)
        if own != structs.replace(entry, superseded_by=None):
            raise IntegrityError(
                f"the card of {entry.identity} in its record of {self.shown} is not the one in the "
                "network file. It was not loaded; tell the curators of the community"
            )

    def _place(self, path: str) -> _RecordFile:
        seen = self._seen
        if seen is None or path not in seen.places:
            raise MirrorError(f"{self.shown} has no {path}: a community has networks and cards")
        return seen.places[path]

    def _answer_from(self, seen: _Seen, index: bytes) -> FetchedIndex:
        self._seen = seen
        return FetchedIndex(index, skipped=seen.skipped)

    def _read_networks(
        self,
        records: Iterable[ZenodoRecord],
        last: tuple[_Seen, bytes] | None,
        downloader: Downloader,
    ) -> tuple[_Seen, bytes]:
        """The index, and where its files are."""
        former = _former(last)
        known = dict(last[0].cards) if last else {}
        places: dict[str, _RecordFile] = {}
        cards: dict[int, str] = {}
        skipped: list[Skipped] = []
        owners: dict[str, str] = {}
        entries: dict[str, Entry] = {}
        for record in _shown(records, self.shown):
            try:
                deposited = _require_deposited(record)
                content = self._card(deposited, known.get(record.id), downloader)
                card = Card.from_json(content)
                _require_own(card, deposited, owners, {**former, **entries})
            except (CardError, UpdateNeededError, IntegrityError, NetworkNotFoundError) as error:
                skipped.append(Skipped(f"the record {record.id}", str(error)))
                continue
            sha256 = hashlib.sha256(content).hexdigest()
            entry = _entry(card, deposited)
            owners.setdefault(card.name, deposited.concept)
            entries[card.identity] = entry
            cards[record.id] = sha256
            places[card_path(card.name, card.version)] = _RecordFile(
                record.id, deposited.card.key if deposited.card else "", sha256
            )
            places[blob_path(entry.sha256)] = _RecordFile(
                record.id, deposited.file.key, entry.sha256
            )
        index = Index.of(entries.values()).to_json()
        name = hashlib.sha256(index).hexdigest()
        return _Seen(name, self._clock(), places, cards, tuple(skipped)), index

    def _card(self, deposited: Deposited, known: str | None, downloader: Downloader) -> bytes:
        """The card, from the cache if it was read before."""
        content = None
        with suppress(CacheError):
            content = self._cache.read(known) if known else None
        if content is None:
            self._pace.step()
            content = read_card(self._site, deposited, downloader)
            with suppress(CacheError):
                self._cache.add_bytes(content, hashlib.sha256(content).hexdigest())
        return content

    @property
    def _kept_as(self) -> str:
        return f"communities/{self._site.host}/{self._name}"

    def _read_seen(self) -> tuple[_Seen, bytes] | None:
        """What was last read, if its two files belong together."""
        folder = self._cache.folder
        try:
            seen = msgspec.json.decode((folder / f"{self._kept_as}.json").read_bytes(), type=_Seen)
            index = (folder / f"{self._kept_as}.index.json").read_bytes()
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return None
        return (seen, index) if hashlib.sha256(index).hexdigest() == seen.index else None


def _require_deposited(record: ZenodoRecord) -> Deposited:
    """The network of a record, if it was deposited by lhnets."""
    found = find_network(record)
    if not found.sha256 or found.card is None:
        raise NetworkNotFoundError(
            f"{record.doi} lacks {'its card' if found.sha256 else 'its SHA-256 as a keyword'}: "
            f"deposit it by `lhnets deposit`. It can be loaded by its DOI: "
            f'ml.load("{record.doi}")'
        )
    return found


def _require_own(
    card: Card, deposited: Deposited, owners: Mapping[str, str], known: Mapping[str, Entry]
) -> None:
    """Refuse a name that belongs to another record, and a version that had another file."""
    owner = owners.get(card.name, deposited.concept)
    if owner != deposited.concept:
        raise IntegrityError(
            f"it has {card.identity}, but that name belongs to the record {owner}, which is older"
        )
    former = known.get(card.identity)
    if former is not None and former.sha256 != deposited.sha256:
        raise IntegrityError(
            f"it has {card.identity} with SHA-256 {deposited.sha256}, but a file with "
            f"{former.sha256} was there before; a version never changes"
        )


def _entry(card: Card, deposited: Deposited) -> Entry:
    """The entry of a network that is not fetched yet."""
    return structs.replace(
        Entry.of(card, b"-", "verified"), sha256=deposited.sha256, size=deposited.file.size
    )


def _former(last: tuple[_Seen, bytes] | None) -> dict[str, Entry]:
    """The entries of the last index."""
    if last is None:
        return {}
    try:
        return {e.identity: e for e in Index.from_json(last[1], "the cache").networks}
    except MirrorError:
        return {}


def _shown(records: Iterable[ZenodoRecord], name: str) -> Iterator[ZenodoRecord]:
    """The records of networks, with a progress bar on a terminal."""
    networks = [r for r in records if any(k.startswith(NETWORK_MARK) for k in r.keywords)]
    console = Console(stderr=True)
    yield from track(
        networks,
        f"cards of {name}",
        console=console,
        transient=True,
        disable=not console.is_terminal or len(networks) < _FEW,
    )
