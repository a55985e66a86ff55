"""Canonical processes: spelling and order do not matter, charge does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets import AmbiguousProcessError, ProcessError, UnknownParticleError
from lhnets._asking.particles import AMBIGUOUS, CLASSES, NAMES, SELF_CONJUGATE, name_of
from lhnets._asking.process import canonical, spoken

GLUINOS = "2212 2212 > 1000021 1000021"


@pytest.mark.parametrize(
    "text",
    [
        "p p > go go",
        "pp->gluino gluino",
        "2212 2212 > 1000021 1000021",
        "  P P  -->  GO   GO ",
        "proton proton → ~g ~g",
        "p,p > go,go",
    ],
)
def test_spelling_does_not_matter(text):
    assert canonical(text) == GLUINOS


def test_charge_conjugation_matters():
    assert canonical("p p > t1 t1") != canonical("p p > t1 t1~")
    assert canonical("p p > x1+ n2") != canonical("p p > x1- n2")


def test_alternatives_are_a_set():
    assert canonical("p p > x1+ n2 | p p > n2 x1-") == canonical(
        "p p > x1- n2 | p p > x1+ n2 | p p > n2 x1+"
    )


@pytest.mark.parametrize("text", ["h > all", "25 -> anything", "Higgs > ALL"])
def test_a_total_width_goes_into_everything(text):
    assert canonical(text) == "25 > all"
    assert canonical(spoken(canonical(text))) == "25 > all"


def test_everything_stands_alone():
    with pytest.raises(UnknownParticleError, match="'all'"):
        canonical("h > all g")


def test_sums_over_squarks_keep_their_names_after_the_ids():
    assert canonical("p p > sq~ sq") == "2212 2212 > sq sq~"
    assert canonical("pp -> SQ gluino") == "2212 2212 > 1000021 sq"
    assert spoken(canonical("p p > sq~ go | p p > sq go")) == "p p > go sq | p p > go sq~"
    assert canonical("p p > sq sq") != canonical("p p > sq sq~")


def test_a_sum_over_squarks_has_all_but_the_stops():
    assert len(set(CLASSES["sq"])) == 10
    assert {-pdg for pdg in CLASSES["sq~"]} == set(CLASSES["sq"]) <= set(NAMES.values())
    assert not {1000006, 2000006} & set(CLASSES["sq"])
    assert not set(CLASSES) & (set(NAMES) | set(AMBIGUOUS))


names = st.sampled_from(sorted({*NAMES, *CLASSES}))
particles = st.sampled_from(sorted(NAMES))


@given(
    st.lists(names, min_size=1, max_size=5), st.lists(names, min_size=1, max_size=2), st.randoms()
)
def test_order_does_not_matter(final, initial, random):
    text = f"{' '.join(initial)} > {' '.join(final)}"
    random.shuffle(final)
    random.shuffle(initial)
    assert canonical(f"{' '.join(initial)} -> {' '.join(final)}") == canonical(text)


@given(st.lists(names, min_size=1, max_size=5))
def test_canonical_is_a_fixed_point_and_can_be_spoken(final):
    once = canonical("p p > " + " ".join(final))
    assert canonical(once) == once
    assert canonical(spoken(once)) == once


@given(particles)
def test_every_name_is_one_particle(name):
    assert name not in AMBIGUOUS
    assert NAMES[name_of(NAMES[name])] == NAMES[name]


@given(st.text(max_size=30))
def test_anything_is_read_or_refused(text):
    try:
        assert " > " in canonical(text)
    except ProcessError as error:
        assert str(error)  # noqa: PT017


def test_unknown_names_come_with_the_nearest():
    with pytest.raises(UnknownParticleError, match=r"'gluin'.*gluino"):
        canonical("p p > gluin go")


@pytest.mark.parametrize(
    ("word", "choice"),
    [("stop", "t1~"), ("neutralino", "n2"), ("x1", "x1-"), ("squark", "ul"), ("squark", "sq~")],
)
def test_ambiguous_words_list_their_particles(word, choice):
    with pytest.raises(AmbiguousProcessError, match=choice):
        canonical(f"p p > {word} {word}")


@pytest.mark.parametrize(
    "text", ["p p go go", "p p > ", "> go go", "", "p p > go > go", "g g g > h"]
)
def test_what_is_no_process(text):
    with pytest.raises(ProcessError):
        canonical(text)


@pytest.mark.parametrize("pdg", sorted(SELF_CONJUGATE))
def test_self_conjugate_particles_have_no_antiparticle(pdg):
    with pytest.raises(UnknownParticleError, match="own antiparticle"):
        canonical(f"p p > {-pdg} {pdg}")


def test_zero_is_no_particle():
    with pytest.raises(UnknownParticleError, match="not a PDG id"):
        canonical("p p > 0 0")


def test_unlisted_ids_are_taken_as_they_are():
    assert canonical("p p > 9000007 -9000007") == "2212 2212 > -9000007 9000007"
