from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.linear_model import LinearRegression

from lhnets.cli import group
from lhnets.format import read_path
from lhnets.networks import Network, verify
from lhnets_registry.cards import card_file
from lhnets_registry.errors import AdmissionError
from lhnets_training.importing.errors import ModelError
from lhnets_training.importing.importer import import_model
from lhnets_training.importing.products import product

LO = {
    "name": "cs-toy-lo",
    "inputs": {"m_go": (500, 3000), "m_sq": (600, 2500)},
    "output": ("sigma", "pb"),
}
K = {
    "name": "cs-toy-k",
    "inputs": {"m_sq": (500, 2400), "mu_over_m": (0.5, 2.0)},
    "output": ("k_factor", "1"),
}
BOTH = {
    "name": "cs-toy-nlo",
    "inputs": {"mu_over_m": (0.5, 2.0), "m_go": (500, 3000), "m_sq": (600, 2400)},
    "output": ("sigma", "pb"),
}
UNITS = {"mu_over_m": "1"}


def card(folder: Path, what: dict[str, Any], extra: str = "", version: int = 1) -> Path:
    inputs = "".join(
        f"  - {{name: {n}, meaning: {n}, unit: {UNITS.get(n, 'GeV')}, low: {low}, high: {high}}}\n"
        for n, (low, high) in what["inputs"].items()
    )
    name, unit = what["output"]
    path = folder / f"{what['name']}-{version}.yaml"
    path.write_text(
        f"""name: {what["name"]}
version: {version}
kind: cross_section
title: A toy
description: A toy.
subject: p p > go go
inputs:
{inputs}outputs:
  - {{name: {name}, meaning: what it is, unit: {unit!r}, scale: log}}
truth: {{program: a formula, version: "1"}}
training: {{method: a plane, framework: scikit-learn, framework_version: "1.9"}}
authors: [{{name: A. Physicist}}]
licence: CC-BY-4.0
{extra}"""
    )
    return path


def drawn(what: dict[str, Any], rows: int, seed: int) -> np.ndarray[Any, Any]:
    low, high = np.array(list(what["inputs"].values()), dtype=float).T
    return np.random.default_rng(seed).uniform(low, high, (rows, len(low)))


def table(
    folder: Path, what: dict[str, Any], y: np.ndarray[Any, Any], x: np.ndarray[Any, Any]
) -> Path:
    path = folder / f"{what['name']}.csv"
    names = ",".join([*what["inputs"], what["output"][0]])
    np.savetxt(path, np.column_stack([x, y]), delimiter=",", header=names, comments="")
    return path


