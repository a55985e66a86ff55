"""How much the client adds to ONNX Runtime for events: ratios of times, measured in one run.

    python benchmarks/event_inputs.py [NETWORK]

Jets of toy constituents, 20 to 150 each, go to a network as one dense array, as awkward records,
in chunks to ONNX Runtime alone, and one by one. Times are those of the processor in this thread,
and each is the smallest of many that take turns, so that what else the machine does matters little.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import awkward as ak
import numpy as np

import lhnets as ml

JETS = 1024
ROUNDS = 40
CHUNKS = (16, 32, 64, 128, 256, 512, 1024)


def make_jets() -> list[Any]:
    """Toy jets (n, 4) of about 600 GeV in single precision."""
    rng = np.random.default_rng(1)
    jets = []
    for n in rng.integers(20, 150, JETS):
        y, phi = rng.normal(0, 0.2, (2, n))
        pt = 600 * rng.dirichlet(np.full(n, 0.4))
        p = [pt * np.cosh(y), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(y)]
        jets.append(np.stack(p, axis=1).astype(np.float32))
    return jets


def time_in_turn(calls: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """The smallest processor time of each call in seconds, all of them taking turns."""
    best = dict.fromkeys(calls, np.inf)
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.thread_time()
            call()
            best[name] = min(best[name], time.thread_time() - start)
    return best


def main(name: str) -> int:
    """Print the ratios; 1 if one of them misses its goal."""
    net, jets = ml.load(name), make_jets()
    lengths = [len(j) for j in jets]
    flat = np.concatenate(jets)
    records = ak.zip(
        {k: ak.unflatten(flat[:, i], lengths) for i, k in enumerate(("E", "px", "py", "pz"))}
    )
    dense = np.zeros((JETS, max(lengths), 4), dtype=np.float32)
    mask = np.arange(max(lengths)) < np.array(lengths)[:, None]
    dense[mask] = flat
    outputs = ["value", "uncertainty", "reach"]

    def bare(chunk: int) -> None:
        for k in range(0, JETS, chunk):
            part = {"constituents": dense[k : k + chunk], "mask": mask[k : k + chunk]}
            net.session._session.run(outputs, part)

    one = {"constituents": dense[:1], "mask": mask[:1]}
    single = time_in_turn(
        {
            "bare": lambda: net.session._session.run(outputs, one),
            "call": lambda: net(one, outside="nan"),
        },
        400,
    )
    whole = {"constituents": dense, "mask": mask}
    batch = time_in_turn(
        {
            **{f"bare {c}": (lambda c=c: bare(c)) for c in CHUNKS},  # type: ignore[misc]
            "dense": lambda: net(whole, outside="nan"),
            "awkward": lambda: net(records, outside="nan"),
        },
        ROUNDS,
    )
    best = min((k for k in batch if k.startswith("bare")), key=batch.__getitem__)
    for k, seconds in batch.items():
        print(f"{k:10s} {1e6 * seconds / JETS:7.2f} us a jet")
    rows = (
        ("one event over ONNX Runtime alone", single["call"] / single["bare"], 1.3, "at most"),
        (
            f"speed of a batch over {best} of ONNX Runtime",
            batch[best] / batch["dense"],
            0.95,
            "at least",
        ),
        ("awkward over dense", batch["awkward"] / batch["dense"], 1.1, "at most"),
    )
    for what, found, goal, way in rows:
        print(f"{what}: {found:.3f}, {way} {goal}")
    return int(rows[0][1] > 1.3 or rows[1][1] < 0.95 or rows[2][1] > 1.1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:] or ["classifier-top-qcd"]))
