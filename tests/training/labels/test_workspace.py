"""How a workspace is read: its flaws, its measurement, its signal."""

import json
from copy import deepcopy

import pytest
from toy_workspace import toy_workspace

pyhf = pytest.importorskip("pyhf", reason="likelihood labels need pyhf")

from lhnets_training.labels.likelihoods.pyhf_profile import Profile, Region  # noqa: E402
from lhnets_training.labels.likelihoods.workspace import interpret  # noqa: E402
from lhnets_training.labels.likelihoods.workspace_file import (  # noqa: E402
    WorkspaceError,
    read_workspace,
)

TOP = ("channels", 0, "samples", 0)
FAKES = ("channels", 0, "samples", 1)
LUMI = ("measurements", 0, "config", "parameters", 0)
OTHER = {"name": "other", "data": [1.0], "modifiers": []}
FREE = {"name": "mu_SIG", "type": "normfactor", "data": None}


def changed(path, value):
    workspace = toy_workspace()
    place = workspace
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    elif isinstance(place, list) and path[-1] == len(place):
        place.append(value)
    else:
        place[path[-1]] = value
    return workspace


def modifier(**fields):
    return changed((*TOP, "modifiers", 5), {"name": "new", "data": None, **fields})


FLAWS = {
    "data of sample 'top' of channel 'SR_cuts' is '5'": changed((*TOP, "data"), "5"),
    "bin 1 in data of sample 'top' of channel 'SR_cuts' is '3.0'": changed(
        (*TOP, "data", 1), "3.0"
    ),
    "bin 0 in data of sample 'top' .* is True": changed((*TOP, "data", 0), True),
    "bin 0 in data of sample 'top' .* is 1000": changed((*TOP, "data", 0), 10**400),
    "an integer of thousands of digits": changed((*TOP, "data", 0), 10**5000),
    "bin 0 in data of sample 'top' .* is nan": changed((*TOP, "data", 0), float("nan")),
    "sample 'fakes' of channel 'SR_cuts' has 1 bins, expected 2": changed((*FAKES, "data"), [1.0]),
    "bin 0 of the channel 'SR_cuts' expects -3.5 events": changed((*TOP, "data"), [-5.0, 3.0]),
    "bin 0 of the channel 'CR_cuts' expects 0 events": changed(
        ("channels", 1, "samples", 0, "data"), [0.0]
    ),
    "data of sample 'top' .* is empty": changed((*TOP, "data"), []),
    "list of samples of channel 'CR_cuts' is empty": changed(("channels", 1, "samples"), []),
    "list of channels has the name 'SR_cuts' twice": changed(("channels", 1, "name"), "SR_cuts"),
    "samples of channel 'SR_cuts' has the name 'top' twice": changed((*FAKES, "name"), "top"),
    "number 0 in the list of channels has the name 5": changed(("channels", 0, "name"), 5),
    "number 1 in the list of channels is 'CR', expected an object": changed(("channels", 1), "CR"),
    "modifiers of sample 'top' .* is missing": changed((*TOP, "modifiers"), None),
    "modifier 'jes' .* appears twice with the type normsys": modifier(
        name="jes", type="normsys", data={"hi": 1.1, "lo": 0.9}
    ),
    "of the type 'morph', expected normfactor": modifier(type="morph"),
    "modifier 'new' .* has no data": modifier(type="normsys"),
    "lo of modifier 'new' .* is 0, expected a positive": modifier(
        type="normsys", data={"hi": 1.1, "lo": 0}
    ),
    "modifier 'new' .* lacks lo_data": modifier(type="histosys", data={"hi_data": [5.0, 3.0]}),
    "hi_data of modifier 'new' .* has 1 numbers, expected 2": modifier(
        type="histosys", data={"hi_data": [5.0], "lo_data": [4.0, 3.0]}
    ),
    "data of modifier 'new' .* has 1 numbers, expected 2": modifier(type="staterror", data=[0.1]),
    "bin 1 in data of modifier 'new' .* is -0.1": modifier(type="staterror", data=[0.1, -0.1]),
    "expected null for the type shapefactor": modifier(type="shapefactor", data=[1.0, 1.0]),
    "expected the name 'lumi'": modifier(type="lumi"),
    "'rate' is shared by the types normfactor, normsys": modifier(name="rate", type="normfactor"),
    "staterror 'staterror_SR' is in CR_cuts; SR_cuts": changed(
        ("channels", 1, "samples", 0, "modifiers", 0),
        {"name": "staterror_SR", "type": "staterror", "data": [1.0]},
    ),
    "shapesys 'fakes_shape' is in": modifier(name="fakes_shape", type="shapesys", data=[0.1, 0.1]),
    "list of observations is empty": changed(("observations",), []),
    "channel 'CR_cuts' has no observation": changed(("observations", 1), None),
    "observation 'VR' is of no channel": changed(("observations", 1, "name"), "VR"),
    "observation of channel 'SR_cuts' has 1 numbers": changed(("observations", 0, "data"), [8.0]),
    "bin 0 in the observation .* is -1": changed(("observations", 0, "data"), [-1.0, 3.0]),
    "list of measurements is empty": changed(("measurements",), []),
    "measurement 'toy' has no config": changed(("measurements", 0, "config"), None),
    "poi of measurement 'toy' is 3": changed(("measurements", 0, "config", "poi"), 3),
    "names no parameter of interest": changed(("measurements", 0, "config", "poi"), None),
    "'rate' is a normsys, expected the normfactor": changed(
        ("measurements", 0, "config", "poi"), "rate"
    ),
    "has the name 'lumi' twice": changed(
        ("measurements", 0, "config", "parameters", 1), {"name": "lumi"}
    ),
    "does not say how well the luminosity": changed(
        ("measurements", 0, "config", "parameters"), []
    ),
    "sigmas of parameter 'lumi' .* expected positive": changed((*LUMI, "sigmas"), [0.0]),
    "bounds of parameter 'lumi' .* low below high": changed((*LUMI, "bounds"), [[1.1, 0.9]]),
    "inits of parameter 'lumi' .* outside the bounds": changed((*LUMI, "inits"), [2.0]),
    "fixed of parameter 'lumi' .* is 'no'": changed((*LUMI, "fixed"), "no"),
    "channel 'CR_cuts' has signal only": changed(
        ("channels", 1, "samples", 0, "modifiers", 0), FREE
    ),
    "sample 'sig' of the channel 'CR_cuts' looks like signal": changed(
        ("channels", 1, "samples", 1), {**OTHER, "name": "sig"}
    ),
}


