"""Which sfermion an id stands for where no matrix says it."""

import pytest

from lhnets import ParameterError
from lhnets._asking.slha import read_spectra


def read(text):
    return read_spectra("\n" + text)[0]


@pytest.mark.parametrize("kind", [5, 6, 15])
def test_a_pair_with_the_heavier_one_first_is_unclear(kind):
    first, second = 1000000 + kind, 2000000 + kind
    found = read(f"Block MASS\n {first} 1200.0\n {second} 800.0\n 1000021 2000.0\n")
    for pdg in (first, second):
        with pytest.raises(ParameterError, match=f"{first} has 1200 GeV and {second} 800 GeV"):
            found.find("MASS", (pdg,))
    assert found.find("MASS", (1000021,)) == 2000.0


@pytest.mark.parametrize(("first", "second"), [(800, 1200), (800, 800), (1e5, 800), (800, 1e5)])
def test_a_pair_in_order_or_with_one_decoupled_is_read(first, second):
    found = read(f"Block MASS\n 1000006 {first}\n 2000006 {second}\n")
    assert found.find("MASS", (1000006,)) == first


@pytest.mark.parametrize(
    ("violation", "unclear", "clear"), [(1, 1000006, 1000011), (2, 1000011, 1000006)]
)
def test_flavours_that_mix_need_their_matrix(violation, unclear, clear):
    masses = "Block MASS\n 1000006 800\n 1000011 300\n"
    found = read(f"Block MODSEL\n 6 {violation}\n{masses}")
    with pytest.raises(ParameterError, match=f"MODSEL 6 is {violation}"):
        found.find("MASS", (unclear,))
    assert found.find("MASS", (clear,)) is not None
    assert read(f"Block MODSEL\n 6 0\n{masses}").find("MASS", (unclear,)) is not None
