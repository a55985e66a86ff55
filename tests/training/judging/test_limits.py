import msgspec
import pytest

from lhnets._fetching.mirror import BUNDLED
from lhnets.format import Card, Index, Input, LabelNoise, SlhaEntry, Validation, card_path
from lhnets_training.judging.limits import free_inputs, judge


def bundled(name: str) -> Card:
    return Card.from_json((BUNDLED / card_path(name, 1)).read_bytes())


def scalar(name: str) -> Input:
    return Input(name=name, unit="GeV", meaning="a mass", low=1.0, high=2.0)


def made(
    free: int,
    *,
    mean: float,
    q997: float,
    noise: LabelNoise | None = None,
    stated: float | None = None,
) -> Card:
    card = bundled("cs-ttbar-lo")
    return msgspec.structs.replace(
        card,
        inputs=tuple(scalar(f"m_{k}") for k in range(free)),
        truth=msgspec.structs.replace(card.truth, relative_error=stated),
        validation=msgspec.structs.replace(
            card.validation, mean=mean, q997=q997, label_noise=noise
        ),
    )


def noise(beyond: float, at_most: float, q997: float = 5e-3, rms: float = 9e-3) -> LabelNoise:
    return LabelNoise(rows=300, rms=rms, beyond=beyond, at_most=at_most, q997=q997)


@pytest.mark.parametrize(
    ("free", "mean", "q997", "text"),
    [
        (1, 1e-4, 1e-3, "<= 1e-4: yes"),
        (3, 1.1e-4, 5e-4, "<= 1e-4: no"),
        (3, 5e-5, 1.1e-3, "<= 1e-4: no"),
        (4, 1.1e-4, 1.9e-3, "<= 2e-4: yes"),
        (5, 9e-4, 9e-3, "<= 1e-3: yes"),
        (5, 9e-4, 1.1e-2, "<= 1e-3: no"),
    ],
)
def test_targets_without_noise(free: int, mean: float, q997: float, text: str) -> None:
    assert str(judge(made(free, mean=mean, q997=q997))) == text


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (noise(2e-4, 9e-4), "yes"),
        (noise(0.0, 2e-3), "open"),
        (noise(1.1e-3, 2e-3), "no"),
        (noise(2e-4, 9e-4, q997=1.1e-2), "no"),
        (None, "open"),
    ],
)
def test_labels_with_noise(found: LabelNoise | None, verdict: str) -> None:
    card = made(3, mean=7e-3, q997=2.8e-2, noise=found, stated=9e-3)
    assert str(judge(card)) == f"<= 1e-3 beyond noise: {verdict}"


def test_noise_below_the_limit_excuses_nothing() -> None:
    card = made(2, mean=5e-4, q997=9e-4, noise=noise(0.0, 1e-5, rms=9e-5))
    assert str(judge(card)) == "<= 1e-4: no"


def test_better_labels_do_not_make_those_of_the_training_free_of_noise() -> None:
    card = made(6, mean=7e-3, q997=2.8e-2, noise=noise(0.0, 5e-4, rms=9e-4), stated=9e-3)
    assert str(judge(card)) == "<= 1e-3 beyond noise: yes"


def test_a_row_of_a_mixing_matrix_is_a_unit_vector() -> None:
    assert free_inputs(bundled("cs-chargino-neutralino-lo")) == 8
    assert free_inputs(bundled("br-stop")) == 4
    alone = msgspec.structs.replace(scalar("n_11"), slha=SlhaEntry(block="NMIX", entry=(1, 1)))
    assert (
        free_inputs(msgspec.structs.replace(made(2, mean=0, q997=0), inputs=(scalar("m"), alone)))
        == 2
    )


def test_classifiers_have_no_such_limit() -> None:
    assert judge(bundled("classifier-top-qcd")) is None


def test_every_other_bundled_network_has_one() -> None:
    entries = Index.from_json((BUNDLED / "index.json").read_bytes(), "bundled").networks
    cards = [bundled(e.name) for e in entries if e.kind != "classifier"]
    by_row = [c for c in cards if isinstance(c.validation, Validation)]
    assert [c.name for c in by_row if judge(c) is None] == []
