"""Cross sections and decays: each function asks the zoo for the network that computes
them, and evaluates it."""

from __future__ import annotations

from typing import Any

from lhnets._answers.prediction import Prediction
from lhnets._api.given import Extra, gather
from lhnets._asking.parameters import Parameters
from lhnets._finding import zoo as _zoo
from lhnets._finding.question import Question
from lhnets._running.outside import Outside


def CS(  # noqa: N802
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
    """Cross section of a process.

    Parameters
    ----------
    subject : str
        Process in names, words or PDG ids: ``p p > go go``, ``pp -> gluino gluino``,
        ``2212 2212 > 1000021 1000021``. Alternatives are joined by ``|``.
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
    given = gather(question, params, parameters, extra)
    return _zoo.default().ask(question, given)(given)


def BR(  # noqa: N802
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
    """Branching ratio of a decay.

    Parameters
    ----------
    subject : str
        Decay in names, words or PDG ids: ``h > b b~``.
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
    given = gather(question, params, parameters, extra)
    return _zoo.default().ask(question, given)(given)


def Width(  # noqa: N802
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
    """Total or partial width of a decay.

    Parameters
    ----------
    subject : str
        Decay in names, words or PDG ids: ``h > b b~``.
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
    given = gather(question, params, parameters, extra)
    return _zoo.default().ask(question, given)(given)
