"""Random events keep to what the card declares of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lhnets.format import Feature, Input
from lhnets_registry.admission.tensors import sample

from ..conftest import small_card

INPUTS = (
    Input(
        name="constituents",
        meaning="four-momenta",
        unit="GeV",
        shape=("N", "P", 2),
        dtype="float32",
        padding=0.0,
        features=(
            Feature(name="pt", meaning="transverse momentum", unit="GeV", low=1.0, high=500.0),
            Feature(name="eta", meaning="pseudorapidity", unit="1"),
        ),
    ),
    Input(
        name="mask",
        meaning="which there are",
        unit="1",
        shape=("N", "P"),
        dtype="bool",
        mask_of=("constituents",),
    ),
    Input(
        name="kind",
        meaning="kind of constituent",
        unit="1",
        shape=("N", "P"),
        dtype="int64",
        padding=-1,
    ),
    Input(
        name="noise",
        meaning="random numbers",
        unit="1",
        shape=("N", 3),
        dtype="float32",
        noise="uniform",
    ),
)
CARD = small_card(kind="classifier", inputs=INPUTS, region=())


def reference(events: int, length: int, seed: int) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    rng = np.random.default_rng(seed)
    mask = np.arange(length) < rng.integers(1, length + 1, size=events)[:, None]
    momenta = np.stack(
        [rng.uniform(1, 100, (events, length)), rng.normal(size=(events, length))], axis=-1
    )
    return {
        "constituents": np.where(mask[..., None], momenta, 0).astype(np.float32),
        "mask": mask,
        "kind": np.where(mask, rng.integers(0, 4, (events, length)), -1),
        "noise": rng.random((events, 3)).astype(np.float32),
    }


@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 5))
def test_shapes_types_padding_masks_and_ranges(events: int, length: int, seed: int) -> None:
    seen = reference(events, length, seed)
    drawn = sample(CARD, seen, 50, np.random.default_rng(seed))
    for name, array in seen.items():
        assert drawn[name].shape == (50, *array.shape[1:])
        assert drawn[name].dtype == array.dtype
        assert np.isfinite(drawn[name]).all()
    mask = drawn["mask"]
    assert mask.any(axis=1).all()
    assert (drawn["constituents"][~mask] == 0).all()
    assert (drawn["kind"][~mask] == -1).all()
    assert (drawn["kind"][mask] >= 0).all()
    anew = drawn["constituents"][25:][mask[25:]]
    assert ((anew[:, 0] >= 1) & (anew[:, 0] <= 500)).all()
    assert ((drawn["noise"] >= 0) & (drawn["noise"] < 1.05)).all()


def test_all_events_together_stay_small() -> None:
    assert (
        len(sample(CARD, reference(2, 100_000, 0), 10_000, np.random.default_rng(0))["mask"]) < 30
    )
