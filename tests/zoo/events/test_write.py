"""Generated events as files that others read."""

import numpy as np
import pytest

import lhnets as ml
from lhnets.events import read_events
from lhnets.events.write import Generated, OutputFileError, write_events
from lhnets.format import Output

for module in ("pyarrow", "pyhepmc", "pylhe"):
    pytest.importorskip(module)
MOMENTA = ("energy", "px", "py", "pz")


@pytest.fixture
def events():
    outputs = [Output(name="mass", unit="GeV", meaning="of the pair")] + [
        Output(name=f"{n}_{q}", unit="GeV", meaning=q, particle=number, quantity=q)
        for n, number in (("minus", 13), ("plus", -13))
        for q in MOMENTA
    ]
    p = np.random.default_rng(1).normal(0, 40, (5, 3))
    one = np.column_stack([np.linalg.norm(p, axis=1), p])
    value = np.concatenate([2 * one[:, :1], one, one * [1, -1, -1, -1]], axis=1)
    return Generated(value, outputs, "muons@1", 13000.0)


@pytest.mark.parametrize("ending", [".lhe", ".hepmc"])
def test_particles_come_back_as_they_were_written(events, tmp_path, ending):
    path = tmp_path / f"events{ending}"
    write_events(path, events)
    found = read_events(path).inputs
    read = np.stack([np.asarray(found[n]) for n in ("E", "px", "py", "pz")], axis=-1)
    np.testing.assert_allclose(read.reshape(5, 8), events.value[:, 1:], rtol=1e-7)
    assert list(tmp_path.iterdir()) == [path]


def test_parquet_holds_a_column_for_each_output(events, tmp_path):
    write_events(tmp_path / "events.parquet", events)
    found = read_events(tmp_path / "events.parquet").inputs
    assert list(found) == [o.name for o in events.outputs]
    np.testing.assert_array_equal(found["mass"], events.value[:, 0])


def test_particles_need_momenta(events, tmp_path):
    part = events._replace(value=events.value[:, :3], outputs=events.outputs[:3])
    with pytest.raises(ml.ParameterError, match="does not generate energy, px, py and pz"):
        write_events(tmp_path / "events.lhe", part)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_ending_and_a_missing_folder_are_refused(events, tmp_path):
    with pytest.raises(ml.ParameterError, match=r"expected one of \.npz \.parquet \.lhe \.hepmc"):
        write_events(tmp_path / "events.root", events)
    with pytest.raises(OutputFileError, match="cannot write"):
        write_events(tmp_path / "missing" / "events.parquet", events)
