"""The table of components has a line for each source, and a reason for networks without any."""

import pytest

from lhnets_training.cli import components

FEW = ("br-higgs-sm", "cs-gluino-pair-decoupled-13tev", "cs-ttbar-lo", "loop-b0")


def test_networks_stand_in_the_table_or_say_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    few = [n for n in components.bundled() if n.card.name in FEW]
    monkeypatch.setattr(components, "bundled", lambda: iter(few))
    table, _, reasons = components.page().partition("## Networks without components")
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| c")]
    found = {(row[0].strip("| "), row[2]): row[3] for row in rows}
    assert found["cs-ttbar-lo", "scale"] == "mu_over_m at 0.5 and 2"
    assert found["cs-gluino-pair-decoupled-13tev", "pdf+alpha_s"] == "outputs of the network"
    assert "| br-higgs-sm | BR_bb | alpha_s | alpha_s varied by 0.0015 | +" in table
    assert "| loop-b0 | loop-b0 is a mathematical function" in reasons
    assert "nan" not in table
