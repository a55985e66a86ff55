"""What a jet network sees of a jet: its hardest constituents about their axis, and energy-flow
polynomials of them.

Everything is unchanged when constituents are exchanged, when the jet turns about the beam or is
boosted along it. The polynomials are chains and cycles of the matrix z_j Delta R_ij^beta (P.T.
Komiske, E.M. Metodiev, J. Thaler, JHEP 04 (2018) 013). The same steps as in numpy here are nodes of
the exported graph (`lhnets_training.fit.jets.graph`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

KEPT = 32
"""Constituents that are looked at, the hardest."""
BETAS = (1, 2)
TINY = 1e-6
"""Below any momentum, angle or polynomial that matters; keeps logarithms finite."""
CONSTITUENT_FEATURES = 4
JET_FEATURES = 2 + 4 * len(BETAS)


class Jets(NamedTuple):
    """``constituents`` (N, 32, 4): log z, rapidity and azimuth about the axis, distance to it;
    ``share`` (N, 32): z, zero where there is none; ``jet`` (N, 10): log p_T, log sum z^2 and
    logarithms of the polynomials."""

    constituents: NDArray[Any]
    share: NDArray[Any]
    jet: NDArray[Any]

    def take(self, rows: NDArray[Any]) -> Jets:
        """Some of the jets."""
        return Jets(self.constituents[rows], self.share[rows], self.jet[rows])


def coordinates(momenta: NDArray[Any]) -> Jets:
    """Coordinates of jets from (E, px, py, pz) of their constituents in GeV, shape (N, P, 4), zeros
    beyond the last."""
    momenta = np.asarray(momenta, dtype=np.float64)
    transverse = np.hypot(momenta[..., 1], momenta[..., 2])
    hardest = np.argsort(-transverse, axis=1, kind="stable")[:, :KEPT]
    kept = np.take_along_axis(momenta, hardest[..., None], axis=1)
    kept = np.pad(kept, ((0, 0), (0, KEPT - kept.shape[1]), (0, 0)))
    pt = np.hypot(kept[..., 1], kept[..., 2])
    axis = kept.sum(axis=1, keepdims=True)
    axis_pt = np.maximum(np.hypot(axis[..., 1], axis[..., 2]), TINY)
    along = (kept[..., 1] * axis[..., 1] + kept[..., 2] * axis[..., 2]) / axis_pt
    across = (kept[..., 2] * axis[..., 1] - kept[..., 1] * axis[..., 2]) / axis_pt
    phi = 2 * np.arctan(across / (pt + along + TINY))
    present = pt > TINY
    share = np.where(present, pt / axis_pt, 0.0)
    y = np.where(present, _rapidity(kept) - _rapidity(axis), 0.0)
    phi = np.where(present, phi, 0.0)
    squared = (y[:, :, None] - y[:, None, :]) ** 2 + (phi[:, :, None] - phi[:, None, :]) ** 2
    jet = [np.log(axis_pt[:, 0]), np.log((share**2).sum(axis=1) + TINY)]
    for beta in BETAS:
        jet += [np.log(p + TINY) for p in polynomials(squared ** (beta / 2), share)]
    seen = np.stack([np.log(share + TINY), y, phi, np.hypot(y, phi)], axis=-1)
    return Jets(seen, share, np.stack(jet, axis=1))


def polynomials(distance: Array, share: Array) -> tuple[Array, Array, Array, Array]:
    """The dumbbell and the cycles of two, three and four of ``distance`` (N, P, P) with weights
    ``share`` (N, P)."""
    weighted = distance * share[:, None, :]
    turned = weighted.transpose(0, 2, 1)
    twice = weighted @ weighted
    dumbbell = (weighted * share[:, :, None]).sum(axis=(1, 2))
    cycles = (weighted * turned, twice * turned, twice * twice.transpose(0, 2, 1))
    two, three, four = (c.sum(axis=(1, 2)) for c in cycles)
    return dumbbell, two, three, four


def _rapidity(momenta: Array) -> Array:
    energy, pz = momenta[..., 0], momenta[..., 3]
    return 0.5 * np.log(np.maximum(energy + pz, TINY) / np.maximum(energy - pz, TINY))
