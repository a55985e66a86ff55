"""Publication: read, admit, compare names, register as a candidate."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from lhnets.format import Card, NetworkFile
from lhnets_registry.admission.admit import admit
from lhnets_registry.admission.admitter import Admitter
from lhnets_registry.admission.envelope import read_at_most
from lhnets_registry.admission.limits import Limits
from lhnets_registry.errors import NameConflictError
from lhnets_registry.ledger import audit
from lhnets_registry.ledger.audit import Actor
from lhnets_registry.location import Location
from lhnets_registry.mirror.export import bundled_mirror
from lhnets_registry.report import Report
from lhnets_registry.review.names import similar

_DEFAULT = Limits()


class PublishedVersion(Struct, frozen=True):
    """What a publication gave.

    ``created`` is false if the store had these very bytes already; ``status`` is then whatever the
    review made of them.
    """

    name: str
    version: int
    status: str
    sha256: str
    run_id: str
    store: str
    created: bool
    report: Report
    card: Card

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
    """Publish the network file ``path`` as a candidate. Publishing the same bytes again changes
    nothing.

    Parameters
    ----------
    path : str or Path
        A sealed network file.
    store : str, Path or Location, optional
        A folder or ``postgresql://…``; else ``LHNETS_STORE``, else the user's data folder.
    approve : bool
        Approve it at once, if the author is the reviewer.
    limits : Limits
        What the admission allows.
    table : str or Path, optional
        A Parquet file with inputs and true outputs: the coverage of the uncertainty is measured on
        it.
    admitter : Admitter, optional
        What admits it, if several files are published; it has limits of its own.
    bundled : bool
        Exports of the store hold the networks that come with lhnets: another file for a version of
        theirs is refused.

    Raises
    ------
    NetworkFileError
        if the path cannot be read.
    AdmissionError
        if the file fails the admission, with its report.
    NameConflictError
        if name or version are taken, out of turn, look like another's, or come with lhnets as
        another file.
    StoreError
        if the store cannot be opened or written.
    """
    location = Location.of(store)
    content = read_at_most(path, limits.largest_file)
    rows = None if table is None else read_at_most(table, limits.table_bytes)
    tried = admitter.admit(content, table=rows) if admitter else admit(content, limits, table=rows)
    network = tried.require(Path(path).name)
    if bundled:
        check_bundled(network)
    return register(network, tried.report, location, approve=approve)


def register(
    network: NetworkFile,
    report: Report,
    location: Location,
    *,
    approve: bool = False,
    actor: Actor | None = None,
) -> PublishedVersion:
    """Write an admitted network to the store at ``location``. Nothing changes if its bytes are
    there.

    Parameters
    ----------
    network : NetworkFile
        What was admitted.
    report : Report
        Of its admission.
    location : Location
        Of the store.
    approve : bool
        Make a candidate verified at once.
    actor : Actor, optional
        Who publishes, else the local user.

    Raises
    ------
    NameConflictError
        if name or version are taken, out of turn, or look like another's.
    StoreError
        if the store cannot be opened or written.
    """
    from lhnets_registry.review import decisions as review
    from lhnets_registry.store import Store

    with location.lock() as confirm:
        store = Store.for_writing(location)
        known = store.versions()
        store.sweep(known)
        present = next((v for v in known if v.sha256 == network.sha256), None)
        if present is None:
            check_name(network.card.name, {v.name for v in known})
        version = present or store.add(network, report, known, confirm)
        if present is None:
            audit.record(
                location, "publish", version.identity, "created", actor, detail=version.sha256
            )
        if approve and version.status == "candidate":
            version = review.approve_in(store, version, actor)
    return PublishedVersion(
        name=version.name,
        version=version.version,
        status=version.status,
        sha256=version.sha256,
        run_id=version.run_id,
        store=location.shown,
        created=present is None,
        report=report,
        card=network.card,
    )


def check_bundled(network: NetworkFile) -> None:
    """Refuse another file for a version that comes with lhnets: no mirror could hold both.

    Raises
    ------
    NameConflictError
        if it is one.
    """
    for entry in bundled_mirror().index.networks:
        if entry.identity == network.card.identity and entry.sha256 != network.sha256:
            raise NameConflictError(
                f"{entry.identity} comes with lhnets, with SHA-256 {entry.sha256[:12]}…, and a "
                "version never changes. Choose another name in the card and seal the model again"
            )


def check_name(name: str, taken: set[str]) -> None:
    """Refuse a new name that a reader could take for another's, in the store or bundled.

    Raises
    ------
    NameConflictError
        if it looks like one of them.
    """
    bundled = {e.name for e in bundled_mirror().index.networks}
    alike = similar(name, sorted(taken | bundled))
    if name not in taken and alike:
        raise NameConflictError(
            f"the name {name!r} could be taken for {', '.join(alike)}. Names must differ by more "
            "than a slip of the pen or characters that look alike (1 l i, 0 o, rn m): choose "
            f"another in the card, or publish the next version of {alike[0]}"
        )
