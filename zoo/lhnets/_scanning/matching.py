"""Which columns of a table give the inputs of a network. Pure functions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

from lhnets._asking import units
from lhnets._asking.taken import inputs_of
from lhnets._scanning.asked import Asked
from lhnets.errors import ParameterError
from lhnets.format import Card, Input

_UNIT = re.compile(
    r"(?P<name>.+?)\s*(?:[\[(](?P<in_brackets>[^\])]*)[\])]|[/_ ](?P<after>[TGMk]?eV|[mpfnu]b))"
)
_MOST_LISTED = 20


def match_columns(
    asked: Asked, known: Iterable[str], columns: Sequence[str]
) -> dict[str, str | float]:
    """By the names of inputs: the column that gives it, or its value.

    Parameters
    ----------
    asked : Asked
        The question.
    known : iterable of str
        The inputs of all networks that compute what is asked for. Other columns play no part.
    columns : sequence of str
        Of the table.

    Raises
    ------
    ParameterError
        If the question names a column that is not there, or a column looks like an input that no
        column has the name of: ``M_go`` or ``m_go [TeV]``.
    """
    if asked.params is not None:
        missing = [v for v in asked.params.values() if isinstance(v, str) and v not in columns]
        if missing:
            raise ParameterError(
                f"{asked.name} takes the column {', '.join(map(repr, missing))}, which the table "
                f"does not have{_guess(missing[0], columns)}. {list_columns(columns)}"
            )
        return dict(asked.params)
    known = set(known)
    absent = {_plain(name): name for name in known if name not in columns}
    for column in columns:
        name = absent.get(_plain(column))
        if name is not None and column not in known:
            raise ParameterError(
                f"{asked.name}: the column {column!r} looks like the input {name}, but has another "
                f"name. Rename it if it is {name}, or say which columns are meant: "
                f'{{"{name}": "{column}"}} as second argument of the question'
            )
    return {column: column for column in columns if column in known}


def require_units(
    card: Card, subject: str, matched: Mapping[str, str | float], stated: Mapping[str, str]
) -> None:
    """Refuse columns that say, in the header or in the schema, that they are in another unit.

    Parameters
    ----------
    card : Card
        Of the network.
    subject : str
        What is asked for.
    matched : mapping
        Of `match_columns`.
    stated : mapping
        Column -> unit, as the schema of the table says it.

    Raises
    ------
    ParameterError
        With the unit that is expected.
    """
    for i in inputs_of(card, subject):
        column = matched.get(i.name)
        if not isinstance(column, str):
            continue
        unit = stated.get(column) or _unit_in(column)
        if unit and unit != i.unit and _measures_something(unit):
            raise ParameterError(
                f"the column {column!r} is in {unit}, {card.identity} takes {i.name} in {i.unit}: "
                "convert it, and name it without a unit"
            )


def fill_columns(
    card: Card, matched: Mapping[str, str | float], fills: Mapping[str, float]
) -> tuple[str | float, ...]:
    """In card order: the column that gives an input, or its value."""

    def find(i: Input) -> str | float:
        value = matched.get(i.name, fills.get(i.name, i.default))
        assert value is not None
        return value if isinstance(value, str) else float(value)

    return tuple(find(i) for i in card.columns)


def list_columns(columns: Sequence[str]) -> str:
    """The columns of a table, for messages."""
    more = f" and {len(columns) - _MOST_LISTED} more" if len(columns) > _MOST_LISTED else ""
    return f"The table has the columns {', '.join(columns[:_MOST_LISTED]) or '(none)'}{more}"


def _guess(name: str, columns: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, columns, 1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _plain(name: str) -> str:
    """A name without unit, case, and kind of separators."""
    found = _UNIT.fullmatch(name.strip())
    bare = found["name"] if found and _unit_in(name) else name
    return re.sub(r"[\W_]+", "", bare).casefold()


def _unit_in(column: str) -> str:
    """The unit that a header names; empty if none."""
    found = _UNIT.fullmatch(column.strip())
    return (found["in_brackets"] or found["after"] or "").strip() if found else ""


def _measures_something(unit: str) -> bool:
    try:
        return bool(units.parse(unit)) or unit == "1"
    except ParameterError:
        return True
