"""Publication: read, admit, compare names, register as a candidate."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from lhnets.format import NetworkFile, read
from lhnets_registry.admission import admit
from lhnets_registry.admitter import Admitter
from lhnets_registry.envelope import read_at_most
from lhnets_registry.errors import AdmissionError, NameConflictError
from lhnets_registry.ledger import audit
from lhnets_registry.ledger.audit import Actor
from lhnets_registry.limits import Limits
from lhnets_registry.location import Location
from lhnets_registry.mirror import bundled_mirror
from lhnets_registry.names import similar
from lhnets_registry.report import Report

_DEFAULT = Limits()


class PublishedVersion(Struct, frozen=True):
    """What a publication gave.

    ``created`` is false where the store had these very bytes already; ``status`` is then whatever the review made of
    them.
    """

    name: str
    version: int
    status: str
    sha256: str
    run_id: str
    store: str
    created: bool
    report: Report

    @property
    def identity(self) -> str:
        """NAME@VERSION."""
        return f"{self.name}@{self.version}"


def publish(
    path: str | Path,
    store: str | Path | Location | None = None,
    *,
    approve: bool = False,
    limits: Limits = _DEFAULT,
    table: str | Path | None = None,
    admitter: Admitter | None = None,
    bundled: bool = True,
) -> PublishedVersion:
    """Publish the network file ``path`` as a candidate. Publishing the same bytes again changes nothing.

    Parameters
    ----------
    path : str or Path
        A sealed network file.
    store : str, Path or Location, optional
        A folder or ``postgresql://…``; else ``LHNETS_STORE``, else the user's data folder.
    approve : bool
        Approve it at once, where the author is the reviewer.
    limits : Limits
        What the admission allows.
    table : str or Path, optional
        A Parquet file with inputs and true outputs: the coverage of the uncertainty is measured on it.
    admitter : Admitter, optional
        What admits it, where several files are published; it has limits of its own.
    bundled : bool
        Exports of the store hold the networks that come with lhnets: another file for a version of theirs is refused.

    Raises
    ------
    NetworkFileError
        where the path cannot be read.
    AdmissionError
        where the file fails the admission, with its report.
    NameConflictError
        where name or version are taken, out of turn, look like another's, or come with lhnets as another file.
    StoreError
        where the store cannot be opened or written.
    """
    location = store if isinstance(store, Location) else Location.of(store)
    content = read_at_most(path, limits.file_bytes)
    rows = None if table is None else read_at_most(table, limits.table_bytes)
    report = admitter.admit(content, table=rows) if admitter else admit(content, limits, table=rows)
    if not report.admitted:
        raise AdmissionError(Path(path).name, report)
    network = read(content)
    if bundled:
        check_bundled(network)
    return register(network, report, location, approve=approve)


def register(
    network: NetworkFile, report: Report, location: Location, *, approve: bool = False, actor: Actor | None = None
) -> PublishedVersion:
    """Write an admitted network to the store at ``location``; ``actor`` is who publishes, else the local user."""
    from lhnets_registry import review
    from lhnets_registry.store import Store

    with location.lock() as confirm:
        store = Store.for_writing(location)
        known = store.versions()
        store.sweep(known)
        version = next((v for v in known if v.sha256 == network.sha256), None)
        created = version is None
        if version is None:
            _check_name(network.card.name, {v.name for v in known})
            version = store.add(network, report, known, confirm)
            audit.record(location, "publish", version.identity, "created", actor, detail=version.sha256)
        if approve and version.status == "candidate":
            version = review.approve_in(store, version, actor)
    return PublishedVersion(
        version.name, version.version, version.status, version.sha256, version.run_id, location.shown, created, report
    )


def check_bundled(network: NetworkFile) -> None:
    """Refuse another file for a version that comes with lhnets: no mirror could hold both.

    Raises
    ------
    NameConflictError
        where it is one.
    """
    for entry in bundled_mirror().index.networks:
        if entry.identity == network.card.identity and entry.sha256 != network.sha256:
            raise NameConflictError(
                f"{entry.identity} comes with lhnets, with SHA-256 {entry.sha256[:12]}…, and a version never changes. "
                "Choose another name in the card and seal the model again"
            )


def _check_name(name: str, taken: set[str]) -> None:
    bundled = {e.name for e in bundled_mirror().index.networks}
    alike = similar(name, sorted(taken | bundled))
    if name not in taken and alike:
        raise NameConflictError(
            f"the name {name!r} could be taken for {', '.join(alike)}. Names must differ by more than a slip of the "
            "pen or characters that look alike (1 l i, 0 o, rn m): choose another in the card, or publish the next "
            f"version of {alike[0]}"
        )
