"""Axes as authors write them, and as network files have them."""

from __future__ import annotations

import numpy as np
import pytest

from lhnets.format import Feature, Input
from lhnets_registry.cards.axes import Turn, turns_between, usual_axes

FEATURES = tuple(Feature(name=f"f{k}", meaning="f", unit="1") for k in range(3))


def tensor(name: str, *shape: int | str, **more: object) -> Input:
    return Input(name=name, meaning=name, unit="1", shape=("N", *shape), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "shape"),
    [
        (tensor("x", 3, "P", features=FEATURES), ("N", "P", 3)),
        (tensor("x", "P", 3, features=FEATURES), ("N", "P", 3)),
        (tensor("x", 3, 100, features=FEATURES), ("N", 100, 3)),
        (tensor("x", 20, "P"), ("N", "P", 20)),
        (tensor("x", 20, 30), ("N", 20, 30)),
        (tensor("m", "P", 1, mask_of=("x",)), ("N", "P")),
        (tensor("m", 1, "P", mask_of=("x",)), ("N", "P")),
    ],
)
def test_constituents_come_second_and_features_last(given: Input, shape: tuple[int | str]) -> None:
    (found,), turns = usual_axes([given])
    assert found.shape == shape
    turn = turns.get(given.name, Turn())
    example = np.zeros([2 if n == "N" else 7 if n == "P" else n for n in given.shape or ()])
    assert turn.array(example).shape == tuple({"N": 2, "P": 7}.get(n, n) for n in shape)  # type: ignore[arg-type]


def test_a_model_takes_the_card_turned() -> None:
    assert list(turns_between(("N", "P", 3), ("N", "P", 3))) == [Turn()]
    assert list(turns_between(("N", "P", 3), ("N", 3, "n_pf"))) == [Turn(order=(0, 2, 1))]
    assert list(turns_between(("N", "P"), ("N", 1, "P"))) == [Turn(inserted=(1,))]
    assert list(turns_between(("N", "P"), ("N", "P", 1))) == [Turn(inserted=(2,))]
    assert not list(turns_between(("N", "P", 3), ("N", 4, "P")))
