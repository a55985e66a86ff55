"""What a user gives to a question, in the form that networks read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from lhnets._asking.parameters import Parameters, collect, named
from lhnets._asking.slha import is_slha
from lhnets._finding import zoo as _zoo
from lhnets._finding.question import Question
from lhnets.errors import ParameterError

Extra: TypeAlias = Literal["raise", "ignore"]


def gather(
    question: Question, params: Parameters, keywords: Mapping[str, Any], extra: Extra
) -> Parameters:
    """The parameters of a question: those in ``params`` and those given as keywords.

    Raises
    ------
    ParameterError
        If one is given twice; if keywords stand beside parameters without names; or if ``extra``
        is unknown.
    """
    if type(params) is dict and not keywords and extra == "raise":
        return params
    if extra not in {"raise", "ignore"}:
        raise ParameterError(f"extra must be 'raise' or 'ignore', got {extra!r}")
    given = dict(keywords) if params is None else _join(collect(params), keywords)
    if extra == "raise" or is_slha(given):
        return given
    mapping = named(given)
    if mapping is None:
        return given
    known = _zoo.default().find_input_names(question)
    return {name: value for name, value in mapping.items() if name in known}


def _join(params: Parameters, keywords: Mapping[str, Any]) -> Parameters:
    if not keywords:
        return params
    mapping = None if is_slha(params) else named(params)
    if mapping is None:
        raise ParameterError(
            f"{', '.join(keywords)} cannot stand beside an array or an SLHA file: give all "
            "parameters by name"
        )
    if twice := sorted(set(mapping) & set(keywords)):
        raise ParameterError(
            f"{', '.join(twice)} is given twice: among the parameters and as a keyword"
        )
    return {**mapping, **keywords}
