"""Every recipe says how uncertain its truth is, or why it does not."""

import msgspec
import numpy as np
import pytest

from lhnets.format import Data, Training
from lhnets_registry.cards.card_file import Draft
from lhnets_training import recipes
from lhnets_training.labels.hadronic.partonic_lo import AlphaS
from lhnets_training.labels.higgs.higgs_widths import CHANNELS, widths
from lhnets_training.pipeline.card import draft_card
from lhnets_training.recipes.cross_sections import _lo_bands
from lhnets_training.recipes.decays import _higgs, _higgs_bands
from lhnets_training.recipes.observables import _flavio_bands, obs_bs_mumu


def draft(name: str) -> Draft:
    data = Data(name="d", sha256="0" * 64, rows=1, split={})
    training = Training(method="m", framework="f", framework_version="1", recipe=name)
    return draft_card(recipes.find(name), data, training)


@pytest.mark.parametrize("name", recipes.names())
def test_every_draft_states_it_or_says_why_not(name: str) -> None:
    card = draft(name)
    has = {p.of for p in card.physics_uncertainty}
    for v in card.variations:
        has |= set(v.of) or {o.name for o in card.outputs}
    shifts = {n for p in card.physics_uncertainty for n in (p.up, p.down)}
    values = {o.name for o in card.outputs} - shifts
    assert not has or values <= has
    if not card.physics_uncertainty:
        assert len(card.truth.no_uncertainty) > 100
        assert "issing" in card.truth.no_uncertainty
    assert msgspec.json.decode(msgspec.json.encode(card.variations), type=list) is not None


def test_a_reason_is_about_its_own_networks() -> None:
    """Networks of one kind with labels from one program have one truth: those are counted once."""
    shared: dict[str, set[tuple[str, str]]] = {}
    for name in recipes.names():
        truth = draft(name).truth
        if truth.no_uncertainty:
            family = (truth.program, recipes.find(name).kind)
            shared.setdefault(truth.no_uncertainty, set()).add(family)
    assert max(map(len, shared.values())) <= 2


def test_leading_order_takes_its_scale_from_the_network() -> None:
    for name in ("cs-gluino-pair-lo", "cs-ttbar-lo", "cs-scalar-triplet-pair-lo"):
        (scale,) = draft(name).variations
        assert (scale.source, scale.input, scale.values) == ("scale", "mu_over_m", (0.5, 2.0))


def test_bands_of_the_higgs_boson_hold_the_published_widths() -> None:
    bands = _higgs_bands.BANDS
    assert 0.09 < bands["gg"][0] < 0.13
    assert 0.04 < bands["WW"][0] < 0.07
    at = _higgs.at()[None]
    for c, br in _higgs.YR4_BR.items():
        ours = widths(at)[0, CHANNELS.index(c)]
        off = br * _higgs.YR4_WIDTH / ours - 1
        assert -bands[c][1] < off < bands[c][0], c


def test_parameters_move_the_higgs_widths_as_published() -> None:
    """Per cent of the partial widths for one step up, arXiv:1610.07922."""
    published = {
        ("alpha_s", "bb"): -1.4, ("alpha_s", "cc"): -1.9, ("alpha_s", "gg"): 3.0,
        ("m_b", "bb"): 1.7, ("m_c", "cc"): 5.3, ("m_t", "gg"): -0.1,
    }  # fmt: skip
    found = {v.part: v.up for v in _higgs_bands.parameters_of_shares()}
    for (name, channel), percent in published.items():
        assert 100 * found[name][f"BR_{channel}"] == pytest.approx(percent, abs=0.15)


def test_the_drell_yan_correction_is_the_band_of_the_z_prime() -> None:
    largest = _lo_bands.drell_yan_correction(np.array([500.0])).item()
    assert _lo_bands.ORDERS["zprime"][0] == pytest.approx(largest, abs=0.005)
    assert AlphaS(0.118)(np.array([500.0])).item() == pytest.approx(0.0955, abs=0.001)


@pytest.mark.long
def test_flavio_gives_the_recorded_uncertainty() -> None:
    found = list(_flavio_bands.measure("obs-bs-mumu", obs_bs_mumu.INPUTS))
    largest = max(error / abs(value) for value, error in found)
    assert largest == pytest.approx(_flavio_bands.RELATIVE["obs-bs-mumu"], rel=0.2)
