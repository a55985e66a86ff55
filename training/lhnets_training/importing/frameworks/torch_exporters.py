"""The two exporters of torch.

That of TorchScript traces one run: it is fast and keeps what is written, also `+ 1e-8` under a
root, but would keep a branch on values or a loop of one length. That of dynamo takes symbolic
lengths: it refuses such modules, takes some twenty times as long, and simplifies numbers.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import onnx

from lhnets_training.importing.frameworks.torch_attention import plain_attention
from lhnets_training.importing.source import BATCH, Tensor, framework
from lhnets_training.onnx.builder import OPSET

Export = Callable[[Any, Sequence[Any], Sequence[Tensor], Sequence[str]], onnx.ModelProto]
"""From a module, examples of its arguments, the arguments and the names of its outputs."""


def export_trace(
    module: Any, examples: Sequence[Any], arguments: Sequence[Tensor], outputs: Sequence[str]
) -> onnx.ModelProto:
    """By TorchScript, with every axis free that is a word."""
    axes: dict[str, dict[int, str]] = {
        t.name: {k: a for k, a in enumerate(t.shape) if isinstance(a, str)} for t in arguments
    }
    axes |= {name: {0: BATCH} for name in outputs}
    content = io.BytesIO()
    torch = framework("torch")
    with silence(), plain_attention(), _slow_path(torch):
        torch.onnx.export(
            module,
            tuple(examples),
            content,
            input_names=[t.name for t in arguments],
            output_names=list(outputs),
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
    return onnx.load_from_string(content.getvalue())


def export_symbolic(
    module: Any, examples: Sequence[Any], arguments: Sequence[Tensor], outputs: Sequence[str]
) -> onnx.ModelProto:
    """By dynamo, with every axis free that is a word."""
    torch = framework("torch")
    dims: dict[str, Any] = {}
    shapes = tuple(
        {
            k: dims.setdefault(axis, torch.export.Dim(axis))
            for k, axis in enumerate(t.shape)
            if isinstance(axis, str)
        }
        for t in arguments
    )
    with silence():
        program = torch.export.export(module, tuple(examples), dynamic_shapes=shapes, strict=False)
        exported = torch.onnx.export(
            program,
            input_names=[t.name for t in arguments],
            output_names=list(outputs),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    made: onnx.ModelProto = exported.model_proto
    return made


EXPORTERS: dict[str, Export] = {"TorchScript": export_trace, "dynamo": export_symbolic}
"""In the order in which they are tried."""


@contextmanager
def _slow_path(torch: Any) -> Iterator[None]:
    """Attention without the fused operator, which ONNX does not have."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


@contextmanager
def silence() -> Iterator[None]:
    """The exporters' remarks are for their own developers."""
    logger = logging.getLogger("torch")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
