"""A mirror: index.json, cards and network files under one location, an https address or a
folder."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from lhnets._fetching.cache import Cache
from lhnets._fetching.patience import Ahead
from lhnets._fetching.pins import MirrorPin
from lhnets._fetching.source import INDEX_LIMIT, FetchedIndex, MirrorSource, require_signed
from lhnets.errors import (
    CacheError,
    CacheWarning,
    IntegrityError,
    MirrorError,
    MirrorWarning,
    OfflineError,
    StaleIndexError,
)
from lhnets.format import (
    Card,
    Entry,
    Index,
    Kind,
    Shard,
    Skipped,
    card_path,
    find_computing,
    find_named,
    join_index,
    list_shards,
    read,
)

if TYPE_CHECKING:
    from lhnets._fetching.download import Downloader
    from lhnets._fetching.zenodo.community import CommunitySource

BUNDLED = Path(__file__).parents[1] / "bundled"
LIMIT_VARIABLE = "LHNETS_MAX_SIZE"
CARD_LIMIT, _LIMIT = 4 * 1000**2, 200 * 1000**2
_NEWER = "A newer lhnets may read them. "


class Mirror:
    """One place that holds networks.

    Parameters
    ----------
    location : str
        ``https://…``, ``http://…``, the path of a folder, or ``zenodo:COMMUNITY``. With
        ``#root=SHA256`` everything in it must be signed under that root of trust, with
        ``#index=SHA256`` it never changes. An address of another machine needs one of them.
    cache : Cache
        Where files from an address are kept; files in a folder are read where they lie.
    """

    def __init__(self, location: str, cache: Cache) -> None:
        self._source = _open_source(location, cache)
        self.location = self._source.shown
        self.is_remote = self._source.is_remote
        self._cache = cache
        self._asked: Ahead[FetchedIndex] | None = None

    def __repr__(self) -> str:
        return f"Mirror({self.location!r})"

    @property
    def name(self) -> str:
        """Where it is, in words for a user."""
        return "bundled" if self.location == str(BUNDLED) else self.location

    @property
    def pin(self) -> MirrorPin | None:
        """The root of trust, or the index, that it must agree with."""
        return self._source.pin

    def ask(self) -> None:
        """Begin to fetch the index, if it is at an address: several mirrors are asked at the same
        time, and `index` waits for the answer."""
        if self.is_remote and self._asked is None:
            self._asked = Ahead(self._source.ask)

    @cached_property
    def front(self) -> Index:
        """What its `index.json` says: everything, or of a large mirror where the parts are. What
        was last read from an address serves while that cannot be reached, with a warning.

        Raises
        ------
        IntegrityError
            If it is not what is pinned: forged, signed by nobody, or longer than any index.
        StaleIndexError
            If it has expired, or is older than one already seen.
        MirrorError
            If it cannot be read, or lacks the root of trust that it needs.
        MissingExtraError
            If it is signed and what checks signatures is not installed.
        """
        front = Index.from_json(self._answer.content, self.location)
        _warn_of_skipped(front.skipped, len(front.networks), self.location, _NEWER)
        _warn_of_skipped(self._answer.skipped, len(front.networks), self.location)
        return front

    @cached_property
    def index(self) -> Index:
        """Its whole index, all parts of it.

        Raises
        ------
        Error
            As `front`, and if a part cannot be had.
        """
        if not self.front.names:
            return self.front
        with self._part_reader() as read_part:
            index = join_index(self.front, read_part, self.location)
        _warn_of_skipped(index.skipped, len(index.networks), self.location, _NEWER)
        return index

    def find_named(self, names: Iterable[str]) -> Sequence[Entry]:
        """All versions of ``names``; of a large index only the parts that have them are read."""
        with self._part_reader() as read_part:
            return find_named(self.front, names, read_part, self.location)

    def find_computing(self, kind: Kind, subject: str) -> set[str]:
        """The names of networks that may compute something; of a large index only the parts that
        say so are read."""
        with self._part_reader() as read_part:
            return find_computing(self.front, kind, subject, read_part, self.location)

    def list_shards(self) -> list[Shard]:
        """All parts of a large index."""
        with self._part_reader() as read_part:
            return list(list_shards(self.front, read_part, self.location))

    @contextmanager
    def _part_reader(self) -> Iterator[Callable[[Shard], bytes]]:
        """Reads parts of the index, over one connection."""
        if not self.is_remote:
            yield lambda shard: _require_part(
                shard, self._source.read(shard.blob, INDEX_LIMIT), self.location
            )
            return
        from lhnets._fetching import download as _download

        with _download.ask_mirror() as downloader:
            yield partial(self._fetch_part, downloader)

    def _fetch_part(self, downloader: Downloader, shard: Shard) -> bytes:
        if shard.size > INDEX_LIMIT:
            raise MirrorError(
                f"a part of the index of {self.location} has {shard.size} bytes, more than the "
                f"{INDEX_LIMIT} accepted. It was not read; tell the mirror's keeper"
            )
        with without_cache():
            kept = self._cache.read(shard.sha256)
            if kept is not None:
                return kept
        content = downloader.get_bytes(
            self._source.url_of(shard.blob),
            limit=shard.size,
            what=f"a part of the index of {self.location}",
        )
        _require_part(shard, content, self.location)
        with without_cache():
            self._cache.add_bytes(content, shard.sha256)
        return content

    @cached_property
    def _answer(self) -> FetchedIndex:
        self.ask()
        if self._asked is None:
            answer = self._source.ask()
        else:
            _ = self._source.pin
            try:
                answer = self._asked.take()
            except StaleIndexError:
                raise
            except MirrorError as error:
                last = self._source.read_last()
                if last is None:
                    raise
                if not isinstance(error, OfflineError):
                    warnings.warn(
                        f"{error}. Going on with its index as last read",
                        MirrorWarning,
                        stacklevel=3,
                    )
                return last
        with without_cache():
            self._source.keep(answer)
        return answer

    def card(self, entry: Entry) -> Card:
        """The card, without fetching the network; of an archive whose index is pinned, from the
        network file, as the index says nothing of cards.

        Raises
        ------
        IntegrityError
            If it is not the card that was signed.
        MirrorError
            If it cannot be had.
        """
        pin, path = self.pin, card_path(entry.name, entry.version)
        if pin is not None and pin.kind == "index":
            return read(self.fetch(entry)[1]).card
        content = self._source.read(path, CARD_LIMIT)
        if self._answer.trust is not None:
            require_signed(self._answer.trust, path, content, self.location)
        return Card.from_json(content)

    def fetch(self, entry: Entry) -> tuple[Path, bytes]:
        """The network file: where it is, and its bytes, whose SHA-256 is that of the index.

        What an address gives and the cache cannot keep is in memory only, with a warning.

        Raises
        ------
        IntegrityError
            If the bytes are others.
        MirrorError
            If they cannot be had.
        """
        limit = most_bytes()
        if entry.size > limit:
            raise MirrorError(
                f"{entry.identity} has {entry.size} bytes in the index of {self.location}, more "
                f"than the {limit} accepted. If you trust it, set {LIMIT_VARIABLE}"
            )
        if self.is_remote:
            content, path = self._fetched(entry), self._cache.path(entry.sha256)
        else:
            content = self._source.read(entry.blob, limit)
            path = Path(self._source.address) / entry.blob
        self._require_vouched(entry)
        found = hashlib.sha256(content).hexdigest()
        if found != entry.sha256:
            raise IntegrityError(
                f"{path} is not the file of {entry.identity} that was published: its SHA-256 "
                f"should be {entry.sha256}, but is {found}. It was not loaded; fetch it again, or "
                f"tell the mirror's keeper ({self.location})"
            )
        self._source.require_described(entry, content)
        return path, content

    def _fetched(self, entry: Entry) -> bytes:
        """The bytes from the cache, else from the address, through the cache if it can be
        written."""
        from lhnets._fetching import download as _download

        url, content = self._source.url_of(entry.blob), None
        with without_cache():
            content = self._cache.read(entry.sha256)
            if content is None:
                _download.download(
                    url,
                    sha256=entry.sha256,
                    size=entry.size,
                    cache=self._cache,
                    what=entry.identity,
                )
                content = self._cache.read(entry.sha256)
        if content is None:
            content = _download.get_file(url, limit=entry.size, what=entry.identity)
        return content

    def read_file(self, path: str, limit: int | None = None) -> bytes:
        """Any file of it; of a signed mirror, only as it was signed.

        Parameters
        ----------
        path : str
            In the mirror.
        limit : int, optional
            Most bytes; those of a network file if not given.

        Raises
        ------
        IntegrityError
            If it is not the file that was signed, or nobody signed it who may.
        MirrorError
            If it cannot be read.
        """
        content = self._source.read(path, limit or most_bytes())
        if self._answer.trust is not None:
            require_signed(self._answer.trust, path, content, self.location)
        return content

    def _require_vouched(self, entry: Entry) -> None:
        """Refuse a network file that is not the one of its signed card: who owns a name signs the
        cards of that name."""
        if self.pin is None or self._answer.trust is None:
            return
        stated = self._answer.trust.target(card_path(entry.name, entry.version)).network
        if stated != entry.sha256:
            raise IntegrityError(
                f"the index of {self.location} gives {entry.identity} the SHA-256 {entry.sha256}, "
                f"but who owns that name signed {stated or 'none'}. It was not loaded; tell the "
                "mirror's keeper"
            )


def _require_part(shard: Shard, content: bytes, source: str) -> bytes:
    found = hashlib.sha256(content).hexdigest()
    if found != shard.sha256:
        raise IntegrityError(
            f"a part of the index of {source} is not the one that was published: its SHA-256 "
            f"should be {shard.sha256}, but is {found}. It was not used; tell the mirror's keeper"
        )
    return content


def most_bytes() -> int:
    """Bytes of the largest network file that is fetched: LHNETS_MAX_SIZE, else 200 MB."""
    stated = os.environ.get(LIMIT_VARIABLE, "")
    return int(stated) if stated.isascii() and stated.isdecimal() else _LIMIT


@contextmanager
def without_cache() -> Iterator[None]:
    """Go on behind this block, with a warning, if the cache cannot be read or written."""
    try:
        yield
    except CacheError as error:
        warnings.warn(f"{error}. Going on without it", CacheWarning, stacklevel=4)


def _open_source(location: str, cache: Cache) -> MirrorSource | CommunitySource:
    """The place of a mirror, by how its location begins."""
    if location.startswith(("zenodo:", "zenodo-sandbox:")):
        from lhnets._fetching.zenodo.community import CommunitySource

        return CommunitySource(location, cache)
    return MirrorSource(location, cache)


def _warn_of_skipped(
    skipped: Sequence[Skipped], others: int, source: str, remedy: str = ""
) -> None:
    if skipped:
        first, count = skipped[0], len(skipped)
        warnings.warn(
            f"{count} of {count + others} entries of the index of {source} cannot be "
            f"read and {'is' if count == 1 else 'are'} skipped, the first {first.identity}: "
            f"{first.reason}. {remedy}The other entries are not affected",
            MirrorWarning,
            stacklevel=4,
        )
