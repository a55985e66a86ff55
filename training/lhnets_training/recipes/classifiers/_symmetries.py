"""What every classifier of jets must keep: symmetries, padding, and the sum of probabilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lhnets.format import Check
from lhnets_training.recipe import Array
from lhnets_training.recipes.classifiers._jets import SEED, Events, to_events

CHECKED = 500
"""Jets that are looked at."""
MOVED = 1e-4
"""Largest change of a probability that rounding may cause; the mean change of trees, whose values
have steps."""
MIRRORED = 0.01
"""Largest mean change of a probability when the jet is mirrored."""


def check_symmetries(
    predict: Callable[[Any], Array], x: Array, *, steps: bool = False
) -> list[Check]:
    """Probabilities of some of the jets in rows (N, 104), changed in ways that must not matter."""
    few = to_events(x[np.random.default_rng(SEED).permutation(len(x))[:CHECKED]])
    plain = predict(few)
    changes = {
        "unchanged when constituents are exchanged": _exchanged(few),
        "unchanged by padding and what stands in it": _padded(few),
        "unchanged when the jet turns about the beam": _turned(few),
        "unchanged by a boost along the beam": _boosted(few),
    }
    found = [_unchanged(name, predict(events), plain, steps) for name, events in changes.items()]
    mirrored = float(np.abs(predict(_mirrored(few)) - plain).mean())
    total = float(np.abs(plain.sum(axis=1) - 1).max())
    return [
        *found,
        Check(
            name="hardly changed when the jet is mirrored, which is learnt and not built in",
            passed=mirrored < MIRRORED,
            figure=f"probabilities of {len(plain)} jets move by {mirrored:.1e} in the mean",
            criterion=f"below {MIRRORED:g}",
        ),
        Check(
            name="probabilities sum to 1",
            passed=total < 1e-12,
            figure=f"off by {total:.1e}",
            criterion="below 1e-12",
        ),
    ]


def _unchanged(name: str, changed: Array, plain: Array, steps: bool) -> Check:
    moved = np.abs(changed - plain)
    difference = float(moved.mean() if steps else moved.max())
    how = "in the mean" if steps else "at most"
    return Check(
        name=name,
        passed=difference < MOVED,
        figure=f"probabilities of {len(plain)} jets move by {difference:.1e} {how}",
        criterion=f"below {MOVED:g}",
    )


def _exchanged(events: Events) -> Events:
    order = np.random.default_rng(SEED).permutation(events["mask"].shape[1])
    return {name: array[:, order] for name, array in events.items()}


def _padded(events: Events) -> Events:
    constituents, mask = events["constituents"], events["mask"]
    nothing = np.full((len(mask), 20, 4), 7.0, dtype=np.float32)
    return {
        "constituents": np.concatenate([nothing, constituents], axis=1),
        "mask": np.concatenate([np.zeros((len(mask), 20), dtype=bool), mask], axis=1),
    }


def _moved(events: Events, matrix: Array) -> Events:
    turned = np.einsum("ij,npj->npi", matrix, events["constituents"].astype(np.float64))
    return {**events, "constituents": turned.astype(np.float32)}


def _turned(events: Events) -> Events:
    cosine, sine = np.cos(1.234), np.sin(1.234)
    return _moved(
        events,
        np.array([[1, 0, 0, 0], [0, cosine, -sine, 0], [0, sine, cosine, 0], [0, 0, 0, 1.0]]),
    )


def _mirrored(events: Events) -> Events:
    return _moved(events, np.diag([1.0, 1.0, 1.0, -1.0]))


def _boosted(events: Events) -> Events:
    cosh, sinh = np.cosh(0.3), np.sinh(0.3)
    return _moved(
        events, np.array([[cosh, 0, 0, sinh], [0, 1, 0, 0], [0, 0, 1, 0], [sinh, 0, 0, cosh]])
    )
