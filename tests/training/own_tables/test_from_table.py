"""Networks from tables of one's own, by the command that authors use."""

import re
import shlex
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from lhnets.cli import group
from lhnets.errors import OutsideRegionError
from lhnets.format import UnitVector, read_path
from lhnets.networks import Network
from lhnets_training.cli.train import train
from lhnets_training.own_tables.errors import TableDataError
from lhnets_training.own_tables.surfaces import half_space, kink

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "from-a-table.md"
UNITS = ["--unit", "m_a=GeV", "--unit", "m_b=GeV", "--unit", "sigma=pb"]


def law(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return 1e3 * (a / 500) ** -6 * np.exp(-b / 1000)


def scan(path: Path, rows: int = 150, **more: np.ndarray) -> Path:
    rng = np.random.default_rng(0)
    a = rng.uniform(200, 1500, rows)
    b = rng.uniform(20, a - 20)
    columns = {"m_a": a, "m_b": b, "sigma": law(a, b), "asym": np.cos(a / 600) + b / 2000, **more}
    pq.write_table(pa.table(columns), path)
    return path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        train, ["table", *arguments, "--out", str(folder)], catch_exceptions=False
    )


def network(folder: Path) -> Network:
    return open_network(next(folder.glob("*.onnx")))


def open_network(path: Path) -> Network:
    return Network(path.read_bytes(), path)


def test_a_small_table_becomes_a_process_with_region_and_uncertainty(tmp_path: Path) -> None:
    path = scan(tmp_path / "My scan_1.parquet")
    found = run(tmp_path, str(path), "--inputs", "m_a,m_b", "--outputs", "sigma,asym", *UNITS)
    assert found.exit_code == 0, found.output
    net = network(tmp_path)
    card = net.card
    assert card.identity == "my-scan-1@1"
    assert [o.scale for o in card.outputs] == ["log", "linear"]
    assert [(i.unit, round(i.low or 0)) for i in card.inputs] == [("GeV", 204), ("GeV", 20)]
    assert any(h.coefficients == {"m_b": 1.0, "m_a": -1.0} and h.bound < 0 for h in card.region)
    assert "Made from the table My scan_1.parquet of its author, 150 rows" in card.description
    assert card.truth.program == "a table of its author"
    assert card.validation.rows == 150
    assert card.validation.median < 1e-3
    assert 0.6 < card.validation.coverage_68 < 0.76
    assert net.verify().passed
    value, _, reach = net.predict(np.array([[800.0, 300.0], [300.0, 900.0]]))
    assert value[0] == pytest.approx(
        [law(np.array(800.0), np.array(300.0)), np.cos(8 / 6) + 0.15], rel=5e-3
    )
    assert reach[0] <= 1 < reach[1]


def test_a_larger_table_becomes_a_network(tmp_path: Path) -> None:
    path = scan(tmp_path / "scan.parquet", 600)
    found = run(
        tmp_path,
        str(path),
        "--inputs",
        "m_a,m_b",
        "--outputs",
        "sigma",
        "--method",
        "network",
        "--effort",
        "0.2",
        "--split",
        "0.1,0.2,0.2",
        *UNITS,
    )
    assert found.exit_code == 0, found.output
    card = network(tmp_path).card
    assert card.training.method.startswith("network, tanh 16-16")
    assert card.data.split == {"train": 300, "validation": 60, "calibration": 120, "test": 120}
    assert card.validation.mean < 5e-3
    assert "positive" in [c.name for c in card.checks]


def test_zeros_are_kept_and_nothing_is_negative(tmp_path: Path) -> None:
    path = scan(tmp_path / "scan.parquet")
    a = pq.read_table(path)["m_a"].to_numpy()
    scan(path, eff=np.maximum(1 - a / 1200, 0.0) ** 2)
    found = run(
        tmp_path, str(path), "--inputs", "m_a,m_b", "--outputs", "eff", "--floor", "eff=0.1"
    )
    assert found.exit_code == 0, found.output
    net = network(tmp_path)
    assert (
        "eff is never negative: errors are relative above 0.1 1 and absolute below"
        in net.card.description
    )
    points = np.array([[x, 100.0] for x in np.linspace(250, 1480, 50)])
    value, uncertainty, _ = net.predict(points)
    assert (value >= 0).all()
    assert (uncertainty > 0).all()
    assert net.card.outputs[0].scale == "linear"


