"""Mirrors, cache and lock together: from a question to a network that answers it."""

from __future__ import annotations

import functools
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from msgspec import structs

from lhnets._asking.event_forms import is_particles
from lhnets._asking.parameters import Parameters, named
from lhnets._asking.slha import is_slha, read_spectra, unmet
from lhnets._asking.slha_file import Spectrum
from lhnets._asking.taken import assumptions_of, inputs_of
from lhnets._fetching.cache import Cache
from lhnets._fetching.mirror import BUNDLED, Mirror, most_bytes
from lhnets._fetching.zenodo.site import RecordAddress, parse_record
from lhnets._finding.authors import demands_from_environment, require_author
from lhnets._finding.candidates import CanonicalQuestion, Choice, Given
from lhnets._finding.choose import Chosen, choose
from lhnets._finding.listing import Listing
from lhnets._finding.question import Question
from lhnets._finding.refusals import no_subject
from lhnets._finding.resolve import canonicalize, find_related
from lhnets._finding.tasks import find_first, find_tasks
from lhnets._finding.versions import EntryPool, pinned
from lhnets._finding.views import View, Views
from lhnets._running.call import Call
from lhnets._running.network import Network
from lhnets._running.outside import Outside
from lhnets.errors import (
    IntegrityError,
    LockFileNotice,
    LowerOrderWarning,
    MirrorError,
    MirrorWarning,
    NetworkNotFoundError,
    ParameterError,
    RetractedWarning,
)
from lhnets.format import (
    LOCK_VARIABLE,
    Card,
    Entry,
    Kind,
    NetworkFile,
    RankedTask,
    active_lock_file,
    read,
    read_path,
    require_understood,
)

if TYPE_CHECKING:
    from lhnets._running.event_call import EventCall

REGISTRY_VARIABLE = "LHNETS_REGISTRY"
MOST_SETTLED = 4096
"""Questions kept settled; a scan that names a new energy at every point must not fill the
memory."""

