"""The functions of events that users call."""

from __future__ import annotations

from typing import Literal

from lhnets._answers.prediction import Prediction
from lhnets._asking.events import EventInputs
from lhnets._finding import zoo as _zoo
from lhnets._finding.question import Question
from lhnets._running.generating import generate
from lhnets._running.outside import Outside
from lhnets._running.weights import require_weights
from lhnets.errors import ParameterError


def Classify(  # noqa: N802
    subject: str,
    inputs: EventInputs,
    *,
    network: str | None = None,
    outside: Outside | None = None,
) -> Prediction:
    """Class probabilities of events or jets.

    Parameters
    ----------
    subject : str
        What is told apart, as in the card's subject. Or the name of a task, such as
        ``top tagging``: the network ranked first in its table answers, and ``.notes`` names the
        others. Or the ``NAME`` or ``NAME@VERSION`` of the network.
    inputs : mapping, or the particles themselves
        For each of the network's inputs, by name, an array with the events along its first axis:
        ``{"constituents": (N, P, 4), "mask": (N, P)}``. Without that axis they are one event. If
        the card declares a padding, events may have different lengths: a list with one array an
        event. Particles may also be awkward records, vector arrays, structured arrays, a mapping
        of columns, torch tensors or lists of PseudoJets: momenta in any coordinates, taken by
        their names. A network that needs one tensor alone takes it without its name. A mask that
        is not given follows from the lengths, or from entries without energy and momentum.
        Numbers are converted only if that keeps their values (but for the rounding of real
        numbers to single precision).
    network : str, optional
        ``NAME`` or ``NAME@VERSION``, to choose the network yourself.
    outside : {"raise", "nan", "warn"}, optional
        What to do with events outside the training region: an error, NaN, or the network's values
        with a warning. By default NaN with one warning that counts them.

    Returns
    -------
    ClassPrediction
        Probabilities (N, k), a column for each class; ``[name]`` is one of them.

    Raises
    ------
    NetworkNotFoundError
        If no network computes that, with the nearest ones.
    ParameterError
        For misspelt, missing, superfluous, misshaped or non-finite inputs.
    OutsideRegionError
        For events outside the training region, with the first of them, if ``outside="raise"``.
    """
    question = Question("classifier", subject, network=network, outside=outside)
    return _zoo.default().ask(question, inputs)(inputs)


def AnomalyScore(  # noqa: N802
    subject: str,
    inputs: EventInputs,
    *,
    network: str | None = None,
    outside: Outside | None = None,
) -> Prediction:
    """How unlike its training data an event is.

    Parameters
    ----------
    subject : str
        What is looked for, as in the card's subject. Or the ``NAME`` or ``NAME@VERSION`` of the
        network.
    inputs : mapping, or the particles themselves
        For each of the network's inputs, by name, an array with the events along its first axis:
        ``{"constituents": (N, P, 4), "mask": (N, P)}``. Without that axis they are one event. If
        the card declares a padding, events may have different lengths: a list with one array an
        event. Particles may also be awkward records, vector arrays, structured arrays, a mapping
        of columns, torch tensors or lists of PseudoJets: momenta in any coordinates, taken by
        their names. A network that needs one tensor alone takes it without its name. A mask that
        is not given follows from the lengths, or from entries without energy and momentum.
        Numbers are converted only if that keeps their values (but for the rounding of real
        numbers to single precision).
    network : str, optional
        ``NAME`` or ``NAME@VERSION``, to choose the network yourself.
    outside : {"raise", "nan", "warn"}, optional
        What to do with events outside the training region: an error, NaN, or the network's values
        with a warning. By default NaN with one warning that counts them.

    Returns
    -------
    Prediction
        Of shape (N,), as the card defines it.

    Raises
    ------
    NetworkNotFoundError
        If no network computes that, with the nearest ones.
    ParameterError
        For misspelt, missing, superfluous, misshaped or non-finite inputs.
    OutsideRegionError
        For events outside the training region, with the first of them, if ``outside="raise"``.
    """
    question = Question("anomaly_score", subject, network=network, outside=outside)
    return _zoo.default().ask(question, inputs)(inputs)


