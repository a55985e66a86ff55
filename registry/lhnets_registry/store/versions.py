"""The versions in an open store: read, published, marked, and what interrupted publications
left."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from msgspec import Struct

from lhnets.errors import IntegrityError
from lhnets.format import Card, NetworkFile
from lhnets_registry.errors import NameConflictError, StoreError, UnknownVersionError
from lhnets_registry.location import Location
from lhnets_registry.locking import Confirm
from lhnets_registry.report import Report
from lhnets_registry.store import record, schema
from lhnets_registry.store.client import MlflowClient, foreign_errors
from lhnets_registry.store.files import Files

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from mlflow.entities import ViewType

Status: TypeAlias = Literal["candidate", "verified", "rejected", "retracted"]

EXPERIMENT = "lhnets"
_PAGE = 1000
_log = logging.getLogger("lhnets.store")
_ALIASES: tuple[Status, ...] = ("candidate", "verified")


class Version(Struct, frozen=True):
    """One published version, as the store knows it."""

    name: str
    version: int
    status: Status
    reason: str
    kind: str
    subject: str
    title: str
    sha256: str
    run_id: str
    published: int
    """Milliseconds since 1970."""

    @property
    def identity(self) -> str:
        """NAME@VERSION."""
        return f"{self.name}@{self.version}"


class Leftover(Struct, frozen=True):
    """What an interrupted step left, or an alias that points to the wrong version."""

    kind: Literal["run", "unfinished", "files", "name", "alias", "reason"]
    subject: str
    """The id of a run, a name, or NAME@VERSION."""
    what: str


class Store:
    """An open store, to be read under `Location.shared_lock` and changed under `Location.lock`.

    Parameters
    ----------
    location : Location
        A store that exists; opening one on a server makes its tables.
    """

    def __init__(self, location: Location) -> None:
        self.location = location
        found = self._open()
        self._experiment = None if found is None else str(found.experiment_id)
        self._recorded = None if found is None else str(found.artifact_location).rstrip("/")
        self._place = (
            location.artifacts
            if location.folder is not None
            else self._recorded or location.artifacts
        )

    def _open(self) -> Any:
        """Connect. Whoever comes first makes the tables; others wait until they are complete."""
        with contextlib.ExitStack() as stack:
            if not schema.is_current(self.location):
                stack.enter_context(self.location.opening_lock())
                schema.require_current(self.location)
            stack.enter_context(foreign_errors(self.location, "opened"))
            self._client = MlflowClient(self.location.uri, self.location.uri)
            return self._client.get_experiment_by_name(EXPERIMENT)

    @classmethod
    def for_writing(cls, location: Location) -> Store:
        """Open a store to change it: it has a place for its files then, and a folder may have been
        moved.

        Raises
        ------
        StoreError
            If a server's store has no place for its files yet, or another one.
        """
        store = cls(location)
        with foreign_errors(location, "written"):
            if store._recorded is None:
                store._settle()
            elif location.artifacts not in (None, store._recorded):
                store._follow(location.artifacts or "")
        return store

    def versions(self, name: str | None = None) -> list[Version]:
        """Every version, or those of ``name``, ordered by name and version."""
        query = "" if name is None else f"name = '{name}'"
        with foreign_errors(self.location, "read"):
            found, token = [], None
            while True:
                page = self._client.search_model_versions(
                    query, max_results=_PAGE, page_token=token
                )
                found += [_version(v) for v in page if record.MARK in v.tags]
                token = page.token
                if not token:
                    return sorted(found, key=lambda v: (v.name, v.version))

    def content(self, version: Version) -> bytes:
        """The network file of ``version``.

        Raises
        ------
        IntegrityError
            If the bytes are no longer those that were published.
        """
        content = self._file(version, f"{record.MODEL}/{record.FILE}")
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 != version.sha256:
            raise IntegrityError(
                f"the file of {version.identity} in {self.location.shown} has SHA-256 {sha256}, "
                f"published was {version.sha256}. Restore it from a backup or a mirror"
            )
        return content

    def card(self, version: Version) -> bytes:
        """The card that lies beside the network file, as JSON."""
        return self._file(version, record.CARD)

    def report(self, version: Version) -> Report:
        """The report with which ``version`` was admitted."""
        return Report.from_json(self._file(version, record.REPORT))

    def add(
        self,
        network: NetworkFile,
        report: Report,
        known: list[Version],
        confirm: Confirm,
        published: int | None = None,
    ) -> Version:
        """Publish ``network`` as a candidate, or leave nothing.

        Parameters
        ----------
        known : list of Version
            The versions that are there.
        confirm : callable
            Tells that the lock is still held; asked before and after the moment of publication.
        published : int, optional
            When it was first published, in milliseconds since 1970, where that is not now.

        Raises
        ------
        NameConflictError
            If its version is not the next one of its name.
        """
        check_turn(network.card, known)
        card, tags = network.card, record.version_tags(network)
        if published is not None:
            tags |= {"published": str(published)}
        with foreign_errors(self.location, "written"):
            run = self._client.create_run(
                self._experiment, tags=record.run_tags(network), run_name=card.identity
            )
            _log.debug("%s: run made", card.identity)
            try:
                self._record(run.info, network, report)
                _log.debug("%s: files written", card.identity)
                confirm()
                self._register(card, run.info.run_id, tags, confirm)
            except BaseException:
                with contextlib.suppress(Exception):
                    self._discard(run.info.run_id)
                    self._drop_if_empty(card.name)
                raise
            _log.debug("%s: version made", card.identity)
            self._client.set_terminated(run.info.run_id)
            self.align(card.name)
            _log.debug("%s: aliases set", card.identity)
        return next(v for v in self.versions(card.name) if v.version == card.version)

    def mark(self, version: Version, status: Status, reason: str) -> None:
        """Give ``version`` another status; the reason is written first, the status decides."""
        with foreign_errors(self.location, "written"):
            self._client.set_model_version_tag(version.name, str(version.version), "reason", reason)
            self._client.set_model_version_tag(version.name, str(version.version), "status", status)
            self.align(version.name)

    def align(self, name: str) -> None:
        """Point the aliases of ``name`` to its newest candidate and its newest verified version."""
        with foreign_errors(self.location, "written"):
            wanted = _aliases(self.versions(name))
            present = _present(self._client.get_registered_model(name))
            for alias in wanted.items() - present.items():
                self._client.set_registered_model_alias(name, alias[0], str(alias[1]))
            for gone in present.keys() - wanted.keys():
                self._client.delete_registered_model_alias(name, gone)

    def leftovers(self, known: list[Version], *, files: bool = False) -> list[Leftover]:
        """What interrupted steps left. ``files`` looks through the files of all runs too, which
        takes longer."""
        with foreign_errors(self.location, "read"):
            found = [*self._open_runs(known), *self._odd_names(known), *_stray_reasons(known)]
            return [*found, *self._lost_files(known, found)] if files else found

    def clear(self, leftover: Leftover) -> None:
        """Remove or fix a leftover."""
        with foreign_errors(self.location, "written"):
            match leftover.kind:
                case "run":
                    self._discard(leftover.subject)
                case "unfinished":
                    self._client.set_terminated(leftover.subject)
                case "files":
                    self._files.discard(leftover.subject)
                case "name":
                    self._client.delete_registered_model(leftover.subject)
                case "alias":
                    self.align(leftover.subject)
                case "reason":
                    name, _, version = leftover.subject.rpartition("@")
                    self._client.set_model_version_tag(name, version, "reason", "")

    def sweep(self, known: list[Version]) -> None:
        """Clear what interrupted publications and reviews left."""
        for leftover in self.leftovers(known):
            self.clear(leftover)

    @property
    def _files(self) -> Files:
        if self._place is None:
            raise StoreError(
                f"the store {self.location.shown} is new and has no place for its files yet: name "
                "a folder or s3://… with --artifacts or LHNETS_ARTIFACTS"
            )
        return Files(self._place)

    def _settle(self) -> None:
        """Choose the place of the files for good."""
        self._recorded = self._place = self._files.place
        self._experiment = str(
            self._client.create_experiment(EXPERIMENT, artifact_location=self._place)
        )

    def _follow(self, place: str) -> None:
        """Take up that the folder of an embedded store was moved."""
        if self.location.folder is None:
            raise StoreError(
                f"the files of the store {self.location.shown} are at {self._recorded}, not at "
                f"{place}: leave --artifacts and LHNETS_ARTIFACTS out, or, where the files were "
                "moved, say so with `lhnets registry migrate --artifacts`"
            )
        schema.relocate(self.location, str(self._recorded), place)
        self._recorded = place

    def _record(self, info: Any, network: NetworkFile, report: Report) -> None:
        """Figures, data set and files of the run."""
        record.log_figures(self._client, info, network.card)
        with tempfile.TemporaryDirectory(prefix="lhnets-") as folder:
            record.write_files(Path(folder), info.run_id, network, report)
            self._client.log_artifacts(info.run_id, folder)
        self._files.flush(info.run_id)

    def _register(self, card: Card, run_id: str, tags: dict[str, str], confirm: Confirm) -> None:
        """The moment of publication: one transaction makes the version with its tags."""
        if not self._names(f"name = '{card.name}'"):
            self._client.create_registered_model(card.name, tags={record.MARK: "network"})
        source = f"{self._files.uri(run_id)}/{record.MODEL}"
        made = self._client.create_model_version(card.name, source, run_id, tags=tags)
        try:
            if int(made.version) != card.version:
                raise NameConflictError(
                    f"{card.identity} was overtaken: version {made.version} is taken now. Publish "
                    "again"
                )
            confirm()
        except (NameConflictError, StoreError):
            self._client.delete_model_version(card.name, made.version)
            raise

    def _discard(self, run_id: str) -> None:
        """Delete the files of a run, then the run: in this order a second try finds what is
        left."""
        self._files.discard(run_id)
        self._client.delete_run(run_id)

    def _open_runs(self, known: list[Version]) -> Iterator[Leftover]:
        if self._experiment is None:
            return
        in_use = {v.run_id: v for v in known}
        for run in self._client.search_runs([self._experiment], "attributes.status = 'RUNNING'"):
            run_id = run.info.run_id
            if run_id in in_use:
                yield Leftover(
                    "unfinished", run_id, f"the run of {in_use[run_id].identity} was not ended"
                )
            else:
                yield Leftover("run", run_id, f"run {run_id} is an interrupted publication")

    def _odd_names(self, known: list[Version]) -> Iterator[Leftover]:
        """Names without a version, and names whose aliases point elsewhere than they should."""
        of_name: dict[str, list[Version]] = {}
        for version in known:
            of_name.setdefault(version.name, []).append(version)
        for model in self._names():
            if record.MARK not in model.tags:
                continue
            if model.name not in of_name:
                yield Leftover("name", model.name, f"the name {model.name} has no version")
            elif _present(model) != (wanted := _aliases(of_name[model.name])):
                yield Leftover(
                    "alias",
                    model.name,
                    f"the aliases of {model.name} are {_present(model)}, not {wanted}",
                )

    def _lost_files(self, known: list[Version], found: list[Leftover]) -> Iterator[Leftover]:
        """Files of our runs that nothing refers to; what others keep in the same place is left
        alone."""
        if self._experiment is None:
            return
        lost = self._files.runs() - {v.run_id for v in known} - {f.subject for f in found}
        if not lost:
            return
        token = None
        while True:
            page = self._client.search_runs(
                [self._experiment], run_view_type=ViewType.ALL, max_results=_PAGE, page_token=token
            )
            for run in page:
                if run.info.run_id in lost:
                    yield Leftover(
                        "files",
                        run.info.run_id,
                        f"files of run {run.info.run_id}, which no version has",
                    )
            token = page.token
            if not token:
                return

    def _drop_if_empty(self, name: str) -> None:
        if self._names(f"name = '{name}'") and not self.versions(name):
            self._client.delete_registered_model(name)

    def _names(self, query: str = "") -> list[Any]:
        found, token = [], None
        while True:
            page = self._client.search_registered_models(query, max_results=_PAGE, page_token=token)
            found += page
            token = page.token
            if not token:
                return found

    def _file(self, version: Version, path: str) -> bytes:
        with foreign_errors(self.location, "read"):
            return self._files.read(version.run_id, path)


def _stray_reasons(known: list[Version]) -> Iterator[Leftover]:
    for v in known:
        if v.reason and v.status in _ALIASES:
            yield Leftover(
                "reason",
                v.identity,
                f"{v.identity} is {v.status} and has the reason of an interrupted step",
            )


def _aliases(versions: list[Version]) -> dict[str, int]:
    """The aliases that a name should have: its newest candidate and its newest verified version."""
    newest = {
        a: max((v.version for v in versions if v.status == a), default=None) for a in _ALIASES
    }
    return {a: n for a, n in newest.items() if n is not None}


def _present(model: Any) -> dict[str, int]:
    return {a: int(n) for a, n in model.aliases.items() if a in _ALIASES}


def relocated(location: Location) -> str | None:
    """Take up that the files of a store are at ``location.artifacts`` now; run under
    `Location.lock`.

    Returns
    -------
    str or None
        Where they were, if that was elsewhere.
    """
    store = Store(location)
    before, after = store._recorded, location.artifacts
    if before is None or after is None or before == after:
        return None
    with foreign_errors(location, "migrated"):
        schema.relocate(location, before, after)
    return before


def check_turn(card: Card, known: list[Version]) -> None:
    """Refuse a version that is not the next one of its name."""
    taken = [v for v in known if v.name == card.name]
    following = max((v.version for v in taken), default=0) + 1
    if card.version == following:
        return
    same = next((v for v in taken if v.version == card.version), None)
    what = f"is taken ({same.status}, SHA-256 {same.sha256[:12]}…)" if same else "is out of turn"
    raise NameConflictError(
        f"{card.identity} {what}; a version never changes and numbers are never used again. The "
        f"next version of {card.name} is {following}: set it in the card and seal the model again"
    )


def identified(known: list[Version], identity: str) -> Version:
    """The version called NAME@VERSION."""
    for version in known:
        if version.identity == identity:
            return version
    name = identity.partition("@")[0]
    of_name = [v.identity for v in known if v.name == name]
    offer = (
        f"there are {', '.join(of_name)}" if of_name else "`lhnets review list` shows what there is"
    )
    raise UnknownVersionError(f"the store has no {identity!r}; {offer}")


def _version(found: Any) -> Version:
    tags = found.tags
    if tags.get("status") not in get_args(Status):
        raise StoreError(
            f"{found.name}@{found.version} has the status {tags.get('status')!r} in the store, "
            f"expected one of {', '.join(get_args(Status))}: somebody changed its tags. Set the "
            "tag in MLflow, or restore a backup"
        )
    return Version(
        name=found.name,
        version=int(found.version),
        status=tags["status"],
        reason=tags.get("reason", ""),
        kind=tags.get("kind", ""),
        subject=tags.get("subject", ""),
        title=tags.get("title", ""),
        sha256=tags.get("sha256", ""),
        run_id=found.run_id,
        published=int(tags.get("published", found.creation_timestamp)),
    )