def test_noise_is_carried_and_smoothed(tmp_path: Path) -> None:
    path = scan(tmp_path / "scan.parquet")
    table = pq.read_table(path)
    sigma = table["sigma"].to_numpy()
    error = 0.05 * sigma
    scan(path, seen=sigma + error * np.random.default_rng(1).normal(size=len(sigma)), error=error)
    found = run(tmp_path, str(path), "--inputs", "m_a,m_b", "--outputs", "seen", "--noise", "error")
    assert found.exit_code == 0, found.output
    net = network(tmp_path)
    assert net.card.truth.relative_error == pytest.approx(0.05, rel=0.05)
    assert "carry errors of 5" in net.card.validation.note
    noise = net.card.validation.label_noise
    assert noise is not None
    assert noise.rms == pytest.approx(0.05, rel=0.05)
    assert noise.beyond < 0.03
    kept = pq.read_table(tmp_path / "scan-table.parquet")
    assert kept.schema.field("error").metadata[b"role"] == b"error"
    x = np.stack([table["m_a"].to_numpy(), table["m_b"].to_numpy()], axis=1)
    off = net.predict(x)[0][:, 0] / sigma - 1
    assert np.abs(off).mean() < 0.03


@pytest.mark.parametrize(
    ("method", "rows", "effort", "factor"), [("process", 150, "1", 20), ("network", 500, "0.05", 5)]
)
def test_a_kink_that_is_named_costs_no_accuracy(
    tmp_path: Path, method: str, rows: int, effort: str, factor: float
) -> None:
    path = scan(tmp_path / "scan.parquet", rows)
    a, b = (pq.read_table(path)[n].to_numpy() for n in ("m_a", "m_b"))
    scan(
        path,
        len(a),
        width=a / 100 * (1 + 5 * np.sqrt(np.maximum(0, 1 - 4 * b**2 / a**2)) * (1 + b / a)),
    )
    told, means = ["--kink", "m_a - 2 m_b = 0: root"], []
    for more in ([], told):
        found = run(
            tmp_path,
            str(path),
            "--inputs",
            "m_a,m_b",
            "--outputs",
            "width",
            "--method",
            method,
            "--effort",
            effort,
            "--split",
            "0.1,0.2,0.2",
            *UNITS,
            *more,
        )
        assert found.exit_code == 0, found.output
        card = network(tmp_path).card
        assert ("The rough kernel predicts these rows best" in found.output) == (
            method == "process" and not more
        )
        assert card.parity is not None
        assert card.parity.max_relative < 1e-5
        means.append(card.validation.mean)
    assert means[1] < means[0] / factor
    assert "kinks that the author named: m_a - 2 m_b = 0 (root)." in card.description
    assert any(corner.where == "near m_a - 2 m_b = 0 (root)" for corner in card.validation.corners)


def test_a_network_weighs_rows_by_their_errors(tmp_path: Path) -> None:
    path = scan(tmp_path / "scan.parquet", 500)
    sigma = pq.read_table(path)["sigma"].to_numpy()
    error = sigma * np.where(np.arange(500) % 2, 1e-4, 0.3)
    seen = np.maximum(sigma + error * np.random.default_rng(1).normal(size=500), 1e-3 * sigma)
    scan(path, 500, seen=seen, error=error)
    command = [
        str(path),
        "--inputs",
        "m_a,m_b",
        "--outputs",
        "seen",
        "--method",
        "network",
        "--effort",
        "0.2",
    ]
    x, off = np.stack([pq.read_table(path)[n].to_numpy() for n in ("m_a", "m_b")], axis=1), []
    for more in ([], ["--noise", "error"]):
        found = run(tmp_path, *command, "--split", "0.1,0.2,0.2", *more)
        assert found.exit_code == 0, found.output
        off.append(np.median(np.abs(network(tmp_path).predict(x)[0][:, 0] / sigma - 1)))
    assert off[1] < off[0] / 10


