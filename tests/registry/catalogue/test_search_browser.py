"""Twenty searches of the catalogue in a real browser, with the network that comes first."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lhnets_registry.catalogue import site as _site

pytestmark = pytest.mark.browser

KNOWN = {
    "br-gluino",
    "br-higgs-kappa",
    "br-higgs-sm",
    "br-stop",
    "classifier-top-qcd",
    "cs-chargino-neutralino-lo",
    "cs-chargino-pair-lo",
    "cs-gluino-pair-decoupled-13tev",
    "cs-gluino-pair-lo",
    "cs-gluino-pair-nnll-13tev",
    "cs-higgsino-pair",
    "cs-sbottom-pair-decoupled-13tev",
    "cs-scalar-triplet-pair-lo",
    "cs-slepton-pair",
    "cs-slepton-pair-lo",
    "cs-slepton-sneutrino-lo",
    "cs-sneutrino-pair",
    "cs-squark-antisquark-nnll-13tev",
    "cs-squark-gluino-nnll-13tev",
    "cs-squark-squark-nnll-13tev",
    "cs-stau-pair",
    "cs-stop-pair-decoupled-13tev",
    "cs-stop-pair-nnll-13tev",
    "cs-ttbar-lo",
    "cs-wino-c1c1",
    "cs-wino-c1n2",
    "cs-zprime-lo",
    "efficiency-gluino-stop-src",
    "efficiency-llp-higgs-calorimeter",
    "efficiency-llp-higgs-tracker",
    "likelihood-atlas-susy-2018-04",
    "likelihood-atlas-susy-2018-31-b",
    "likelihood-atlas-susy-2018-31-c",
    "likelihood-b-smumu",
    "loop-b0",
    "loop-b0-above",
    "loop-c0",
    "loop-c0-above",
    "loop-d0",
    "loop-d0-above",
    "obs-b-xs-gamma",
    "obs-bs-mumu",
    "obs-p5p-4-6",
    "obs-rk-1-6",
    "width-higgs-sm",
}
"""The networks among which the first is looked for: later ones change no expectation."""

FIRST = {
    "gluinos": "cs-gluino-pair-decoupled-13tev",
    "gluion": "cs-gluino-pair-decoupled-13tev",
    "1000021": "cs-gluino-pair-decoupled-13tev",
    "p p > go go": "cs-gluino-pair-decoupled-13tev",
    "RK": "obs-rk-1-6",
    "top": "cs-ttbar-lo",
    "ttbar": "cs-ttbar-lo",
    "b->s gamma": "obs-b-xs-gamma",
    "higgs to bottom": "br-higgs-kappa",
    "displaced": "efficiency-llp-higgs-calorimeter",
    "top tagging": "classifier-top-qcd",
    "stops": "cs-stop-pair-decoupled-13tev",
    "P5'": "obs-p5p-4-6",
    "bs mumu": "obs-bs-mumu",
    "leptoquark": "cs-scalar-triplet-pair-lo",
    "Z'": "cs-zprime-lo",
    "higgs width": "width-higgs-sm",
    "stau likelihood": "likelihood-atlas-susy-2018-04",
    "box integral": "loop-d0",
    "squark gluino": "cs-squark-gluino-nnll-13tev",
}


@pytest.fixture
def front(address: str, browse: Any) -> Any:
    """The front page of a catalogue that has the known networks alone."""
    seen = browse(f"{address}index.html")
    page = seen.page
    rows = page.evaluate(f"fetch('{_site.SEARCH_FILE}').then(r => r.json())")
    body = json.dumps([row for row in rows if row["name"] in KNOWN])
    page.route(
        f"**/{_site.SEARCH_FILE}",
        lambda route: route.fulfill(body=body, content_type="application/json"),
    )
    page.reload()
    page.wait_for_selector("html[data-ready=search]")
    return page


def find(page: Any, query: str) -> list[str]:
    page.fill("#q", query)
    return [n.partition("@")[0] for n in page.locator("#results .identity").all_text_contents()]


def test_twenty_searches_have_their_first_hit(front: Any) -> None:
    found = {query: (find(front, query) or ["nothing"])[0] for query in FIRST}
    assert found == FIRST


def test_words_are_whole_and_a_typo_is_told(front: Any) -> None:
    assert not {n for n in find(front, "top") if n.startswith("cs-stop")}
    find(front, "gluion")
    assert "“gluino” in place of “gluion”" in front.text_content("#count")
    find(front, "gluino")
    assert "in place of" not in front.text_content("#count")


def test_what_nobody_computes_is_said_and_facets_stay(front: Any) -> None:
    assert find(front, "xyzzyplugh") == []
    assert "Nothing fits" in front.text_content("#results")
    assert len(find(front, "")) == len(KNOWN)
