import numpy as np

from lhnets_training.judging.search import Polytope, search

# x >= 0, y >= 0, x + y <= 1, and x <= 1000 y: a wedge that ends in a corner
WEDGE = Polytope(
    np.array([[-1.0, 0.0], [0.0, -1.0], [1.0, 1.0], [1.0, -1000.0]]), np.array([0.0, 0.0, 1.0, 0.0])
)


def test_a_narrow_corner_that_random_rows_miss_is_found() -> None:
    rows = np.random.default_rng(0).uniform(0.05, 0.45, (500, 2))

    def bad(x: np.ndarray) -> np.ndarray:
        distance = np.abs(x - [0.999, 0.001]).sum(axis=1)
        return np.stack([1 / (1e-3 + distance), -distance], axis=1)

    found = search(bad, WEDGE, rows, points=4000, seed=1)
    assert WEDGE.holds(found.x).all()
    assert len(found.x) <= 4000
    assert bad(rows)[:, 0].max() < 2
    assert found.found[found.worst(0), 0] > 300


def test_points_without_a_truth_count_as_none_and_points_stay_on_their_surface() -> None:
    circle = Polytope(np.concatenate([np.eye(2), -np.eye(2)]), np.ones(4))
    angle = np.random.default_rng(0).uniform(0, 1, 200)
    rows = np.stack([np.cos(angle), np.sin(angle)], axis=1)

    def unit(x: np.ndarray) -> np.ndarray:
        return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))

    def ask(x: np.ndarray) -> np.ndarray:
        return np.where(x[:, :1] > 0.5, np.nan, x[:, 1:])

    found = search(ask, circle, rows, points=1000, seed=1, project=unit)
    np.testing.assert_allclose(np.linalg.norm(found.x, axis=1), 1.0)
    assert found.x[found.worst(0), 0] <= 0.5
    assert found.found.max() > 0.99
