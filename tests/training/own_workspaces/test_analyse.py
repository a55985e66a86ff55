"""Which bins of a workspace take signal, and by which names."""

import pytest

pytest.importorskip("pyhf", reason="likelihood labels need pyhf")

from lhnets_training.labels.likelihoods.pyhf_profile import Region
from lhnets_training.labels.likelihoods.workspace_file import WorkspaceError
from lhnets_training.own_workspaces.analyse import find_regions

BINS = {"SR_cuts": 2, "CR_cuts": 1}


def test_regions_are_named_by_hand():
    found = find_regions(BINS, ["control=CR_cuts", "tight=SR_cuts:1"])
    assert found == (Region("control", "CR_cuts", 0), Region("tight", "SR_cuts", 1))


@pytest.mark.parametrize("name", ["SR:low", "SR=low"])
def test_any_name_of_a_channel_will_do(name):
    assert find_regions({name: 1}, []) == (Region(name, name, 0),)
    assert find_regions({name: 2}, [f"a={name}:1"]) == (Region("a", name, 1),)


@pytest.mark.parametrize("text", ["SR_cuts", "a=SR", "a=SR_cuts:2", "=SR_cuts", "a=SR_cuts:x"])
def test_regions_that_do_not_exist(text):
    with pytest.raises(WorkspaceError, match="expected NAME=CHANNEL or NAME=CHANNEL:BIN"):
        find_regions(BINS, [text])


def test_a_workspace_without_signal_regions_lists_its_channels():
    with pytest.raises(WorkspaceError, match=r"no channel begins with SR.*'CR_cuts': 1"):
        find_regions({"CR_cuts": 1}, [])


@pytest.mark.parametrize(
    ("bins", "wanted", "expected"),
    [
        ({"SR_1": 1, "SR": 2}, [], "two regions have the name SR_1"),
        (BINS, ["a=SR_cuts:0", "b=SR_cuts:0"], "two regions have the bin SR_cuts:0"),
        (BINS, ["ln_l=SR_cuts:0"], "an output of the network"),
    ],
)
def test_regions_that_clash(bins, wanted, expected):
    with pytest.raises(WorkspaceError, match=expected):
        find_regions(bins, wanted)
