import sys

import pytest

from lhnets_training.labels.generators import pythia, spectrum


def test_the_spectrum_is_what_was_asked_for() -> None:
    lines = pythia.spectrum(1500.0, 2500.0).splitlines()
    masses = {
        int(p[0]): float(p[1])
        for p in (line.split() for line in lines)
        if len(p) == 2 and "e+" in p[1]
    }
    assert masses[1000021] == 1500.0
    assert {masses[s] for s in spectrum.SQUARKS} == {2500.0}
    assert len(spectrum.SQUARKS) == 12
    assert masses[1000022] == spectrum.DECOUPLED


def test_a_refused_setting_is_an_error() -> None:
    pytest.importorskip("pythia8mc")
    with pytest.raises(pythia.PythiaError, match="refuses the setting 'Nonsense:x = 1'"):
        pythia._run(["Print:quiet = on", "Nonsense:x = 1"], pythia.spectrum(1000.0, 1000.0), 1)


def test_without_pythia_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pythia8mc", None)
    with pytest.raises(pythia.PythiaError, match=r"not installed.*pip install"):
        pythia.gluino_pair(1000.0, 1000.0, 13000.0, 1.0, events=1, seed=1)
