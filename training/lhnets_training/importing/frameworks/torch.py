"""Models of torch: a module in Python, an exported program (``.pt2``), TorchScript, a pickled
module.

Modules are put in evaluation mode (dropout off, batch norm with its running averages) on a copy and
exported with a free batch. TorchScript and pickles run code where they are loaded, and are read
with ``trust`` only.
"""

from __future__ import annotations

import copy
import inspect
import pickle
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from lhnets.networks import RowLimit, rows_at_once
from lhnets_training.importing.errors import ModelError
from lhnets_training.importing.formats.identify import identify
from lhnets_training.importing.frameworks.double_operators import with_kernels
from lhnets_training.importing.frameworks.onnx import current, require_plain
from lhnets_training.importing.frameworks.onnx_conditions import settle_conditions
from lhnets_training.importing.frameworks.torch_exporters import (
    EXPORTERS,
    Export,
    export_trace,
    silence,
)
from lhnets_training.importing.frameworks.torch_modes import decides_by_values, first_of_equals
from lhnets_training.importing.frameworks.torch_probes import probe
from lhnets_training.importing.source import (
    BATCH,
    Arrays,
    ConvertedModel,
    Dtype,
    Tensor,
    framework,
    tensors,
)

_ROWS = 3
_FREE_LENGTHS = (5, 7, 6, 8)
"""Lengths of free axes in the examples: all different, so that none is taken for another."""
_FREE_BATCH = (
    "torch.export.export(model.eval(), (example,), dynamic_shapes=({0: "
    "torch.export.Dim('N')},)) with an example of two or more points"
)


def from_file(path: Path, wanted: Sequence[Tensor], *, trust: bool = False) -> ConvertedModel:
    """The model in a file of torch.

    Raises
    ------
    UntrustedFormatError
        If the file runs code on load and ``trust`` is not given.
    ModelError
        If it cannot be read, holds weights without their module, or what `from_object` refuses.
    """
    torch = _torch()
    found = identify(path)
    found.require(trust, path.name)
    try:
        if "exported program" in found.what:
            model = torch.export.load(path)
        elif "TorchScript" in found.what:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model = torch.jit.load(path, map_location="cpu")
        else:
            model = torch.load(path, map_location="cpu", weights_only=False)
    except (
        RuntimeError,
        pickle.UnpicklingError,
        AttributeError,
        ImportError,
        EOFError,
        KeyError,
        ValueError,
        TypeError,
        AssertionError,
    ) as error:
        raise ModelError(
            f"torch {torch.__version__} cannot read {path.name}: {_short(error)}. Its classes must "
            "be importable here; save an exported program instead, which needs none: "
            f"torch.export.save of {_FREE_BATCH}"
        ) from error
    return from_object(model, wanted)


def from_object(model: Any, wanted: Sequence[Tensor]) -> ConvertedModel:
    """A module, an exported program or a TorchScript module.

    ``wanted`` gives the shapes of the inputs; an exported program knows its own. Several inputs are
    matched to the arguments of `forward` by name, or, where no name agrees, by order.

    Raises
    ------
    ModelError
        If it cannot be exported with a free batch, or needs operators that a network file may
        not hold.
    """
    torch = _torch()
    if isinstance(model, torch.export.ExportedProgram):
        return _exported(model)
    if isinstance(model, torch.jit.ScriptModule):
        return _scripted(model, wanted)
    if not isinstance(model, torch.nn.Module):
        held = (
            "the weights of a module (a state_dict) without the module"
            if isinstance(model, Mapping)
            else type(model)
        )
        raise ModelError(
            f"expected a module of torch, got {held}. Load them into their module in Python and "
            f"import that, or save torch.export.save of {_FREE_BATCH}"
        )
    module = copy.deepcopy(model).cpu().eval()
    arguments = _arguments(module, wanted)
    return _convert(module, arguments, _called(module), EXPORTERS)


