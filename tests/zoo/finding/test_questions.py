"""What a physicist types, however it is spelt: the right answer, or an error that helps."""

import pytest

import lhnets as ml

GLUINOS = {"m_go": 2000.0}
HIGGS = {"m_h": 125.0}
YIELDS = {"SRlow": 1.0, "SRhigh": 1.0}
STOPS = {"m_t1": 1000.0}


def gluinos(**changes):
    return ml.CS("p p > go go", GLUINOS, **({"energy": "13 TeV"} | changes))


@pytest.mark.parametrize(
    "process",
    [
        "pp->gluino gluino",
        "P P > GO GO",
        "p p => ~g ~g",
        "p, p --> go, go",
        "pp → g̃ g̃",
        "pp → g̃g̃",
        r"pp \to \tilde g \tilde g",
        r"$pp\rightarrow\tilde{g}\tilde{g}$",
        "2212 2212 > 1000021 1000021",
    ],
)
def test_one_process_in_many_spellings(process):
    assert ml.CS(process, GLUINOS, energy="13 TeV").value == gluinos().value


@pytest.mark.parametrize(
    ("process", "same"),
    [
        ("h -> b bbar", "h > b b~"),
        ("25 > -5 5", "h > b b~"),
        (r"h \to b\bar b", "h > b b~"),
        ("h → b b̄", "h > b b~"),
        ("Higgs > gamma gamma", "h > a a"),
        ("h → γγ", "h > a a"),
        (r"h\to\gamma\gamma", "h > a a"),
        ("H > Z Z*", "h > z z"),
        (r"h\to W^+ W^-", "h > w+ w-"),
        ("h → W⁺W⁻", "h > w+ w-"),
        ("h → τ⁺τ⁻", "h > ta+ ta-"),
        (r"h\to\tau^+\tau^-", "h > ta+ ta-"),
    ],
)
def test_one_decay_in_many_spellings(process, same):
    assert ml.BR(process, HIGGS).value == ml.BR(same, HIGGS).value


@pytest.mark.parametrize(
    "process",
    [
        "p p > stop1 stop1~",
        "p p > t1 t1bar",
        "p p > ~t_1 ~t_1bar",
        "p p > stop1 antistop1",
        r"pp \to \tilde{t}_1\bar{\tilde{t}}_1",
        r"pp \to \tilde t_1 \tilde t_1^*",
    ],
)
def test_antiparticles_in_many_spellings(process):
    same = ml.CS("p p > t1 t1~", STOPS, energy="13 TeV")
    assert ml.CS(process, STOPS, energy="13 TeV").value == same.value


@pytest.mark.parametrize("energy", ["13TeV", " 13 tev", "13000", 13000, "13.0 TeV", "1.3e4 GeV"])
def test_one_energy_in_many_spellings(energy):
    assert gluinos(energy=energy).value == gluinos().value


@pytest.mark.parametrize(
    "order", ["NNLOapprox+NNLL", "aNNLO+NNLL", "approx. NNLO + NNLL", "nnll+nnlo(approx)"]
)
def test_one_order_in_many_spellings(order):
    assert gluinos(order=order).value == gluinos().value


@pytest.mark.parametrize("order", ["nlo", "N L O", "next-to-leading order"])
def test_words_for_an_order(order):
    assert gluinos(order=order).value == gluinos(order="NLO").value


@pytest.mark.parametrize(
    ("function", "subject", "same", "params"),
    [
        (ml.Likelihood, "ATLAS-SUSY-2018-04", "atlas-susy-2018-04", YIELDS),
        (ml.Likelihood, "Atlas SUSY 2018_04", "atlas-susy-2018-04", YIELDS),
        (ml.Observable, "P5’", "P5'", {}),
        (ml.Observable, "RK", "R_K", {}),
        (ml.Observable, "BR(B_s -> mu mu)", "BR(Bs->mumu)", {}),
        (ml.Observable, "BR(B → Xs gamma)".replace("→", "->"), "BR(B->Xsgamma)", {}),
        (ml.LoopIntegral, "b0", "B0", {"p2": 100.0, "m1sq": 100.0, "m2sq": 200.0}),
    ],
)
def test_other_subjects_in_many_spellings(function, subject, same, params):
    assert function(subject, params).value == function(same, params).value