def test_the_region_holds_inputs_on_a_unit_circle(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    mass, angle = rng.uniform(200, 900, 120), rng.uniform(0, np.pi, 120)
    c, s = np.cos(angle).round(8), np.sin(angle).round(8)
    columns = {"m": mass, "c": c, "s": s, "sigma": 1e6 / mass**2 * (1 + c * s)}
    pq.write_table(pa.table(columns), tmp_path / "scan.parquet")
    found = run(tmp_path, str(tmp_path / "scan.parquet"), "--inputs", "m,c,s", "--outputs", "sigma")
    assert found.exit_code == 0, found.output
    assert "The region holds c^2 + s^2 = 1" in found.output
    net = network(tmp_path)
    row, _ = net.card.region
    assert isinstance(row, UnitVector)
    assert row.inputs == ("c", "s")
    points = np.array([[500.0, 0.6, 0.8], [500.0, 0.9, 0.9], [500.0, 0.6, 0.805]])
    value, _, reach = net.predict(points)
    assert value[0, 0] == pytest.approx(4 * 1.48, rel=1e-3)
    assert reach[0] <= 1 < reach[2] < reach[1]
    with pytest.raises(OutsideRegionError, match=r"the squares of c, s add to 1.62, not to 1"):
        net({"m": 500.0, "c": 0.9, "s": 0.9})


def test_shares_and_theory_errors_reach_the_user(tmp_path: Path) -> None:
    m = np.linspace(100, 400, 60)
    ww = 0.3 + 0.4 * (m / 400) ** 2
    error = 0.05 * ww * (m / 100) ** 0.3
    columns = {"m": m, "ww": ww, "rest": 1 - ww, "up": error, "down": -error / 2}
    path = tmp_path / "scan.parquet"
    pq.write_table(pa.table(columns), path)
    command = [str(path), "--inputs", "m", "--outputs"]
    found = run(tmp_path, *command, "ww,rest", "--sum-to-one", "--name", "shares")
    assert found.exit_code == 0, found.output
    value, uncertainty, _ = open_network(tmp_path / "shares.onnx").predict(m[:, None] + 0.1)
    assert np.abs(value.sum(axis=1) - 1).max() < 1e-15
    assert (uncertainty > 0).all()
    found = run(tmp_path, *command, "ww", "--theory", "scale=up,down", "--name", "theory")
    assert found.exit_code == 0, found.output
    assert "The 5 rows that the others predict worst" in found.output
    up, down = open_network(tmp_path / "theory.onnx")({"m": 250.05}).components["scale"]
    expected = np.interp(250.05, m, error)
    assert (up, down) == pytest.approx((expected, expected / 2), rel=2e-3)


def test_what_the_author_says_stands_in_the_card(tmp_path: Path) -> None:
    about = tmp_path / "about.yaml"
    about.write_text(re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)[0])
    path = scan(tmp_path / "scan.parquet", 80)
    found = run(
        tmp_path,
        str(path),
        "--inputs",
        "m_a,m_b",
        "--outputs",
        "sigma",
        "--about",
        str(about),
        "--range",
        "m_a=300:1400",
        "--cut",
        "m_b - m_a <= -20",
        *UNITS,
    )
    assert found.exit_code == 0, found.output
    card = network(tmp_path).card
    assert (card.kind, card.conditions.order, card.truth.program) == (
        "cross_section",
        "NLO",
        "my generator",
    )
    assert card.inputs[0].meaning == "mass of A"
    assert (card.inputs[0].low, card.inputs[0].high) == (300.0, 1400.0)
    assert card.region[0].meaning == "m_b - m_a <= -20"
    assert re.search(r"\d+ further rows lie outside the region", card.description)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--inputs", "m_a,m_c", "--outputs", "sigma"], "lacks the columns ['m_c']"),
        (["--inputs", "m_a,m_b", "--outputs", "m_a"], "names ['m_a'] twice"),
        (["--inputs", "m_a,m_b", "--outputs", "word"], "holds text such as 'a', expected numbers"),
        (
            ["--inputs", "m_a,m_b", "--outputs", "gap"],
            "row 4, column 'gap': missing",
        ),
        (["--inputs", "m_a,same", "--outputs", "sigma"], "'same' does not vary"),
        (["--inputs", "m_a,m_b", "--outputs", "sigma,same"], "the outputs same do not vary"),
        (["--inputs", "m_a,m_b", "--outputs", "asym", "--log", "asym"], "'asym' reaches"),
        (
            ["--inputs", "twice", "--outputs", "sigma"],
            "repeat the inputs of another row, 75 of them with other numbers",
        ),
        (
            ["--inputs", "m_a,m_b", "--outputs", "sigma", "--range", "m_a=200:210"],
            "rows are left in the region",
        ),
        (
            ["--inputs", "m_a,m_b", "--outputs", "sigma", "--cut", "m_z <= 3"],
            "cannot read 'm_z <= 3'",
        ),
        (
            ["--inputs", "m_a,m_b", "--outputs", "sigma", "--kink", "m_a = 9000"],
            "has 0 rows on its upper side and 150 on",
        ),
        (
            ["--inputs", "m_a,m_b", "--outputs", "sigma", "--kink", "m_a > 900"],
            "expected a surface such as",
        ),
        (
            [
                "--inputs",
                "m_a,m_b",
                "--outputs",
                "sigma",
                "--kink",
                "m_a = 900",
                "--kink",
                "2*m_a = 1800: root",
            ],
            "are one surface; keep the one with a root or a jump",
        ),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, arguments: list[str], text: str) -> None:
    gap, words = np.ones(150), np.array(["a"] * 150)
    gap[3] = np.nan
    path = scan(
        tmp_path / "scan.parquet",
        gap=gap,
        word=words,
        same=np.ones(150),
        twice=np.arange(150.0) // 2,
    )
    found = run(tmp_path, str(path), *arguments)
    assert found.exit_code == 1
    assert text in found.output.replace("\n", " ")