@pytest.mark.parametrize(("message", "workspace"), FLAWS.items(), ids=list(FLAWS))
def test_flaws_are_told_with_their_place(message, workspace):
    with pytest.raises(WorkspaceError, match=message):
        interpret(workspace)


def test_an_initial_value_without_events_is_told():
    start = {"name": "mu_top", "inits": [0.0], "bounds": [[0.0, 5.0]]}
    workspace = interpret(changed(("measurements", 0, "config", "parameters", 1), start))
    with pytest.raises(WorkspaceError, match="bin 0 of the channel 'CR_cuts' expects"):
        Profile(workspace, (Region("one", "SR_cuts", 0),))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", "expected the plain JSON"),
        (b'{"channels": []}', "it lacks observations, measurements"),
        (b'{"a": 1, "a": 2}', "has the key 'a' twice"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b"// a comment\n{}", "no comments"),
        (b"[1]", "as a JSON patch is"),
        (b'{"patches": []}', "is a patchset"),
        (b'{"distributions": []}', "HS3"),
        (b'"text"', "holds a string"),
        (b"null", "holds null"),
        (b"\x1f\x8b0", "compressed with gzip"),
        (b"PK\x03\x04", "zip archive"),
        (b"<!DOCTYPE Combination>", "is XML"),
        (b"root\x00", "a ROOT file"),
        ("{}".encode("utf-16"), "UTF-16"),
        (b"[" * 100000, "cannot read"),
        (b"\xff", "cannot read"),
    ],
)
def test_files_that_are_not_workspaces(tmp_path, content, expected):
    path = tmp_path / "workspace.json"
    path.write_bytes(content)
    with pytest.raises(WorkspaceError, match=expected):
        read_workspace(path)


def test_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "workspace.json"
    path.write_text(json.dumps(toy_workspace()), encoding="utf-8-sig")
    assert read_workspace(path) == toy_workspace()


@pytest.fixture
def two_measurements():
    """The toy with a signal, and a measurement of the background's normalisation before it."""
    workspace = toy_workspace()
    signal = {"name": "higgsino", "data": [4.0, 2.0], "modifiers": [FREE]}
    workspace["channels"][0]["samples"].append(signal)
    control = deepcopy(workspace["measurements"][0]) | {"name": "control"}
    control["config"]["poi"] = "mu_top"
    workspace["measurements"].insert(0, control)
    return workspace


def test_several_measurements_are_asked_about(two_measurements):
    with pytest.raises(WorkspaceError, match=r"several measurements: control .*mu_top.*; toy"):
        interpret(two_measurements)
    with pytest.raises(WorkspaceError, match="no measurement 'other'"):
        interpret(two_measurements, "other")
    found = interpret(two_measurements, "toy")
    assert found.left_out == ("higgsino in SR_cuts",)
    assert found.bins == {"SR_cuts": 2, "CR_cuts": 1}


def test_a_background_is_not_taken_for_the_signal(two_measurements):
    with pytest.raises(WorkspaceError, match=r"has signal only \(top, scaled by 'mu_top'\)"):
        interpret(two_measurements, "control")
    assert interpret(two_measurements, "control", "mu_SIG").left_out == ("higgsino in SR_cuts",)


def test_an_unknown_parameter_of_interest_is_told():
    with pytest.raises(WorkspaceError, match=r"no sample has the parameter 'mu'.*mu_top"):
        interpret(toy_workspace(), poi="mu")


def test_names_of_the_workspace_do_not_clash():
    clash = json.loads(
        json.dumps(toy_workspace()).replace("mu_SIG", "strength").replace('"rate"', '"mu_SIG"')
    )
    assert interpret(clash).mu == "mu_SIG_2"
    assert Profile(interpret(clash), (Region("one", "SR_cuts", 0),)).verify(2) < 1e-8


def test_a_normsys_called_lumi_is_no_luminosity():
    workspace = toy_workspace()
    workspace["measurements"][0]["config"]["parameters"] = []
    for channel in workspace["channels"]:
        for sample in channel["samples"]:
            for found in sample["modifiers"]:
                if found["type"] == "lumi":
                    found |= {"type": "normsys", "data": {"hi": 1.02, "lo": 0.98}}
    fits = Profile(interpret(workspace), (Region("one", "SR_cuts", 0),))
    assert fits._lumi is None
    assert fits.verify(2) < 1e-8
