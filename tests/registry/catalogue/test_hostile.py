"""HTML and script in every string that a stranger can put into a card: shown as text, never run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lhnets import format as c
from lhnets.format import read
from lhnets_datasets.library.manifest import Column, File, Generator, Manifest
from lhnets_registry import catalogue

PAYLOAD = (
    "</script></style></title></textarea><script>window.hacked=1;alert(1)</script><img src=x "
    "onerror=window.hacked=1><img src=http://evil.example/pixel><svg "
    "onload=window.hacked=1>[click](javascript:window.hacked=1) "
    "![shot](http://evil.example/i.png) <a href=javascript:window.hacked=1>a</a>\"'`--><iframe "
    "src=http://evil.example></iframe><base href=http://evil.example/>{{7*7}}${7*7}\u2028\\"
)
LATEX = r"\text{<script>window.hacked=1</script>}\href{javascript:window.hacked=1}{x}"
FIXED = re.compile(
    r"^(name|kind|created|inputs\.\d+\.dtype|inputs\.\d+\.mask_marks|outputs\.\d+\.scale|data\.sha256|validation\.(metric|kind)|region\.\d+\.kind"
    r"|authors\.\d+\.orcid|training\.source\.sha256|validation\.classification.*"
    r"|inputs\.\d+\.shape\.0|inputs\.\d+\.noise)$"
)
"""Fields whose values the schema fixes."""


def hostile_card(card: c.Card) -> dict[str, Any]:
    """Fields with the payload in each of their strings."""
    p = PAYLOAD
    i = [
        msgspec.structs.replace(x, meaning=p, unit=p, symbol=s)
        for x, s in zip(card.inputs, (LATEX, ""), strict=True)
    ]
    i[1] = msgspec.structs.replace(i[1], name=p, slha=c.SlhaEntry(block=p, entry=(1,)))
    outputs = (
        c.Output(name=p, unit=p, meaning=p, scale="log", subject=p, order=p),
        c.Output(name="down", unit=p, meaning=p),
        c.Output(name="up", unit=p, meaning=p),
    )
    summary = c.ErrorSummary(
        mean=1.0, median=1.0, q68=1.0, q95=1.0, q997=1.0, max=1.0, coverage_68=0.7, coverage_95=0.9
    )
    baseline = msgspec.structs.replace(
        card.validation.baseline or pytest.fail("no baseline"), method=p
    )
    return {
        "title": p,
        "description": p,
        "subject": p,
        "conditions": c.Conditions(
            energy=13000.0, order=p, pdf=p, scheme=p, scale=p, working_point=p
        ),
        "inputs": tuple(i),
        "outputs": outputs,
        "default_output": p,
        "region": (c.HalfSpace(coefficients={p: 1.0, i[0].name: -2.0}, bound=4000.0, meaning=p),),
        "physics_uncertainty": (c.PhysicsUncertainty(of=p, source=p, up="up", down="down"),),
        "truth": c.Truth(program=p, version=p, settings={p: p}, references=(p,)),
        "data": c.Data(name="hostile-labels", sha256="ab" * 32, rows=10, split={p: 10}, doi=p),
        "training": c.Training(
            recipe=p,
            method=p,
            framework=p,
            framework_version=p,
            hyperparameters={p: p},
            source=c.Source(file=p, sha256="ab" * 32, format=p),
        ),
        "parity": c.Parity(points=1, max_relative=0.0, against=p),
        "calibration": c.Calibration(
            rows=1, method=p, levels=(0.95,), factors=dict.fromkeys((p, "up", "down"), (2.0,))
        ),
        "validation": msgspec.structs.replace(
            card.validation,
            baseline=baseline,
            outputs={p: summary},
            note=p,
            corners=(c.Corner(where=p, rows=1, mean=1.0, max=1.0),),
        ),
        "checks": (c.Check(name=p, passed=False, figure=p, criterion=p, reference=p),),
        "authors": (c.Author(name=p, orcid="0000-0000-0000-0000", affiliation=p),),
        "licence": p,
        "references": {p: p},
    }


def strings(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for k, v in value.items():
            yield from strings(v, f"{path}.{k}".lstrip("."))
    elif isinstance(value, list | tuple):
        for k, v in enumerate(value):
            yield from strings(v, f"{path}.{k}".lstrip("."))


@pytest.fixture
def hostile(
    make: Callable[..., bytes], put: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A mirror of one network whose card and reason are hostile, as if their texts were not
    checked when they are read."""
    monkeypatch.setattr("lhnets.format.card.find_contradictions", lambda card: [])
    monkeypatch.setattr("lhnets.format.index.find_text_problems", lambda plain: [])
    fields = hostile_card(read(make()).card)
    card = msgspec.structs.replace(read(make()).card, **fields)
    unmarked = {path for path, text in strings(msgspec.to_builtins(card)) if "hacked" not in text}
    harmless = {p for p in unmarked if FIXED.match(p)} | {
        "inputs.0.name",
        "outputs.1.name",
        "outputs.2.name",
        "data.name",
    }
    assert unmarked - harmless - {"physics_uncertainty.0.up", "physics_uncertainty.0.down"} == set()
    index = put((make(**fields), "retracted", PAYLOAD))
    catalogue.write(tmp_path / "mirror", index)
    return tmp_path / "mirror"


