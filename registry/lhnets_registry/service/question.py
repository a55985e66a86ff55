"""What a prediction is asked with: the JSON body, checked by its types, which bound the depth of
every array."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, TypeVar

import msgspec
import numpy as np
from msgspec import Meta, Struct

from lhnets.errors import ParameterError
from lhnets.format import Kind
from lhnets_registry.service.errors import BodyError, BodyTooLargeError

MOST_NAMES, MOST_VALUES = 1000, 2_000_000
"""Parameters of a question, and numbers in a JSON body: a number takes 32 bytes once decoded."""

_Text = Annotated[str, Meta(max_length=200)]
_Name = Annotated[str, Meta(max_length=100)]
_Vector: TypeAlias = float | list[float]
_Matrix: TypeAlias = float | list[_Vector]
_Values: TypeAlias = float | list[_Matrix]
_Named: TypeAlias = Annotated[dict[_Name, _Values], Meta(max_length=MOST_NAMES)]
_Table: TypeAlias = list[list[float]]
_Entry: TypeAlias = float | bool | list[float | bool]
_Entries: TypeAlias = float | bool | list[_Entry]
_Event: TypeAlias = float | bool | list[_Entries]
_Tensor: TypeAlias = float | bool | list[_Event]


class _Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What both kinds of questions share."""

    energy: float | _Text | None = None
    order: _Text | None = None
    outside: Literal["raise", "nan", "warn"] = "raise"


class AskedOfNetwork(_Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question to a named network: `parameters` by name or as rows in card order, or the `inputs`
    of an event network."""

    parameters: _Named | _Table | None = None
    inputs: Annotated[dict[_Name, _Tensor], Meta(max_length=MOST_NAMES)] | None = None
    output: _Name | None = None


class AskedOfPhysics(_Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question by what is to be computed; the registry chooses the network as the client does."""

    kind: Kind
    subject: _Text
    parameters: _Named
    network: _Name | None = None


class AskedByTable(_Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in the address where the body is an Arrow table."""

    kind: Kind | None = None
    subject: _Text | None = None
    network: _Name | None = None
    output: _Name | None = None


_Asked = TypeVar("_Asked", bound=_Settings)


def from_json(body: bytes, wanted: type[_Asked]) -> _Asked:
    """The question in a JSON body. How much it holds is counted before it is decoded.

    Raises
    ------
    BodyError
        If it is not JSON.
    ParameterError
        If its members are not those of the question, with the path to the first that is wrong.
    """
    if (held := body.count(b",") + body.count(b"[")) > MOST_VALUES:
        raise BodyTooLargeError(
            f"the JSON body holds {held} values, {MOST_VALUES} are allowed at once; send them in "
            "parts, or as an Arrow stream"
        )
    try:
        return msgspec.json.decode(body, type=wanted)
    except msgspec.ValidationError as error:
        raise ParameterError(f"the body does not fit: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BodyError(f"the body is not JSON: {error}") from error


def from_address(query: dict[str, str]) -> AskedByTable:
    """The question in the query of an address."""
    try:
        return msgspec.convert(query, AskedByTable, strict=False)
    except msgspec.ValidationError as error:
        raise ParameterError(f"the query does not fit: {error}") from error


def arrays(parameters: Any, most: int) -> Any:
    """Parameters with their lists as arrays, after a look at how many points they make.

    Raises
    ------
    BodyTooLargeError
        If they broadcast to more than ``most`` points.
    ParameterError
        If a list is ragged.
    """
    if not isinstance(parameters, dict):
        _check_points(len(parameters), most)
        return parameters
    given = {
        name: value if isinstance(value, float) else _array(name, value)
        for name, value in parameters.items()
    }
    shapes = [np.shape(v) for v in given.values()]
    axes = max(map(len, shapes), default=0)
    points = 1
    for axis in range(1, axes + 1):
        points *= max(s[-axis] for s in shapes if len(s) >= axis)
    _check_points(points, most)
    return given


def _array(name: str, value: Any) -> Any:
    try:
        return np.asarray(value, dtype=np.float64)
    except ValueError:
        raise ParameterError(
            f"the array of {name} is ragged: every row must have the same length"
        ) from None


def _check_points(points: int, most: int) -> None:
    if points > most:
        raise BodyTooLargeError(
            f"{points} points were asked for, {most} are allowed at once; send them in parts"
        )
