"""The contract between a framework and an import: the bare ONNX core of a model, and the model's
own prediction.

A module for a framework has one or both of

- ``from_file(path, wanted) -> ConvertedModel`` for a file of the framework, called in a child
  process with limits;
- ``from_object(model, wanted) -> ConvertedModel`` for a model in Python, called in the author's
  process, and in the child for what a pickle holds.

They are the modules of `frameworks`: onnx, keras, torch, sklearn, boosting (XGBoost and LightGBM),
pickle; `formats.identify` finds the module by content or type. `products.product` multiplies
sources whose inputs and outputs are physical already.

`wanted` says what the card expects the model to take: shapes for formats that do not know their
own. Both raise `ModelError` for what they cannot convert, and import their framework inside the
function, through `framework`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from lhnets.errors import MissingExtraError
from lhnets.format import Calibration
from lhnets_training.importing.errors import ModelError

Arrays: TypeAlias = dict[str, NDArray[Any]]
Dtype: TypeAlias = Literal["float64", "float32", "int64", "int32", "bool"]

BATCH = "N"
"""The name of the first axis of every tensor."""

DTYPES: dict[int, Dtype] = {
    TensorProto.DOUBLE: "float64",
    TensorProto.FLOAT: "float32",
    TensorProto.INT64: "int64",
    TensorProto.INT32: "int32",
    TensorProto.BOOL: "bool",
}


@dataclass(frozen=True)
class Tensor:
    """An input or output: its name in the graph, its type, and its shape, whose first axis is
    `BATCH`."""

    name: str
    dtype: Dtype
    shape: tuple[int | str, ...]

    @property
    def width(self) -> int:
        """Numbers in one row.

        Raises
        ------
        ModelError
            If an axis besides the first is free.
        """
        lengths = [n for n in self.shape[1:] if isinstance(n, int)]
        if len(lengths) < len(self.shape) - 1:
            raise ModelError(
                f"the tensor {self.name!r} has the free axes {self.shape}; expected numbers after "
                "the first"
            )
        return int(np.prod(lengths, dtype=np.int64))


@dataclass(frozen=True, kw_only=True)
class ConvertedModel:
    """A converted model, before anything of the card is added.

    No standardisation and no logarithm is undone here: inputs and outputs are those of the original
    model.
    """

    model: onnx.ModelProto
    """The bare core with the inputs and outputs below, by the same names; first axes symbolic;
    opsets, operators and structure as the admission allows them."""
    predict: Callable[[Mapping[str, NDArray[Any]]], Arrays]
    """What the original model itself gives, by the original framework: arrays by the names of the
    inputs (first axis the points) to arrays by the names of the outputs."""
    exact: Callable[[Mapping[str, NDArray[Any]]], Arrays] | None = None
    """The same in double precision, where the original is in single: shows its rounding. Raises
    what the framework raises where it cannot."""
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    framework: str
    """As the card says it: keras, torch, scikit-learn, xgboost, lightgbm, onnx."""
    version: str
    method: str
    """What the model is, in words: "network, 64-64 relu", "gradient boosting, 200 trees"."""
    columns: tuple[str, ...] = ()
    """Names of the columns in the order that the model takes them, where the model itself knows
    them."""
    spreads: tuple[str, ...] = ()
    """Those of the outputs that are the model's own standard deviation, such as that of a Gaussian
    process."""
    calibration: Calibration | None = None
    """Of `spreads` that are calibrated already, by the names of the card's outputs: those of a
    product of networks."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """What the model's file says besides: the metadata of an ONNX file."""
    note: str = ""
    """What the author should know of the conversion; goes into the report."""


def tensors(values: Any) -> tuple[Tensor, ...]:
    """The inputs or outputs of a graph as tensors; the first axis is taken as the batch.

    Raises
    ------
    ModelError
        If a tensor has no shape, or holds strings or another type that a network file cannot
        take.
    """
    found = []
    for value in values:
        tensor = value.type.tensor_type
        if tensor.elem_type not in DTYPES:
            kind = (
                TensorProto.DataType.Name(tensor.elem_type)
                if tensor.elem_type
                else "something else than a tensor"
            )
            raise ModelError(
                f"{value.name!r} holds {kind}; expected one of {', '.join(DTYPES.values())}"
            )
        dims: list[int | str] = [
            d.dim_value if d.HasField("dim_value") else d.dim_param or f"axis_{k}"
            for k, d in enumerate(tensor.shape.dim)
        ]
        found.append(Tensor(value.name, DTYPES[tensor.elem_type], (BATCH, *dims[1:])))
    return tuple(found)


def framework(module: str, package: str | None = None) -> Any:
    """The module of a framework, imported when it is needed.

    Raises
    ------
    MissingExtraError
        If it is not installed, with the package that brings it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        name = package or module.partition(".")[0]
        raise MissingExtraError(
            f"the model needs {module}, which cannot be imported ({error}). "
            f"Install it: pip install 'lhnets[training]', or pip install {name}"
        ) from error
