"""The catalogue in a real browser, from a plain web server in a sub-path."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lhnets as ml
from lhnets_registry import catalogue

READY = "html[data-ready=network]"
NETWORK = "networks/cs-gluino-pair-lo/index.html"


def answer(page: Any) -> dict[str, float]:
    """What the page says of the chosen point, to all digits."""
    said = page.evaluate("({...document.getElementById('answer').dataset})")
    return {k: float(said[k]) for k in ("value", "uncertainty", "reach")}


def set_inputs(page: Any, values: dict[str, float], card: ml.Card) -> None:
    for k, i in enumerate(card.columns):
        if i.name in values:
            page.fill(f"#number-{k}", repr(values[i.name]))


def wait_for(page: Any, value: float) -> None:
    page.wait_for_function(
        "v => Math.abs(Number(document.getElementById('answer').dataset.value) / v - 1) < 1e-4",
        arg=value,
    )


def test_nothing_is_asked_of_other_servers_and_nothing_goes_wrong(
    address: str, browse: Any
) -> None:
    for path in ("index.html", NETWORK, "data/index.html", "data/gluino-pair-lo/index.html"):
        seen = browse(address + path)
        seen.page.wait_for_load_state("networkidle")
        assert seen.messages == []
        assert seen.elsewhere(address) == []
        assert not any("onnxruntime" in r for r in seen.requests)


def test_words_and_facets_narrow_the_list_and_the_address_keeps_them(
    address: str, browse: Any, screenshots: Path
) -> None:
    page = browse(f"{address}index.html").page
    page.wait_for_selector("html[data-ready=search]")
    total = len(ml.search())
    assert page.locator("#results .result").count() == min(total, 60)
    page.screenshot(path=screenshots / "front.png")

    page.fill("#q", "pp->gluino gluino")
    expected = {e.name for e in ml.search(process="p p > go go")}
    names = page.locator("#results .identity").all_text_contents()
    assert {n.partition("@")[0] for n in names} == expected
    page.get_by_label("LO", exact=False).first.wait_for()
    page.locator(".facet", has_text="Framework").get_by_role("checkbox").first.check()
    fewer = page.locator("#results .result").count()
    assert 0 < fewer < len(expected)
    assert "framework=" in page.url
    assert "q=pp-" in page.url

    again = browse(page.url).page
    again.wait_for_selector("html[data-ready=search]")
    assert again.locator("#results .result").count() == fewer
    assert again.input_value("#q") == "pp->gluino gluino"


def test_a_link_to_a_kind_shows_that_kind(address: str, browse: Any) -> None:
    page = browse(f"{address}index.html?kind=likelihood").page
    page.wait_for_selector("html[data-ready=search]")
    assert page.locator("#results .result").count() == len(ml.search(kind="likelihood"))


def test_without_scripts_the_front_page_lists_networks_and_links_to_them(
    address: str, browse: Any
) -> None:
    seen = browse(f"{address}index.html", java_script_enabled=False)
    assert seen.page.locator("#results .result").count() == min(len(ml.search()), 60)
    seen.page.locator("#results a.title").first.click()
    seen.page.wait_for_selector("h1")
    assert seen.page.locator("#figure svg .line").count() == 2


def test_sliders_give_the_numbers_of_the_client(
    address: str, browse: Any, screenshots: Path
) -> None:
    seen = browse(address + NETWORK)
    page, network = seen.page, ml.load("cs-gluino-pair-lo")
    point = {"m_go": 1234.5, "m_sq": 2345.0, "sqrt_s": 13000.0, "mu_over_m": 0.8}
    set_inputs(page, point, network.card)
    page.wait_for_selector(READY)
    expected = ml.CS("p p > go go", point, network="cs-gluino-pair-lo")
    wait_for(page, expected.value)
    found = answer(page)
    assert found["value"] == pytest.approx(expected.value, rel=1e-6)
    assert found["uncertainty"] == pytest.approx(expected.uncertainty, rel=1e-6)
    assert found["reach"] == pytest.approx(expected.reach, rel=1e-6)
    assert "SHA-256 of the network file checked" in page.inner_text("#state")
    assert "m_go=1234.5" in page.url

    page.focus("#slider-1")
    for _ in range(40):
        page.keyboard.press("ArrowLeft")
    moved = {**point, "m_sq": float(page.input_value("#number-1"))}
    assert moved["m_sq"] < point["m_sq"]
    expected = ml.CS("p p > go go", moved, network="cs-gluino-pair-lo")
    wait_for(page, expected.value)
    assert answer(page)["value"] == pytest.approx(expected.value, rel=1e-6)
    page.locator("#try").screenshot(path=screenshots / "sliders.png")
    assert seen.messages == []
    assert seen.elsewhere(address) == []


@pytest.mark.parametrize(
    "name",
    [
        "cs-wino-c1n2",
        "efficiency-llp-higgs-tracker",
        "likelihood-atlas-susy-2018-31-c",
        "loop-c0",
        "obs-bs-mumu",
    ],
)
def test_every_kind_of_network_runs_in_the_page(name: str, address: str, browse: Any) -> None:
    network = ml.load(name)
    seen = browse(f"{address}networks/{name}/index.html")
    row = np.array(network.file.reference.inputs["parameters"])[0]
    point = {i.name: float(x) for i, x in zip(network.card.columns, row, strict=True)}
    set_inputs(seen.page, point, network.card)
    seen.page.wait_for_selector(READY)
    seen.page.wait_for_function("document.getElementById('live').ariaBusy === null")
    column = network.card.output_index(network.card.default_output)
    arrays = network.predict(row[None, :])
    found = answer(seen.page)
    assert found["value"] == pytest.approx(float(arrays.value[0, column]), rel=1e-6)
    assert found["uncertainty"] == pytest.approx(float(arrays.uncertainty[0, column]), rel=1e-6)
    assert seen.messages == []


def test_another_output_and_another_axis_can_be_chosen(address: str, browse: Any) -> None:
    page = browse(f"{address}networks/cs-wino-c1n2/index.html").page
    card = ml.load("cs-wino-c1n2").card
    other = next(o.name for o in card.central_outputs if o.name != card.default_output)
    page.select_option("#output", label=other)
    page.wait_for_selector(READY)
    assert page.evaluate("document.getElementById('answer').dataset.output") == other
    page.check('input[name="axis"][value="1"]')
    page.wait_for_function("document.querySelector('#figure').textContent.includes('m_sq [GeV]')")
    assert f"output={other}" in page.url
    assert "along=m_sq" in page.url


def test_a_point_outside_the_region_is_marked(address: str, browse: Any) -> None:
    page = browse(f"{address}{NETWORK}?m_go=2900&sqrt_s=8000").page
    page.wait_for_selector(READY)
    assert "outside the training region" in page.inner_text("#answer")
    assert answer(page)["reach"] > 1
    assert page.locator("#figure rect.outside").count() >= 2


def test_a_changed_network_file_is_refused(
    make: Callable[..., bytes], put: Any, tmp_path: Path, serve: Callable[[Path], str], browse: Any
) -> None:
    index = put((make(), "verified", ""))
    catalogue.write(tmp_path / "mirror", index)
    (tmp_path / "mirror" / index.networks[0].blob).write_bytes(make(slope=2.5))
    page = browse(f"{serve(tmp_path)}/mirror/networks/cs-gluino-pair-lo/index.html").page
    page.fill("#number-0", "1000")
    page.wait_for_selector("#state.wrong")
    assert "not the one that was published" in page.inner_text("#state")
    assert page.get_attribute("#answer", "data-value") is None


def test_the_runtime_is_fetched_gzipped_and_only_once_needed(address: str, browse: Any) -> None:
    seen = browse(address + NETWORK)
    assert not any("onnxruntime" in r or "blobs" in r for r in seen.requests)
    seen.page.focus("#slider-0")
    seen.page.keyboard.press("ArrowRight")
    seen.page.wait_for_selector(READY)
    fetched = [r for r in seen.requests if r.endswith((".wasm", ".wasm.gz"))]
    assert [f.rpartition("/")[2] for f in fetched] == ["ort-wasm-simd-threaded.wasm.gz"]


@pytest.mark.parametrize(
    "path", ["index.html", NETWORK, "networks/cs-wino-c1n2/index.html", "data/index.html"]
)
def test_a_phone_scrolls_in_one_direction_only(
    path: str, address: str, browse: Any, screenshots: Path
) -> None:
    seen = browse(address + path, width=360, height=740, device_scale_factor=2)
    if "networks" in path:
        seen.page.focus("#slider-0")
        seen.page.keyboard.press("ArrowRight")
        seen.page.wait_for_selector(READY)
    assert seen.page.evaluate("document.documentElement.scrollWidth") == 360
    if path == NETWORK:
        seen.page.evaluate("document.getElementById('try').scrollIntoView({behavior: 'instant'})")
        seen.page.screenshot(path=screenshots / "phone.png")


def test_dark_follows_the_system_and_the_switch_overrules_it(
    address: str, browse: Any, screenshots: Path
) -> None:
    def ground(page: Any) -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    dark = browse(address + NETWORK, color_scheme="dark").page
    light = browse(address + NETWORK, color_scheme="light").page
    assert ground(dark) != ground(light)
    light.click("button.theme")
    assert ground(light) == ground(dark)
    light.reload()
    assert ground(light) == ground(dark)
    dark.focus("#slider-0")
    dark.keyboard.press("ArrowRight")
    dark.wait_for_selector(READY)
    dark.screenshot(path=screenshots / "dark.png")


def test_the_data_page_shows_columns_units_and_checksums(
    address: str, browse: Any, screenshots: Path
) -> None:
    page = browse(f"{address}data/gluino-pair-lo/index.html", height=1300).page
    manifest = ml.dataset("gluino-pair-lo").manifest
    assert page.locator(".column svg.figure").count() == len(manifest.columns)
    assert manifest.files[0].sha256 in page.inner_text("main")
    assert "not archived yet" in page.inner_text("main")
    page.screenshot(path=screenshots / "data.png")
    page.get_by_text("Gluino pairs at leading order, 7-14 TeV").click()
    page.wait_for_selector("#live")


def test_every_control_has_a_name_and_the_page_is_usable_by_keyboard(
    address: str, browse: Any
) -> None:
    page = browse(address + NETWORK).page
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('input, select, button, a')].filter(e =>
            !e.hidden && !(e.getAttribute('aria-label') || e.textContent.trim() || (e.labels
            && e.labels.length))).length"""
    )
    assert nameless == 0
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"


def test_code_can_be_copied(address: str, browse: Any) -> None:
    page = browse(address + NETWORK, permissions=["clipboard-read", "clipboard-write"]).page
    page.locator("[data-copy=bibtex]").click()
    assert page.evaluate("navigator.clipboard.readText()") == page.text_content("#bibtex")
    assert page.text_content(".mirror") == address.rstrip("/")
