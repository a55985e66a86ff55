"""Uncertainties of the truth in words."""

import lhnets as ml
from lhnets.format import ConstantVariation, InputVariation, describe_mechanism, describe_sources


def test_sources_of_outputs_and_of_variations_are_told() -> None:
    gluino = ml.load("cs-gluino-pair-nnll-13tev").card
    assert describe_sources(gluino, "nnll")["scale"] == "outputs of the network"
    stop = ml.load("br-stop").card
    assert describe_sources(stop, "BR_tn1") == {"higher orders": "shares normalised again"}


def test_each_kind_of_variation_has_words() -> None:
    steps = InputVariation(source="parameters", input="m_b", steps=(0.1, -0.1))
    values = InputVariation(source="scale", input="mu_over_m", values=(0.5, 2.0))
    share = ConstantVariation(source="pdf", up=0.1, down=0.1, relative=True)
    assert [describe_mechanism(v) for v in (steps, values, share)] == [
        "m_b varied by 0.1",
        "mu_over_m at 0.5 and 2",
        "fraction of the value",
    ]
