"""Events of decay chains: momenta are conserved, masses are those that were drawn."""

import numpy as np
import pytest

from lhnets.events.variables import invariant_mass, stransverse_mass_massless, transverse_mass
from lhnets_training.labels.events import cascades

ROWS = 2000


@pytest.fixture(params=["two_visible", "one_invisible", "pair_of_invisible", "two_steps"])
def sample(request):
    return getattr(cascades, request.param)(ROWS, np.random.default_rng(1))


def test_visible_particles_have_no_mass_and_the_same_seed_gives_the_same(sample):
    p = sample.visible
    assert (p[..., 0] > 0).all()
    np.testing.assert_allclose(p[..., 0], np.linalg.norm(p[..., 1:], axis=-1), rtol=1e-6)


def test_two_visible_particles_have_the_mass_of_what_decays():
    made = cascades.two_visible(ROWS, np.random.default_rng(2))
    np.testing.assert_allclose(invariant_mass(made.visible), made.masses[:, 0], rtol=1e-6)


def test_transverse_masses_end_at_the_mass_for_a_massless_invisible_particle():
    """Both grow with (m_A^2 - m_C^2)/m_A, where they end."""
    for draw, variable in (
        (cascades.one_invisible, lambda s: transverse_mass(s.visible[:, 0], s.missing)),
        (cascades.pair_of_invisible, lambda s: stransverse_mass_massless(s.visible)),
    ):
        made = draw(ROWS, np.random.default_rng(3))
        mass, dark = made.masses.T
        share = variable(made) / ((mass**2 - dark**2) / mass)
        assert share.max() <= 1 + 1e-6
        assert share.max() > 0.97


def test_nothing_but_the_invisible_balances_the_pair():
    made = cascades.pair_of_invisible(ROWS, np.random.default_rng(4))
    total = made.visible[..., 1:3].sum(axis=1) + made.missing
    np.testing.assert_allclose(total, 0, atol=1e-6)


def test_the_mass_of_two_steps_ends_at_its_edge():
    made = cascades.two_steps(ROWS, np.random.default_rng(5))
    a, b, c = made.masses.T
    edge = np.sqrt((a**2 - b**2) * (b**2 - c**2)) / b
    assert (invariant_mass(made.visible) <= edge * (1 + 1e-6)).all()