class Elements(HTMLParser):
    """Names, attributes and inline scripts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_no_element_or_attribute_comes_from_a_card(hostile: Path) -> None:
    for path in hostile.rglob("*.html"):
        for tag, attributes in Elements(path.read_text()).found:
            assert tag not in {"iframe", "base", "img", "object", "embed", "style", "textarea"}, (
                path
            )
            assert not any(name.startswith("on") or name == "style" for name in attributes), (
                path,
                tag,
            )
            assert (
                tag != "script" or "src" in attributes or attributes["type"] == "application/json"
            ), path
            target = attributes.get("href") or ""
            assert not target.lower().strip().startswith(("javascript:", "data:")), path


def test_every_page_has_the_policy_before_anything_else(hostile: Path) -> None:
    for path in hostile.rglob("*.html"):
        head = path.read_text()[:700]
        assert "Content-Security-Policy" in head
        assert head.index("Content-Security-Policy") < head.find("<title>")
        assert "unsafe-inline" not in head


def test_hostile_cards_do_nothing_in_a_browser(
    hostile: Path, serve: Callable[[Path], str], browse: Any
) -> None:
    address = f"{serve(hostile.parent)}/mirror/"
    for path in (
        "index.html",
        "list/1.html",
        "networks/cs-gluino-pair-lo/index.html",
        "data/index.html",
    ):
        seen = browse(address + path)
        seen.page.wait_for_load_state("networkidle")
        if path.startswith("networks"):
            assert "This version was retracted" in seen.page.inner_text(".warning")
            seen.page.fill("#number-0", "1000")
            seen.page.wait_for_selector("html[data-ready=network]")
        if path == "index.html":
            seen.page.wait_for_selector("html[data-ready=search]")
            seen.page.fill("#q", "hacked")
        assert seen.page.evaluate("window.hacked") is None
        assert seen.messages == []
        assert seen.elsewhere(address) == []


def test_the_policy_alone_would_stop_a_script_and_a_request(
    hostile: Path, serve: Callable[[Path], str], browse: Any
) -> None:
    page = hostile / "networks" / "cs-gluino-pair-lo" / "index.html"
    page.write_text(
        page.read_text().replace(
            "<h1>", "<script>window.hacked=1</script><img src=http://evil.example/x><h1>", 1
        )
    )
    seen = browse(f"{serve(hostile.parent)}/mirror/networks/cs-gluino-pair-lo/index.html")
    seen.page.wait_for_load_state("networkidle")
    assert seen.page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in m for m in seen.messages)


def test_hostile_data_sets_do_nothing_either(
    make: Callable[..., bytes],
    put: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    serve: Callable[[Path], str],
    browse: Any,
) -> None:
    manifest = Manifest(
        name="gluino-labels",
        title=PAYLOAD,
        description=PAYLOAD,
        available="rebuilt",
        licence=PAYLOAD,
        authors=(c.Author(name=PAYLOAD),),
        files=(File(name="table.parquet"),),
        rows=1,
        columns=(Column(name=PAYLOAD, unit=PAYLOAD, meaning=PAYLOAD),),
        references={PAYLOAD: PAYLOAD},
        generator=Generator(
            program=PAYLOAD, version=PAYLOAD, settings={PAYLOAD: PAYLOAD}, recipe=PAYLOAD
        ),
    )
    monkeypatch.setattr(
        "lhnets_registry.catalogue.site.manifests", lambda: {manifest.name: manifest}
    )
    catalogue.write(tmp_path / "mirror", put((make(), "verified", "")))
    address = f"{serve(tmp_path)}/mirror/"
    for path in ("data/index.html", "data/gluino-labels/index.html"):
        seen = browse(address + path)
        seen.page.wait_for_load_state("networkidle")
        assert "hacked" in seen.page.inner_text("main")
        assert seen.page.evaluate("window.hacked") is None
        assert seen.messages == []
        assert seen.elsewhere(address) == []
