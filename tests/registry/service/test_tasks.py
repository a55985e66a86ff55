"""Blind tasks: a file in, rounded figures out; limits, withdrawal, and a network that learnt the
order of the rows."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
import onnx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onnx import helper, numpy_helper

from lhnets.format import Reference, read, reseal, seal
from lhnets_datasets.bench.judge import judge
from lhnets_registry.admission.admit import Admission, admit
from lhnets_registry.admission.admitter import Admitter
from lhnets_registry.blind.tasks import BlindTasks
from lhnets_registry.ledger import audit, tokens
from lhnets_registry.location import Location
from lhnets_registry.service.app import create_app
from lhnets_registry.service.settings import Settings

ROWS = 600
KIND = {"Content-Type": "application/octet-stream"}
TASK = """
name: gluinos
title: Light gluinos
question: Is the gluino light?
kind: cross_section
signal: sigma
data: {{set: gluinos, sha256: {sha256}, label: light, split: {{by: hash, test: 1.0}}}}
input: {{is: columns, meaning: masses, names: [m_go, m_sq]}}
metrics: [{{is: auc, name: auc}}, {{is: rejection, name: rejection_50, efficiency: 0.5}}]
replicates: 100
may_be_seen: anything
"""


@pytest.fixture(scope="session")
def blind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one blind task: signal has lighter gluinos, with an overlap."""
    folder = tmp_path_factory.mktemp("blind")
    rng = np.random.default_rng(1)
    light = np.arange(ROWS) % 2
    m_go = rng.normal(1700 - 400 * light, 300).clip(450, 2900)
    table = pa.table({"light": light, "m_go": m_go, "m_sq": rng.uniform(2000, 3000, ROWS)})
    pq.write_table(table, folder / "gluinos.parquet")
    sha256 = hashlib.sha256((folder / "gluinos.parquet").read_bytes()).hexdigest()
    (folder / "gluinos.yaml").write_text(TASK.format(sha256=sha256))
    return folder


class Site:
    """An application in this process, with blind tasks."""

    def __init__(self, folder: Path, blind: Path, store: Path) -> None:
        self.location = Location.of(store)
        settings = Settings(
            mirror=str(folder / "mirror"),
            store=str(store),
            bundled=False,
            blind=str(blind),
            submissions=2,
        )
        self.app = create_app(settings)

    def ask(self, method: str, path: str, token: str = "", **request: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=("192.0.2.7", 1))
            headers = request.pop("headers", {})
            headers |= {"Authorization": f"Bearer {token}"} if token else {}
            async with httpx.AsyncClient(
                transport=transport, base_url="http://registry", timeout=120
            ) as client:
                return await client.request(method, path, headers=headers, **request)

        return asyncio.run(once())

    def submit(self, content: bytes, token: str, task: str = "gluinos") -> httpx.Response:
        path = f"/v1/tasks/{task}/submit"
        return self.ask("POST", path, token, content=content, headers=dict(KIND))

    def token(self, *scopes: Any) -> str:
        return tokens.create(self.location, scopes or ["publish"], "tester")[1]


@pytest.fixture
def site(tmp_path: Path, blind: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    made = Site(tmp_path, blind, tmp_path / "store")
    yield made
    made.app.state.service.close()
    for result in (blind / "results").rglob("*.json"):
        result.unlink()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, good: bytes) -> None:
    """Every file is admitted: the admission has tests of its own."""
    report = admit(good).report

    def admitted(self: Admitter, content: bytes) -> Admission:
        found = read(content)
        return Admission(msgspec.structs.replace(report, sha256=found.sha256), found)

    monkeypatch.setattr(Admitter, "admit", admitted)


def test_a_file_is_judged_and_listed_with_rounded_figures(site: Site, good: bytes) -> None:
    token = site.token()
    made = site.submit(good, token)
    assert made.status_code == 201, made.text
    figures = made.json()["figures"]
    assert 0.75 < figures["auc"]["value"] < 0.9
    assert figures["auc"]["value"] == round(figures["auc"]["value"], 2)
    again = site.submit(good, token)
    assert (again.status_code, again.json()) == (200, made.json())
    shown = site.ask("GET", "/v1/tasks/gluinos").json()
    (row,) = shown["rows"]
    assert (row["network"], row["rank"]) == ("cs-gluino-pair-lo@1", 1)
    assert "data" not in shown["task"]
    assert "sha256" not in str(shown["task"])
    assert site.ask("GET", "/v1/tasks").json() == {"tasks": ["gluinos"]}
    noted = [(e.action, e.result) for e in audit.listed(site.location)][1:]
    assert noted == [("submit", "tried"), ("submit", "judged")]


