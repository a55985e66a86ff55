"""The network of the client's tests: three parameters, four outputs, known in closed form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import toy_events

from lhnets._fetching.cache import Cache
from lhnets._finding import zoo as _zoo
from lhnets._running.outputs import OUTPUTS
from lhnets._running.session import Session
from lhnets.format import (
    INDEX_FILE,
    Author,
    Baseline,
    Calibration,
    Card,
    Check,
    Conditions,
    Data,
    Entry,
    HalfSpace,
    Index,
    Input,
    Output,
    Parity,
    PhysicsUncertainty,
    Reference,
    SlhaEntry,
    Status,
    Training,
    Truth,
    Validation,
    card_path,
    seal,
)

MODEL = Path(__file__).parent / "data" / "exponential.onnx"
LOGS = np.log([1.0, 1.5, 0.15, 0.10])


def exponential(m_a: Any, sqrt_s: Any, mu_over_m: Any = 1.0, column: int = 0) -> Any:
    """What the network computes."""
    return np.exp(-2e-3 * m_a + 1e-4 * sqrt_s + 0.25 * mu_over_m + LOGS[column])


def a_card(**changes: Any) -> Card:
    """A card for it."""
    card = Card(
        name="cs-exponential",
        version=1,
        kind="cross_section",
        title="An exponential",
        description="For tests.",
        subject="2212 2212 > 1000021 1000021",
        conditions=Conditions(pdf="NNPDF31_nlo_as_0118_luxqed"),
        inputs=(
            Input(
                name="m_a",
                meaning="mass of A",
                unit="GeV",
                low=100.0,
                high=1200.0,
                slha=SlhaEntry(block="MASS", entry=(1000021,), absolute=True),
            ),
            Input(
                name="sqrt_s", meaning="centre-of-mass energy", unit="GeV", low=7000.0, high=14000.0
            ),
            Input(
                name="mu_over_m",
                meaning="scale over mass",
                unit="1",
                low=0.5,
                high=2.0,
                default=1.0,
            ),
        ),
        outputs=(
            Output(name="LO", unit="pb", meaning="cross section", scale="log", order="LO"),
            Output(name="NLO", unit="pb", meaning="cross section", scale="log", order="NLO"),
            Output(name="NLO scale up", unit="pb", meaning="shift", scale="log", order="NLO"),
            Output(name="NLO scale down", unit="pb", meaning="shift", scale="log", order="NLO"),
        ),
        default_output="NLO",
        region=(
            HalfSpace(
                coefficients={"m_a": 1.0, "sqrt_s": -0.1}, bound=0.0, meaning="m_a <= 0.1 sqrt_s"
            ),
        ),
        physics_uncertainty=(
            PhysicsUncertainty(of="NLO", source="scale", up="NLO scale up", down="NLO scale down"),
        ),
        truth=Truth(program="closed form", version="1", references=("exact",)),
        data=Data(
            name="exponential",
            sha256="0" * 64,
            rows=100,
            split={"train": 60, "calibration": 20, "test": 20},
        ),
        training=Training(
            recipe="exponential",
            method="closed form",
            framework="numpy",
            framework_version="2",
            seed=1,
            duration=0.1,
        ),
        parity=Parity(points=10_000, max_relative=1e-15, against="closed form"),
        calibration=Calibration(
            rows=20,
            method="split conformal",
            levels=(0.5, 0.68, 0.95),
            factors=dict.fromkeys(("LO", "NLO", "NLO scale up", "NLO scale down"), (0.6, 1.0, 2.2)),
        ),
        validation=Validation(
            rows=20,
            metric="relative",
            mean=1e-4,
            median=1e-4,
            q68=1e-4,
            q95=2e-4,
            q997=3e-4,
            max=4e-4,
            coverage_68=0.68,
            coverage_95=0.95,
            baseline=Baseline(method="log-spline", mean=1e-3, median=1e-3, q997=3e-3, max=4e-3),
        ),
        checks=(
            Check(name="positive", passed=True, figure="smallest 0.1 pb", criterion="above 0"),
        ),
        authors=(Author(name="The lhnets developers"),),
        licence="CC-BY-4.0",
        references={"exact": "@misc{exact,\n  title = {Exact}\n}"},
        created="2026-11-21",
    )
    return msgspec.structs.replace(card, **changes)


def a_file(**changes: Any) -> bytes:
    """The sealed network file."""
    card = a_card(**changes)
    low, high = (np.array([getattr(i, edge) for i in card.columns]) for edge in ("low", "high"))
    points = low + (high - low) * np.random.default_rng(1).random((40, len(low)))
    model = MODEL.read_bytes()
    answers = Session(model, card).run({"parameters": points})
    return seal(
        model, card, Reference.of({"parameters": points}, dict(zip(OUTPUTS, answers, strict=True)))
    )


def write_mirror(
    folder: Path, *files: bytes, status: Status = "verified", reason: str = ""
) -> Path:
    """A mirror in a folder."""
    from lhnets.format import read

    entries = []
    for content in files:
        card = read(content).card
        entry = Entry.of(card, content, status, reason)
        entries.append(entry)
        for path, data in (
            (entry.blob, content),
            (card_path(card.name, card.version), card.to_json()),
        ):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
    (folder / INDEX_FILE).write_bytes(Index.of(entries).to_json())
    return folder


@pytest.fixture
def make_card() -> Callable[..., Card]:
    return a_card


@pytest.fixture
def make_file() -> Callable[..., bytes]:
    return a_file


@pytest.fixture
def make_mirror() -> Callable[..., Path]:
    return write_mirror


@pytest.fixture(scope="session")
def truth() -> Callable[..., Any]:
    return exponential


@pytest.fixture
def zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_zoo.Zoo]:
    """The zoo of the process, with one network in a folder's mirror."""
    mirror = write_mirror(tmp_path / "mirror", a_file())
    made = _zoo.Zoo([str(mirror)], Cache(tmp_path / "cache"))
    monkeypatch.setattr(_zoo, "default", lambda: made)
    return made


@pytest.fixture(scope="session")
def sealed_file() -> bytes:
    return a_file()


@pytest.fixture(name="a_card", scope="session")
def a_card_() -> Card:
    return a_card()


@pytest.fixture(scope="session")
def make_event_card() -> Callable[..., Card]:
    return toy_events.tagger_card


@pytest.fixture(scope="session")
def make_events() -> Callable[..., Any]:
    return toy_events.jets


@pytest.fixture(scope="session")
def tagger_file() -> bytes:
    return toy_events.tagger()


@pytest.fixture
def event_zoo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tagger_file: bytes
) -> Iterator[_zoo.Zoo]:
    """The zoo of the process, with a tagger, a generator and a network of parameters."""
    generator = toy_events.generator()
    mirror = write_mirror(tmp_path / "mirror", tagger_file, generator, a_file())
    made = _zoo.Zoo([str(mirror)], Cache(tmp_path / "cache"))
    monkeypatch.setattr(_zoo, "default", lambda: made)
    return made


@pytest.fixture(scope="session")
def make_network() -> Callable[..., bytes]:
    return toy_events.tagger
