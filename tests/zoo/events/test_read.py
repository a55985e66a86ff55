"""Files of each layout, written small, give the jets that are in them."""

import gzip

import numpy as np
import pytest
from click.testing import CliRunner

import lhnets as ml
from lhnets.cli import group
from lhnets.events import read_events

NAMES = ("E", "px", "py", "pz")

pytestmark = pytest.mark.filterwarnings("ignore::lhnets.OutsideRegionWarning")


@pytest.fixture
def jets():
    rng = np.random.default_rng(4)
    found = []
    for n in (12, 20, 15):
        p = rng.normal(0, 20, (n, 3))
        found.append(np.concatenate([np.linalg.norm(p, axis=1, keepdims=True), p], axis=1))
    return found


def dense(jets, entries):
    whole = np.zeros((len(jets), entries, 4))
    for row, jet in zip(whole, jets, strict=True):
        row[: len(jet)] = jet
    return whole


def massless(jets, entries):
    _, px, py, pz = np.moveaxis(dense(jets, entries), -1, 0)
    pt = np.hypot(px, py)
    eta = np.where(pt > 0, np.arcsinh(pz / np.where(pt > 0, pt, 1)), 0)
    return pt, eta, np.arctan2(py, px)


def check(inputs, jets):
    """The network sees the same as of the jets themselves."""
    expected = ml.Classify("classifier-top-qcd", jets, outside="warn")
    found = ml.Classify("classifier-top-qcd", inputs, outside="warn")
    np.testing.assert_allclose(found.value, expected.value, atol=1e-4)


def test_a_tree_of_a_root_file(jets, tmp_path):
    uproot, ak = pytest.importorskip("uproot"), pytest.importorskip("awkward")
    path = tmp_path / "events.root"
    flat, lengths = np.concatenate(jets), [len(j) for j in jets]
    with uproot.recreate(path) as file:
        file.mktree("Jets", {f"part_{n}": "var * float64" for n in NAMES})
        file["Jets"].extend(
            {f"part_{n}": ak.unflatten(flat[:, k], lengths) for k, n in enumerate(NAMES)}
        )
    names = {n: f"part_{n}" for n in NAMES}
    check(read_events(f"{path}:Jets", names).inputs, jets)
    check(read_events(path, {f"constituents.{n}": c for n, c in names.items()}).inputs, jets)
    told = ",".join(f"{n}={c}" for n, c in names.items())
    arguments = ["classify", "classifier-top-qcd", f"{path}:Jets", "--map", told]
    done = CliRunner().invoke(group, [*arguments, "--outside", "nan", "--json"])
    assert done.exit_code == 0, done.output
    done = CliRunner().invoke(group, [*arguments[:-1], "pt"])
    assert done.exit_code == 2
    with pytest.raises(ml.ParameterError, match=r"no branch pt; it has .*part_E"):
        read_events(f"{path}:Jets", {"pt": "pt"})
    with pytest.raises(ml.ParameterError, match="has the trees Jets, not 'Events'"):
        read_events(f"{path}:Events")


def test_hepmc(jets, tmp_path):
    pyhepmc = pytest.importorskip("pyhepmc")
    path = tmp_path / "events.hepmc3"
    with pyhepmc.open(str(path), "w") as file:
        for number, jet in enumerate(jets):
            event = pyhepmc.GenEvent(pyhepmc.Units.MEV, pyhepmc.Units.MM)
            event.event_number = number
            vertex = pyhepmc.GenVertex()
            vertex.add_particle_in(pyhepmc.GenParticle((0.0, 0.0, 1e6, 1e6), 2212, 4))
            for e, px, py, pz in 1e3 * jet:
                vertex.add_particle_out(pyhepmc.GenParticle((px, py, pz, e), 211, 1))
            event.add_vertex(vertex)
            file.write(event)
    check(read_events(path).inputs, jets)


def test_lhe(jets, tmp_path):
    pytest.importorskip("pylhe")
    beams = ["21 -1 0 0 501 502 0 0 500 500 0 0 9", "21 -1 0 0 502 501 0 0 -500 500 0 0 9"]
    events = ""
    for jet in jets:
        out = [f"1 1 1 2 0 0 {x:.9e} {y:.9e} {z:.9e} {e:.9e} 0 0 9" for e, x, y, z in jet]
        head = f"{len(jet) + 2} 1 1.0 91.2 0.0078 0.118"
        events += "\n".join(["<event>", head, *beams, *out, "</event>", ""])
    init = "<init>\n2212 2212 7e3 7e3 0 0 0 0 3 1\n1.0 0.1 1.0 1\n</init>"
    text = f'<LesHouchesEvents version="3.0">\n{init}\n{events}</LesHouchesEvents>\n'
    path = tmp_path / "events.lhe.gz"
    path.write_bytes(gzip.compress(text.encode()))
    check(read_events(path).inputs, jets)