_FRAMES = 4
"""From a warning about an answer up to the user's call."""

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
        self._cache = cache
        self.lock_file = lock_file
        self._networks: dict[str, Network] = {}
        self._used: dict[str, Network] = {}
        self._calls: dict[tuple[Question, tuple[str, ...]], Call | EventCall] = {}

    @classmethod
    def from_environment(cls) -> Zoo:
        """The mirrors that LHNETS_REGISTRY names, separated by commas, then the bundled one.

        A lock file that lies in the folder, and that nobody named, is told of.
        """
        named_mirrors = [
            m.strip() for m in os.environ.get(REGISTRY_VARIABLE, "").split(",") if m.strip()
        ]
        lock_file = active_lock_file()
        if lock_file is not None and not os.environ.get(LOCK_VARIABLE):
            warnings.warn(
                f"{lock_file.resolve()} is in force: only the networks that it pins take part. "
                f"Set {LOCK_VARIABLE} to its path if you mean it, or work in another folder",
                LockFileNotice,
                stacklevel=4,
            )
        return cls([*named_mirrors, str(BUNDLED)], Cache.default(), lock_file)

    @functools.cached_property
    def _demands(self) -> list[tuple[str, str]]:
        """Whose signatures must be in which network files."""
        return demands_from_environment()

    @functools.cached_property
    def _views(self) -> Views:
        """What the mirrors list, as far as questions need it."""
        return Views(self.mirrors, self.lock_file)

    @property
    def listing(self) -> Listing:
        """Everything that the mirrors offer, and what is withheld of it."""
        return self._views.whole.listing

    @property
    def entries(self) -> EntryPool:
        """The entries that take part and that this lhnets can evaluate, all of them."""
        return self._views.whole.entries

    def find_related(self, question: Question) -> list[Entry]:
        """The networks that compute what is asked for, whatever they take.

        Raises
        ------
        NetworkNotFoundError
            If there is none, with the nearest ones.
        """
        asked = canonicalize(question, Given())
        entries = self._views.of_question(asked).entries
        asked, related = find_related(asked, entries)
        if not related:
            raise no_subject(asked, entries)
        return related

    @property
    def used(self) -> list[Card]:
        """Cards of the networks that were loaded or that answered so far."""
        return [n.card for n in self._used.values()]

    def find(self, name: str) -> Entry:
        """The entry of NAME or NAME@VERSION."""
        try:
            return self._find(name)
        except NetworkNotFoundError as error:
            self._require_understood(name)
            raise self._explain(error, name) from error

    def _find(self, name: str) -> Entry:
        entries = self._of_name(name).entries
        return pinned(name, entries or self.entries)

    def _of_name(self, name: str) -> View:
        """What there is of NAME or NAME@VERSION."""
        return self._views.of_names(frozenset({name.strip().lower().partition("@")[0]}))

    def load(self, name: str | os.PathLike[str]) -> Network:
        """The network called NAME or NAME@VERSION, in the record of Zenodo with this DOI, or in the
        file whose path is given, verified."""
        name = os.fspath(name)
        if (record := parse_record(name)) is not None:
            return self._load_record(record)
        if name.endswith(".onnx") or _is_path_of_file(name):
            return self._load_file(read_path(name), Path(name))
        entry = self.find(name)
        if entry.identity not in self._used:
            if entry.status == "retracted":
                warnings.warn(
                    f"{entry.identity} was retracted: {entry.reason}",
                    RetractedWarning,
                    stacklevel=3,
                )
            self._used[entry.identity] = self._open(entry)
        return self._used[entry.identity]

    def _open(self, entry: Entry) -> Network:
        """The network of an entry, which does not yet count as used."""
        if entry.identity not in self._networks:
            self._networks[entry.identity] = self._first(
                entry, lambda mirror: _fetched(mirror, entry, self._demands)
            )
        return self._networks[entry.identity]

    def card(self, name: str) -> Card:
        """The card of NAME or NAME@VERSION, without its network; or that of a record or file."""
        if is_outside(name):
            return self.load(name).card
        entry = self.find(name)
        return self._first(entry, lambda mirror: mirror.card(entry))

    def sources(self, entry: Entry) -> list[Mirror]:
        """The mirrors that give a version, in the order in which they are asked: folders before
        addresses."""
        listed = self._of_name(entry.name).listing.listed
        return sorted(listed[entry.identity].mirrors, key=lambda mirror: mirror.is_remote)

    def _first(self, entry: Entry, get: Callable[[Mirror], _T]) -> _T:
        """What the first mirror gives that can; those that cannot are named in a warning."""
        *others, last = self.sources(entry)
        for mirror in others:
            try:
                return get(mirror)
            except (MirrorError, IntegrityError) as error:
                warnings.warn(f"{error}. Asking the next mirror", MirrorWarning, stacklevel=4)
        return get(last)

    def ask(self, question: Question, params: Any) -> Call | EventCall:
        """The call that answers a question; settled once, then looked up.

        Parameters
        ----------
        question : Question
            As the user put it.
        params : Parameters
            Which network answers depends on their names.

        Warns
        -----
        LowerOrderWarning
            if the process is known to a higher order, at another energy for instance, and no order
            is asked for.
        """
        names = tuple(params) if type(params) is dict else None
        key = (question, names)
        try:
            call = self._calls.get(key) if names is not None else None  # type: ignore[arg-type]
        except TypeError:
            canonicalize(question, Given())
            raise
        if call is None:
            call = self._settle(question, params)
            if names is not None and not is_slha(params):
                if len(self._calls) >= MOST_SETTLED:
                    self._calls.clear()
                self._calls[question, names] = call
        return call

    def find_input_names(self, question: Question) -> set[str]:
        """The inputs of all networks that may answer a question, whatever the parameters."""
        asked = canonicalize(question, Given())
        _, related = find_related(asked, self._views.of_question(asked).entries)
        return {i.name for e in related for i in e.inputs}

    def _settle(self, question: Question, params: Any) -> Call | EventCall:
        note = ""
        if question.kind in EVENT_KINDS:
            question, note = self._by_task(self._by_name(question))
            spectra, given = [], describe_events(params)
        else:
            spectra = read_spectra(params) if is_slha(params) else []
            given = describe_given(params, spectra)
        asked = canonicalize(question, given)
        strict = question.outside == "raise" and question.network is None
        view = self._views.of_question(asked)
        try:
            chosen = choose(
                asked,
                view.entries,
                view.places,
                lambda choice: self._find_broken(choice, asked, spectra, strict),
                strict=strict,
            )
        except NetworkNotFoundError as error:
            self._require_understood(asked.network or asked.subject)
            raise self._explain(error, asked.network) from error
        if chosen.warning:
            warnings.warn(chosen.warning, LowerOrderWarning, stacklevel=_FRAMES)
        if note:
            chosen = structs.replace(chosen, notes=(note, *chosen.notes))
        return self._bind(chosen, asked, question.outside)

    def _find_broken(
        self, choice: Choice, asked: CanonicalQuestion, spectra: list[Spectrum], strict: bool
    ) -> list[str]:
        """Why a network is not for spectra, in words: what it takes for granted does not hold, or,
        if that is ``strict``, they are outside its region."""
        if not spectra:
            return []
        network = self._open(choice.entry)
        inputs = inputs_of(network.card, choice.subject)
        broken = unmet(spectra, assumptions_of(network.card, choice.subject), inputs)
        if broken or not strict:
            return broken
        call = network.bind(
            energy=asked.energy if choice.energy_is_input else None,
            output=choice.output.name,
            subject=choice.subject,
        )
        return call.find_outside(spectra) if isinstance(call, Call) else []

    def _bind(
        self, chosen: Chosen, asked: CanonicalQuestion, outside: Outside | None
    ) -> Call | EventCall:
        choice = chosen.choice
        network = self.load(choice.entry.identity)
        whole = network.card.tensors and choice.output.name == choice.entry.default_output
        return network.bind(
            energy=asked.energy if choice.energy_is_input else None,
            output=None if whole else choice.output.name,
            outside=outside,
            subject=choice.subject,
            notes=chosen.notes,
        )

    def _by_name(self, question: Question) -> Question:
        """The question with subject and network of the event network that its subject names, if it
        names one."""
        name = question.subject.strip()
        bare = name.partition("@")[0]
        if question.network is not None or all(e.name != bare for e in self._of_name(bare).entries):
            return question
        return structs.replace(question, subject=self.find(name).subject, network=name)

    def _by_task(self, question: Question) -> tuple[Question, str]:
        """The question with subject and network of the one that is ranked first, if its subject
        names a task, and a note that says so. A network that the user chose must be ranked too."""
        for task in find_tasks(question.subject, question.kind, self._views.indexes()):
            if question.network is not None:
                entry = self.find(question.network)
                if any(ranked.name == entry.name for ranked in task.networks):
                    return structs.replace(question, subject=entry.subject), ""
            elif first := find_first(task, self._views.of_names(_names_of(task)).entries):
                network = first.entry.identity
                found = structs.replace(question, subject=first.entry.subject, network=network)
                return found, first.note
        return question, ""

    def _load_record(self, record: RecordAddress) -> Network:
        from lhnets._fetching.zenodo.loading import fetch_network

        path, content = fetch_network(record, self._cache, most_bytes())
        return self._load_file(read(content), path, record.doi)

    def _load_file(self, file: NetworkFile, path: Path, source: str = "file") -> Network:
        if file.digest != file.stated_digest:
            raise IntegrityError(
                f"{path} was changed after it was sealed: its digest should be "
                f"{file.stated_digest}, but is {file.digest}. `lhnets verify` tells more"
            )
        require_author(file.card.name, file.content, self._demands)
        network = Network(file.content, path, source)
        return self._used.setdefault(f"{path.resolve()}#{file.sha256}", network)

    def _require_understood(self, name: str) -> None:
        """Say so if a name, a version or a subject has networks, but only for a newer lhnets."""
        for entry in self._views.whole.listed:
            if entry.missing and name in (entry.identity, entry.name, *entry.subjects):
                require_understood(entry.identity, entry.requires, entry.format)

    def _explain(self, error: NetworkNotFoundError, name: str | None) -> NetworkNotFoundError:
        """The error with what keeps a network from taking part: a lock, or a mirror that comes
        first."""
        offer = self._views.whole.listing.withheld.get(name or "")
        if offer is not None:
            mirror, owner = offer
            return NetworkNotFoundError(
                f"{error}. {mirror.name} has {name}, but its name belongs to {owner.name}, which "
                "comes first: name the other mirror first to use it"
            )
        if self.lock_file is None:
            return error
        return NetworkNotFoundError(f"{error}. Only what {self.lock_file} pins takes part")