def EventVariable(  # noqa: N802
    subject: str,
    inputs: EventInputs,
    *,
    network: str | None = None,
    outside: Outside | None = None,
) -> Prediction:
    """A kinematic variable of events.

    Parameters
    ----------
    subject : str
        Name of the variable, as in the card's subject. Or the ``NAME`` or ``NAME@VERSION`` of the
        network.
    inputs : mapping, or the particles themselves
        For each of the network's inputs, by name, an array with the events along its first axis:
        ``{"constituents": (N, P, 4), "mask": (N, P)}``. Without that axis they are one event. If
        the card declares a padding, events may have different lengths: a list with one array an
        event. Particles may also be awkward records, vector arrays, structured arrays, a mapping
        of columns, torch tensors or lists of PseudoJets: momenta in any coordinates, taken by
        their names. A network that needs one tensor alone takes it without its name. A mask that
        is not given follows from the lengths, or from entries without energy and momentum.
        Numbers are converted only if that keeps their values (but for the rounding of real
        numbers to single precision).
    network : str, optional
        ``NAME`` or ``NAME@VERSION``, to choose the network yourself.
    outside : {"raise", "nan", "warn"}, optional
        What to do with events outside the training region: an error, NaN, or the network's values
        with a warning. By default NaN with one warning that counts them.

    Returns
    -------
    Prediction
        Of shape (N,), in the unit of the card.

    Raises
    ------
    NetworkNotFoundError
        If no network computes that, with the nearest ones.
    ParameterError
        For misspelt, missing, superfluous, misshaped or non-finite inputs.
    OutsideRegionError
        For events outside the training region, with the first of them, if ``outside="raise"``.
    """
    question = Question("event_variable", subject, network=network, outside=outside)
    return _zoo.default().ask(question, inputs)(inputs)


def Unfold(  # noqa: N802
    subject: str,
    inputs: EventInputs,
    *,
    network: str | None = None,
    outside: Literal["raise", "warn"] = "raise",
) -> Prediction:
    """Weights that turn a simulated sample into an unfolded measurement.

    Give the events of the simulation that the unfolding was made with, before the detector:
    weighted, their distributions are the unfolded ones, in any binning and any observable.

    Parameters
    ----------
    subject : str
        What is unfolded, as in the card's subject. Or the ``NAME`` or ``NAME@VERSION`` of the
        network.
    inputs : mapping, or the particles themselves
        For each of the network's inputs, by name, an array with the events along its first axis:
        ``{"constituents": (N, P, 4), "mask": (N, P)}``. Without that axis they are one event. If
        the card declares a padding, events may have different lengths: a list with one array an
        event. Particles may also be awkward records, vector arrays, structured arrays, a mapping
        of columns, torch tensors or lists of PseudoJets: momenta in any coordinates, taken by
        their names. A network that needs one tensor alone takes it without its name. A mask that
        is not given follows from the lengths, or from entries without energy and momentum.
        Numbers are converted only if that keeps their values (but for the rounding of real
        numbers to single precision).
    network : str, optional
        ``NAME`` or ``NAME@VERSION``, to choose the network yourself.
    outside : {"raise", "warn"}
        What to do with events outside the training region: an error, or the network's values with
        a warning. There is no NaN: a weight that is none would spoil every sum.

    Returns
    -------
    Prediction
        Of shape (N,): positive weights, of mean 1 over the simulation.

    Raises
    ------
    NetworkNotFoundError
        If no network computes that, with the nearest ones.
    ParameterError
        For misspelt, missing, superfluous, misshaped or non-finite inputs.
    OutsideRegionError
        For events outside the training region, with the first of them, unless ``outside="warn"``.
    WeightError
        If a weight is negative, infinite or not a number.
    """
    if outside not in ("raise", "warn"):
        raise ParameterError(
            f"outside must be 'raise' or 'warn' for the weights of an unfolding, got {outside!r}"
        )
    question = Question("unfolding", subject, network=network, outside=outside)
    return require_weights(_zoo.default().ask(question, inputs)(inputs))


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
        What is generated, as in the card's subject. Or the ``NAME`` or ``NAME@VERSION`` of the
        network.
    events : int
        How many.
    conditions : mapping, optional
        The inputs of the generator that are not noise, by name: one value for all events, or one
        for each.
    seed : int, optional
        The same seed gives the same noise (numpy's PCG64), and the same first events however many
        are asked for. Without one they differ from call to call.
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
        If no network generates that, with the nearest ones.
    ParameterError
        For conditions that do not fit the card, or a network that takes no noise.
    """
    given = dict(conditions or {})
    call = _zoo.default().ask(
        Question("generator", subject, network=network, outside=outside), given
    )
    return generate(call.network, events, seed, given, outside)
