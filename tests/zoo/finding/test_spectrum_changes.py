"""Whatever the physics depends on changes the answer or is refused, for every network."""

import pytest
from spectrum_changes import CASES, examine

from lhnets._finding.zoo import default


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.network} {c.subject}")
def test_no_change_is_silent(case):
    found = examine(case)
    assert found
    assert [entry for entry, outcome in found if outcome == "silent"] == []


def test_every_network_that_reads_spectra_is_examined():
    reads = {e.name for e in default().entries if any(i.slha is not None for i in e.inputs)}
    assert {c.network for c in CASES} == reads