def lo(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return 5.0 - 1e-3 * x[:, 0] - 2e-4 * x[:, 1]


def k_factor(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return 1.4 + 1e-4 * x[:, 0] - 0.1 * x[:, 1]


def network_file(
    folder: Path, what: dict[str, Any], truth: Any, noise: float, extra: str = ""
) -> Path:
    x, unseen = drawn(what, 100, 1), drawn(what, 400, 2)
    y = truth(unseen) * (1 + noise * np.random.default_rng(3).normal(size=400))
    done = import_model(
        LinearRegression().fit(x, truth(x)),
        card(folder, what, extra),
        test=table(folder, what, y, unseen),
        output=folder / f"{what['name']}.onnx",
    )
    return done.path


@pytest.fixture(scope="module")
def factors(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("factors")
    return [network_file(folder, LO, lo, 0.01), network_file(folder, K, k_factor, 0.02)]


def draft(folder: Path, extra: str = "", **changes: Any) -> Any:
    return card_file.read(card(folder, {**BOTH, **changes}, extra))


def by_hand(factors: list[Path], x: np.ndarray[Any, Any]) -> tuple[Any, Any]:
    first, second = (
        Network(p.read_bytes(), p).predict(x[:, c])
        for p, c in zip(factors, ([1, 2], [2, 0]), strict=True)
    )
    return first, second


def test_one_file_from_the_command_line(factors: list[Path], tmp_path: Path) -> None:
    arguments = [
        "import",
        "--product",
        *map(str, factors),
        "--card",
        str(card(tmp_path, BOTH)),
        "-o",
        str(tmp_path / "p.onnx"),
    ]
    ended = CliRunner().invoke(group, arguments)
    assert ended.exit_code == 0, ended.output
    network = Network((tmp_path / "p.onnx").read_bytes(), tmp_path / "p.onnx")
    x = drawn(BOTH, 2000, 7)
    found, (first, second) = network.predict(x), by_hand(factors, x)
    np.testing.assert_allclose(found.value, first.value * second.value, rtol=1e-12)
    relative = np.hypot(first.uncertainty / first.value, second.uncertainty / second.value)
    np.testing.assert_allclose(found.uncertainty / found.value, relative, rtol=1e-12)
    np.testing.assert_allclose(found.uncertainty / found.value, np.hypot(0.01, 0.02), rtol=0.25)
    assert found.reach.max() <= 1
    assert verify(network.file).passed
    assert network.card.training.source.file == "product of cs-toy-lo@1 and cs-toy-k@1"
    assert "No table of the whole" in network.card.validation.note


def test_the_reach_ends_where_that_of_any_factor_does(factors: list[Path], tmp_path: Path) -> None:
    done = import_model(
        product(factors, draft(tmp_path)), draft(tmp_path), output=tmp_path / "p.onnx"
    )
    network = Network(done.path.read_bytes(), done.path)
    for name, value in {"m_go": 3100.0, "m_sq": 2450.0, "mu_over_m": 0.4}.items():
        x = drawn(BOTH, 50, 8)
        x[:, list(BOTH["inputs"]).index(name)] = value
        assert (network.predict(x).reach > 1).all(), name


def test_a_table_of_the_whole_calibrates_it(factors: list[Path], tmp_path: Path) -> None:
    x = drawn(BOTH, 600, 9)
    y = (
        lo(x[:, [1, 2]])
        * k_factor(x[:, [2, 0]])
        * (1 + 0.05 * np.random.default_rng(4).normal(size=600))
    )
    done = import_model(
        product(factors, draft(tmp_path)),
        draft(tmp_path),
        test=table(tmp_path, BOTH, y, x),
        output=tmp_path / "p.onnx",
    )
    found = Network(done.path.read_bytes(), done.path).predict(x)
    np.testing.assert_allclose(found.uncertainty / found.value, 0.05, rtol=0.25)
    assert 0.55 < done.card.validation.coverage_68 < 0.8


def test_a_sum_adds_uncertainties_in_quadrature(factors: list[Path], tmp_path: Path) -> None:
    other = {**LO, "name": "cs-toy-other", "inputs": {"m_go": (500, 3000), "m_sq": (600, 2500)}}
    terms = [factors[0], network_file(tmp_path, other, lambda x: 2 * lo(x), 0.03)]
    plain = draft(tmp_path, inputs={"m_go": (500, 3000), "m_sq": (600, 2500)})
    done = import_model(product(terms, plain, "sum"), plain, output=tmp_path / "s.onnx")
    x = drawn(other, 500, 3)
    found = Network(done.path.read_bytes(), done.path).predict(x)
    parts = [Network(p.read_bytes(), p).predict(x) for p in terms]
    np.testing.assert_allclose(found.value, parts[0].value + parts[1].value, rtol=1e-12)
    np.testing.assert_allclose(
        found.uncertainty, np.hypot(parts[0].uncertainty, parts[1].uncertainty), rtol=1e-12
    )


def test_a_half_space_of_a_factor_belongs_into_the_card(
    tmp_path: Path, factors: list[Path]
) -> None:
    wedge = "region: [{coefficients: {m_sq: 1, m_go: -1}, bound: 0, meaning: m_sq below m_go}]\n"
    inside = network_file(tmp_path, LO, lo, 0.01, wedge)
    with pytest.raises(
        ModelError,
        match=r"points of the card's region are outside that of cs-toy-lo@1.*m_sq below m_go",
    ):
        product([inside, factors[1]], draft(tmp_path))
    assert product([inside, factors[1]], draft(tmp_path, wedge)).columns == tuple(BOTH["inputs"])


@pytest.mark.parametrize(
    ("changes", "extra", "message"),
    [
        (
            {"inputs": {"m_go": (500, 3000), "m_sq": (600, 2400)}},
            "",
            "cs-toy-k@1 takes mu_over_m, which the card lacks",
        ),
        (
            {"inputs": {**BOTH["inputs"], "m_go": (400, 3000)}},
            "",
            "knows it from 500 to 3000 only.*low: 500, high: 3000",
        ),
        ({"inputs": {**BOTH["inputs"], "tan_beta": (1, 50)}}, "", "no factor depends on tan_beta"),
        (
            {"output": ("sigma", "fb")},
            "",
            r"is in pb \(pb and 1\), but the card says fb; write unit: pb",
        ),
    ],
    ids=["missing", "range", "idle", "unit"],
)
def test_a_card_that_does_not_fit_is_refused(
    changes: dict[str, Any], extra: str, message: str, factors: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=message):
        product(factors, draft(tmp_path, extra, **changes))


def test_energies_must_agree(factors: list[Path], tmp_path: Path) -> None:
    at_13 = network_file(tmp_path, LO, lo, 0.01, "conditions: {energy: 13000}\n")
    with pytest.raises(ModelError, match="cs-toy-lo@1 at 13000 GeV, the card at 8000 GeV"):
        product([at_13, factors[1]], draft(tmp_path, "conditions: {energy: 8000}\n"))


def test_a_sum_needs_one_unit(factors: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="units pb, 1; a sum needs one unit"):
        product(factors, draft(tmp_path), "sum")


def test_a_network_does_not_enter_twice(factors: list[Path], tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"enters the product twice.*same and do not add in quadrature"
    ):
        product([factors[0], factors[0]], draft(tmp_path))
    with pytest.raises(ModelError, match="at least two"):
        product(factors[:1], draft(tmp_path))


def test_a_factor_must_be_admitted(factors: list[Path], tmp_path: Path) -> None:
    content = bytearray(factors[0].read_bytes())
    content[content.index(b"cs-toy-lo") + 3] ^= 1
    (tmp_path / "changed.onnx").write_bytes(content)
    with pytest.raises(AdmissionError, match=r"changed.onnx is not admitted"):
        product([tmp_path / "changed.onnx", factors[1]], draft(tmp_path))
    assert read_path(factors[0]).card.name == "cs-toy-lo"
