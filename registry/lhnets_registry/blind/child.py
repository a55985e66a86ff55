"""The child process that evaluates a submitted file: events in, scores out. It never has a label.

Run as ``python -m lhnets_registry.blind.child LIMITS SIZE SIGNAL``; on standard input come the file
of SIZE bytes and an .npz of its inputs, and on standard output goes an array (N, 2) of score and
reach.
"""

from __future__ import annotations

import io
import os
import sys
import warnings
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from lhnets.networks import Network
from lhnets_registry.admission.child import restrict
from lhnets_registry.admission.limits import Limits
from lhnets_registry.isolation.confinement import confine

BATCH = 1024
"""Rows evaluated at a time."""


def evaluate(content: bytes, events: bytes, signal: str) -> NDArray[np.float64]:
    """Score and reach (N, 2) of events, whatever their reach."""
    network = Network(content, Path("submitted.onnx"))
    with np.load(io.BytesIO(events), allow_pickle=False) as loaded:
        arrays = {name: loaded[name] for name in loaded.files}
    rows = len(next(iter(arrays.values())))
    column = [o.name for o in network.card.central_outputs].index(signal)
    parts = []
    for start in range(0, rows, BATCH):
        inputs = {name: array[start : start + BATCH] for name, array in arrays.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = network(inputs, outside="warn")
        value = np.asarray(answer.value)
        score = value if value.ndim == 1 else value[:, column]
        parts.append(np.stack([score, np.asarray(answer.reach)], axis=1))
    return np.concatenate(parts)


if __name__ == "__main__":
    restrict(msgspec.json.decode(sys.argv[1], type=Limits))
    confine()
    with os.fdopen(os.dup(1), "wb") as scores_out:
        os.dup2(2, 1)
        file = sys.stdin.buffer.read(int(sys.argv[2]))
        np.save(scores_out, evaluate(file, sys.stdin.buffer.read(), sys.argv[3]))
    os._exit(0)
