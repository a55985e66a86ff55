"""What a paper keeps of the networks it used: citations, and a lock file."""

from __future__ import annotations

from pathlib import Path

from lhnets._answers.cite import bibtex
from lhnets._finding import zoo as _zoo
from lhnets.errors import LockFileError
from lhnets.format import LOCK_FILE, Lock


def cite(*names: str) -> str:
    """BibTeX of networks: each network, its data, its generator and its PDF set.

    Parameters
    ----------
    *names : str
        ``NAME`` or ``NAME@VERSION``; without any, every network used in this process.

    Raises
    ------
    NetworkNotFoundError
        If there is no network of that name, with the nearest ones.

    Examples
    --------
    >>> import lhnets as ml
    >>> ml.cite("cs-gluino-pair-lo").startswith("@misc{lhnets:cs-gluino-pair-lo")
    True
    """
    zoo = _zoo.default()
    return bibtex([zoo.card(name) for name in names] if names else zoo.used)


def lock(path: Path | str = LOCK_FILE, *, networks: list[str] | None = None) -> Path:
    """Write a lock file that pins networks by name, version and SHA-256.

    Parameters
    ----------
    path : str or Path
        Of the lock file. A file called ``lhnets.lock`` in the working directory, or one that
        LHNETS_LOCK names, is in force for every process started there.
    networks : list of str, optional
        Names to pin; without any, those used in this process.

    Returns
    -------
    Path
        Of the file.

    Raises
    ------
    LockFileError
        If there is no network to pin.
    """
    zoo = _zoo.default()
    names = networks if networks is not None else [card.identity for card in zoo.used]
    if not names:
        raise LockFileError("no network to lock: none was used in this process, and none is named")
    return Lock.of(zoo.find(name) for name in names).write(path)
