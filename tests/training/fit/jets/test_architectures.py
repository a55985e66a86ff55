"""Every architecture as a file against its torch model, on ordinary, short, empty and tied jets."""

from functools import cache

import numpy as np
import onnxruntime
import pytest
import torch
from rich.console import Console
from torch import nn

from lhnets_training.fit.jets.architectures.deep_sets import DeepSets
from lhnets_training.fit.jets.architectures.edge_convolution import EdgeNetwork, weigh_neighbours
from lhnets_training.fit.jets.architectures.energy_flow import EnergyFlow
from lhnets_training.fit.jets.architectures.image import ImageNetwork, turn_upright
from lhnets_training.fit.jets.architectures.lorentz_sums import LorentzSums
from lhnets_training.fit.jets.architectures.view import JetView, squared_masses
from lhnets_training.fit.jets.coordinates import coordinates
from lhnets_training.fit.jets.graph import export_tagger
from lhnets_training.fit.jets.particle_flow import JetStandard
from lhnets_training.fit.jets.tagger import Tagger, TaggerPlan, fit, to_tensors
from lhnets_training.fit.two_classes import Platt, answer
from lhnets_training.recipes.classifiers._jets import INPUTS, REGION

ARCHITECTURES: dict[str, type[nn.Module]] = {
    a.__name__: a
    for a in (
        DeepSets,
        EdgeNetwork,
        EnergyFlow,
        ImageNetwork,
        LorentzSums,
    )
}
PLATT = Platt(1.1, -0.2, 0.02)


def jets(count: int, entries: int, seed: int = 1) -> np.ndarray:
    """Massless constituents about an axis, with momenta and angles in steps, so that many are
    tied."""
    rng = np.random.default_rng(seed)
    y, phi = np.round(rng.normal(0, 0.2, (2, count, entries)), 2)
    pt = np.round(rng.exponential(20, (count, entries)) + 1)
    pt *= np.arange(entries) < rng.integers(1, entries + 1, (count, 1))
    made = [pt * np.cosh(y), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(y)]
    return np.stack(made, axis=-1).astype(np.float32)


def strange_jets() -> dict[str, np.ndarray]:
    one = jets(4, 1)
    twins = np.repeat(jets(4, 3), 4, axis=1)
    return {
        "ordinary": jets(20, 40),
        "short": jets(10, 3),
        "single": one,
        "empty": np.zeros((3, 5, 4), dtype=np.float32),
        "tied": twins,
    }


@cache
def tagger(name: str) -> Tagger:
    torch.manual_seed(4)
    return Tagger(ARCHITECTURES[name](), JetStandard.of(coordinates(jets(300, 40)))).double()


@cache
def session(name: str) -> onnxruntime.InferenceSession:
    content = export_tagger(tagger(name), PLATT, REGION, INPUTS)
    assert len(content) < 1e6
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def run(name: str, momenta: np.ndarray) -> np.ndarray:
    events = {"constituents": momenta, "mask": momenta[..., 0] > 0}
    value = session(name).run(["value"], events)[0]
    assert isinstance(value, np.ndarray)
    return value


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("kind", strange_jets())
def test_the_file_computes_what_the_model_does(name: str, kind: str) -> None:
    momenta = strange_jets()[kind]
    with torch.no_grad():
        expected, _ = answer(tagger(name).eval().logits(coordinates(momenta)), PLATT)
    np.testing.assert_allclose(run(name, momenta), expected, atol=1e-5)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_order_of_constituents_does_not_matter(name: str) -> None:
    momenta = jets(20, 30, seed=2)
    shuffled = momenta[:, np.random.default_rng(3).permutation(30)]
    np.testing.assert_allclose(run(name, shuffled), run(name, momenta), atol=1e-5)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_jet_does_not_see_others(name: str) -> None:
    momenta = jets(8, 30, seed=5)
    alone = np.concatenate([run(name, jet[None]) for jet in momenta])
    np.testing.assert_allclose(run(name, momenta), alone, rtol=1e-7)


def view(momenta: np.ndarray) -> JetView:
    constituents, share, present, jet = to_tensors(coordinates(momenta), torch.float64)
    return JetView(constituents, share, constituents[..., 1:3], present, jet)


def test_masses_of_pairs() -> None:
    momenta = jets(5, 6).astype(np.float64)
    momenta[..., 0] = np.linalg.norm(momenta[..., 1:], axis=-1)
    order = np.argsort(-np.hypot(momenta[..., 1], momenta[..., 2]), axis=1, kind="stable")
    sorted_ = np.take_along_axis(momenta, order[..., None], axis=1)
    pairs = sorted_[:, :, None] + sorted_[:, None]
    axis = momenta.sum(axis=1)
    expected = pairs[..., 0] ** 2 - (pairs[..., 1:] ** 2).sum(axis=-1)
    scale = (axis[:, 1] ** 2 + axis[:, 2] ** 2)[:, None, None]
    found = squared_masses(view(momenta)).numpy()[:, :6, :6]
    np.testing.assert_allclose(found * scale, expected, atol=1e-6 * scale.max())


def test_images_are_upright() -> None:
    x, y = turn_upright(view(jets(50, 40)))
    share = view(jets(50, 40)).share
    assert float((share * x * y).sum(dim=1).abs().max()) < 1e-3
    assert ((share * x * x).sum(dim=1) >= (share * y * y).sum(dim=1) - 1e-9).all()
    assert ((share * x**3).sum(dim=1) >= 0).all()


def test_neighbours_share_a_weight_of_one() -> None:
    weights = weigh_neighbours(view(jets(10, 40)), 8)
    present = view(jets(10, 40)).present[..., 0] > 0
    np.testing.assert_allclose(weights.sum(dim=2)[present].numpy(), 1, atol=1e-3)


def test_a_fit_goes_on_where_it_stopped(tmp_path) -> None:
    seen = coordinates(jets(120, 12))
    signal = np.arange(120) % 2 == 0
    console = Console(quiet=True)

    def fitted(epochs_at_once: int) -> np.ndarray:
        state = tmp_path / f"{epochs_at_once}.pt"
        plan = TaggerPlan(epochs=4, batch=32)
        if epochs_at_once < 4:
            with pytest.raises(KeyboardInterrupt):
                fit(Stopping, seen, signal, (seen, signal), plan, console, state)
        found, _, seconds = fit(EnergyFlow, seen, signal, (seen, signal), plan, console, state)
        assert seconds > 0
        return np.asarray(found.logits(seen))

    np.testing.assert_array_equal(fitted(2), fitted(4))


class Stopping(EnergyFlow):
    """Is interrupted in the third epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, seen: JetView) -> torch.Tensor:
        """Logit (N, 1)."""
        self.calls += self.training
        if self.calls > 10:
            raise KeyboardInterrupt
        return super().forward(seen)
