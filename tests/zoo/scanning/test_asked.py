"""Questions as text."""

import pytest

from lhnets._scanning.asked import read_questions
from lhnets.errors import ParameterError


def test_a_question_is_read_without_running_it():
    (asked,) = read_questions(
        'sigma=ml.CS( "p p > go go" , {"m_go": "mass", "m_sq": 2500}, energy="13 TeV", '
        "components=True)"
    )
    assert asked.name == "sigma"
    assert asked.question.kind == "cross_section"
    assert (asked.question.subject, asked.question.energy) == ("p p > go go", "13 TeV")
    assert asked.question.outside == "nan"
    assert asked.params == {"m_go": "mass", "m_sq": 2500}
    assert asked.components


def test_two_spellings_are_one_text():
    one, two = (
        read_questions(text)[0].text
        for text in ('x = CS("p p > go go", energy=13000)', "x=CS('p p > go go',energy=13000)")
    )
    assert one == two == "x = CS('p p > go go', energy=13000)"


def test_a_mapping_gives_the_names():
    found = read_questions({"a": 'BR("h > b b~")', "b": 'Width("h > b b~")'})
    assert [q.name for q in found] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "expected NAME = CS"),
        ("CS('p p > go go')", "expected NAME = CS"),
        ("a = b = CS('x')", "expected NAME = CS"),
        ("a = CS('x'); import os", "expected NAME = CS"),
        ("a = __import__('os').system('true')", "cannot ask"),
        ("a = open('x')", "cannot ask"),
        ("a = Classify('top tagging')", "cannot ask"),
        ("a = CS(open('x'))", "expected plain values"),
        ("a = CS(*['x'])", "expected plain values"),
        ("a = CS('x', **{'energy': 1})", "unknown option"),
        ("a = CS()", "does not say what"),
        ("a = CS('x', {'m': [1]})", "cannot read the parameters"),
        ("a = CS('x', {}, 3)", "does not say what"),
        ("a = CS('x', enrgy='13 TeV')", "unknown option enrgy"),
        ("a = CS('x', outside='raise')", "gives NaN there"),
        ("a = CS('x', components='yes')", "should be of type bool"),
        ("a = CS('x', order=1)", "should be of type str"),
        ("a = CS(" + "(" * 500, "expected NAME = CS"),
    ],
)
def test_other_texts_are_refused(text, told):
    with pytest.raises(ParameterError, match=told):
        read_questions(text)


def test_names_are_unique_and_at_least_one_question_is_asked():
    with pytest.raises(ParameterError, match="two questions have the name a"):
        read_questions(["a = CS('x')", "a = BR('y')"])
    with pytest.raises(ParameterError, match="no question"):
        read_questions([])
