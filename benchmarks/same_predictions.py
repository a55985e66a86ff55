"""Compare two mirrors: values, uncertainties and reach of every network, bit for bit.

    python benchmarks/same_predictions.py OLD NEW [--points 10000] [--events 1000]

Flat networks are asked at random points of a box a tenth larger than that of their card, event
networks at random events of every length. The graphs are compared byte for byte as well. Ends with
1 if anything differs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lhnets.format import INDEX_FILE, Card, Entry, Index, Input, NetworkFile, read, strip
from lhnets.networks import Session

LONGEST = 60
"""Entries of an event's free axis."""


def main() -> int:
    """Compare, print a line a network, and say whether all are the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=1_000)
    asked = parser.parse_args()
    old, new = read_entries(asked.old), read_entries(asked.new)
    wrong = [f"{name} is only in one of both" for name in sorted(old.keys() ^ new.keys())]
    for name in sorted(old.keys() & new.keys()):
        files = [
            read((m / e[name].blob).read_bytes()) for m, e in ((asked.old, old), (asked.new, new))
        ]
        number = asked.events if files[0].card.tensors else asked.points
        differ = compare(files[0], files[1], number)
        print(f"{name:45} {number:6} {'same' if not differ else ', '.join(differ)}")
        wrong += [f"{name}: {d}" for d in differ]
    print(
        f"{len(old.keys() & new.keys())} networks, "
        f"{'all the same bit for bit' if not wrong else f'{len(wrong)} differ'}"
    )
    for line in wrong:
        print(f"- {line}")
    return bool(wrong)


def read_entries(mirror: Path) -> dict[str, Entry]:
    """The entries of a folder's index by NAME@VERSION."""
    index = Index.from_json((mirror / INDEX_FILE).read_bytes(), str(mirror))
    return {e.identity: e for e in index.networks}


def compare(old: NetworkFile, new: NetworkFile, number: int) -> list[str]:
    """What differs between two network files; nothing if they are the same."""
    inputs = draw(old.card, number)
    answers = [Session(f.content, f.card).run(inputs) for f in (old, new)]
    found = [
        n
        for n in answers[0]._fields
        if not same_bits(getattr(answers[0], n), getattr(answers[1], n))
    ]
    found += ["graph"] if strip(old.content) != strip(new.content) else []
    found += ["reference points"] if old.reference != new.reference else []
    return [*found, *(["card"] if old.card != new.card else [])]


def same_bits(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    """Whether two arrays hold the same bytes, NaN and signs of zero included."""
    return a.shape == b.shape and a.tobytes() == b.tobytes()


def draw(card: Card, number: int) -> dict[str, NDArray[np.generic]]:
    """Random inputs, the same in every run."""
    rng = np.random.default_rng(20261130)
    arrays: dict[str, NDArray[np.generic]] = {}
    if card.columns:
        arrays["parameters"] = np.stack([_column(i, number, rng) for i in card.columns], axis=1)
    lengths = rng.integers(1, LONGEST + 1, number)
    present = np.arange(LONGEST) < lengths[:, None]
    for tensor in card.tensors:
        arrays[tensor.name] = _tensor(tensor, number, present, rng)
    return arrays


def _column(i: Input, number: int, rng: np.random.Generator) -> NDArray[np.float64]:
    low, high = i.low or 0.0, i.high or 1.0
    edge = 0.05 * (high - low)
    return rng.uniform(low - edge, high + edge, number)


def _tensor(
    tensor: Input, number: int, present: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.generic]:
    shape = [number, *(n if isinstance(n, int) else LONGEST for n in (tensor.shape or ())[1:])]
    free = len(shape) > 1 and isinstance((tensor.shape or ())[1], str)
    if tensor.mask_of:
        return (present if tensor.mask_marks == "entries" else ~present).astype(tensor.dtype)
    low = np.array([f.low if f.low is not None else -1.0 for f in tensor.features] or [-1.0])
    high = np.array([f.high if f.high is not None else 1.0 for f in tensor.features] or [1.0])
    values = rng.uniform(low, high, shape)
    if free:
        values[~present] = tensor.padding or 0.0
    return values.astype(tensor.dtype)


if __name__ == "__main__":
    sys.exit(main())
