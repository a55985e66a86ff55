"""What an analysis sees: each function asks the zoo for the network of a selection or a
likelihood, and evaluates it."""

from __future__ import annotations

from typing import Any

from lhnets._answers.likelihood import LikelihoodPrediction
from lhnets._answers.prediction import Prediction
from lhnets._api.given import Extra, gather
from lhnets._asking.parameters import Parameters
from lhnets._finding import zoo as _zoo
from lhnets._finding.question import Question
from lhnets._running.call import Call
from lhnets._running.outside import Outside


def Efficiency(  # noqa: N802
    subject: str,
    params: Parameters = None,
    *,
    energy: str | float | None = None,
    order: str | None = None,
    network: str | None = None,
    outside: Outside = "raise",
    extra: Extra = "raise",
    **parameters: Any,
) -> Prediction:
    """Efficiency or acceptance of a selection.

    Parameters
    ----------
    subject : str
        Name of the selection, as in the card's subject.
    params : mapping, array, table or SLHA file
        Values by name in the units of the card, scalars or arrays that broadcast; an array of shape
        (N, n) in card order; a table of pandas, polars or pyarrow; the path of an SLHA file, or a
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
        What to do with points outside the training region. With ``"nan"`` points with missing
        values are NaN too.
    extra : {"raise", "ignore"}
        What to do with parameters that no network for this takes, such as other columns of a table.
    **parameters : float or array
        Parameters by name, instead of ``params`` or beside a mapping or table: ``m_go=2000.0``.

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
    given = gather(question, params, parameters, extra)
    return _zoo.default().ask(question, given)(given)


def Likelihood(  # noqa: N802
    subject: str,
    params: Parameters = None,
    *,
    energy: str | float | None = None,
    order: str | None = None,
    network: str | None = None,
    outside: Outside = "raise",
    extra: Extra = "raise",
    **parameters: Any,
) -> LikelihoodPrediction:
    """Log likelihood of a statistical model, with CLs and upper limits if its parameters are signal
    yields.

    Parameters
    ----------
    subject : str
        Name of the model, such as an analysis id: ``atlas-susy-2018-04``.
    params : mapping, array, table or SLHA file
        Values by name in the units of the card, scalars or arrays that broadcast; an array of shape
        (N, n) in card order; a table of pandas, polars or pyarrow; the path of an SLHA file, or a
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
        What to do with points outside the training region. With ``"nan"`` points with missing
        values are NaN too.
    extra : {"raise", "ignore"}
        What to do with parameters that no network for this takes, such as other columns of a table.
    **parameters : float or array
        Parameters by name, instead of ``params`` or beside a mapping or table: ``m_go=2000.0``.

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
    given = gather(question, params, parameters, extra)
    call = _zoo.default().ask(question, given)
    assert isinstance(call, Call)
    return LikelihoodPrediction.of(call(given), call.network, given)
