"""Questions as text, ``sigma = CS("p p > go go", energy="13 TeV")``, read without running anything.

Pure functions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from lhnets._finding.question import Question
from lhnets.errors import ParameterError
from lhnets.format import Kind

KIND_OF: Mapping[str, Kind] = {
    "CS": "cross_section",
    "BR": "branching_ratio",
    "Width": "width",
    "Efficiency": "efficiency",
    "Likelihood": "likelihood",
    "LoopIntegral": "loop_integral",
    "Observable": "observable",
}
"""The functions that a scan can ask, and what they ask for."""

Questions: TypeAlias = str | Iterable[str] | Mapping[str, str]
"""``"NAME = CS(...)"``, several of these, or a mapping NAME -> ``"CS(...)"``."""

_FORM = """NAME = CS("p p > go go", energy="13 TeV")"""
_OPTIONS = ("energy", "order", "network", "components")


class Asked(Struct, frozen=True):
    """One question of a scan.

    Attributes
    ----------
    name : str
        Of the column of values; other columns begin with it.
    text : str
        The question in one spelling: what a text says, whatever its spaces and quotes.
    question : Question
        All but the parameters.
    params : dict or None
        By input: the column that gives it, or its value; None if columns have the names of inputs.
    components : bool
        Whether the uncertainties of the truth are wanted, by source.
    """

    name: str
    text: str
    question: Question
    params: dict[str, str | float] | None = None
    components: bool = False


def read_questions(questions: Questions) -> list[Asked]:
    """The questions of a scan.

    Raises
    ------
    ParameterError
        If a text is not a call of a question function with plain values, or a name is given twice.
    """
    if isinstance(questions, str):
        questions = [questions]
    if isinstance(questions, Mapping):
        questions = [f"{name} = {text}" for name, text in questions.items()]
    found = [read_question(text) for text in questions]
    names = [asked.name for asked in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ParameterError(
            f"two questions have the name {', '.join(twice)}: give each a name of its own"
        )
    if not found:
        raise ParameterError(f"no question is asked: expected at least one, such as {_FORM}")
    return found


def read_question(text: str) -> Asked:
    """The question that a text asks; see `read_questions`."""
    name, call = _parse(text)
    function = _name_of(call.func)
    if function not in KIND_OF:
        raise ParameterError(
            f"{text!r} calls {function or 'something'}, which a scan cannot ask: expected one of "
            f"{', '.join(KIND_OF)}"
        )
    values = [_literal(value, text) for value in call.args]
    options = {str(k.arg): _literal(k.value, text) for k in call.keywords}
    subject, params = _positional(values, options, text)
    _check_options(options, text)
    question = Question(
        KIND_OF[function],
        subject,
        options.get("energy"),
        options.get("order"),
        options.get("network"),
        "nan",
    )
    spelt = f"{name} = {ast.unparse(ast.Call(ast.Name(function), call.args, call.keywords))}"
    return Asked(name, spelt, question, params, options.get("components", False))


def _parse(text: str) -> tuple[str, ast.Call]:
    try:
        (statement,) = ast.parse(text.strip()).body
    except (SyntaxError, ValueError, TypeError, AttributeError, MemoryError, RecursionError):
        statement = ast.Pass()
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
            return name, call
    raise ParameterError(f"cannot read the question {text!r}: expected {_FORM}")


def _name_of(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="ml" | "lhnets"), attr=name):
            return name
    return ""


def _literal(value: ast.expr, text: str) -> Any:
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, MemoryError, RecursionError) as error:
        raise ParameterError(
            f"cannot read {ast.unparse(value)} in {text!r}: expected plain values, such as "
            'energy="13 TeV"'
        ) from error


def _positional(
    values: list[Any], options: dict[str, Any], text: str
) -> tuple[str, dict[str, str | float] | None]:
    """Subject and parameters, wherever they stand."""
    for name, value in zip(("subject", "params"), values, strict=False):
        options.setdefault(name, value)
    subject, params = options.pop("subject", None), options.pop("params", None)
    if not isinstance(subject, str) or len(values) > 2:
        raise ParameterError(f"{text!r} does not say what is asked for: expected {_FORM}")
    if params is not None and not _is_assignment(params):
        raise ParameterError(
            f"cannot read the parameters {params!r} in {text!r}: expected a column or a value for "
            'each input, such as {"m_go": "mass_gluino", "m_sq": 2500.0}'
        )
    return subject, params


def _is_assignment(params: Any) -> bool:
    return isinstance(params, dict) and all(
        isinstance(name, str) and isinstance(value, (str, int, float))
        for name, value in params.items()
    )


def _check_options(options: Mapping[str, Any], text: str) -> None:
    if "outside" in options:
        raise ParameterError(
            f"{text!r} says what to do outside the region: a scan gives NaN there and tells why, "
            "leave outside= out"
        )
    if unknown := sorted(set(options) - set(_OPTIONS)):
        raise ParameterError(
            f"{text!r} has the unknown option {', '.join(unknown)}: expected {', '.join(_OPTIONS)}"
        )
    kinds = {"order": str, "network": str, "components": bool}
    for name, kind in kinds.items():
        if not isinstance(options.get(name, kind()), kind):
            raise ParameterError(
                f"{name}={options[name]!r} in {text!r} should be of type {kind.__name__}"
            )
