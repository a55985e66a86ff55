"""The strong coupling and quark masses against known numbers and against themselves."""

import numpy as np
import pytest

from lhnets_training.labels.hadronic import qcd_running as qcd

ONE = np.ones(1)


def test_the_coupling_at_the_higgs_mass() -> None:
    """alpha_s(125 GeV) is 0.1126 for 0.118 at the Z mass, four-loop running of HDECAY's inputs."""
    found = qcd.coupling(0.118 / np.pi * ONE, 91.1876 * ONE, 125.0 * ONE, 5) * np.pi
    assert found[0] == pytest.approx(0.1126, abs=2e-4)


def test_the_bottom_mass_at_the_higgs_mass() -> None:
    a_b = qcd.coupling(0.118 / np.pi * ONE, 91.1876 * ONE, 4.18 * ONE, 5)
    assert qcd.run(a_b, 4.18 * ONE, 4.18 * ONE, 125.0 * ONE, 5)[1][0] == pytest.approx(
        2.79, abs=0.02
    )


def test_there_and_back() -> None:
    a, m = qcd.run(0.0375 * ONE, 3 * ONE, 91.0 * ONE, 4.0 * ONE, 5)
    back = qcd.run(a, m, 4.0 * ONE, 91.0 * ONE, 5)
    np.testing.assert_allclose(np.concatenate(back), [0.0375, 3.0], rtol=1e-6)


def test_the_pole_mass_lies_above() -> None:
    assert qcd.pole_mass(4.18 * ONE, 0.0716 * ONE, 4)[0] == pytest.approx(4.78, abs=0.02)
