from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lhnets_training.labels import parts
from lhnets_training.recipe import Run


def run(folder: Path) -> Run:
    return Run(out=folder, seed=1, console=Console(quiet=True))


def test_labels_come_in_the_order_of_the_points(tmp_path: Path) -> None:
    points = np.arange(46.0).reshape(23, 2)
    found = parts.compute(run(tmp_path), lambda x: x.sum(axis=1), points, part=5, name="toy")
    np.testing.assert_array_equal(found, points.sum(axis=1))


def test_an_interrupted_run_goes_on_with_the_missing_parts(tmp_path: Path) -> None:
    points = np.arange(40.0).reshape(20, 2)

    def fails_late(x: np.ndarray) -> np.ndarray:
        if x[0, 0] >= 20.0:
            raise RuntimeError("the machine went down")
        return x.sum(axis=1)

    with pytest.raises(RuntimeError, match="went down"):
        parts.compute(run(tmp_path), fails_late, points, part=5, name="toy")
    kept = {int(p.stem) for p in tmp_path.glob("labels-toy-*/*.npy")}
    assert kept < {0, 1, 2, 3}
    found = parts.compute(run(tmp_path), lambda x: -x.sum(axis=1), points, part=5, name="toy")
    sign = np.repeat([1.0 if k in kept else -1.0 for k in range(4)], 5)
    np.testing.assert_array_equal(found, sign * points.sum(axis=1))


def test_other_settings_have_labels_of_their_own(tmp_path: Path) -> None:
    points = np.ones((3, 2))
    for factor in (1.0, 2.0):
        found = parts.compute(
            run(tmp_path), lambda x, f=factor: f * x[:, 0], points, name="toy", settings=str(factor)
        )
        np.testing.assert_array_equal(found, factor)


def test_other_points_have_labels_of_their_own(tmp_path: Path) -> None:
    for shift in (0.0, 1.0):
        points = np.arange(6.0).reshape(3, 2) + shift
        found = parts.compute(run(tmp_path), lambda x: x[:, 0], points, part=2, name="toy")
        np.testing.assert_array_equal(found, points[:, 0])
