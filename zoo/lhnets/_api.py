"""The functions that users call: each asks the zoo for the network that computes something, and evaluates it."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Protocol

from lhnets import _zoo
from lhnets._cite import bibtex
from lhnets._events import EventInputs
from lhnets._likelihood import LikelihoodPrediction
from lhnets._network import Network, Outside
from lhnets._params import Parameters
from lhnets._prediction import Prediction
from lhnets._search import matching
from lhnets.errors import LockFileError
from lhnets.format import LOCK_FILE, Entry, Kind, Lock

_DOC = """{what}

    Parameters
    ----------
    subject : str
        {subject}
    params : mapping, array, table or SLHA file
        Values by name in the units of the card, scalars or arrays that broadcast; an array of shape (N, n) in card order;
        a pandas, polars or pyarrow table; the path of an SLHA file, or a document parsed by pyslha.
    energy : str or float, optional
        Centre-of-mass energy: ``"13 TeV"``, or a number in GeV. Fills ``sqrt_s`` where the network takes it.
    order : str, optional
        Perturbative order, such as ``"LO"``. The highest there is where none is given; the Prediction names it.
    network : str, optional
        ``NAME`` or ``NAME@VERSION``, to choose the network yourself.
    outside : {{"raise", "nan", "warn"}}
        What to do with points outside the training region.

    Returns
    -------
    Prediction
        {unit} A float for scalar parameters, else of their broadcast shape.

    Raises
    ------
    NetworkNotFoundError
        where no network computes that, with the nearest ones.
    AmbiguousNetworkError
        where several do and their physics differs.
    ParameterError
        for misspelt, missing, superfluous, misshaped or non-finite parameters.
    OutsideRegionError
        for a point outside the training region, with the bounds it breaks.
    """


class Function(Protocol):
    """The signature that all of them share."""

    def __call__(
        self,
        subject: str,
        params: Parameters,
        *,
        energy: str | float | None = None,
        order: str | None = None,
        network: str | None = None,
        outside: Outside = "raise",
    ) -> Prediction:
        """Ask and evaluate."""
        ...


def _function(name: str, kind: Kind, what: str, subject: str, unit: str) -> Function:
    def function(
        subject: str,
        params: Parameters,
        *,
        energy: str | float | None = None,
        order: str | None = None,
        network: str | None = None,
        outside: Outside = "raise",
    ) -> Prediction:
        return _zoo.default().ask(kind, subject, params, energy, order, network, outside)(params)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = _DOC.format(what=what, subject=subject, unit=unit)
    return function


CS = _function(
    "CS",
    "cross_section",
    "Cross section of a process.",
    "``p p > go go``, ``pp -> gluino gluino`` or ``2212 2212 > 1000021 1000021``; alternatives are joined by ``|``.",
    "In pb.",
)
BR = _function(
    "BR",
    "branching_ratio",
    "Branching ratio of a decay.",
    "``h > b b~``, in names, words or PDG ids.",
    "A pure number.",
)
Width = _function(
    "Width",
    "width",
    "Total or partial width of a decay.",
    "``h > b b~``, in names, words or PDG ids.",
    "In GeV.",
)
Efficiency = _function(
    "Efficiency",
    "efficiency",
    "Efficiency or acceptance of a selection.",
    "Name of the selection, as in the card's subject.",
    "A pure number between 0 and 1.",
)


def Likelihood(  # noqa: N802
    subject: str,
    params: Parameters,
    *,
    energy: str | float | None = None,
    order: str | None = None,
    network: str | None = None,
    outside: Outside = "raise",
) -> LikelihoodPrediction:
    """Log likelihood of a statistical model; see the documentation that follows from `_DOC`."""
    call = _zoo.default().ask("likelihood", subject, params, energy, order, network, outside)
    return LikelihoodPrediction.of(call(params), call.network, params)


Likelihood.__doc__ = _DOC.format(
    what="Log likelihood of a statistical model, with CLs and upper limits where its parameters are signal yields.",
    subject="Name of the model, such as an analysis id: ``atlas-susy-2018-04``.",
    unit="Natural logarithm, with methods ``cls``, ``upper_limit`` and ``mu_hat``.",
).replace("    Prediction\n", "    LikelihoodPrediction\n")
LoopIntegral = _function(
    "LoopIntegral",
    "loop_integral",
    "One-loop integral.",
    "Name of the integral, as in the card's subject.",
    "In the unit of the card.",
)
Observable = _function(
    "Observable",
    "observable",
    "Observable of an effective theory.",
    "Name of the observable, as in the card's subject.",
    "In the unit of the card.",
)


_EVENT_DOC = """{what}

    Parameters
    ----------
    subject : str
        {subject} Or the ``NAME`` or ``NAME@VERSION`` of the network.
    inputs : mapping
        Arrays by the names of the network's inputs, first axis the events: ``{{"constituents": (N, P, 4), "mask": (N, P)}}``.
        Without that axis they are one event. Where the card declares a padding, a list with one array an event will do:
        it is padded, and a mask that is not given follows from the lengths. Numbers are converted only where that
        keeps their values (but for the rounding of real numbers to single precision).
    network : str, optional
        ``NAME`` or ``NAME@VERSION``, to choose the network yourself.
    outside : {{"raise", "nan", "warn"}}
        What to do with events outside the training region.

    Returns
    -------
    {returns}

    Raises
    ------
    NetworkNotFoundError
        where no network computes that, with the nearest ones.
    ParameterError
        for misspelt, missing, superfluous, misshaped or non-finite inputs.
    OutsideRegionError
        for events outside the training region, with the first of them.
    """


class EventFunction(Protocol):
    """The signature that the functions of events share."""

    def __call__(
        self, subject: str, inputs: EventInputs, *, network: str | None = None, outside: Outside = "raise"
    ) -> Prediction:
        """Ask and evaluate."""
        ...


def _event_function(name: str, kind: Kind, what: str, subject: str, returns: str) -> EventFunction:
    def function(
        subject: str, inputs: EventInputs, *, network: str | None = None, outside: Outside = "raise"
    ) -> Prediction:
        return _zoo.default().ask(kind, subject, inputs, None, None, network, outside)(inputs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = _EVENT_DOC.format(what=what, subject=subject, returns=returns)
    return function


Classify = _event_function(
    "Classify",
    "classifier",
    "Class probabilities of events or jets.",
    "What is told apart, as in the card's subject.",
    "ClassPrediction\n        Probabilities (N, k), a column for each class; ``[name]`` is one of them.",
)
AnomalyScore = _event_function(
    "AnomalyScore",
    "anomaly_score",
    "How unlike its training data an event is.",
    "What is looked for, as in the card's subject.",
    "Prediction\n        Of shape (N,), as the card defines it.",
)
EventVariable = _event_function(
    "EventVariable",
    "event_variable",
    "A kinematic variable of events.",
    "Name of the variable, as in the card's subject.",
    "Prediction\n        Of shape (N,), in the unit of the card.",
)


def Generate(  # noqa: N802
    subject: str,
    events: int,
    conditions: EventInputs | None = None,
    *,
    seed: int | None = None,
    network: str | None = None,
    outside: Outside = "raise",
) -> Prediction:
    """Events drawn by a generator.

    Parameters
    ----------
    subject : str
        What is generated, as in the card's subject. Or the ``NAME`` or ``NAME@VERSION`` of the network.
    events : int
        How many.
    conditions : mapping, optional
        The inputs of the generator that are no noise, by name: one value for all events, or one for each.
    seed : int, optional
        The same seed gives the same noise (numpy's PCG64), and the same first events however many are asked for. Without
        one they differ from call to call.
    network : str, optional
        ``NAME`` or ``NAME@VERSION``, to choose the network yourself.
    outside : {"raise", "nan", "warn"}
        What to do with events outside the training region.

    Returns
    -------
    EventPrediction
        Shape (events, k), a column for each output of the generator; ``[name]`` is one of them.

    Raises
    ------
    NetworkNotFoundError
        where no network generates that, with the nearest ones.
    ParameterError
        for conditions that do not fit the card, or a network that takes no noise.
    """
    from lhnets._event_call import generate

    given = dict(conditions or {})
    call = _zoo.default().ask("generator", subject, given, None, None, network, outside)
    return generate(call.network, events, seed, given, outside)


def load(name: str | PathLike[str]) -> Network:
    """The network called NAME or NAME@VERSION, or the network file whose path is given.

    Its bytes are hashed, and the bytes that were hashed are those that are loaded.

    Raises
    ------
    NetworkNotFoundError
        with the nearest names.
    IntegrityError
        where the bytes are not those that were published.
    MirrorError, OfflineError
        where the file cannot be had.
    """
    return _zoo.default().load(name)


def search(*, kind: Kind | None = None, process: str | None = None, text: str | None = None) -> list[Entry]:
    """Entries of the verified networks, the newest version of each, ordered by name.

    Parameters
    ----------
    kind
        Such as ``"cross_section"``.
    process
        A process or decay in any spelling.
    text
        Words that must all stand in the name, title, subject or parameters.
    """
    return matching(_zoo.default().entries, kind=kind, process=process, text=text)


def cite() -> str:
    """BibTeX of every network used in this process: network, data, generator, PDF set."""
    return bibtex(_zoo.default().used)


def lock(path: Path | str = LOCK_FILE, *, networks: list[str] | None = None) -> Path:
    """Write a lock file that pins networks by name, version and SHA-256.

    Parameters
    ----------
    path
        Of the lock file. A file called ``lhnets.lock`` in the working directory, or one that LHNETS_LOCK names, is in force
        for every process started there.
    networks
        Names to pin; those used in this process where none are given.
    """
    zoo = _zoo.default()
    names = networks if networks is not None else [card.identity for card in zoo.used]
    if not names:
        raise LockFileError("no network to lock: none was used in this process, and none is named")
    return Lock.of(zoo.find(name) for name in names).write(path)
