"""What a table leaves open and its author is asked: zeros, shifts, errors, repeated points."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lhnets.format import OtherValidation
from lhnets_training.own_tables.afterwards import doubt_inputs, list_worst_rows
from lhnets_training.own_tables.choice import About, ColumnChoice, Theory
from lhnets_training.own_tables.errors import TableDataError
from lhnets_training.own_tables.recipe import TableRecipe, recipe
from lhnets_training.own_tables.theory import read_theory
from lhnets_training.pipeline.figures import Unseen
from lhnets_training.pipeline.labelled import Labelled

Array = NDArray[np.float64]
CHOICE = ColumnChoice(inputs=("m_a", "m_b"), outputs=("sigma",))


def scan(rows: int = 60) -> dict[str, Array]:
    rng = np.random.default_rng(0)
    a, b = rng.uniform(200, 1500, rows), rng.uniform(20, 800, rows)
    return {"m_a": a, "m_b": b, "sigma": 1e3 * (a / 500) ** -6 * np.exp(-b / 1000)}


def made(
    folder: Path, columns: Mapping[str, Array], choice: ColumnChoice, **about: object
) -> TableRecipe:
    path = folder / "scan.csv"
    heading = ",".join(columns)
    rows = np.stack(list(columns.values()), axis=1)
    np.savetxt(path, rows, "%.17g", ",", header=heading, comments="")
    return recipe(path, choice, About(**about), "2026-11-30")  # type: ignore[arg-type]


def refused(
    folder: Path, columns: Mapping[str, Array], choice: ColumnChoice, **about: object
) -> str:
    with pytest.raises(TableDataError) as told:
        made(folder, columns, choice, **about)
    return str(told.value)


def test_a_few_zeros_among_decades_are_asked_about(tmp_path: Path) -> None:
    columns = scan()
    columns["sigma"][[4, 9, 30]] = 0.0
    text = refused(tmp_path, columns, CHOICE)
    assert "'sigma' is zero in 3 rows of 60 (row 5 (line 6), row 10 (line 11), row 31" in text
    assert "--zeros drop" in text
    assert "--zeros keep" in text
    dropped = made(tmp_path, columns, replace(CHOICE, zeros="drop"))
    assert dropped.outputs[0].scale == "log"
    assert len(dropped.numbers.rows) == 57
    assert "3 rows of the file left out: 3 output of zero or less" in dropped.description
    kept = made(tmp_path, columns, replace(CHOICE, zeros="keep"))
    assert "errors are relative above" in kept.description
    assert "errors are relative above 5 1" in made(
        tmp_path, columns, replace(CHOICE, floors={"sigma": 5.0})
    ).description  # fmt: skip
    columns["sigma"][4] = -1e-9
    assert "'sigma' is zero or less in 3 rows" in refused(tmp_path, columns, CHOICE)
    assert made(tmp_path, columns, replace(CHOICE, linear=frozenset(["sigma"]))).notes == ()
    assert len(made(tmp_path, columns, replace(CHOICE, zeros="drop")).numbers.rows) == 57


def test_theory_errors_become_components(tmp_path: Path) -> None:
    columns = scan()
    sigma = columns["sigma"]
    columns |= {"up": 0.1 * sigma * (1 + columns["m_a"] / 2000), "down": -0.08 * sigma**0.9}
    columns |= {"pdf [%]": 7 + columns["m_a"] / 500, "alpha": 0.02 * sigma}
    theory = tuple(
        read_theory(text, "sigma")
        for text in ("scale=up,down", "sigma:pdf=pdf [%]", "alpha_s = alpha")
    )
    assert theory[1] == Theory("sigma", "pdf", "pdf [%]", "pdf [%]")
    found = made(tmp_path, columns, replace(CHOICE, theory=theory), units={"sigma": "pb"})
    assert [o.name for o in found.outputs] == ["sigma", "up", "down", "pdf [%]"]
    assert {o.unit for o in found.outputs} == {"pb"}
    scale, pdf, alpha = found.physics_uncertainty
    assert (scale.of, scale.source, scale.up, scale.down) == ("sigma", "scale", "up", "down")
    assert (pdf.up, pdf.down) == ("pdf [%]", "pdf [%]")
    assert (alpha.relative_up, alpha.relative_down) == (0.02, 0.02)
    assert [o.scale for o in found.outputs] == ["log", "linear", "linear", "linear"]
    assert [o.name for o in found.values] == ["sigma"]
    columns["pdf [%]"][3] = 144.0
    large = made(tmp_path, columns, replace(CHOICE, theory=theory))
    assert [o.scale for o in large.outputs] == ["log", "linear", "linear", "log"]
    columns["pdf [%]"][3] = 7 + columns["m_a"][3] / 500
    assert np.allclose(found.numbers.columns["down"], 0.08 * sigma**0.9)
    assert np.allclose(found.numbers.columns["pdf [%]"], columns["pdf [%]"] * sigma / 100)


@pytest.mark.parametrize(
    ("up", "down", "text"),
    [
        (1.1, 0.9, "they seem to be its values at shifted scales"),
        (0.0, 0.1, "'up' is zero in every row"),
        (np.where(np.arange(60) % 2, 0.1, -0.1), 0.1, "'up' holds shifts of both signs"),
    ],
)
def test_columns_that_are_no_shifts_are_refused(
    tmp_path: Path, up: float | Array, down: float, text: str
) -> None:
    columns = scan()
    columns |= {"up": up * columns["sigma"], "down": down * columns["sigma"] ** 0.99}
    choice = replace(CHOICE, theory=(Theory("sigma", "scale", "up", "down"),))
    assert text in refused(tmp_path, columns, choice)


def test_theory_errors_given_as_noise_are_a_contradiction(tmp_path: Path) -> None:
    columns = scan(200)
    columns["error"] = 0.17 * columns["sigma"]
    choice = replace(CHOICE, noise={"sigma": "error"})
    text = refused(tmp_path, columns, choice)
    assert "say" in text
    assert "err by 17 % (median)" in text
    assert "--theory scale=COLUMN" in text
    percent = {**columns, "error [%]": np.full(200, 17.0)}
    assert "err by 17 % (median)" in refused(
        tmp_path, percent, replace(CHOICE, noise={"sigma": "error [%]"})
    )
    noise = 1 + 0.17 * np.random.default_rng(1).normal(size=200).clip(-3, 3)
    assert made(tmp_path, columns | {"sigma": columns["sigma"] * noise}, choice).label_errors


def test_shares_add_to_one(tmp_path: Path) -> None:
    columns = scan()
    first = 0.2 + 0.5 * columns["m_a"] / 1500
    shares = {"ww": first, "zz": 0.6 * (1 - first), "tt": 0.4 * (1 - first)}
    columns |= {n: v.round(4) for n, v in shares.items()}
    choice = replace(CHOICE, outputs=tuple(shares))
    assert (
        "--sum-to-one makes those of the network do so" in made(tmp_path, columns, choice).notes[0]
    )
    found = made(tmp_path, columns, replace(choice, sum_to_one=True))
    sums = sum(found.numbers.columns[n] for n in shares)
    assert np.abs(sums - 1).max() < 1e-15
    assert "are divided by their sum" in found.notes[0]
    to_one = replace(choice, sum_to_one=True)
    percent = columns | {n: 100 * columns[n] for n in shares}
    assert "They are in percent: divide them by 100" in refused(tmp_path, percent, to_one)
    assert "Is an output missing?" in refused(
        tmp_path, columns, replace(to_one, outputs=("ww", "zz"))
    )
    columns["tt"][3] = 0.0
    assert "row 4 (line 5), tt = 0" in refused(tmp_path, columns, to_one)


def test_inputs_that_do_not_determine_the_output_are_named(tmp_path: Path) -> None:
    columns = scan()
    columns = {n: np.concatenate([v, v[:5]]) for n, v in columns.items()}
    found = made(tmp_path, columns, CHOICE)
    assert "5 rows repeat the point of another row and all its numbers" in found.notes[0]
    assert len(found.numbers.rows) == 60
    columns |= {"tan_beta": np.arange(65.0)}
    columns["sigma"][60] *= 2
    text = refused(tmp_path, columns, CHOICE)
    assert "row 1 (line 2) and row 61 (line 62) have m_a = " in text
    assert "tan_beta differ between such rows: inputs that are missing?" in text
    bound = scan() | {"m_c": 2 * scan()["m_a"] + 3}
    text = refused(tmp_path, bound, replace(CHOICE, inputs=("m_a", "m_b", "m_c")))
    assert "the inputs m_a, m_c go together: m_a -0.5 m_c is -1.5 in every row" in text


def test_repeated_points_with_errors_become_their_mean(tmp_path: Path) -> None:
    columns = {n: np.concatenate([v, v[:5]]) for n, v in scan().items()}
    noise = 1 + 0.05 * np.random.default_rng(1).normal(size=65)
    columns |= {"sigma": columns["sigma"] * noise, "error": 0.05 * columns["sigma"]}
    columns["error"][60] *= 2
    found = made(tmp_path, columns, replace(CHOICE, noise={"sigma": "error"}))
    expected = (4 * columns["sigma"][0] + columns["sigma"][60]) / 5
    assert found.numbers.columns["sigma"][0] == pytest.approx(expected)
    assert found.numbers.columns["error"][0] == pytest.approx(columns["error"][0] * np.sqrt(0.8))
    assert len(found.numbers.rows) == 60


def test_units_of_headings_are_kept_and_must_agree(tmp_path: Path) -> None:
    columns = scan()
    columns = {
        "m_a [GeV]": columns["m_a"],
        "m_b [GeV]": columns["m_b"],
        "sigma (pb)": columns["sigma"],
    }
    found = made(tmp_path, columns, replace(CHOICE, inputs=("m_a", "m_b [GeV]")))
    assert [(i.name, i.unit) for i in found.inputs] == [("m_a", "GeV"), ("m_b", "GeV")]
    assert found.outputs[0].unit == "pb"
    text = refused(tmp_path, columns, CHOICE, units={"m_a": "TeV"})
    assert "'m_a' in GeV, but --unit says TeV" in text


def test_names_that_a_card_cannot_hold_are_refused_before_the_fit(tmp_path: Path) -> None:
    columns = scan()
    assert "'My Net' cannot be the name of a network" in refused(
        tmp_path, columns, CHOICE, name="My Net"
    )
    columns["m\u200b"] = columns.pop("m_a")
    hidden = replace(CHOICE, inputs=("m\u200b", "m_b"))
    assert "the name 'm\\u200b'" in refused(tmp_path, columns, hidden)


def test_intervals_must_hold_in_every_part(tmp_path: Path) -> None:
    found = made(tmp_path, scan(), CHOICE)
    rows, held = np.arange(60), np.ones((60, 1), dtype=bool)
    validation = OtherValidation()
    assert all(check.passed for check in found.judge(validation, rows, held))
    largest = np.argsort(found.numbers.columns["sigma"])[40:]
    held[largest[2:]] = False
    (check,) = found.judge(validation, rows, held)
    assert not check.passed
    assert check.figure.startswith("10 % of 20 rows with sigma from ")


def test_rows_that_stand_out_and_missing_inputs_are_named(tmp_path: Path) -> None:
    columns = scan() | {"tan_beta": np.random.default_rng(2).uniform(1, 50, 60)}
    exact = columns["sigma"]
    columns["sigma"] = exact * (1 + columns["tan_beta"] / 50)
    found = made(tmp_path, columns, CHOICE)
    x = np.stack([columns["m_a"], columns["m_b"]], axis=1)
    split = found.split(60, 0)
    labelled = Labelled(found.numbers.columns, x, columns["sigma"][:, None], split)
    held = np.ones((60, 1), dtype=bool)
    unseen = Unseen(np.arange(60), 1.5 * exact[:, None], held, held)
    lines = list(doubt_inputs(found, labelled, unseen))
    assert "The inputs leave sigma open by" in lines[0]
    assert "Neighbours: row " in lines[0]
    assert "goes with the column 'tan_beta' (rank correlation 1.00)" in lines[1]
    value = columns["sigma"][:, None] * 1.001
    value[17] *= 0.95
    lines = list(list_worst_rows(found, labelled, Unseen(np.arange(60), value, held, held)))
    assert len(lines) == 6
    assert lines[1].startswith("  row 18 (line 19): m_a = ")
    assert "off by 4.9 % (49 times the median)" in lines[1]
    assert list(doubt_inputs(found, labelled, Unseen(np.arange(60), value, held, held))) == []