def _convert(
    module: Any, arguments: Sequence[Tensor], method: str, exporters: Mapping[str, Export]
) -> ConvertedModel:
    """The first export of ``exporters`` that gives what the module gives at several lengths.

    Raises
    ------
    ModelError
        If there is none, with what was wrong with each.
    """
    examples = _examples(arguments, module)
    outputs = _output_names(module, examples)
    predict = _Predict(module, arguments, outputs)
    predict({t.name: e.numpy() for t, e in zip(arguments, examples, strict=True)})
    with silence():
        branches = decides_by_values(module, examples)
    if branches:
        exporters = {k: e for k, e in exporters.items() if e is not export_trace}
    tried = {}
    for name, export in exporters.items():
        try:
            source = _source(export(module, examples, arguments, outputs), predict, method)
        except ModelError as error:
            tried[name] = str(error)
            continue
        except Exception as error:  # noqa: BLE001 - the exporters raise whatever they like
            tried[name] = _short(error)
            continue
        plain = predict.with_any_order() if predict.orders else None
        found = probe(source.model, arguments, predict, source.exact, plain)
        if found.agrees:
            return replace(source, note=f"exported by torch's {name}: {found.describe()}")
        tried[name] = found.describe()
    reasons = "; ".join(f"by {name}: {why}" for name, why in tried.items())
    raise ModelError(
        f"torch cannot export it with a free batch{_by_values(exporters)}: {reasons or 'no way'}. "
        "In forward, take sizes from the tensors (x.shape[0]) instead of numbers, and use "
        "torch.where instead of if on values; or export it to ONNX yourself"
    )


def _by_values(exporters: Mapping[str, Export]) -> str:
    return "" if export_trace in exporters.values() else " (forward branches on values)"


def _exported(program: Any) -> ConvertedModel:
    """An exported program, exported again with a free batch where its own was fixed by the
    example."""
    free = program.module(check_guards=False)
    free._forward_pre_hooks.clear()
    arguments, batch = _program_inputs(program)
    source = _convert(
        free, arguments, _parameters(program.state_dict, "exported program"), EXPORTERS
    )
    if not batch:
        return source
    original = _Predict(program.module(), arguments, [o.name for o in source.outputs], batch)
    return replace(
        source,
        predict=original,
        note=f"its batch was fixed at {batch} and is free now; {source.note}",
    )


def _scripted(module: Any, wanted: Sequence[Tensor]) -> ConvertedModel:
    """TorchScript, which only torch's older exporter reads."""
    with silence():
        module = copy.deepcopy(module).cpu().eval()
    arguments = _arguments(module, wanted)
    method = _parameters(module.state_dict(), "TorchScript module")
    return _convert(module, arguments, method, {"TorchScript": export_trace})


def _source(model: onnx.ModelProto, predict: _Predict, method: str) -> ConvertedModel:
    torch = _torch()
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del model.graph.metadata_props[:]
    settle_conditions(model)
    require_plain(model)
    _name_axes(model, predict.arguments)
    core = with_kernels(current(model))
    predict.limit = RowLimit(core.SerializeToString())
    return ConvertedModel(
        model=core,
        predict=predict,
        exact=predict.in_double(),
        inputs=tensors(core.graph.input),
        outputs=tensors(core.graph.output),
        framework="torch",
        version=str(torch.__version__),
        method=method,
    )


def _name_axes(model: onnx.ModelProto, arguments: Sequence[Tensor]) -> None:
    """Give free axes the names that the inputs have for them."""
    names: dict[str, str] = {}
    shapes = {t.name: t.shape for t in arguments}
    for value in (*model.graph.input, *model.graph.output):
        for dim, axis in zip(
            value.type.tensor_type.shape.dim, shapes.get(value.name, ()), strict=False
        ):
            if isinstance(axis, str) and dim.dim_param:
                names.setdefault(dim.dim_param, axis)
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param in names:
                dim.dim_param = names[dim.dim_param]


