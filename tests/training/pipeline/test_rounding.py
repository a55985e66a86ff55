"""What rounding explains of a difference between two programs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets_training.pipeline.rounding import (
    MOST_ROUNDING,
    NEARBY,
    TIMES,
    Points,
    allow_rounding,
    exceeded,
    largest_rounding,
)

FLOOR = 1e-5


def mass(points: Points, dtype: type[np.floating[Any]]) -> NDArray[np.float64]:
    """E^2 - p^2, of which few digits are left for light particles."""
    energy, momentum = (points[name].astype(dtype) for name in ("energy", "momentum"))
    return (energy * energy - momentum * momentum).astype(np.float64)


def particles(mass_over_energy: float) -> dict[str, NDArray[np.float32]]:
    momentum = np.random.default_rng(0).uniform(10, 100, 500).astype(np.float32)
    energy = (momentum * np.sqrt(1 + mass_over_energy**2)).astype(np.float32)
    return {"energy": energy, "momentum": momentum}


def off(points: Points) -> NDArray[np.float64]:
    return np.asarray(np.abs(mass(points, np.float32) - mass(points, np.float64)))


def test_points_nearby_tell_the_rounding_where_it_is_nought_by_chance() -> None:
    light = particles(1e-4)
    light["energy"][:] = light["momentum"]
    assert (off(light) == 0).all()
    units = np.spacing(light["momentum"] ** 2)
    assert (largest_rounding(off, light) > 0.05 * units).mean() > 0.99


def test_another_order_of_operations_is_within_the_rounding() -> None:
    light = particles(1e-3)
    energy, momentum = light["energy"], light["momentum"]
    other = ((energy - momentum) * (energy + momentum)).astype(np.float64)
    difference = np.abs(other - mass(light, np.float32))
    scale = 1e4
    allowed = allow_rounding(largest_rounding(off, light) / scale)
    assert (difference / scale <= allowed).all()


def test_points_nearby_keep_zeros_and_what_is_no_real_number() -> None:
    seen: list[Points] = []

    def look(points: Points) -> NDArray[np.float64]:
        seen.append(points)
        return np.array([np.nan, np.inf, 1e-7 * len(seen)])

    points: Points = {
        "x": np.array([0, 1, 2], np.float32),
        "mask": np.array([False, True, True]),
        "charge": np.array([0, 1, -1]),
    }
    np.testing.assert_allclose(largest_rounding(look, points), [0, 0, 1e-7 * (NEARBY + 1)])
    assert all(p["x"][0] == 0 for p in seen)
    assert all(p["x"].dtype == np.float32 for p in seen)
    assert all((p[name] == points[name]).all() for p in seen for name in ("mask", "charge"))
    assert any((p["x"] != points["x"]).any() for p in seen)


def test_one_bad_number_excuses_itself_alone_and_not_more_than_digits_are_left() -> None:
    rounding = np.full(1000, 1e-7)
    rounding[3] = 1e-5
    allowed = allow_rounding(rounding)
    assert allowed[3] == TIMES * 1e-5
    assert allowed[5] < 1e-6
    assert allow_rounding(np.full(3, 0.5)).max() == MOST_ROUNDING


def test_errors_are_compared_as_distributions() -> None:
    rng = np.random.default_rng(0)
    model = np.abs(rng.standard_cauchy(10_000)) * 1e-6
    assert exceeded(np.abs(rng.permutation(model)), model, FLOOR) is None
    assert exceeded(2 * model, model, FLOOR) is None
    everywhere = exceeded(model + 1e-4, model, FLOOR)
    assert everywhere is not None
    assert everywhere.share == 0.5
    at_few = np.full(10_000, 1e-7)
    at_few[:5] = 1e-4
    found = exceeded(at_few, np.full(10_000, 1e-7), FLOOR)
    assert found is not None
    assert (found.share, found.error, found.other) == (1.0, 1e-4, 1e-7)
    assert exceeded(np.full(100, 0.9 * FLOOR), np.zeros(100), FLOOR) is None
