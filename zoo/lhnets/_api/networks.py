"""Networks by name, and which there are."""

from __future__ import annotations

from os import PathLike

from lhnets._finding import zoo as _zoo
from lhnets._finding.search import SearchResults, find_matching
from lhnets._running.engines import Engine
from lhnets._running.network import Network
from lhnets.format import Kind


def load(name: str | PathLike[str], *, engine: Engine | None = None) -> Network:
    """The network called NAME or NAME@VERSION, in a record of Zenodo, or in a file.

    Its bytes are hashed, and the bytes that were hashed are those that are loaded.

    Parameters
    ----------
    name : str or path
        A name, the DOI, address or id of a record of Zenodo (``10.5281/zenodo.N``,
        ``https://zenodo.org/records/N``, ``zenodo:N``), or the path of a file that ends in
        ``.onnx``.
    engine : {"onnxruntime", "native"}, optional
        What runs it: ONNX Runtime, or machine code that the C compiler of this machine makes once.
        What the variable LHNETS_ENGINE says unless given.

    Raises
    ------
    NetworkNotFoundError
        With the nearest names.
    IntegrityError
        If the bytes are not those that were published.
    MirrorError, OfflineError
        If the file cannot be fetched.

    Warns
    -----
    EngineWarning
        If the native engine is asked for and there is no compiler, or the network cannot be
        compiled: ONNX Runtime runs it then.

    Examples
    --------
    >>> import lhnets as ml
    >>> ml.load("cs-gluino-pair-lo").card.kind
    'cross_section'
    """
    network = _zoo.default().load(name)
    return network if engine is None else network.with_engine(engine)


def search(
    text: str | None = None, *, kind: Kind | None = None, process: str | None = None
) -> SearchResults:
    """The verified networks that fit, the newest version of each, ordered by name.

    Parameters
    ----------
    text : str, optional
        Words that must all stand in the name, title, subject or parameters.
    kind : str, optional
        Such as ``"cross_section"``.
    process : str, optional
        A process or decay in any spelling.

    Returns
    -------
    SearchResults
        A sequence of entries, with ``to_pandas()``.

    Raises
    ------
    ParameterError
        If the kind does not exist, with those that do.
    ProcessError
        If the process cannot be read.

    Examples
    --------
    >>> import lhnets as ml
    >>> {found.kind for found in ml.search("gluino decoupled")}
    {'cross_section'}
    """
    return find_matching(_zoo.default().entries, text, kind=kind, process=process)
