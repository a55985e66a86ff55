"""Draws of the masses of gluinos and squarks by Hamiltonian Monte Carlo, and the contours of a
fit."""

import blackjax
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

import lhnets as ml

jax.config.update("jax_enable_x64", True)
ACCEPTANCE = np.array([0.006, 0.002])
LOW, HIGH = jnp.array([1400.0, 1500.0]), jnp.array([2600.0, 3000.0])
asked = ml.CS("p p > go go", {"m_go": 1700.0, "m_sq": 2000.0}, energy="13 TeV")
gluinos = ml.load(asked.network)
column = [o.name for o in gluinos.card.outputs].index(asked.output.name)
cross_section = gluinos.function("jax")
likelihood = ml.load("likelihood-atlas-susy-2018-04").function("jax")


def ln_l(masses):
    """Of rows of masses (N, 2) in GeV."""
    yields = 139e3 * cross_section(masses).value[:, column, None] * ACCEPTANCE
    return likelihood(yields).value[:, 0]


def masses_at(u):
    """The masses of which the sampler sees the logit."""
    return LOW + (HIGH - LOW) * jax.nn.sigmoid(u)


def log_posterior(u):
    """Of the logits, with masses flat in the box."""
    jacobian = jnp.sum(jax.nn.log_sigmoid(u) + jax.nn.log_sigmoid(-u))
    return ln_l(masses_at(u)[None])[0] + jacobian


one, two = jax.random.split(jax.random.key(1))
warm_up = blackjax.window_adaptation(blackjax.nuts, log_posterior)
(state, settings), _ = warm_up.run(one, jnp.zeros(2), num_steps=300)
nuts = blackjax.nuts(log_posterior, **settings)


def step(state, key):
    """One draw."""
    state, _ = nuts.step(key, state)
    return state, state.position


_, chain = jax.lax.scan(step, state, jax.random.split(two, 4000))
drawn = np.asarray(masses_at(chain))
grid = np.meshgrid(np.linspace(1400.0, 2600.0, 80), np.linspace(1500.0, 3000.0, 60))
points = np.stack([a.ravel() for a in grid], axis=1)
deviance = -2 * np.asarray(ln_l(points)).reshape(grid[0].shape)
figure, axes = plt.subplots(figsize=(5.5, 3.8), layout="constrained")
axes.scatter(*drawn.T, s=3, alpha=0.25, color="C0", linewidths=0)
smallest = deviance.min()
lines = axes.contour(*grid, deviance - smallest, [0.1, 1.0], colors="k", linewidths=1)
axes.clabel(lines, fmt="%g", fontsize=8)
axes.set_xlabel(r"$m_{\tilde g}$ [GeV]")
axes.set_ylabel(r"$m_{\tilde q}$ [GeV]")
