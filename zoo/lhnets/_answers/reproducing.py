"""A line of a paper from which the same numbers come again."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from lhnets._answers.number import Values
from lhnets.errors import ParameterError
from lhnets.format import NetworkFile, Output, Sha256

BEGIN = b'{"lhnets":'
"""How every line begins, whatever stands before it."""

Numbers = float | None | list[Any]
"""A number, null for NaN, or lists of them."""


class Line(Struct, frozen=True):
    """What one line says.

    Attributes
    ----------
    lhnets : str
        Version that answered.
    network : str
        NAME@VERSION.
    sha256 : str
        Of its file.
    output : str
        The column that was asked for.
    params : dict
        All inputs by name, in the units of the card.
    value, uncertainty : float or lists
        In ``unit``.
    unit : str
        Of both.
    """

    lhnets: str
    network: str
    sha256: Sha256
    output: str
    params: dict[str, Numbers]
    value: Numbers
    uncertainty: Numbers
    unit: str


def write_line(
    file: NetworkFile | None,
    output: Output,
    params: Mapping[str, Values],
    value: Values,
    uncertainty: Values,
) -> str:
    """The line of an answer of the network in ``file``.

    Raises
    ------
    ParameterError
        If it is not the answer of a network of parameters itself.
    """
    card = None if file is None else file.card
    if file is None or card is None or card.tensors or output not in card.outputs:
        raise ParameterError(
            f"{output.name} cannot be reproduced from a line: expected the answer of a network of "
            "parameters itself. Keep the events and the code that asked"
        )
    line = Line(
        metadata.version("lhnets"),
        card.identity,
        file.sha256,
        output.name,
        {name: to_numbers(values) for name, values in params.items()},
        to_numbers(value),
        to_numbers(uncertainty),
        output.unit,
    )
    return msgspec.json.encode(line).decode()


def to_numbers(values: Any) -> Numbers:
    """Numbers in full; the encoder writes null for NaN."""
    return np.asarray(values, dtype=np.float64).tolist()  # type: ignore[no-any-return]


def to_array(numbers: Numbers) -> Any:
    """The array of what `to_numbers` gave."""
    return np.array(numbers, dtype=np.float64)