def _names_of(task: RankedTask) -> frozenset[str]:
    return frozenset(ranked.name for ranked in task.networks)


def is_outside(name: str) -> bool:
    """Whether a name leads to a file or a record of Zenodo, not to a network of the mirrors."""
    return name.endswith(".onnx") or parse_record(name) is not None


def describe_given(params: Parameters, spectra: Sequence[Spectrum]) -> Given:
    """The parameters as far as they decide which network answers.

    Raises
    ------
    ParameterError
        If they are an array that is not of shape (N, n).
    """
    if spectra:
        return Given(holds=lambda place: all(s.has(place.block, place.entry) for s in spectra))
    mapping = named(params)
    if mapping is not None:
        return Given(names=frozenset(map(str, mapping)))
    try:
        shape = np.shape(params)
    except ValueError:
        shape = ()
    if len(shape) != 2:
        raise ParameterError(
            f"expected an array of shape (N, n), a row for each point with columns in card order, "
            f"got {shape or 'rows of different lengths'}"
        )
    return Given(columns=shape[1])


def describe_events(inputs: Any) -> Given:
    """The names of inputs; nothing of particles, whose columns are no inputs."""
    if not isinstance(inputs, Mapping) or is_particles(inputs):
        return Given()
    return Given(names=frozenset(map(str, inputs)))


def _fetched(mirror: Mirror, entry: Entry, demands: Sequence[tuple[str, str]]) -> Network:
    path, content = mirror.fetch(entry)
    require_author(entry.name, content, demands)
    network = Network(content, path, source=mirror.name)
    if network.name != entry.identity:
        raise IntegrityError(
            f"the index of {mirror.name} lists the file of {network.name} as {entry.identity}: it "
            "was not loaded; tell the mirror's keeper"
        )
    return network


def _is_path_of_file(name: str) -> bool:
    """Whether a name, in which no separator of folders may stand, is the path of a file, such as
    one of a mirror or the cache."""
    return os.sep in name and Path(name).is_file()


@functools.cache
def default() -> Zoo:
    """The zoo of this process, made from the environment when first needed."""
    return Zoo.from_environment()
