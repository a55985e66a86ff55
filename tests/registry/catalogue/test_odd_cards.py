"""Cards that are odd but follow the schema must not keep the other networks from being exported."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lhnets import format as c
from lhnets.format import read
from lhnets_registry import catalogue

Make = Callable[..., bytes]
FIGURES = ("mean", "median", "q68", "q95", "q997", "max")


def page_of(fields: dict[str, Any], make: Make, put: Any, tmp_path: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # overflow is what is tried here
        catalogue.write(tmp_path / "mirror", put((make(**fields), "verified", "")))
    return (tmp_path / "mirror" / "networks" / "cs-gluino-pair-lo" / "index.html").read_text()


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (-1.7e308, 1.7e308),
        (5e-324, 1e-310),
        (1e-300, 1e300),
        (1.0, 1.0000000000000002),
        (-1e-320, 1e-320),
        (0.0, 5e-324),
        (-5.0, -4.0),
    ],
)
def test_ranges_at_the_edge_of_numbers(
    low: float, high: float, make: Make, put: Any, tmp_path: Path
) -> None:
    inputs = [msgspec.structs.replace(i, low=low, high=high) for i in read(make()).card.inputs]
    assert "Accuracy" in page_of({"inputs": tuple(inputs)}, make, put, tmp_path)


@pytest.mark.parametrize("value", [0.0, 1e-320, 1e300])
def test_errors_at_the_edge_of_numbers(value: float, make: Make, put: Any, tmp_path: Path) -> None:
    validation = msgspec.structs.replace(
        read(make()).card.validation, **dict.fromkeys(FIGURES, value)
    )
    assert "Accuracy" in page_of({"validation": validation}, make, put, tmp_path)


def test_the_uncertainty_of_the_truth_stands_beside_the_outputs(
    make: Make, put: Any, tmp_path: Path
) -> None:
    moved = c.ConstantVariation(source="scale", up=0.1, down=0.2, relative=True)
    page = page_of({"variations": (moved,)}, make, put, tmp_path)
    assert "<h3>Uncertainty of the truth</h3>" in page
    assert "<td>scale</td><td>fraction of the value</td>" in page


def test_the_noise_of_labels_stands_beside_the_errors(make: Make, put: Any, tmp_path: Path) -> None:
    noise = c.LabelNoise(rows=1080, rms=9e-3, beyond=0.0, at_most=1.4e-3, q997=5e-3)
    validation = msgspec.structs.replace(read(make()).card.validation, label_noise=noise)
    page = page_of({"validation": validation}, make, put, tmp_path)
    assert "root mean square over 1,080 rows never seen" in page
    assert "at 95 % confidence" in page


def test_little_is_known_of_an_imported_network(make: Make, put: Any, tmp_path: Path) -> None:
    card = read(make()).card
    fields = {
        "data": None,
        "validation": msgspec.structs.replace(card.validation, baseline=None),
        "training": c.Training(
            method="network",
            framework="unknown",
            framework_version="",
            source=c.Source(file="model.onnx", sha256="cd" * 32, format="ONNX, opset 9"),
        ),
        "conditions": c.Conditions(),
        "checks": (),
        "region": (),
        "calibration": c.Calibration(rows=0, method="none", levels=(), factors={"sigma": ()}),
    }
    page = page_of(fields, make, put, tmp_path)
    assert "not published" in page
    assert "model.onnx" in page
    assert "none stated" in page
    assert "baseline" not in page


def test_a_graph_that_gives_no_number_is_shown_without_a_curve(
    make: Make, put: Any, tmp_path: Path
) -> None:
    page = page_of(
        {"outputs": (c.Output(name="sigma", unit="pb", meaning="cross section", scale="linear"),)},
        make,
        put,
        tmp_path,
    )
    assert "<figure id=" in page
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        catalogue.write(tmp_path / "mirror", put((make(slope=float("nan")), "verified", "")))
    page = (tmp_path / "mirror" / "networks" / "cs-gluino-pair-lo" / "index.html").read_text()
    assert "Accuracy" in page


@pytest.mark.parametrize("symbol", ["\\", "}{", "\\frac{1}{", "é" * 100, "&amp;", "x" * 1000])
def test_symbols_that_are_no_latex(symbol: str, make: Make, put: Any, tmp_path: Path) -> None:
    inputs = [msgspec.structs.replace(i, symbol=symbol) for i in read(make()).card.inputs]
    assert "Accuracy" in page_of({"inputs": tuple(inputs)}, make, put, tmp_path)


@pytest.mark.parametrize(
    "subject",
    ["", ">", "1 > 2", "2212 2212 > ", "2212 2212 > x y", "99999999 > 0", "B0 > 1 | 2 > 3"],
)
def test_subjects_that_are_no_process(subject: str, make: Make, put: Any, tmp_path: Path) -> None:
    assert "Accuracy" in page_of({"subject": subject}, make, put, tmp_path)