@pytest.mark.parametrize(
    ("energy", "says"),
    [
        (13, "at 13 GeV. Numbers are in GeV: write energy='13 TeV' or energy=13000"),
        ("13", "at 13 GeV. Numbers are in GeV"),
        (13.6, "write energy='13.6 TeV'"),
        ("13 GeV", "write energy='13 TeV'"),
        ("13,6 TeV", "with a decimal point"),
        ("run 2", "expected '13 TeV', '13600 GeV' or a number in GeV"),
        (True, "cannot read the energy True"),
        ([13000, 13600], "ask in a loop"),
        (0, "positive and finite"),
        ("14 TeV", "From these parameters it is known at 13 TeV"),
        (None, "known at 13 TeV and at 7 TeV to 14 TeV"),
    ],
)
def test_energies_that_are_not_answered(energy, says):
    with pytest.raises(ml.Error) as told:
        gluinos(energy=energy)
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ("NNLL", "Did you mean order='NNLO_approx+NNLL'?"),
        ("NNLO+NNLL", "Did you mean order='NNLO_approx+NNLL'?"),
        ("best", "gives LO, NLO, NNLO_approx+NNLL at 13 TeV"),
        ("", "cannot read the order ''"),
        (5, "cannot read the order 5"),
    ],
)
def test_orders_that_are_not_answered(order, says):
    with pytest.raises(ml.Error) as told:
        gluinos(order=order)
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("process", "says"),
    [
        ("h > bb", "write the particles apart: 'b' 'b'"),
        ("p p > ttbar", "write the particles apart: 't' 'tbar'"),
        ("p p > gluinos", "write 'gluino' once for each"),
        ("h > b b", "the nearest are h > b~ b"),
        ("h > tau tau", "the nearest are h > ta+ ta-"),
        ("h > W W", "may be any of w+, w-"),
        ("H0 > b b~", "may be any of h, h2"),
        ("A > t t~", "may be any of a, a0"),
        ("t1~ > t~ n1", "its charge conjugate 't1 > t n1' is known"),
        ("p p > t1 t1", "the nearest are p p > t1~ t1"),
        ("p p > x1± n2", "write both processes, joined by '|'"),
        ("p p > sneutrino sneutrino", "may be any of sve, svm, svt"),
        ("p p > sq go", "as a part of p p > go sq | p p > go sq~"),
        ("p p > ul ul~", "p p > sq sq~"),
        ("p p > z' > e+ e-", "with one '>', got 2"),
        ("gluino pair production", "expected 'initial > final'"),
        (5, "expected what is asked for as text, got 5"),
    ],
)
def test_processes_that_are_not_answered(process, says):
    kind = ml.CS if str(process).startswith(("p", "g", "5")) else ml.BR
    with pytest.raises(ml.Error) as told:
        kind(process, {})
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ml.BR("h > b b~", HIGGS, energy="13 TeV"), "has no collider energy"),
        (lambda: ml.BR("h > b b~", HIGGS, order="NLO"), "br-higgs-sm@3 states no order"),
        (lambda: ml.Efficiency("SRC28", {}), "nearest are atlas-susy-2018-31-gluino-stop-src28"),
        (lambda: ml.Efficiency("srca", {}), "the efficiency of 'srca'; there are "),
        (lambda: ml.Likelihood("atlas-susy-2018c~", {}), "of 'atlas-susy-2018c~'; the nearest"),
        (
            lambda: ml.Likelihood("likelihood-atlas-susy-2018-04", YIELDS),
            "ask with network='likelihood-atlas-susy-2018-04'",
        ),
        (
            lambda: ml.CS("p p > go go", {"M_GO": 2000.0}, energy="13 TeV"),
            "'M_GO' is none of them, did you mean 'm_go'?",
        ),
        (
            lambda: ml.CS("p p > go go", GLUINOS | {"sqrt_s": 13000.0}, energy="13 TeV"),
            "energy= gives sqrt_s already",
        ),
        (lambda: ml.CS("p p > go go", [2000.0], energy="13 TeV"), "expected an array of shape (N"),
        (
            lambda: ml.CS("p p > el- el+", "Block MASS\n 1000021 2000.0\n", energy="13 TeV"),
            "cs-slepton-pair@2 takes m_sl (MASS 1000011)",
        ),
    ],
)
def test_other_questions_that_are_not_answered(call, says):
    with pytest.raises(ml.Error) as told:
        call()
    assert says in str(told.value)
