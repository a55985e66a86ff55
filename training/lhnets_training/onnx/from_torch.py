"""A module of torch as a part of a graph: its tensors in and out by name, with a free batch."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence

import onnx
import torch
from torch import Tensor, nn

from lhnets_training.onnx.builder import OPSET
from lhnets_training.onnx.export import ExportError

OUTPUT = "output"
_QUIET = "torch.onnx"


def export_module(
    module: nn.Module, inputs: Sequence[str], examples: Sequence[Tensor]
) -> onnx.ModelProto:
    """``module`` in evaluation mode, from the tensors ``inputs`` to `OUTPUT`.

    The first axis of all ``examples`` is the batch, which stays free; it must be two or more.
    """
    batch = torch.export.Dim("N")
    logger = logging.getLogger(_QUIET)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            program = torch.export.export(
                module.eval(),
                tuple(examples),
                dynamic_shapes=tuple({0: batch} for _ in examples),
                strict=False,
            )
            exported = torch.onnx.export(
                program,
                input_names=list(inputs),
                output_names=[OUTPUT],
                opset_version=OPSET,
                dynamo=True,
                external_data=False,
                verbose=False,
            )
    finally:
        logger.setLevel(level)
    if exported is None:
        raise ExportError("torch gave no graph for the module; export it by hand")
    return exported.model_proto
