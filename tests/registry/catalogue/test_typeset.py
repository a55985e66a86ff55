"""Formulas, prose and numbers: readable where they are sound, text where they are not, never markup
of a stranger."""

from __future__ import annotations

import doctest
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets_registry.catalogue import axes, particles, typeset

PIECES = (
    *r"abm12^_{}()[]<>&'\"",
    *(
        r"\tilde ",
        r"\bar{x}",
        r"\frac",
        r"\sqrt",
        r"\text{",
        r"\href{javascript:x}",
        r"\left(",
        r"\style{a}",
        r"\mathrm{",
    ),
    *(r"\begin{matrix}", r"\end{matrix}", r"\color{red}", "<script>", "</math>", "&lt;"),
)
LATEX = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)
TAG = re.compile(r"<\s*/?\s*([A-Za-z][\w:-]*)([^>]*)>")


@pytest.mark.parametrize("module", [typeset, particles, axes])
def test_examples_in_the_documentation_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


def test_a_symbol_becomes_mathml() -> None:
    made = typeset.math_of(r"m_{\tilde g}")
    assert made.startswith("<math")
    assert "<msub>" in made


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{color:red}{x}",
        r"\class{a}{x}",
        r"\frac",
        "{" * 500,
        "x" * 5000,
        r"\sqrt{" * 60 + "x" + "}" * 60,
    ],
)
def test_what_is_no_plain_formula_is_shown_as_text(latex: str) -> None:
    made = typeset.math_of(latex)
    assert made.startswith('<code class="latex">')
    assert "<script" not in made


@given(LATEX)
def test_no_latex_makes_other_elements_than_those_of_formulas(latex: str) -> None:
    for name, attributes in TAG.findall(typeset.math_of(latex)):
        assert name in typeset._ELEMENTS or name == "code"
        assert not re.search(r"\b(on\w+|href|style|src)\s*=", attributes)


@given(st.text(max_size=80) | st.text(alphabet="<>[]()!*_`javscript:/ ab\n", max_size=80))
def test_prose_holds_no_html_of_its_writer(text: str) -> None:
    for name, attributes in TAG.findall(typeset.prose(text)):
        assert name in {
            "p",
            "em",
            "strong",
            "code",
            "pre",
            "a",
            "ul",
            "ol",
            "li",
            "blockquote",
            "hr",
            "br",
        } or re.fullmatch(r"h[1-6]", name)
        assert "javascript:" not in attributes.lower()


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("[a](https://inspirehep.net/)", "https://inspirehep.net/"),
        ("[a](mailto:someone@example.org)", "mailto:someone@example.org"),
        ("[a](javascript:alert(1))", None),
        ("[a](JaVaScRiPt:alert(1))", None),
        ("[a](data:text/html;base64,x)", None),
        ("[a](//evil.example)", None),
        ("[a](../../index.html)", None),
    ],
)
def test_links_lead_to_plain_addresses_only(text: str, href: str | None) -> None:
    found = re.search(r'href="([^"]*)"', typeset.prose(text))
    assert (found[1] if found else None) == href


def test_links_out_of_a_card_tell_nothing_to_where_they_lead() -> None:
    assert 'rel="noopener noreferrer nofollow"' in typeset.prose("[a](https://inspirehep.net/)")


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_a_number_keeps_its_value_to_its_digits(value: float) -> None:
    text = typeset.number(value)
    mantissa, _, exponent = text.partition("×10")
    power = int(exponent.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))) if exponent else 0
    assert float(mantissa) * 10.0**power == pytest.approx(value, rel=0.006)


@pytest.mark.parametrize(
    ("subject", "letters"),
    [
        ("2212 2212 > 1000021 1000021", "pp → g̃g̃"),
        ("25 > -5 5", "h → bb̄"),
        ("2212 2212 > -1000024 1000023 | 2212 2212 > 1000023 1000024", "pp → χ̃₂⁰χ̃₁⁻ + pp → χ̃₂⁰χ̃₁⁺"),
        ("25 > all", "h → anything"),
        ("2212 2212 > 999 999", "pp → 999999"),
    ],
)
def test_a_process_in_letters(subject: str, letters: str) -> None:
    assert particles.process_letters(subject) == letters


def test_every_known_particle_has_its_symbol() -> None:
    from lhnets._asking.particles import NAMES

    for pdg in NAMES.values():
        assert r"\text" not in particles.particle_latex(str(pdg)), pdg
        assert typeset.math_of(particles.particle_latex(str(pdg))).startswith("<math")
