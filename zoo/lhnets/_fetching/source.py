"""Where a mirror is, what it must agree with, and its index as it is there now."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from lhnets._fetching.addresses import scrub
from lhnets._fetching.cache import Cache
from lhnets._fetching.pins import MirrorPin, is_own_machine, split_pin
from lhnets._fetching.trust import Read, Target, Trust, raising_absent, reading_kept, require_extra
from lhnets.errors import CacheError, IntegrityError, MirrorError
from lhnets.format import INDEX_FILE, Entry, Skipped, read_file

if TYPE_CHECKING:
    from lhnets._fetching.download import Downloader
    from lhnets._fetching.patience import Clock
    from lhnets._fetching.validators import Validators

INDEX_LIMIT = 64 * 1000**2


class KeptIndex(Struct, frozen=True):
    """Which index was last read from an address, and what its server said of it."""

    sha256: str
    etag: str = ""
    last_modified: str = ""


class FetchedIndex(Struct, frozen=True):
    """An index, and on whose word.

    Attributes
    ----------
    content : bytes
        Of `index.json`.
    trust : Trust, optional
        The signed metadata that cover it.
    validators : Validators, optional
        By what a server knows it, if it is new here.
    skipped : tuple of Skipped
        What is there, but is not in the index, and why.
    """

    content: bytes
    trust: Trust | None = None
    validators: Validators | None = None
    skipped: tuple[Skipped, ...] = ()


class MirrorSource:
    """An address or a folder that holds a mirror.

    Parameters
    ----------
    location : str
        ``https://…``, ``http://…`` or the path of a folder, with ``#root=SHA256`` or
        ``#index=SHA256`` behind it.
    cache : Cache
        Where its index is kept.
    """

    def __init__(self, location: str, cache: Cache) -> None:
        place, self._pin = split_pin(location)
        self.is_remote = place.startswith(("https://", "http://"))
        self.address = place.rstrip("/")
        self.shown = scrub(self.address)
        self._cache = cache

    @property
    def pin(self) -> MirrorPin | None:
        """What it must agree with: as its address says, else as it was once pinned here.

        Raises
        ------
        MirrorError
            If it is at an address of another machine and has neither.
        """
        if self._pin is not None or not self.is_remote:
            return self._pin
        remembered = self._remembered_pin()
        if remembered is None and not is_own_machine(self.address):
            raise MirrorError(
                f"{self.shown} has no root of trust: expected {self.shown}#root=SHA256, as its "
                "keeper gives it, or #index=SHA256 of an archive. It was not asked. Without a "
                "root, a mirror is read from a folder or from this machine only"
            )
        return remembered

    def read(self, path: str, limit: int) -> bytes:
        """A file of it.

        Raises
        ------
        MirrorError
            If it cannot be read.
        """
        if self.is_remote:
            from lhnets._fetching import download as _download

            return _download.get_bytes(f"{self.address}/{path}", limit=limit)
        try:
            return self._read_folder(path, limit)
        except OSError as error:
            raise MirrorError(
                f"cannot read {path} in the mirror {self.shown}: {error.strerror or error}. "
                "Expected a folder with index.json, networks/ and blobs/"
            ) from error

    def url_of(self, path: str) -> str:
        """Where a file of it is."""
        return f"{self.address}/{path}"

    def require_described(self, entry: Entry, content: bytes) -> None:
        """Nothing: who keeps a mirror answers for its index."""

    def _read_folder(self, path: str, limit: int) -> bytes:
        return read_file(Path(self.address) / path, limit)

    def ask(self) -> FetchedIndex:
        """Its index as it is there now.

        Raises
        ------
        IntegrityError, StaleIndexError
            If it is not what is pinned.
        MirrorError
            If it cannot be read.
        """
        pin = self.pin
        if pin is None:
            return self._ask_unsigned()
        if pin.kind == "index":
            return self._ask_archive(pin)
        require_extra()
        if not self.is_remote:
            return self._ask_signed(
                pin, self._read_folder, lambda: (self.read(INDEX_FILE, INDEX_LIMIT), None)
            )
        from lhnets._fetching import download as _download

        with _download.ask_mirror() as downloader:
            clock = downloader.start_clock()
            read = raising_absent(
                lambda path, limit: downloader.get_bytes(
                    f"{self.address}/{path}", limit=limit, clock=clock
                )
            )
            answer = self._ask_signed(pin, read, lambda: self._download_index(downloader, clock))
        if answer.trust is not None:
            answer.trust.read = raising_absent(self.read)
        self._remember_pin(pin)
        return answer

    def read_last(self) -> FetchedIndex | None:
        """Its index as it was last read, if that still agrees with what is pinned.

        Raises
        ------
        IntegrityError, StaleIndexError
            If it does not.
        """
        content, _ = self._kept()
        pin = self.pin
        if content is None:
            return None
        if pin is None:
            return FetchedIndex(content)
        if pin.kind == "index":
            return FetchedIndex(_require_pinned(content, pin, self.shown))
        try:
            trust = Trust(
                pin.sha256, reading_kept(self._cache, pin.sha256), self._cache, self.shown
            )
        except IntegrityError:
            return None
        target = trust.target(INDEX_FILE)
        return FetchedIndex(content, trust) if target.fits(content) else None

    def keep(self, answer: FetchedIndex) -> None:
        """Keep an index that is new here.

        Raises
        ------
        CacheError
            If it, or what was signed of it, cannot be kept.
        """
        if answer.trust is not None and answer.trust.not_kept is not None:
            raise answer.trust.not_kept
        if answer.validators is None:
            return
        known = KeptIndex(
            hashlib.sha256(answer.content).hexdigest(),
            answer.validators.etag,
            answer.validators.last_modified,
        )
        self._cache.keep(f"{self._kept_as}.json", answer.content)
        self._cache.keep(f"{self._kept_as}.http.json", msgspec.json.encode(known))

    def _ask_unsigned(self) -> FetchedIndex:
        if not self.is_remote:
            return FetchedIndex(self.read(INDEX_FILE, INDEX_LIMIT))
        from lhnets._fetching import download as _download

        kept, known = self._kept()
        with _download.ask_mirror() as downloader:
            content, validators = downloader.refresh(
                f"{self.address}/{INDEX_FILE}", known, what=f"the index of {self.shown}"
            )
        if content is None:
            return FetchedIndex(kept or b"")
        return FetchedIndex(content, validators=validators)

    def _ask_archive(self, pin: MirrorPin) -> FetchedIndex:
        """The index of an archive, which is not asked again once it was read."""
        kept, _ = self._kept()
        if kept is not None and hashlib.sha256(kept).hexdigest() == pin.sha256:
            return FetchedIndex(kept)
        from lhnets._fetching.validators import Validators

        content = self.read(INDEX_FILE, INDEX_LIMIT)
        validators = Validators() if self.is_remote else None
        return FetchedIndex(_require_pinned(content, pin, self.shown), validators=validators)

    def _ask_signed(
        self,
        pin: MirrorPin,
        read: Read,
        read_index: Callable[[], tuple[bytes, Validators | None]],
    ) -> FetchedIndex:
        """The index that the newest signed metadata name. It is asked for twice: an export may come
        between the two."""
        kept, _ = self._kept() if self.is_remote else (None, None)
        for _ in range(2):
            trust = Trust(pin.sha256, read, self._cache, self.shown)
            target = trust.target(INDEX_FILE)
            if kept is not None and target.fits(kept):
                return FetchedIndex(kept, trust)
            content, validators = read_index()
            if target.fits(content):
                return FetchedIndex(content, trust, validators)
        raise IntegrityError(
            f"the index of {self.shown} is not the one that was signed: its SHA-256 should be "
            f"{target.sha256}. It was not used; try again later, and if it stays so, tell the "
            "mirror's keeper"
        )

    def _download_index(self, downloader: Downloader, clock: Clock) -> tuple[bytes, Validators]:
        from lhnets._fetching.validators import Validators

        content, validators = downloader.refresh(
            f"{self.address}/{INDEX_FILE}",
            Validators(),
            limit=INDEX_LIMIT,
            what=f"the index of {self.shown}",
            clock=clock,
        )
        return content or b"", validators

    @property
    def _kept_as(self) -> str:
        return f"indexes/{hashlib.sha256(self.address.encode()).hexdigest()}"

    def _kept(self) -> tuple[bytes | None, Validators]:
        """The index last read, and by what its server knows it; nothing where the two do not belong
        together."""
        from lhnets._fetching.validators import Validators

        try:
            content = (self._cache.folder / f"{self._kept_as}.json").read_bytes()
        except OSError:
            return None, Validators()
        try:
            known = msgspec.json.decode(
                (self._cache.folder / f"{self._kept_as}.http.json").read_bytes(), type=KeptIndex
            )
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return content, Validators()
        if known.sha256 != hashlib.sha256(content).hexdigest():
            return content, Validators()
        return content, Validators(known.etag, known.last_modified)

    def _remembered_pin(self) -> MirrorPin | None:
        try:
            text = (self._cache.folder / f"{self._kept_as}.pin").read_text("ascii")
        except (OSError, UnicodeDecodeError):
            return None
        return MirrorPin.of(text)

    def _remember_pin(self, pin: MirrorPin) -> None:
        """From now on the address is asked with this root, named or not."""
        if self._remembered_pin() == pin:
            return
        with suppress(CacheError):  # what was signed could not be kept either, and that is told
            self._cache.keep(f"{self._kept_as}.pin", str(pin).removeprefix("#").encode())


def _require_pinned(content: bytes, pin: MirrorPin, source: str) -> bytes:
    found = hashlib.sha256(content).hexdigest()
    if found != pin.sha256:
        raise IntegrityError(
            f"the index of {source} is not the one that is pinned: its SHA-256 should be "
            f"{pin.sha256}, but is {found}. It was not used; get the archive anew, or ask for its "
            "pin"
        )
    return content


def require_signed(trust: Trust, path: str, content: bytes, source: str) -> Target:
    """What was signed of the file at ``path``, if ``content`` is that file.

    Raises
    ------
    IntegrityError
        If it is not.
    """
    target = trust.target(path)
    if not target.fits(content):
        raise IntegrityError(
            f"{path} of {source} is not the file that was signed: its SHA-256 should be "
            f"{target.sha256}, but is {hashlib.sha256(content).hexdigest()}. It was not used; tell "
            "the mirror's keeper"
        )
    return target