class _Predict:
    """The module itself, on arrays by the names of the inputs; in batches of its own fixed size
    where it has one.

    Of equal numbers `topk` takes the first, as ONNX does; torch leaves open which.
    """

    def __init__(
        self, module: Any, arguments: Sequence[Tensor], outputs: Sequence[str], batch: int = 0
    ) -> None:
        self._mode: Callable[[], AbstractContextManager[Any]] = self._first
        self.orders = False
        """Whether `topk` or `argsort` were called."""
        self.limit: Callable[[Mapping[str, NDArray[Any]]], int] = rows_at_once
        """How many rows are run at once."""
        self.arguments = arguments
        self._module = module
        self._outputs = outputs
        self._batch = batch

    def __call__(self, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
        rows = len(arrays[self.arguments[0].name])
        chunk = self._batch or self.limit(arrays)
        parts = [
            self._run(arrays, np.arange(start, start + chunk), rows)
            for start in range(0, max(rows, 1), chunk)
        ]
        columns = zip(*parts, strict=True)
        return {
            name: np.concatenate(c)[:rows] for name, c in zip(self._outputs, columns, strict=True)
        }

    def _run(
        self, arrays: Mapping[str, NDArray[Any]], chosen: NDArray[np.int64], rows: int
    ) -> list[NDArray[Any]]:
        """One batch; a fixed one is filled up with its last point."""
        torch = _torch()
        chosen = np.minimum(chosen, rows - 1) if self._batch else chosen[chosen < rows]
        given = [
            torch.from_numpy(np.ascontiguousarray(arrays[t.name][chosen], dtype=t.dtype))
            for t in self.arguments
        ]
        with torch.no_grad(), silence(), self._mode():
            return [found.numpy() for _, found in _leaves(self._module(*given))]

    def _first(self) -> AbstractContextManager[Any]:
        return first_of_equals(lambda: setattr(self, "orders", True))

    @silence()
    def in_double(self) -> _Predict:
        """The same in double precision; raises where the module mixes precisions by itself."""
        wide = tuple(
            replace(t, dtype="float64") if t.dtype == "float32" else t for t in self.arguments
        )
        module = self._module
        if isinstance(module, _torch().nn.Module):
            module = copy.deepcopy(module).double()
        made = _Predict(module, wide, self._outputs, self._batch)
        made.limit = self.limit
        return made

    def with_any_order(self) -> _Predict:
        """The same with the choice among equal numbers left to torch."""
        made = copy.copy(self)
        made._mode = nullcontext
        return made


def _arguments(module: Any, wanted: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """What `forward` takes, in its order, with the types that the module computes in."""
    dtype: Dtype = "float64" if _dtype(module) == _torch().float64 else "float32"
    real = [
        Tensor(t.name, dtype if t.dtype.startswith("float") else t.dtype, t.shape) for t in wanted
    ]
    names = _forward_names(module)
    if names is None:
        return tuple(real)
    required = [name for name, needed in names if needed]
    given = {t.name: t for t in real}
    if set(given) <= {name for name, _ in names} and set(required) <= set(given) and len(given) > 1:
        return tuple(given[name] for name, _ in names if name in given)
    if not wanted:
        raise ModelError(
            "a module of torch does not know the shapes of what forward takes "
            f"({', '.join(n for n, _ in names)}); give the card"
        )
    if not len(required) <= len(real) <= len(names):
        raise ModelError(
            f"forward takes {', '.join(n for n, _ in names)}; the card has {', '.join(given)}. "
            "Give each argument one input of the card by its name and with its shape, or wrap the "
            "module so that it takes them"
        )
    if len(real) > 1:
        raise ModelError(
            f"forward takes {', '.join(n for n, _ in names)}, and the card names its inputs "
            f"{', '.join(given)}: which is which is not guessed. Call them alike"
        )
    return (Tensor(names[0][0], real[0].dtype, real[0].shape),)


def _forward_names(module: Any) -> list[tuple[str, bool]] | None:
    """The arguments of `forward` and whether each must be given; None where it takes any number."""
    torch = _torch()
    if isinstance(module, torch.jit.ScriptModule):
        arguments = module.forward.schema.arguments[1:]
        return [(a.name, not a.has_default_value()) for a in arguments]
    found = list(inspect.signature(module.forward).parameters.values())
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in found):
        return None
    return [(p.name, p.default is p.empty) for p in found]


def _program_inputs(program: Any) -> tuple[tuple[Tensor, ...], int]:
    """The inputs of an exported program with a free first axis, and the length that this has in the
    program, 0 if free."""
    kinds = {f"torch.{n}": n for n in ("float64", "float32", "int64", "int32", "bool")}
    named = {node.name: node for node in program.graph.nodes if node.op == "placeholder"}
    found, batch = [], 0
    for name in program.graph_signature.user_inputs:
        value = named[str(name)].meta["val"] if str(name) in named else None
        kind = kinds.get(str(getattr(value, "dtype", None)))
        if value is None or kind is None or not value.shape:
            raise ModelError(
                f"its input {name!r} is not a tensor of numbers with points along the first axis; "
                "export it so"
            )
        free = [n if isinstance(n, int) else str(n) for n in value.shape[1:]]
        batch = value.shape[0] if isinstance(value.shape[0], int) else batch
        found.append(Tensor(str(name), kind, (BATCH, *free)))  # type: ignore[arg-type]
    return tuple(found), batch


def _examples(arguments: Sequence[Tensor], module: Any) -> tuple[Any, ...]:
    torch = _torch()
    lengths: dict[str, int] = {BATCH: _ROWS}
    rng = np.random.default_rng(0)
    found = []
    for tensor in arguments:
        for axis in tensor.shape:
            if isinstance(axis, str):
                lengths.setdefault(axis, _FREE_LENGTHS[len(lengths) % len(_FREE_LENGTHS)])
        shape = [lengths[n] if isinstance(n, str) else n for n in tensor.shape]
        drawn = rng.random(shape) if tensor.dtype.startswith("float") else np.ones(shape)
        found.append(torch.from_numpy(drawn.astype(tensor.dtype)))
    return tuple(found)


def _output_names(module: Any, examples: Sequence[Any]) -> list[str]:
    """A name for each tensor that the module gives, in the order in which torch flattens them."""
    torch = _torch()
    try:
        with torch.no_grad(), silence():
            found = _leaves(module(*examples))
    except Exception as error:
        shapes = ", ".join(str(tuple(e.shape)) for e in examples)
        raise ModelError(
            f"forward fails for inputs of shape {shapes}: {_short(error)}. The card must have one "
            "input for each number that the model takes, or its tensors with their shapes"
        ) from error
    if not found or any(not isinstance(leaf, torch.Tensor) or not leaf.ndim for _, leaf in found):
        raise ModelError(
            "forward must give tensors with the points along their first axis; wrap the module so "
            "that it does"
        )
    return [name for name, _ in found]


def _leaves(value: Any) -> list[tuple[str, Any]]:
    """The tensors in what a module gives, by name."""
    if isinstance(value, Mapping):
        return [(f"output_{key}", leaf) for key in value for leaf in [value[key]]]
    if isinstance(value, (tuple, list)):
        return [(f"output_{k}", leaf) for k, leaf in enumerate(value)]
    return [("output", value)]


def _dtype(module: Any) -> Any:
    tensors_of = [*module.parameters(), *module.buffers()]
    return next((t.dtype for t in tensors_of if t.is_floating_point()), _torch().float32)


def _called(module: Any) -> str:
    """What a module is: the widths of its linear layers where it has them, its class and size."""
    torch = _torch()
    widths = [str(m.out_features) for m in module.modules() if isinstance(m, torch.nn.Linear)]
    name = type(module).__name__
    return _parameters(
        module.state_dict(),
        f"network, {'-'.join(widths[:-1])} ({name})" if len(widths) > 1 else name,
    )


def _parameters(state: Mapping[str, Any], name: str) -> str:
    return f"{name}, {sum(t.numel() for t in state.values()):,} parameters"


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def _torch() -> Any:
    return framework("torch")
