"""The functions that users call: each asks the zoo for the network that computes something, and
evaluates it."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from lhnets._answers.cite import bibtex
from lhnets._answers.likelihood import LikelihoodPrediction
from lhnets._answers.prediction import Prediction
from lhnets._asking.parameters import Parameters
from lhnets._finding import zoo as _zoo
from lhnets._finding.question import Question
from lhnets._finding.search import SearchResults, find_matching
from lhnets._running.engines import Engine
from lhnets._running.network import Call, Network
from lhnets._running.outside import Outside
from lhnets.errors import LockFileError
from lhnets.format import LOCK_FILE, Kind, Lock


def CS(  # noqa: N802
    subject: str,
    params: Parameters,
    *,
    energy: str | float | None = None,
    order: str | None = None,
    network: str | None = None,
    outside: Outside = "raise",
) -> Prediction:
    """Cross section of a process.

    Parameters
    ----------
    subject : str
        Process in names, words or PDG ids: ``p p > go go``, ``pp -> gluino gluino``,
        ``2212 2212 > 1000021 1000021``. Alternatives are joined by ``|``.
    params : mapping, array, table or SLHA file
        Values by name in the units of the card, scalars or arrays that broadcast; an array of shape
        (N, n) in card order; a pandas, polars or pyarrow table; the path of an SLHA file, or a
        document parsed by pyslha.
    energy : str or float, optional
        Centre-of-mass energy: ``"13 TeV"``, or a number in GeV. Fills ``sqrt_s`` if the network
        takes it.
    order : str, optional
        Perturbative order, such as ``"LO"``. Without one the highest at this energy; the answer
        names it.
    network : str, optional
        ``NAME`` or ``NAME@VERSION``, to choose the network yourself.
    outside : {"raise", "nan", "warn"}
        What to do with points outside the training region.

    Returns
    -------
    Prediction
        In pb. A float for scalar parameters, else of their broadcast shape.

    Raises
    ------
    NetworkNotFoundError
        If no network computes that, with the nearest ones.
    AmbiguousNetworkError
        If several do alike, or several energies are known and none is given.
    ParameterError
        For misspelt, missing, superfluous, misshaped or non-finite parameters.
    OutsideRegionError
        For a point outside the training region, with the bounds it breaks.

    Warns
    -----
    LowerOrderWarning
        If a higher order is known, at another energy for instance, and ``order`` is not given.

    Examples
    --------
    >>> import lhnets as ml
    >>> ml.CS("p p > go go", {"m_go": 2000.0}, energy="13 TeV").unit
    'pb'
    """
    question = Question("cross_section", subject, energy, order, network, outside)
    return _zoo.default().ask(question, params)(params)


def BR(  # noqa: N802
    subject: str,
    params: Parameters,
    *,
    energy: str | float | None = None,
    order: str | None = None,
    network: str | None = None,
    outside: Outside = "raise",
) -> Prediction:
    """Branching ratio of a decay.

    Parameters
    ----------
    subject : str
        Decay in names, words or PDG ids: ``h > b b~``.
    params : mapping, array, table or SLHA file
        Values by name in the units of the card, scalars or arrays that broadcast; an array of shape
        (N, n) in card order; a pandas, polars or pyarrow table; the path of an SLHA file, or a
        document parsed by pyslha.
    energy : str or float, optional
        Centre-of-mass energy: ``"13 TeV"``, or a number in GeV. Fills ``sqrt_s`` if the network
        takes it.
    order : str, optional
        Perturbative order, such as ``"LO"``. Without one the highest at this energy; the answer
        names it.
    network : str, optional
        ``NAME`` or ``NAME@VERSION``, to choose the network yourself.
    outside : {"raise", "nan", "warn"}
        What to do with points outside the training region.

    Returns
    -------
    Prediction
        A pure number. A float for scalar parameters, else of their broadcast shape.

    Raises
    ------
    NetworkNotFoundError
        If no network computes that, with the nearest ones.
    AmbiguousNetworkError
        If several do alike, or several energies are known and none is given.
    ParameterError
        For misspelt, missing, superfluous, misshaped or non-finite parameters.
    OutsideRegionError
        For a point outside the training region, with the bounds it breaks.

    Warns
    -----
    LowerOrderWarning
        If a higher order is known, at another energy for instance, and ``order`` is not given.

    Examples
    --------
    >>> import lhnets as ml
    >>> ml.BR("h > b b~", {"m_h": 125.0}).unit
    '1'
    """
    question = Question("branching_ratio", subject, energy, order, network, outside)
    return _zoo.default().ask(question, params)(params)


def Width(  # noqa: N802
    subject: str,
    params: Parameters,
    *,
    energy: str | float | None = None,
    order: str | None = None,
    network: str | None = None,
    outside: Outside = "raise",
) -> Prediction:
    """Total or partial width of a decay.

    Parameters
    ----------
    subject : str
        Decay in names, words or PDG ids: ``h > b b~``.
    params : mapping, array, table or SLHA file
        Values by name in the units of the card, scalars or arrays that broadcast; an array of shape
        (N, n) in card order; a pandas, polars or pyarrow table; the path of an SLHA file, or a
        document parsed by pyslha.
    energy : str or float, optional
        Centre-of-mass energy: ``"13 TeV"``, or a number in GeV. Fills ``sqrt_s`` if the network
        takes it.
    order : str, optional
        Perturbative order, such as ``"LO"``. Without one the highest at this energy; the answer
        names it.
    network : str, optional
        ``NAME`` or ``NAME@VERSION``, to choose the network yourself.
    outside : {"raise", "nan", "warn"}
        What to do with points outside the training region.

    Returns
    -------
    Prediction
        In GeV. A float for scalar parameters, else of their broadcast shape.

    Raises
    ------
    NetworkNotFoundError
        If no network computes that, with the nearest ones.
    AmbiguousNetworkError
        If several do alike, or several energies are known and none is given.
    ParameterError
        For misspelt, missing, superfluous, misshaped or non-finite parameters.
    OutsideRegionError
        For a point outside the training region, with the bounds it breaks.

    Warns
    -----
    LowerOrderWarning
        If a higher order is known, at another energy for instance, and ``order`` is not given.

    Examples
    --------
    >>> import lhnets as ml
    >>> ml.Width("h > b b~", {"m_h": 125.0}).unit
    'GeV'
    """
    question = Question("width", subject, energy, order, network, outside)
    return _zoo.default().ask(question, params)(params)


def Efficiency(  # noqa: N802
    subject: str,
    params: Parameters,
    *,
    energy: str | float | None = None,
    order: str | None = None,
    network: str | None = None,
    outside: Outside = "raise",
) -> Prediction:
    """Efficiency or acceptance of a selection.

    Parameters
    ----------
    subject : str
        Name of the selection, as in the card's subject.
    params : mapping, array, table or SLHA file
        Values by name in the units of the card, scalars or arrays that broadcast; an array of shape
        (N, n) in card order; a pandas, polars or pyarrow table; the path of an SLHA file, or a
        document parsed by pyslha.
    energy : str or float, optional
        Centre-of-mass energy: ``"13 TeV"``, or a number in GeV. Fills ``sqrt_s`` if the network
        takes it.
    order : str, optional
        Perturbative order, such as ``"LO"``. Without one the highest at this energy; the answer
        names it.
    network : str, optional
        ``NAME`` or ``NAME@VERSION``, to choose the network yourself.
    outside : {"raise", "nan", "warn"}
        What to do with points outside the training region.

    Returns
    -------
    Prediction
        A pure number between 0 and 1. A float for scalar parameters, else of their broadcast shape.

    Raises
    ------
    NetworkNotFoundError
        If no network computes that, with the nearest ones.
    AmbiguousNetworkError
        If several do alike, or several energies are known and none is given.
    ParameterError
        For misspelt, missing, superfluous, misshaped or non-finite parameters.
    OutsideRegionError
        For a point outside the training region, with the bounds it breaks.

    Warns
    -----
    LowerOrderWarning
        If a higher order is known, at another energy for instance, and ``order`` is not given.

    Examples
    --------
    >>> import lhnets as ml
    >>> ml.Efficiency("llp-higgs-tracker", {"m_h": 125.0, "m_x": 30.0, "ctau": 1.0}).unit
    '1'
    """
    question = Question("efficiency", subject, energy, order, network, outside)
    return _zoo.default().ask(question, params)(params)


def Likelihood(  # noqa: N802
    subject: str,
    params: Parameters,
    *,
    energy: str | float | None = None,
    order: str | None = None,
    network: str | None = None,
    outside: Outside = "raise",
) -> LikelihoodPrediction:
    """Log likelihood of a statistical model, with CLs and upper limits if its parameters are signal
    yields.

    Parameters
    ----------
    subject : str
        Name of the model, such as an analysis id: ``atlas-susy-2018-04``.
    params : mapping, array, table or SLHA file
        Values by name in the units of the card, scalars or arrays that broadcast; an array of shape
        (N, n) in card order; a pandas, polars or pyarrow table; the path of an SLHA file, or a
        document parsed by pyslha.
    energy : str or float, optional
        Centre-of-mass energy: ``"13 TeV"``, or a number in GeV. Fills ``sqrt_s`` if the network
        takes it.
    order : str, optional
        Perturbative order, such as ``"LO"``. Without one the highest at this energy; the answer
        names it.
    network : str, optional
        ``NAME`` or ``NAME@VERSION``, to choose the network yourself.
    outside : {"raise", "nan", "warn"}
        What to do with points outside the training region.

    Returns
    -------
    LikelihoodPrediction
        Natural logarithm, with methods ``cls``, ``upper_limit`` and ``mu_hat``.
        A float for scalar parameters, else of their broadcast shape.

    Raises
    ------
    NetworkNotFoundError
        If no network computes that, with the nearest ones.
    AmbiguousNetworkError
        If several do alike, or several energies are known and none is given.
    ParameterError
        For misspelt, missing, superfluous, misshaped or non-finite parameters.
    OutsideRegionError
        For a point outside the training region, with the bounds it breaks.

    Warns
    -----
    LowerOrderWarning
        If a higher order is known, at another energy for instance, and ``order`` is not given.

    Examples
    --------
    >>> import lhnets as ml
    >>> float(ml.Likelihood("atlas-susy-2018-04", {"SRlow": 0.0, "SRhigh": 9.0}).cls()) < 0.5
    True
    """
    question = Question("likelihood", subject, energy, order, network, outside)
    call = _zoo.default().ask(question, params)
    assert isinstance(call, Call)
    return LikelihoodPrediction.of(call(params), call.network, params)


def LoopIntegral(  # noqa: N802
    subject: str,
    params: Parameters,
    *,
    energy: str | float | None = None,
    order: str | None = None,
    network: str | None = None,
    outside: Outside = "raise",
) -> Prediction:
    """One-loop integral.

    Parameters
    ----------
    subject : str
        Name of the integral, as in the card's subject.
    params : mapping, array, table or SLHA file
        Values by name in the units of the card, scalars or arrays that broadcast; an array of shape
        (N, n) in card order; a pandas, polars or pyarrow table; the path of an SLHA file, or a
        document parsed by pyslha.
    energy : str or float, optional
        Centre-of-mass energy: ``"13 TeV"``, or a number in GeV. Fills ``sqrt_s`` if the network
        takes it.
    order : str, optional
        Perturbative order, such as ``"LO"``. Without one the highest at this energy; the answer
        names it.
    network : str, optional
        ``NAME`` or ``NAME@VERSION``, to choose the network yourself.
    outside : {"raise", "nan", "warn"}
        What to do with points outside the training region.

    Returns
    -------
    Prediction
        In the unit of the card. A float for scalar parameters, else of their broadcast shape.

    Raises
    ------
    NetworkNotFoundError
        If no network computes that, with the nearest ones.
    AmbiguousNetworkError
        If several do alike, or several energies are known and none is given.
    ParameterError
        For misspelt, missing, superfluous, misshaped or non-finite parameters.
    OutsideRegionError
        For a point outside the training region, with the bounds it breaks.

    Warns
    -----
    LowerOrderWarning
        If a higher order is known, at another energy for instance, and ``order`` is not given.

    Examples
    --------
    >>> import lhnets as ml
    >>> ml.LoopIntegral("B0", {"p2": 100.0, "m1sq": 100.0, "m2sq": 200.0}).unit
    '1'
    """
    question = Question("loop_integral", subject, energy, order, network, outside)
    return _zoo.default().ask(question, params)(params)


def Observable(  # noqa: N802
    subject: str,
    params: Parameters,
    *,
    energy: str | float | None = None,
    order: str | None = None,
    network: str | None = None,
    outside: Outside = "raise",
) -> Prediction:
    """Observable of an effective theory.

    Parameters
    ----------
    subject : str
        Name of the observable, as in the card's subject.
    params : mapping, array, table or SLHA file
        Values by name in the units of the card, scalars or arrays that broadcast; an array of shape
        (N, n) in card order; a pandas, polars or pyarrow table; the path of an SLHA file, or a
        document parsed by pyslha.
    energy : str or float, optional
        Centre-of-mass energy: ``"13 TeV"``, or a number in GeV. Fills ``sqrt_s`` if the network
        takes it.
    order : str, optional
        Perturbative order, such as ``"LO"``. Without one the highest at this energy; the answer
        names it.
    network : str, optional
        ``NAME`` or ``NAME@VERSION``, to choose the network yourself.
    outside : {"raise", "nan", "warn"}
        What to do with points outside the training region.

    Returns
    -------
    Prediction
        In the unit of the card. A float for scalar parameters, else of their broadcast shape.

    Raises
    ------
    NetworkNotFoundError
        If no network computes that, with the nearest ones.
    AmbiguousNetworkError
        If several do alike, or several energies are known and none is given.
    ParameterError
        For misspelt, missing, superfluous, misshaped or non-finite parameters.
    OutsideRegionError
        For a point outside the training region, with the bounds it breaks.

    Warns
    -----
    LowerOrderWarning
        If a higher order is known, at another energy for instance, and ``order`` is not given.

    Examples
    --------
    >>> import lhnets as ml
    >>> coefficients = {"C10_bsmumu": 0.1, "C10p_bsmumu": 0.0, "CS_bsmumu": 0.0}
    >>> ml.Observable("BR(Bs->mumu)", coefficients).unit
    '1'
    """
    question = Question("observable", subject, energy, order, network, outside)
    return _zoo.default().ask(question, params)(params)


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