def test_half_spaces_are_read() -> None:
    found = half_space("m_a - 2*m_b + 0.5 m_a <= -10", ("m_a", "m_b"))
    assert found.coefficients == {"m_a": 1.5, "m_b": -2.0}
    assert found.bound == -10
    other = half_space("2 m_b - 10 >= m_a + 5", ("m_a", "m_b"))
    assert other.coefficients == {"m_a": 1.0, "m_b": -2.0}
    assert other.bound == -15
    for text in (
        "m_a < 3",
        "m_a * m_b <= 3",
        "<= 3",
        "m_a <= x",
        "m_a m_b <= 3",
        "m_a - m_a <= 3",
        "1 <= 2",
        "m_a <= 1 <= 2",
    ):
        with pytest.raises(TableDataError, match="cannot read"):
            half_space(text, ("m_a", "m_b"))


def test_kinks_are_read() -> None:
    found = kink("m_a = 2 m_b + 1e-1", ("m_a", "m_b"))
    assert (found.coefficients, found.bound, found.form) == (
        {"m_a": 1.0, "m_b": -2.0},
        0.1,
        "slope",
    )
    assert kink("m_a=350:jump", ("m_a",)).text == "m_a=350 (jump)"
    for text in ("m_a = 3: cusp", "m_a", "m_a == 3", "m_a <= 3", "m_c = 3", "= 3", "m_a ="):
        with pytest.raises(TableDataError, match="cannot read"):
            kink(text, ("m_a", "m_b"))


def test_the_page_works_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text()
    exec(re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0], {})
    for line in re.findall(r"^\$ lhnets (.*)$", text, re.MULTILINE):
        found = CliRunner().invoke(group, shlex.split(line), catch_exceptions=False)
        assert found.exit_code == 0, found.output
    card = read_path("build/scan/scan.onnx").card
    assert msgspec.to_builtins(card.inputs[0])["unit"] == "GeV"
    assert (tmp_path / "build/scan/scan-table.parquet").exists()
    assert (tmp_path / "build/scan-measured/scan-measured.onnx").exists()
    assert read_path("build/scan-width/scan-width.onnx").card.validation.mean < 1e-3
