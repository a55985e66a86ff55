import pytest
import toy_events
from msgspec import structs

from lhnets.cli import classification
from lhnets.cli.classification import print_classification
from lhnets.cli.terminal import FilteredConsole
from lhnets.format import ClassSummary, Cost, Figure, Sculpting, ShiftedSample


@pytest.fixture
def show(monkeypatch):
    console = FilteredConsole(width=200, record=True)
    monkeypatch.setattr(classification, "console", console)

    def shown(**changes):
        validation = toy_events.tagger_card().validation
        own = structs.replace(validation.classification, **changes)
        print_classification(structs.replace(validation, classification=own))
        return console.export_text()

    return shown


def test_figures_stand_with_their_errors_and_floors(show):
    errors = {"auc": 0.0017, "rejection_30": 88.2, "calibration_error": 0.0022}
    shown = show(auc=0.981, rejection_30=248.9, errors=errors, calibration_floor=0.012)
    assert "0.9810 ± 0.0017" in shown
    assert "249 ± 88" in shown
    assert "(0.012)" in shown


def test_a_card_without_errors_shows_bare_figures(show):
    assert "0.981" in show(auc=0.981)
    assert "±" not in show(auc=0.981)


def test_classes_sculpting_other_samples_and_cost_are_shown(show):
    figure = Figure(value=1.46, error=0.08)
    shown = show(
        classes={"top": ClassSummary(auc=0.98, errors={"auc": 0.01})},
        sculpting=(
            Sculpting(quantity="jet_mass", efficiency=0.5, bins=10, figure=figure, floor=10.6),
        ),
        shifted=(
            ShiftedSample(
                name="Vincia",
                meaning="another shower",
                rows=2000,
                figures={"auc": Figure(value=0.97, error=0.003)},
            ),
        ),
        cost=Cost(parameters=13794, flops=312832.0, entries=32, microseconds=119.0),
    )
    assert "1/JSD of jet_mass" in shown
    assert "1.460 ± 0.080; a cut by chance gives 10.6" in shown
    assert "0.9700 ± 0.0030" in shown
    assert "Vincia: another shower" in shown
    assert "13,794 parameters; 312,832 multiplications and additions" in shown