def test_the_layout_of_the_top_tagging_set(jets, tmp_path):
    h5py = pytest.importorskip("h5py")
    columns = [("index", "i8"), ("values_block_0", "f4", (804,)), ("values_block_1", "i8", (2,))]
    rows = np.zeros(3, dtype=columns)
    rows["values_block_0"][:, :800] = dense(jets, 200).reshape(3, -1)
    rows["values_block_1"] = [[0, 1], [0, 0], [0, 1]]
    path = tmp_path / "test.h5"
    with h5py.File(path, "w") as file:
        file["table/table"] = rows
    found = read_events(path)
    check(found.inputs, jets)
    assert found.labels.tolist() == [1, 0, 1]


def test_the_layout_of_the_lhc_olympics(jets, tmp_path):
    h5py = pytest.importorskip("h5py")
    columns = np.stack(massless(jets, 700), axis=-1).reshape(3, -1)
    path = tmp_path / "events_anomalydetection.h5"
    with h5py.File(path, "w") as file:
        file["df/block0_values"] = np.concatenate([columns, [[0], [1], [0]]], axis=1)
    found = read_events(path)
    check(found.inputs, jets)
    assert found.labels.tolist() == [0, 1, 0]


def test_the_layout_of_jetnet(jets, tmp_path):
    h5py = pytest.importorskip("h5py")
    pt, eta, phi = massless(jets, 30)
    jet_pt, jet_eta = pt.sum(axis=1, keepdims=True), np.array([[0.3], [-0.2], [0.1]])
    path = tmp_path / "t.hdf5"
    with h5py.File(path, "w") as file:
        file["particle_features"] = np.stack(
            [np.where(pt > 0, eta - jet_eta, 0), phi, pt / jet_pt, pt > 0], axis=-1
        )
        file["jet_features"] = np.concatenate([jet_pt, jet_eta, jet_pt, jet_pt], axis=1)
    check(read_events(path).inputs, jets)


def test_the_layout_of_the_calochallenge(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "dataset_1_photons_1.hdf5"
    with h5py.File(path, "w") as file:
        file["incident_energies"], file["showers"] = np.ones((3, 1)), np.ones((3, 368))
    found = read_events(path).inputs
    assert {k: v.shape for k, v in found.items()} == {
        "incident_energies": (3, 1),
        "showers": (3, 368),
    }


def test_the_tables_of_higgsml(tmp_path):
    path = tmp_path / "training.csv"
    path.write_text(
        "EventId,DER_mass_MMC,PRI_tau_pt,Weight,Label\n1,138.47,32.6,0.002,s\n2,-999.0,42,2.2,b\n"
    )
    found = read_events(path)
    assert found.labels.tolist() == [1, 0]
    assert found.inputs["DER_mass_MMC"].tolist() == [138.47, -999.0]
    parquet = pytest.importorskip("pyarrow.parquet")
    pyarrow = pytest.importorskip("pyarrow")
    columns = {"PRI_tau_pt": [32.6, 42.0], "PRI_jet_pt": [[1.0], [2.0, 3.0]], "labels": [1.0, 0.0]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")
    found = read_events(tmp_path / "a.parquet", {"m": "PRI_tau_pt", "jets.pt": "PRI_jet_pt"})
    assert found.labels.tolist() == [1, 0]
    assert found.inputs["m"].tolist() == [32.6, 42.0]
    assert found.inputs["jets"]["pt"].to_list() == [[1.0], [2.0, 3.0]]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("events.txt", b"1", r"of no format that is known by its ending: expected one of \.csv"),
        ("events.root", b"1", "cannot be read as ROOT"),
        ("events.h5", b"1", "cannot be read as HDF5"),
        ("events.lhe", b"<no>", "LHE"),
        ("events.hepmc3", b"nothing", "HepMC"),
        ("events.csv", b"a,b\n1\n", "cannot be read as CSV"),
        ("events.csv", b"a,label\n1,what\n", r"the labels of .* are what: expected s and b"),
        ("events.parquet", b"1", "cannot be read as Parquet"),
        ("events.npz", b"1", r"cannot be read as \.npz"),
    ],
)
def test_what_is_no_such_file_is_told(tmp_path, name, content, message):
    for module in ("uproot", "h5py", "pylhe", "pyhepmc", "pyarrow", "awkward"):
        pytest.importorskip(module)
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ml.ParameterError, match=message):
        read_events(path)


def test_a_missing_file_and_a_missing_column(tmp_path):
    with pytest.raises(ml.ParameterError, match="there is no file"):
        read_events(tmp_path / "none.root:Events")
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ml.ParameterError, match="has no column c; it has a, b"):
        read_events(tmp_path / "a.csv", {"pt": "c"})
