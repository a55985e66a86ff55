"""What a network is given in a task: its inputs, made from the rows as its card asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Card, Input
from lhnets_datasets.bench.rows import TestRows
from lhnets_datasets.bench.task import Columns, Constituents, Steps, Task
from lhnets_datasets.errors import TaskError

Array = NDArray[np.float64]

QUANTITIES = ("E", "px", "py", "pz", "pt", "eta", "phi")
"""Of a constituent, in GeV and radians."""


def require_fitting(task: Task, card: Card) -> None:
    """Refuse a network that cannot take part.

    Raises
    ------
    TaskError
        If its kind, its inputs or its outputs are not those of the task, with what is expected.
    """
    if card.kind != task.kind:
        raise TaskError(f"{task.name} is for a {task.kind}, {card.identity} is a {card.kind}")
    names = [o.name for o in card.central_outputs]
    if task.signal not in names:
        raise TaskError(
            f"{task.name} judges the output {task.signal!r}, {card.identity} has "
            f"{', '.join(names)}: give the output of the signal this name"
        )
    if isinstance(task.input, Constituents):
        _find_tensor(task, card)
    else:
        _require_columns(task, task.input, card)


def make_inputs(task: Task, card: Card, rows: TestRows) -> Mapping[str, Any]:
    """The arrays that the network takes for some rows, by the names of its inputs."""
    if isinstance(task.input, Columns):
        return {i.name: rows.columns[i.name] for i in card.inputs if i.name in task.input.names}
    tensor = _find_tensor(task, card)
    quantities = compute_constituents(task.input, rows)
    present = quantities["pt"] > 0
    names = [f.name for f in tensor.features]
    values = np.stack([quantities[name] for name in names], axis=-1)
    values = np.where(present[..., None], values, tensor.padding or 0.0).astype(tensor.dtype)
    masks = {
        i.name: (present if i.mask_marks == "entries" else ~present).astype(i.dtype)
        for i in card.inputs
        if tensor.name in i.mask_of
    }
    return {tensor.name: values, **masks}


def compute_constituents(given: Constituents, rows: TestRows) -> dict[str, Array]:
    """`QUANTITIES` of the constituents, shape (N, P); p_T is 0 where there is none."""
    pt, eta, phi = (_read(s, given.most, rows) for s in (given.pt, given.eta, given.phi))
    return {
        "E": pt * np.cosh(eta),
        "px": pt * np.cos(phi),
        "py": pt * np.sin(phi),
        "pz": pt * np.sinh(eta),
        "pt": pt,
        "eta": eta,
        "phi": np.remainder(phi + np.pi, 2 * np.pi) - np.pi,
    }


def _read(steps: Steps, most: int, rows: TestRows) -> Array:
    stacked = np.stack([rows.columns[f"{steps.prefix}{k}"] for k in range(1, most + 1)], axis=1)
    origin = rows.columns[steps.relative_to][:, None] if steps.relative_to else 0.0
    found: Array = origin + stacked * steps.step
    return found


def _find_tensor(task: Task, card: Card) -> Input:
    """The one tensor of constituents that the network takes."""
    tensors = [i for i in card.inputs if not i.mask_of and i.default is None]
    if len(tensors) == 1 and tensors[0].shape is not None:
        unknown = [f.name for f in tensors[0].features if f.name not in QUANTITIES]
        if tensors[0].features and not unknown:
            return tensors[0]
    raise TaskError(
        f"{task.name} gives one tensor (N, P, k) of constituents with features out of "
        f"{', '.join(QUANTITIES)}, and its masks; {card.identity} takes "
        f"{', '.join(_describe(i) for i in tensors) or 'nothing'}. Put the preprocessing into the "
        "graph of the network"
    )


def _describe(given: Input) -> str:
    features = ", ".join(f.name for f in given.features)
    return f"{given.name} ({features})" if features else given.name


def _require_columns(task: Task, columns: Columns, card: Card) -> None:
    needed = [i.name for i in card.inputs if i.default is None]
    unknown = [n for n in needed if n not in columns.names]
    if unknown:
        raise TaskError(
            f"{task.name} gives the columns {', '.join(columns.names)}; {card.identity} takes "
            f"{', '.join(unknown)} too"
        )
