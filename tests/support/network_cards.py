"""What the author of a toy network gives with it: a card and events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets_training.importing.source import Tensor

_HEAD = """name: {name}
version: 1
kind: {kind}
title: A toy network
description: Of an architecture that the field uses, with random weights.
subject: {subject}
inputs:
"""
_TAIL = """truth: {program: this network, version: "1"}
training: {method: random weights, framework: torch, framework_version: "2"}
authors: [{name: A. Physicist}]
licence: MIT
"""
_JETS = """  - name: constituents
    meaning: four-momenta of the constituents
    unit: GeV
    shape: [N, {length}, 4]
    dtype: float32
    padding: 0
    features:
      - {{name: E, meaning: energy, unit: GeV, low: 0, high: 200}}
      - {{name: px, meaning: momentum along x, unit: GeV, low: -100, high: 100}}
      - {{name: py, meaning: momentum along y, unit: GeV, low: -100, high: 100}}
      - {{name: pz, meaning: momentum along z, unit: GeV, low: -100, high: 100}}
  - {{name: mask, meaning: true for a constituent, unit: "1", shape: [N, {length}], dtype: bool,
     mask_of: [constituents]}}
outputs:
  - {{name: top, meaning: probability of a top jet, unit: "1"}}
  - {{name: qcd, meaning: probability of another jet, unit: "1"}}
"""
_VECTOR = """  - {name: features, meaning: standardised features, unit: "1", shape: [N, 6],
     dtype: float32, low: -6, high: 6}
outputs:
  - {name: score, meaning: logarithm of the density, unit: "1"}
"""


def write_order(folder: Path, wanted: tuple[Tensor, ...]) -> tuple[Path, Path]:
    """The card of a network that takes ``wanted``, and events of its kind: paths of both."""
    jets = wanted[0].name == "constituents"
    head = _HEAD.format(
        name="classifier-toy" if jets else "anomaly-toy",
        kind="classifier" if jets else "anomaly_score",
        subject="top | qcd" if jets else "toys",
    )
    body = _JETS.format(length=wanted[0].shape[1]) if jets else _VECTOR
    card, events = folder / "card.yaml", folder / "events.npz"
    card.write_text(head + body + _TAIL)
    arrays: dict[str, Any] = make_jets(400, 16) if jets else make_vectors(400)
    np.savez(events, **arrays)
    return card, events


def make_jets(number: int, length: int, seed: int = 0) -> dict[str, NDArray[Any]]:
    """Massless constituents of up to 60 GeV, of which each jet has at least one."""
    rng = np.random.default_rng(seed)
    mask = np.arange(length) < rng.integers(1, length + 1, number)[:, None]
    momentum = rng.uniform(-60, 60, (number, length, 3)) * mask[..., None]
    energy = np.linalg.norm(momentum, axis=-1, keepdims=True)
    constituents = np.concatenate([energy, momentum], axis=-1).astype(np.float32)
    return {"constituents": constituents, "mask": mask}


def make_vectors(number: int, seed: int = 0) -> dict[str, NDArray[Any]]:
    """Standardised features."""
    values = np.random.default_rng(seed).normal(size=(number, 6)).clip(-5.5, 5.5)
    return {"features": values.astype(np.float32)}
