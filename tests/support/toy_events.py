"""Two small event networks: a tagger of constituents, leptons and a strength, and a generator; see
zoo/data/make_events.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from lhnets._asking.events import to_events
from lhnets._running.outputs import OUTPUTS
from lhnets._running.session import Session
from lhnets.format import (
    Author,
    Baseline,
    Calibration,
    Card,
    Check,
    Classification,
    ClassifierValidation,
    Data,
    Feature,
    Input,
    Output,
    Parity,
    Reference,
    Training,
    Truth,
    Validation,
    seal,
)

DATA = Path(__file__).parents[1] / "zoo" / "data"
TAGGER, GENERATOR = DATA / "tagger.onnx", DATA / "generator.onnx"
VALIDATION = Validation(
    rows=20,
    metric="of_spread",
    mean=1e-4,
    median=1e-4,
    q68=1e-4,
    q95=2e-4,
    q997=3e-4,
    max=4e-4,
    coverage_68=0.68,
    coverage_95=0.95,
    baseline=Baseline(method="cut on p_T", mean=1e-3, median=1e-3, q997=3e-3, max=4e-3),
)
CLASSIFICATION = Classification(
    signal="signal",
    auc=0.98,
    accuracy=0.93,
    rejection_30=900.0,
    calibration_error=1e-3,
    log_loss=0.2,
)


def tagger_card(**changes: Any) -> Card:
    """The card of tagger.onnx."""
    momenta = tuple(
        Feature(name=n, meaning=m, unit="GeV", low=low, high=1000.0)
        for n, m, low in (
            ("E", "energy", 0.0),
            *((f"p{x}", f"momentum along {x}", -1000.0) for x in "xyz"),
        )
    )
    constituents = Input(
        name="constituents",
        meaning="four-momenta",
        unit="GeV",
        shape=("N", "P", 4),
        dtype="float32",
        features=momenta,
        padding=0.0,
    )
    mask = Input(
        name="mask",
        meaning="true for a constituent",
        unit="1",
        shape=("N", "P"),
        dtype="bool",
        mask_of=("constituents",),
    )
    leptons = Input(
        name="leptons",
        meaning="two leptons",
        unit="1",
        shape=("N", 2, 3),
        dtype="float32",
        padding=0.0,
    )
    mu = Input(name="mu", meaning="a strength", unit="1", low=0.5, high=2.0, default=1.0)
    card = Card(
        name="tagger",
        version=1,
        kind="classifier",
        title="A tagger",
        description="For tests.",
        subject="signal | background",
        inputs=(constituents, mask, leptons, mu),
        outputs=tuple(
            Output(name=n, unit="1", meaning=f"probability of {n}")
            for n in ("signal", "background")
        ),
        default_output="signal",
        truth=Truth(program="closed form", version="1"),
        data=Data(
            name="toy-jets",
            sha256="0" * 64,
            rows=100,
            split={"train": 60, "calibration": 20, "test": 20},
        ),
        training=Training(
            recipe="tagger", method="closed form", framework="numpy", framework_version="2", seed=1
        ),
        parity=Parity(points=10_000, max_relative=1e-6, against="closed form"),
        calibration=_calibration("signal", "background"),
        validation=ClassifierValidation(
            **{
                **{n: getattr(VALIDATION, n) for n in VALIDATION.__struct_fields__},
                "metric": "of_probability",
            }
            | {"classification": CLASSIFICATION}
        ),
        checks=(Check(name="sums to 1", passed=True, figure="0", criterion="below 1e-6"),),
        authors=(Author(name="A. Author"),),
        licence="CC-BY-4.0",
        created="2026-11-21",
    )
    return msgspec.structs.replace(card, **changes)


def generator_card(**changes: Any) -> Card:
    """The card of generator.onnx."""
    fields: dict[str, Any] = {
        "name": "toy-generator",
        "kind": "generator",
        "subject": "toys",
        "inputs": (
            Input(
                name="z", meaning="noise", unit="1", shape=("N", 3), dtype="float32", noise="normal"
            ),
            Input(name="m", meaning="a mass", unit="GeV", low=10.0, high=100.0),
        ),
        "outputs": tuple(Output(name=n, unit="GeV", meaning=n) for n in ("x", "y")),
        "default_output": "x",
        "calibration": _calibration("x", "y"),
        "validation": VALIDATION,
    }
    return tagger_card(**{**fields, **changes})


def jets(events: int, seed: int = 1) -> list[NDArray[np.float32]]:
    """Constituents of jets of different lengths, (E, px, py, pz) of up to 100 GeV."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 12, events)
    made = []
    for length in lengths:
        p = rng.uniform(-70, 70, (length, 3))
        made.append(np.column_stack([np.linalg.norm(p, axis=1), p]).astype(np.float32))
    return made


def tagger(
    card: Card | None = None, model: bytes | None = None, reference: dict[str, Any] | None = None
) -> bytes:
    """The sealed tagger, or another ``model`` with its interface."""
    card = card or tagger_card()
    content = model or TAGGER.read_bytes()
    leptons = np.random.default_rng(2).normal(size=(40, 2, 3))
    inputs = reference or to_events({"constituents": jets(40), "leptons": leptons}, card).arrays
    return _sealed(content, card, inputs)


def generator(card: Card | None = None) -> bytes:
    """The sealed generator."""
    rng = np.random.default_rng(3)
    inputs = {
        "z": rng.standard_normal((40, 3), dtype=np.float32),
        "parameters": rng.uniform(10, 100, (40, 1)),
    }
    return _sealed(GENERATOR.read_bytes(), card or generator_card(), inputs)


def _sealed(model: bytes, card: Card, inputs: dict[str, Any]) -> bytes:
    answers = Session(model, card).run(inputs)
    return seal(model, card, Reference.of(inputs, dict(zip(OUTPUTS, answers, strict=True))))


def _calibration(*outputs: str) -> Calibration:
    factors: dict[str, tuple[float, ...]] = dict.fromkeys(outputs, (0.6, 1.0, 2.2))
    return Calibration(rows=20, method="split conformal", levels=(0.5, 0.68, 0.95), factors=factors)