@pytest.mark.usefixtures("quick")
def test_submissions_are_limited_for_each_token(site: Site, make: Any) -> None:
    token = site.token()
    for k in range(2):
        assert site.submit(make(slope=2.0 + k), token).status_code == 201
    refused = site.submit(make(slope=9.0), token)
    assert refused.status_code == 429
    assert "2 files to gluinos within 24 hours" in refused.json()["detail"]
    assert len(site.ask("GET", "/v1/tasks/gluinos").json()["rows"]) == 2


@pytest.mark.usefixtures("quick")
def test_what_is_withdrawn_stays_visible_without_a_rank(site: Site, good: bytes, make: Any) -> None:
    token = site.token()
    first, other = site.submit(good, token).json(), site.submit(make(slope=-1.0), token).json()
    path = f"/v1/tasks/gluinos/{first['sha256']}/withdraw"
    assert site.ask("POST", path, site.token(), json={"reason": "x"}).status_code == 403
    done = site.ask("POST", path, token, json={"reason": "trained on the test rows"})
    assert done.json()["withdrawn"] == "trained on the test rows"
    rows = site.ask("GET", "/v1/tasks/gluinos").json()["rows"]
    assert [(r["sha256"], r["rank"]) for r in rows] == [
        (other["sha256"], 1),
        (first["sha256"], None),
    ]
    assert rows[1]["figures"] == first["figures"]
    unknown = f"/v1/tasks/gluinos/{'0' * 64}/withdraw"
    assert site.ask("POST", unknown, token, json={"reason": "x"}).status_code == 422


def cheat(labels: np.ndarray, good: bytes) -> bytes:
    """A network that gives the label of each place in a batch, whatever the events are."""
    model = onnx.load_from_string(good)
    del model.metadata_props[:]
    nodes = [n for n in model.graph.node if n.output[0] not in ("value", "uncertainty")]
    make = helper.make_node
    nodes += [
        make("ReduceSum", ["parameters", "axes"], ["sum"], keepdims=0),
        make("Mul", ["sum", "zero"], ["nothing"]),
        make("Add", ["nothing", "one"], ["ones"]),
        make("CumSum", ["ones", "first"], ["place"]),
        make("Sub", ["place", "one"], ["from_zero"]),
        make("Cast", ["from_zero"], ["index"], to=onnx.TensorProto.INT64),
        make("Gather", ["labels", "index"], ["known"]),
        make("Unsqueeze", ["known", "axes"], ["value"]),
        make("Mul", ["value", "hundredth"], ["uncertainty"]),
    ]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    for name, array in (
        ("zero", np.array(0.0)),
        ("first", np.array(0)),
        ("labels", 0.5 + labels.astype(np.float64)),
    ):
        model.graph.initializer.append(numpy_helper.from_array(array, name))
    file = read(good)
    x = file.reference.inputs["parameters"]
    place = np.arange(len(x))
    reference = Reference.of(
        {"parameters": x},
        {
            "value": (0.5 + labels[place])[:, None].astype(np.float64),
            "uncertainty": (0.01 * (0.5 + labels[place]))[:, None],
            "reach": np.asarray(file.reference.outputs["reach"]),
        },
    )
    return reseal(seal(model.SerializeToString(), file.card, reference))


@pytest.mark.usefixtures("quick")
def test_a_network_that_learnt_the_order_of_the_rows_gains_nothing(
    site: Site, good: bytes, blind: Path
) -> None:
    tasks = BlindTasks(blind)
    task = tasks.get("gluinos")
    rows = tasks.read(task)
    known = judge(task, rows, rows.signal + 0.5).figures["auc"]
    assert known.value == 1.0
    made = site.submit(cheat(rows.signal, good), site.token())
    assert made.status_code == 201, made.text
    assert abs(made.json()["figures"]["auc"]["value"] - 0.5) < 0.1


def test_a_network_that_learnt_the_order_of_the_rows_is_not_even_admitted(
    good: bytes, blind: Path
) -> None:
    tasks = BlindTasks(blind)
    rows = tasks.read(tasks.get("gluinos"))
    report = admit(cheat(rows.signal, good)).report
    assert not report.admitted


@pytest.mark.usefixtures("quick")
def test_what_does_not_fit_is_refused_and_does_not_count(
    site: Site, good: bytes, make: Any
) -> None:
    token = site.token()
    other = make(outputs=tuple(o for o in read(good).card.outputs))
    assert site.submit(other, token, "unknown").status_code == 404
    assert site.submit(good, "").status_code == 401
    assert site.submit(good, site.token("review")).status_code == 403
    plain = site.ask("POST", "/v1/tasks/gluinos/submit", token, content=good)
    assert plain.status_code == 415
    assert [e.result for e in audit.listed(site.location) if e.action == "submit"] == []
