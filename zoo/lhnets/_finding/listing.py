"""Which networks the mirrors offer, and which mirror a name belongs to: the first that has it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

from msgspec import Struct

from lhnets._asking.taken import with_aliases
from lhnets._fetching.mirror import Mirror
from lhnets.errors import IntegrityError, MirrorError, MirrorWarning
from lhnets.format import Entry


class Listed(Struct):
    """A version of a network.

    Attributes
    ----------
    entry : Entry
        Of the index.
    mirrors : list of Mirror
        All that give this very file.
    place : int
        Of the first of them in the list of mirrors.
    """

    entry: Entry
    mirrors: list[Mirror]
    place: int


class Listing(Struct, frozen=True):
    """What takes part, and what does not because its name belongs to another mirror.

    Attributes
    ----------
    listed : dict
        By NAME@VERSION.
    withheld : dict
        By NAME@VERSION: the mirror that offers it, and the mirror that the name belongs to.
    """

    listed: dict[str, Listed]
    withheld: dict[str, tuple[Mirror, Mirror]]


def list_networks(
    mirrors: Sequence[Mirror], pins: Mapping[str, str], names: frozenset[str] | None = None
) -> Listing:
    """The networks of all mirrors. A mirror that cannot be read is passed over, with a warning.

    A later mirror adds names, but neither versions nor files to a name that an earlier one has.

    Parameters
    ----------
    mirrors : sequence of Mirror
        In the order of the list.
    pins : mapping
        NAME@VERSION -> SHA-256 of what a lock file pins: these come from any mirror that has the
        very file.
    names : frozenset of str, optional
        Of indexes in parts, read only those that these names need.
    """
    listed: dict[str, Listed] = {}
    withheld: dict[str, tuple[Mirror, Mirror]] = {}
    owners: dict[str, Mirror] = {}
    for mirror in mirrors:
        mirror.ask()
    for place, mirror in enumerate(mirrors):
        others = []
        for entry in _read_entries(mirror, names):
            owner = owners.setdefault(entry.name, mirror)
            known = listed.get(entry.identity)
            if known is not None and known.entry.sha256 == entry.sha256:
                known.mirrors.append(mirror)
            elif entry.sha256 == pins.get(entry.identity) or (owner is mirror and known is None):
                listed[entry.identity] = Listed(with_aliases(entry), [mirror], place)
            else:
                withheld[entry.identity] = (mirror, owner)
                if known is not None and not pins:
                    others.append(known)
        _warn_of_other_files(mirror, others)
    return Listing(listed, withheld)


def _read_entries(mirror: Mirror, names: frozenset[str] | None) -> Sequence[Entry]:
    try:
        if names is not None and mirror.front.names:
            return mirror.find_named(names)
        return mirror.index.networks
    except (MirrorError, IntegrityError) as error:
        warnings.warn(f"{error}. Going on with the other mirrors", MirrorWarning, stacklevel=6)
        return ()


def _warn_of_other_files(mirror: Mirror, known: Sequence[Listed]) -> None:
    if not known:
        return
    first = known[0]
    more = f" and {len(known) - 1} more" if len(known) > 1 else ""
    warnings.warn(
        f"{mirror.name} has other files than {first.mirrors[0].name} under {first.entry.identity}"
        f"{more}: they are left out, since a name belongs to the mirror that comes first. A "
        "version never changes: leave out the mirror that you do not trust",
        MirrorWarning,
        stacklevel=6,
    )
