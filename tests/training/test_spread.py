import numpy as np
import torch

from lhnets_training.fit.spread import fit_spread


def test_it_finds_how_the_error_varies() -> None:
    rng = np.random.default_rng(1)
    last = rng.uniform(-1, 1, (4000, 3))
    weights, bias = np.array([[1.0], [-0.5], [0.0]]), -8.0
    residual = rng.laplace(0, np.exp(last @ weights + bias))
    found = fit_spread(torch.from_numpy(last), torch.from_numpy(residual))
    np.testing.assert_allclose(found.weights, weights, atol=0.1)
    np.testing.assert_allclose(found.bias, [bias], atol=0.1)


def test_two_outputs_have_heads_of_their_own() -> None:
    rng = np.random.default_rng(2)
    last = rng.uniform(-1, 1, (2000, 2))
    residual = rng.laplace(0, np.array([1e-4, 1e-2]), (2000, 2))
    found = fit_spread(torch.from_numpy(last), torch.from_numpy(residual))
    np.testing.assert_allclose(np.exp(found.bias), [1e-4, 1e-2], rtol=0.1)
    assert found.weights.shape == (2, 2)
