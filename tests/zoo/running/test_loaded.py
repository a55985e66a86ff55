import numpy as np
import pytest

from lhnets import ParameterError
from lhnets._running.chunks import CHUNK


@pytest.mark.parametrize("rows", [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
def test_batches_of_any_size(net, truth, rows):
    x = np.array([[500.0, 13000.0, 1.0]]) + np.linspace(0, 1, rows)[:, None]
    found = net.predict(x)
    assert found.value.shape == (rows, 4)
    np.testing.assert_allclose(found.value[:, 0], truth(*x.T), rtol=1e-12)


def test_arrays_of_the_wrong_shape(net):
    with pytest.raises(ParameterError, match="columns m_a, sqrt_s, mu_over_m"):
        net.predict(np.zeros((3, 2)))
    with pytest.raises(ParameterError, match="cannot be evaluated"):
        net.predict({"constituents": np.zeros((3, 2))})
