"""Mirrors, cache and lock together: from a question to a network that answers it."""

from __future__ import annotations

import functools
import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from msgspec import structs

from lhnets._asking.parameters import Parameters, named
from lhnets._asking.slha import is_slha, offered_names
from lhnets._fetching.cache import Cache
from lhnets._fetching.mirror import BUNDLED, Mirror
from lhnets._finding.question import Question
from lhnets._finding.resolve import CanonicalQuestion, Choice, canonicalize, pinned, rank
from lhnets._running.network import Call, Network
from lhnets.errors import (
    IntegrityError,
    MirrorError,
    MirrorWarning,
    NetworkNotFoundError,
    OutsideRegionError,
    RetractedWarning,
)
from lhnets.format import Card, Entry, Kind, Lock, active_lock_file, read_path, require_understood

if TYPE_CHECKING:
    from lhnets._running.event_call import EventCall

REGISTRY_VARIABLE = "LHNETS_REGISTRY"
MOST_SETTLED = 4096
"""Questions kept settled; a scan that names a new energy at every point must not fill the
memory."""

_T = TypeVar("_T")

EVENT_KINDS: frozenset[Kind] = frozenset(
    {"classifier", "anomaly_score", "event_variable", "unfolding", "generator"}
)


class Zoo:
    """All networks within reach.

    Parameters
    ----------
    mirrors : sequence of str
        Addresses or folders, the first that has a version gives it.
    cache : Cache
        Where fetched files are kept.
    lock_file : Path, optional
        Only the networks that it pins take part.
    """

    def __init__(self, mirrors: Sequence[str], cache: Cache, lock_file: Path | None = None) -> None:
        self.mirrors = [Mirror(m, cache) for m in mirrors]
        self.lock_file = lock_file
        self._networks: dict[str, Network] = {}
        self._calls: dict[tuple[Question, tuple[str, ...]], Call | EventCall] = {}

    @classmethod
    def from_environment(cls) -> Zoo:
        """The mirrors that LHNETS_REGISTRY names, separated by commas, then the bundled one."""
        named_mirrors = [
            m.strip() for m in os.environ.get(REGISTRY_VARIABLE, "").split(",") if m.strip()
        ]
        return cls([*named_mirrors, str(BUNDLED)], Cache.default(), active_lock_file())

    @functools.cached_property
    def listing(self) -> dict[str, tuple[Entry, list[Mirror]]]:
        """Every NAME@VERSION with the mirrors that give it. A mirror that cannot be read is passed
        over, with a warning."""
        found: dict[str, tuple[Entry, list[Mirror]]] = {}
        for mirror in self.mirrors:
            try:
                entries = mirror.index.networks
            except MirrorError as error:
                warnings.warn(
                    f"{error}. Going on with the other mirrors", MirrorWarning, stacklevel=2
                )
                continue
            for entry in entries:
                known, sources = found.setdefault(entry.identity, (entry, []))
                if known.sha256 != entry.sha256:
                    raise IntegrityError(
                        f"{entry.identity} is one file in {sources[0].name} (SHA-256 "
                        f"{known.sha256}) and another in {mirror.name} ({entry.sha256}). A version "
                        "never changes: leave out the mirror you do not trust"
                    )
                sources.append(mirror)
        return found

    @functools.cached_property
    def entries(self) -> list[Entry]:
        """The entries that take part and that this lhnets can evaluate."""
        return [e for e in self.listed if not e.missing]

    @functools.cached_property
    def listed(self) -> list[Entry]:
        """The entries that take part: all, or those that the lock file pins."""
        entries = [entry for entry, _ in self.listing.values()]
        if self.lock_file is None:
            return entries
        return Lock.read(self.lock_file).apply(entries, str(self.lock_file))

    @property
    def used(self) -> list[Card]:
        """Cards of the networks loaded so far."""
        return [n.card for n in self._networks.values()]

    def find(self, name: str) -> Entry:
        """The entry of NAME or NAME@VERSION."""
        try:
            return pinned(name, self.entries)
        except NetworkNotFoundError as error:
            self._require_understood(name)
            raise self._behind_lock(error) from error

    def load(self, name: str | os.PathLike[str]) -> Network:
        """The network called NAME or NAME@VERSION, or the file whose path is given, verified."""
        name = os.fspath(name)
        if name.endswith(".onnx"):
            return self._load_file(Path(name))
        entry = self.find(name)
        if entry.identity not in self._networks:
            if entry.status == "retracted":
                warnings.warn(
                    f"{entry.identity} was retracted: {entry.reason}",
                    RetractedWarning,
                    stacklevel=3,
                )
            self._networks[entry.identity] = self._first(
                entry, lambda mirror: _fetched(mirror, entry)
            )
        return self._networks[entry.identity]

    def card(self, name: str) -> Card:
        """The card of NAME or NAME@VERSION, without its network."""
        entry = self.find(name)
        return self._first(entry, lambda mirror: mirror.card(entry))

    def sources(self, entry: Entry) -> list[Mirror]:
        """The mirrors that give a version, in the order in which they are asked: folders before
        addresses."""
        return sorted(self.listing[entry.identity][1], key=lambda mirror: mirror.is_remote)

    def _first(self, entry: Entry, get: Callable[[Mirror], _T]) -> _T:
        """What the first mirror gives that can; those that cannot are named in a warning."""
        *others, last = self.sources(entry)
        for mirror in others:
            try:
                return get(mirror)
            except (MirrorError, IntegrityError) as error:
                warnings.warn(f"{error}. Asking the next mirror", MirrorWarning, stacklevel=4)
        return get(last)

    def ask(self, question: Question, params: Parameters) -> Call | EventCall:
        """The call that answers a question; settled once, then looked up.

        Parameters
        ----------
        question : Question
            As the user put it.
        params : Parameters
            Which network answers depends on their names.
        """
        names = tuple(params) if type(params) is dict else None
        call = self._calls.get((question, names)) if names is not None else None
        if call is None:
            call = self._settle(question, params)
            if names is not None and not is_slha(params):
                if len(self._calls) >= MOST_SETTLED:
                    self._calls.clear()
                self._calls[question, names] = call
        return call

    def _settle(self, question: Question, params: Parameters) -> Call | EventCall:
        if question.kind in EVENT_KINDS and question.network is None:
            question = self._by_name(question)
        wanted = canonicalize(question, self._names(params), is_slha(params))
        try:
            choices = rank(wanted, self.entries)
        except NetworkNotFoundError as error:
            self._require_understood(wanted.network or wanted.subject)
            raise self._behind_lock(error) from error
        if is_slha(params) and question.network is None and question.outside == "raise":
            return self._first_unbroken(choices, wanted, question, params)
        return self._bind(choices[0], wanted, question)

    def _bind(
        self, choice: Choice, wanted: CanonicalQuestion, question: Question
    ) -> Call | EventCall:
        chosen = self.load(choice.entry.identity)
        whole = chosen.card.tensors and choice.output == choice.entry.default_output
        return chosen.bind(
            energy=wanted.energy if choice.energy_is_input else None,
            output=None if whole else choice.output,
            outside=question.outside,
        )

    def _first_unbroken(
        self,
        choices: Sequence[Choice],
        wanted: CanonicalQuestion,
        question: Question,
        params: Parameters,
    ) -> Call | EventCall:
        """The call of the first network that takes nothing for granted that the spectrum
        contradicts.

        Raises
        ------
        OutsideRegionError
            if there is none, with what each takes for granted.
        """
        told: dict[str, list[str]] = {}
        for choice in choices:
            call = self._bind(choice, wanted, question)
            broken = call.find_broken(params) if isinstance(call, Call) else []
            if not broken:
                return call
            told[choice.entry.identity] = broken
        listed = "\n".join(f"  {name}: {'; '.join(broken)}" for name, broken in told.items())
        raise OutsideRegionError(
            "no network is for this spectrum; each takes for granted what does not "
            f"hold:\n{listed}\nChoose one by network= or order= (`lhnets list` shows them), or "
            "pass outside='nan' or outside='warn' to go on"
        )

    def _by_name(self, question: Question) -> Question:
        """The question with subject and network of the event network that its subject names, if it
        names one."""
        name = question.subject.strip()
        if name.partition("@")[0] not in {e.name for e in self.entries}:
            return question
        return structs.replace(question, subject=self.find(name).subject, network=name)

    def _names(self, params: Parameters) -> frozenset[str] | None:
        if is_slha(params):
            return offered_names(params, [i for e in self.entries for i in e.inputs])
        mapping = named(params)
        return None if mapping is None else frozenset(map(str, mapping))

    def _load_file(self, path: Path) -> Network:
        file = read_path(path)
        if file.digest != file.stated_digest:
            raise IntegrityError(
                f"{path} was changed after it was sealed: its digest should be "
                f"{file.stated_digest}, but is {file.digest}. `lhnets verify` tells more"
            )
        network = Network(file.content, path)
        return self._networks.setdefault(f"{path.resolve()}#{file.sha256}", network)

    def _require_understood(self, name: str) -> None:
        """Say so if a name, a version or a subject has networks, but only for a newer lhnets."""
        for entry in self.listed:
            if entry.missing and name in (entry.identity, entry.name, *entry.subjects):
                require_understood(entry.identity, entry.requires, entry.format)

    def _behind_lock(self, error: NetworkNotFoundError) -> NetworkNotFoundError:
        if self.lock_file is None:
            return error
        return NetworkNotFoundError(f"{error}. Only what {self.lock_file} pins takes part")


def _fetched(mirror: Mirror, entry: Entry) -> Network:
    path, content = mirror.fetch(entry)
    network = Network(content, path, source=mirror.name)
    if network.name != entry.identity:
        raise IntegrityError(
            f"the index of {mirror.name} lists the file of {network.name} as {entry.identity}: it "
            "was not loaded; tell the mirror's keeper"
        )
    return network


@functools.cache
def default() -> Zoo:
    """The zoo of this process, made from the environment when first needed."""
    return Zoo.from_environment()
