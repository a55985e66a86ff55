"""Predictions over HTTP equal those of the client, and what does not fit is refused with the
reason."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
import warnings
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
import pyarrow as pa
import pytest
from fastapi import FastAPI
from toy_events import jets, tagger

import lhnets as ml
from lhnets._fetching.mirror import BUNDLED
from lhnets.format import Entry, Index, card_path, read
from lhnets_registry.service.app import create_app
from lhnets_registry.service.arrow import STREAM, write_table
from lhnets_registry.service.settings import Settings

POINT = {"m_go": 2000.0, "m_sq": 3000.0}
GLUINO = "/v1/predict/cs-gluino-pair-lo"


def ask(client: httpx.Client, path: str = GLUINO, **body: Any) -> dict[str, Any]:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(client: httpx.Client, status: int, path: str = GLUINO, **request: Any) -> str:
    answer = client.post(path, **request)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    return f"{problem['error']}: {problem['detail']}"


def test_one_point(client: httpx.Client) -> None:
    sigma = ml.CS("p p > go go", POINT, energy="13 TeV", order="LO", network="cs-gluino-pair-lo")
    for energy in ("13 TeV", 13000.0, 13000):
        found = ask(client, parameters=POINT, energy=energy)
        assert (found["value"], found["uncertainty"], found["reach"]) == (
            sigma.value,
            sigma.uncertainty,
            sigma.reach,
        )
    assert (found["unit"], found["order"], found["energy"]) == ("pb", "LO", 13000.0)
    assert found["network"] == sigma.network
    assert found["sha256"] == ml.search(text="cs-gluino-pair-lo")[0].sha256


def test_a_lower_order_is_told(client: httpx.Client) -> None:
    """As the client warns; a point and several."""
    question = {"kind": "cross_section", "subject": "p p > go go", "energy": "13.6 TeV"}
    for m_go in (2000.0, [2000.0, 2100.0]):
        point = POINT | {"m_go": m_go}
        (told,) = ask(client, "/v1/predict", **question, parameters=point)["warnings"]
        assert "at LO; at 13 TeV it is at NNLO_approx+NNLL" in told
        asked = ask(client, "/v1/predict", **question, parameters=point, order="LO")
        assert not asked.get("warnings")


def test_one_point_with_the_uncertainties_of_the_truth(client: httpx.Client) -> None:
    sigma = ml.CS("p p > go go", POINT, energy="13 TeV")
    found = ask(
        client,
        "/v1/predict",
        kind="cross_section",
        subject="pp -> gluino gluino",
        parameters=POINT,
        energy="13 TeV",
    )
    assert (found["network"], found["value"]) == (sigma.network, sigma.value)
    assert {k: (v["up"], v["down"]) for k, v in found["components"].items()} == {
        k: (v.up, v.down) for k, v in sigma.components.items()
    }


def test_arrays_broadcast(client: httpx.Client) -> None:
    masses = np.linspace(1000.0, 2000.0, 3)[:, None]
    squarks = np.linspace(1500.0, 2500.0, 4)
    sigma = ml.CS(
        "p p > go go",
        {"m_go": masses, "m_sq": squarks},
        energy="13 TeV",
        network="cs-gluino-pair-lo",
    )
    found = ask(
        client, parameters={"m_go": masses.tolist(), "m_sq": squarks.tolist()}, energy="13 TeV"
    )
    np.testing.assert_allclose(found["value"], sigma.value, rtol=1e-12)
    np.testing.assert_allclose(found["reach"], sigma.reach, rtol=1e-12)


def test_rows_in_card_order(client: httpx.Client) -> None:
    rows = [[2000.0, 3000.0, 13000.0, 1.0], [1000.0, 3000.0, 13000.0, 1.0]]
    found = ask(client, parameters=rows)
    np.testing.assert_allclose(
        found["value"], ml.load("cs-gluino-pair-lo")(np.array(rows)).value, rtol=1e-12
    )


def test_no_points_give_no_values(client: httpx.Client) -> None:
    assert ask(client, parameters={"m_go": [], "m_sq": []}, energy=13000.0)["value"] == []


def test_points_outside_are_refused_marked_or_given_with_a_warning(client: httpx.Client) -> None:
    far = {"m_go": [2000.0, 9000.0], "m_sq": 3000.0}
    says = refused(client, 422, json={"parameters": far, "energy": 13000.0})
    assert "OutsideRegionError" in says
    assert "m_go = 9000 GeV lies outside" in says
    hidden = ask(client, parameters=far, energy=13000.0, outside="nan")
    assert hidden["value"][1] is None
    assert hidden["reach"][1] > 1
    shown = ask(client, parameters=far, energy=13000.0, outside="warn")
    assert shown["value"][1] is not None
    assert "1 of 2 points" in shown["warnings"][0]
    single = ask(client, parameters={"m_go": 9000.0, "m_sq": 3000.0}, energy=13000.0, outside="nan")
    assert single["value"] is None


def test_arrow_in_and_out(client: httpx.Client) -> None:
    masses = np.linspace(1000.0, 2000.0, 50)
    body = write_table({"m_go": masses, "m_sq": np.full(50, 3000.0)}, {})
    answer = client.post(
        "/v1/predict",
        content=body,
        headers={"content-type": STREAM},
        params={"kind": "cross_section", "subject": "p p > go go", "energy": "13 TeV"},
    )
    assert (answer.status_code, answer.headers["content-type"]) == (200, STREAM)
    table = pa.ipc.open_stream(answer.content).read_all()
    sigma = ml.CS("p p > go go", {"m_go": masses, "m_sq": 3000.0}, energy="13 TeV")
    np.testing.assert_allclose(table["value"], sigma.value, rtol=1e-12)
    np.testing.assert_allclose(table["scale_up"], sigma.components["scale"].up, rtol=1e-12)
    said = {k.decode(): v.decode() for k, v in table.schema.metadata.items()}
    assert (said["network"], said["unit"], said["energy"]) == (sigma.network, "pb", "13000.0")
    named = client.post(
        GLUINO, content=body, headers={"content-type": STREAM}, params={"energy": "13 TeV"}
    )
    assert named.status_code == 200


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (400, "{", "not JSON"),
        (400, "", "not JSON"),
        (400, b"\xff\xfe", "not JSON"),
        (400, '{"parameters": {"m_go": NaN}}', "not JSON"),
        (422, "[]", "Expected `object`"),
        (422, "{}", "takes parameters"),
        (422, '{"parameters": {"m_go": 1e999}}', "out of range"),
        (422, '{"parameters": {"m_go": true}}', "got `bool`"),
        (422, '{"parameters": {"m_go": "2000"}}', "got `str`"),
        (422, '{"parameters": {"m_go": null}}', "got `null`"),
        (
            422,
            '{"parameters": {"m_go": 2000, "m_sqq": 3000}, "energy": 13000}',
            "did you mean 'm_sq'",
        ),
        (
            422,
            '{"parameters": {"m_go": [1, 2], "m_sq": [1, 2, 3]}, "energy": 13000}',
            "do not broadcast",
        ),
        (422, '{"parameters": {"m_go": [[1], [1, 2]], "m_sq": 1}, "energy": 13000}', "ragged"),
        (
            422,
            '{"parameters": {"m_go": 2000, "m_sq": 3000}, "energy": "13 bananas"}',
            "cannot read the energy",
        ),
        (
            422,
            '{"parameters": {"m_go": 2000, "m_sq": 3000}, "energy": 13000, "order": "N9LO"}',
            "has no output of order",
        ),
        (422, '{"parameters": {}, "unknown": 1}', "unknown field"),
        (422, '{"inputs": {"jets": [[1]]}}', "takes parameters"),
        (422, '{"parameters": {"m_go": %s}}' % ("[" * 5000), "Expected `float`, got `array`"),
        (422, "[" * 50_000, "Expected `object`"),
        (422, '{"a":' * 10_000, "unknown field"),
        (413, json.dumps({"parameters": {"m_go": [1.0] * 1001, "m_sq": 1.0}}), "1001 points"),
        (
            413,
            json.dumps({"parameters": {"m_go": [[[1.0]] * 500], "m_sq": [1.0] * 500}}),
            "250000 points",
        ),
        (413, json.dumps({"parameters": [[1.0, 2.0, 3.0, 4.0]] * 1001}), "1001 points"),
        (413, " " * 100_001, "larger than 100000 bytes"),
    ],
)
def test_what_does_not_fit_is_refused(
    client: httpx.Client, status: int, body: str | bytes, says: str
) -> None:
    assert says in refused(
        client, status, content=body, headers={"content-type": "application/json"}
    )


def test_a_body_without_an_announced_length_is_cut_off_too(client: httpx.Client) -> None:
    sent = 0

    def endless() -> Any:
        nonlocal sent
        while sent < 10_000_000:
            sent += 10_000
            yield b" " * 10_000

    says = refused(client, 413, content=endless(), headers={"content-type": "application/json"})
    assert "larger than 100000 bytes" in says


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": ""},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": "application/json", "content-encoding": "br"},
    ],
)
def test_other_types_and_codings_are_refused(client: httpx.Client, headers: dict[str, str]) -> None:
    assert "MediaTypeError" in refused(client, 415, content=b"{}", headers=headers)


@pytest.mark.parametrize(
    ("status", "path", "says"),
    [
        (404, "/v1/predict/cs-gluino-pairs-lo", "nearest names"),
        (404, "/v1/predict/cs-gluino-pair-lo@7", "has no version '7'"),
        (422, "/v1/predict/NAME", "should match pattern"),
        (422, "/v1/predict/a@0", "should match pattern"),
        (400, "/v1/predict/cs-gluino-pair-lo?energy=13", "into it"),
    ],
)
def test_unknown_networks(client: httpx.Client, status: int, path: str, says: str) -> None:
    assert says in refused(client, status, path, json={"parameters": POINT})


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (
            422,
            {"kind": "nonsense", "subject": "p p > go go", "parameters": POINT},
            "Invalid enum value",
        ),
        (422, {"kind": "cross_section", "parameters": POINT}, "missing required field `subject`"),
        (
            422,
            {"kind": "cross_section", "subject": "p p > zz9 go", "parameters": POINT},
            "no particle is called 'zz9'",
        ),
        (
            404,
            {"kind": "cross_section", "subject": "p p > h h h", "parameters": {}},
            "no network gives",
        ),
        (
            422,
            {"kind": "cross_section", "subject": "p p > go go", "parameters": {"m": 1.0}},
            "takes",
        ),
    ],
)
def test_unknown_physics(
    client: httpx.Client, status: int, body: dict[str, Any], says: str
) -> None:
    assert says in refused(client, status, "/v1/predict", json=body)


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """An application over a mirror with a retracted network and one that takes events."""
    shutil.copytree(BUNDLED, tmp_path / "mirror")
    index = Index.from_json((BUNDLED / "index.json").read_bytes(), "bundled")
    listed = [entry_retracted(e) if e.name == "cs-gluino-pair-lo" else e for e in index.networks]
    file = read(tagger())
    entry = Entry.of(file.card, file.content, "verified")
    for path, content in (
        (entry.blob, file.content),
        (card_path(entry.name, entry.version), file.card.to_json()),
    ):
        (tmp_path / "mirror" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mirror" / path).write_bytes(content)
    (tmp_path / "mirror" / "index.json").write_bytes(Index.of([*listed, entry]).to_json())
    return create_app(Settings(mirror=str(tmp_path / "mirror"), concurrency=1))


def entry_retracted(entry: Entry) -> Entry:
    return msgspec.structs.replace(entry, status="retracted", reason="wrong above 2 TeV")


def post(app: FastAPI, path: str, body: Any) -> httpx.Response:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://service"
        ) as client:
            return await client.post(path, json=body)

    return asyncio.run(send())


def test_a_retracted_network_answers_by_its_name_and_says_why(app: FastAPI) -> None:
    with warnings.catch_warnings(record=True) as caught:
        for _ in range(2):
            answer = post(app, GLUINO, {"parameters": POINT, "energy": 13000})
            assert answer.json()["warnings"] == [
                "cs-gluino-pair-lo@2 was retracted: wrong above 2 TeV"
            ]
    assert not caught
    by_physics = post(
        app,
        "/v1/predict",
        {
            "kind": "cross_section",
            "subject": "p p > go go",
            "order": "LO",
            "parameters": POINT,
            "energy": 13000,
        },
    )
    assert by_physics.status_code == 404 or not by_physics.json()["network"].startswith(
        "cs-gluino-pair-lo@"
    )


def test_a_full_service_says_when_to_come_back(app: FastAPI) -> None:
    go = threading.Event()
    pool = app.state.service.pool
    pool._threads.submit(go.wait, 60)
    assert pool._places.acquire(blocking=False)
    answer = post(app, GLUINO, {"parameters": {"m_go": [1000.0], "m_sq": 3000.0}, "energy": 13000})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["error"] == "BusyError"
    pool._places.release()
    go.set()
    answer = post(app, GLUINO, {"parameters": {"m_go": [1000.0], "m_sq": 3000.0}, "energy": 13000})
    assert answer.status_code == 200


def test_another_file_under_a_name_is_not_loaded(app: FastAPI) -> None:
    folder = app.state.service.settings.folder
    index = Index.from_json((folder / "index.json").read_bytes(), "")
    entry = max((e for e in index.networks if e.name == "loop-b0"), key=lambda e: e.version)
    (folder / entry.blob).write_bytes(b"another")
    answer = post(app, "/v1/predict/loop-b0", {"parameters": {}})
    assert (answer.status_code, answer.json()["error"]) == (500, "IntegrityError")


EVENTS = "/v1/predict/tagger"


def test_events_of_any_length(app: FastAPI, tmp_path: Path) -> None:
    (tmp_path / "tagger.onnx").write_bytes(tagger())
    events = {"constituents": jets(5), "leptons": np.zeros((5, 2, 3), dtype=np.float32), "mu": 1.5}
    wanted = ml.load(str(tmp_path / "tagger.onnx"))(events)
    listed = {
        k: [np.asarray(e).tolist() for e in v] if isinstance(v, list) else np.asarray(v).tolist()
        for k, v in events.items()
    }
    answer = post(app, EVENTS, {"inputs": listed})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    np.testing.assert_allclose(found["value"], wanted.value, rtol=1e-6)
    assert found["columns"] == ["signal", "background"]
    one = post(app, EVENTS, {"inputs": listed, "output": "signal"}).json()
    assert one["output"] == "signal"
    np.testing.assert_allclose(one["value"], np.asarray(wanted.value)[:, 0], rtol=1e-6)


def test_events_that_do_not_fit(app: FastAPI) -> None:
    refusals = [
        ({"parameters": POINT}, 422, "takes events"),
        (
            {"inputs": {"constituents": [[[1.0, 2.0, 3.0, 4.0]]], "lepton": 1}},
            422,
            "did you mean 'leptons'",
        ),
        (
            {"inputs": {"constituents": [[[1.0, 2.0]]], "leptons": [[[0, 0, 0]] * 2]}},
            422,
            "expected",
        ),
        ({"inputs": {"constituents": [[[[[[1.0]]]]]]}}, 422, "got `array`"),
    ]
    for body, status, says in refusals:
        answer = post(app, EVENTS, body)
        assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text


def test_events_that_would_fill_the_memory_once_padded_are_refused_first(app: FastAPI) -> None:
    long = [[[1.0, 1.0, 1.0, 1.0]] * 2000, *([[]] * 2000)]
    answer = post(
        app, EVENTS, {"inputs": {"constituents": long, "leptons": [[[0.0] * 3] * 2] * 2001}}
    )
    assert (answer.status_code, "2001 events of up to 2000 entries" in answer.json()["detail"]) == (
        413,
        True,
    )
