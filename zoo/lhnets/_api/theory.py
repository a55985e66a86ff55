"""Amplitudes and effective theories: each function asks the zoo for the network of an
integral or an observable, and evaluates it."""

from __future__ import annotations

from typing import Any

from lhnets._answers.prediction import Prediction
from lhnets._api.given import Extra, gather
from lhnets._asking.parameters import Parameters
from lhnets._finding import zoo as _zoo
from lhnets._finding.question import Question
from lhnets._running.outside import Outside


def LoopIntegral(  # noqa: N802
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
    """One-loop integral.

    Parameters
    ----------
    subject : str
        Name of the integral, as in the card's subject.
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
    given = gather(question, params, parameters, extra)
    return _zoo.default().ask(question, given)(given)


def Observable(  # noqa: N802
    subject: str,
    params: Parameters = None,
    *,
    energy: str | float | None = None,
    order: str | None = None,
    output: str | None = None,
    network: str | None = None,
    outside: Outside = "raise",
    extra: Extra = "raise",
    **parameters: Any,
) -> Prediction:
    """Observable of an effective theory.

    Parameters
    ----------
    subject : str
        Name of the observable, as in the card's subject.
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
    output : str, optional
        An output by its name, such as another bin; ``net.card.outputs`` lists them. Without one
        that of the subject.
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
    question = Question("observable", subject, energy, order, network, outside, output)
    given = gather(question, params, parameters, extra)
    return _zoo.default().ask(question, given)(given)
