from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.tanh_network import Shape, forward

QUIET = Console(quiet=True)
PLAN = lm.FitPlan(6, 6, (lm.Stage(2, 15, 150), lm.Stage(1, 40)))


def rows(count: int, seed: int) -> lm.FitRows:
    rng = np.random.default_rng(seed)
    z = rng.uniform(-1.5, 1.5, (count, 2))
    target = np.stack([np.sin(z[:, 0]) * np.exp(-0.3 * z[:, 1]), np.cos(z.sum(axis=1))], axis=1)
    return lm.FitRows(torch.from_numpy(z), torch.from_numpy(target))


@pytest.mark.parametrize("size", [(6, 3), (6, 2, 3)], ids=["points", "images"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_the_written_jacobian_is_that_of_automatic_differentiation(
    outputs: int, size: tuple[int, ...]
) -> None:
    shape = Shape(3, 4, 5, outputs)
    theta, z = (
        shape.start(1),
        torch.randn(size, dtype=torch.float64, generator=torch.Generator().manual_seed(2)),
    )
    expected = torch.autograd.functional.jacobian(lambda t: forward(shape, t, z), theta)
    torch.testing.assert_close(
        lm.jacobian(shape, theta, z).permute(1, 0, 2), expected, rtol=1e-12, atol=1e-12
    )


def test_a_mean_over_images_is_a_mean_of_networks() -> None:
    shape = Shape(3, 4, 5, 2)
    theta, z = (
        shape.start(1),
        torch.randn(6, 2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(2)),
    )
    one, two = (forward(shape, theta, z[:, k]) for k in (0, 1))
    torch.testing.assert_close(forward(shape, theta, z), (one + two) / 2, rtol=1e-12, atol=1e-12)


def test_it_ends_close_to_a_smooth_function() -> None:
    assert lm.fit(rows(400, 1), rows(200, 2), PLAN, QUIET).validation < 0.04


def test_the_same_seed_gives_the_same_weights() -> None:
    train, validation = rows(200, 1), rows(50, 2)
    first, again = (lm.fit(train, validation, PLAN, QUIET) for _ in range(2))
    assert torch.equal(first.theta, again.theta)
    other = lm.fit(train, validation, lm.FitPlan(6, 6, PLAN.stages, seed=9), QUIET)
    assert not torch.equal(first.theta, other.theta)


def test_an_interrupted_fit_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train, validation = rows(200, 1), rows(50, 2)
    whole = lm.fit(train, validation, PLAN, QUIET)
    solve, calls = lm._solve, 0

    def interrupted(*arguments: object) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls == 60:
            raise KeyboardInterrupt
        return solve(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(lm, "_solve", interrupted)
    with pytest.raises(KeyboardInterrupt):
        lm.fit(train, validation, PLAN, QUIET, tmp_path)
    kept = list(tmp_path.glob("fit-*.npz"))
    assert kept
    until = calls
    resumed = lm.fit(train, validation, PLAN, QUIET, tmp_path)
    assert torch.equal(resumed.theta, whole.theta)
    monkeypatch.undo()
    assert calls > until


def test_other_rows_do_not_resume_the_fit(tmp_path: Path) -> None:
    few = lm.FitPlan(3, 3, (lm.Stage(1, 3),))
    lm.fit(rows(60, 1), rows(20, 2), few, QUIET, tmp_path)
    lm.fit(rows(60, 3), rows(20, 2), few, QUIET, tmp_path)
    assert len(list(tmp_path.glob("fit-*.npz"))) == 2


def test_less_effort_means_fewer_steps() -> None:
    plan = lm.scaled(lm.FitPlan(stages=(lm.Stage(6, 50, 100), lm.Stage(2, 120))), 0.5)
    assert plan.stages == (lm.Stage(3, 25, 100), lm.Stage(1, 60))
    assert lm.scaled(plan, 3.0).stages[0] == lm.Stage(3, 75, 100)


def test_a_direction_that_the_rows_do_not_see_does_not_stop_the_fit() -> None:
    shape = Shape(2, 4, 4, 2)
    theta = shape.start(0)
    theta[shape.sizes[0]] = 400.0
    train = rows(100, 1)
    assert len(list(lm.steps(shape, train, train, lm.FitState(theta), 5))) == 5
