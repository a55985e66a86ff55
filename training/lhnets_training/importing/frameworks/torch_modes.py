"""What a module of torch does while it runs: whether it decides by values, and which of equal
numbers it takes first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from lhnets_training.importing.source import framework

_ASKS = ("_local_scalar_dense", "nonzero", "masked_select", "equal", "unique")
"""Operators whose answer leaves the tensors: a number for Python, or a length."""


def decides_by_values(module: Callable[..., Any], examples: Sequence[Any]) -> bool:
    """Whether ``module`` asks for a number that follows from the values of its inputs, to branch or
    to count by it: a trace would keep the branch that the examples took."""
    torch = framework("torch")
    watch = _watch(torch, examples)
    with torch.no_grad(), _without_checks(torch, watch), watch:
        module(*examples)
    return bool(watch.asked)


def _watch(torch: Any, examples: Sequence[Any]) -> Any:
    mode: Any = framework("torch.utils._python_dispatch").TorchDispatchMode
    flatten: Any = framework("torch.utils._pytree").tree_flatten

    class ConstantWatch(mode):  # type: ignore[misc]
        """Follows what is computed from the inputs; holds it, so that no number of a tensor is
        given twice."""

        def __init__(self) -> None:
            super().__init__()
            self.held = {id(e): e for e in examples}
            self.asked: list[str] = []
            self.paused = False

        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
        ) -> Any:
            found = func(*args, **(kwargs or {}))
            given, _ = flatten((args, kwargs or {}))
            if any(id(x) in self.held for x in given):
                if not self.paused and func.overloadpacket.__name__ in _ASKS:
                    self.asked.append(str(func))
                made, _ = flatten(found)
                self.held.update({id(x): x for x in made if isinstance(x, torch.Tensor)})
            return found

    return ConstantWatch()


def _without_checks(torch: Any, watch: Any) -> AbstractContextManager[Any]:
    """Pause the watch where torch itself looks at values, to check them: `one_hot` of a number of
    classes that is given."""
    mode: Any = framework("torch.overrides").TorchFunctionMode

    class Checks(mode):  # type: ignore[misc]
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
        ) -> Any:
            given = dict(kwargs or {})
            if func is torch.nn.functional.one_hot:
                classes = given.get("num_classes", args[1] if len(args) > 1 else -1)
                watch.paused = classes >= 0
            try:
                return func(*args, **given)
            finally:
                watch.paused = False

    return Checks()


def first_of_equals(tell: Callable[[], None] = lambda: None) -> AbstractContextManager[Any]:
    """Within it, `topk` and `sort` of torch take the first of equal numbers, as ONNX does; without,
    which of them comes first is open. ``tell`` is called where that is done."""
    torch = framework("torch")
    mode: Any = framework("torch.overrides").TorchFunctionMode

    class Stable(mode):  # type: ignore[misc]
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
        ) -> Any:
            given = dict(kwargs or {})
            if func in (torch.topk, torch.Tensor.topk) and "out" not in given:
                tell()
                return _top_k(torch, *args, **given)
            if func in (torch.argsort, torch.Tensor.argsort) and "stable" not in given:
                tell()
                return func(*args, **given, stable=True)
            return func(*args, **given)

    return Stable()


def _top_k(
    torch: Any, input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> Any:
    if k > input.shape[dim]:
        return torch._C._VariableFunctions.topk(input, k, dim, largest, sorted)
    values, indices = torch.sort(input, dim=dim, descending=largest, stable=True)
    kept = (values.narrow(dim, 0, k), indices.narrow(dim, 0, k))
    return torch.return_types.topk(kept)
