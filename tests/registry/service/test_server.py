"""A real server process and what it bears: garbage, slowness, idle connections, killed workers, the
end."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import signal
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from service_process import LHNETS, ServiceProcess

from lhnets_registry.service import server
from lhnets_registry.service.settings import SETTINGS_VARIABLE, Settings

pytestmark = pytest.mark.service
POINT = b'{"parameters": {"m_go": 2000.0, "m_sq": 3000.0}, "energy": 13000.0}'
PREDICT = (
    b"POST /v1/predict/cs-gluino-pair-lo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
)
IDLE = 1000


def connect(service: ServiceProcess) -> socket.socket:
    return socket.create_connection(("127.0.0.1", service.port), timeout=60)


def said(connection: socket.socket) -> bytes:
    """Everything until the server closes, or has answered."""
    answer = connection.recv(65536)
    while part := (connection.recv(65536) if b"\r\n\r\n" not in answer and answer else b""):
        answer += part
    return answer


def alive(service: ServiceProcess) -> bool:
    return httpx.get(f"{service.address}/index.json", timeout=60).status_code == 200


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"NONSENSE\r\n\r\n",
        b"GET /index.json HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % k for k in range(5000)) + b"\r\n",
        PREDICT + b"Content-Length: -5\r\n\r\n",
        PREDICT + b"Content-Length: 99999999999999999999\r\n\r\n",
        PREDICT + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        PREDICT + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=range(9),
)
def test_garbage_is_answered_with_a_refusal_or_silence(
    served: ServiceProcess, garbage: bytes
) -> None:
    with connect(served) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(garbage)
        connection.shutdown(socket.SHUT_WR)
        answer = said(connection)
        assert answer == b"" or re.match(rb"HTTP/1.1 4\d\d ", answer), answer[:100]
    assert alive(served)


def test_a_body_that_does_not_come_is_not_waited_for(served: ServiceProcess) -> None:
    with connect(served) as connection:
        connection.sendall(PREDICT + b"Content-Length: %d\r\n\r\n" % len(POINT) + POINT[:10])
        assert said(connection).startswith(b"HTTP/1.1 408 ")


def test_a_client_that_goes_away_in_the_middle_is_forgotten(served: ServiceProcess) -> None:
    for _ in range(50):
        with connect(served) as connection:
            connection.sendall(PREDICT + b"Content-Length: 1000\r\n\r\n{")
    assert alive(served)


def test_idle_connections_do_not_keep_others_out(served: ServiceProcess) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * IDLE + 500)), hard))
    with contextlib.ExitStack() as open_connections:
        for k in range(IDLE):
            connection = open_connections.enter_context(connect(served))
            if k % 2:
                connection.sendall(b"GET /index.json HTTP/1.1\r\nX-Slow: ")
        assert alive(served)
        answer = httpx.post(
            f"{served.address}/v1/predict/cs-gluino-pair-lo",
            content=POINT,
            headers={"content-type": "application/json"},
            timeout=60,
        )
        assert answer.status_code == 200
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_more_questions_than_places_are_all_answered_or_sent_away(tmp_path: Path) -> None:
    body = json.dumps({"parameters": {"m_go": [1500.0] * 5000, "m_sq": 3000.0}, "energy": 13000.0})
    with (
        ServiceProcess(tmp_path, "--concurrency", "2", "--log-level", "info") as service,
        httpx.Client(
            base_url=service.address, timeout=60, limits=httpx.Limits(max_connections=32)
        ) as client,
    ):

        def ask(_: int) -> int:
            answer = client.post(
                "/v1/predict/cs-gluino-pair-lo",
                content=body,
                headers={"content-type": "application/json"},
            )
            if answer.status_code == 503:
                assert answer.headers["retry-after"] == "1"
            return answer.status_code

        with ThreadPoolExecutor(32) as threads:
            found = list(threads.map(ask, range(200)))
        assert set(found) <= {200, 503}
        assert 200 in found
        assert ask(0) == 200
        counted = client.get("/metrics").text
        turned_away = float(
            re.search(r"^lhnets_turned_away_total (\S+)$", counted, re.MULTILINE).group(1)
        )  # type: ignore[union-attr]
        assert turned_away == found.count(503)


def test_connections_without_a_request_are_closed(tmp_path: Path) -> None:
    with ServiceProcess(tmp_path, "--idle-seconds", "1") as service:
        for start in (
            b"",
            b"GET /index.json HTTP/1.1\r\nX-Slow: ",
            b"GET /index.json HTTP/1.1\r\nHost: x\r\n\r\n",
        ):
            with connect(service) as connection:
                connection.sendall(start)
                while connection.recv(65536):
                    pass
        with (service.folder / "large.bin").open("wb") as large:
            large.truncate(50_000_000)
        with connect(service) as connection:
            connection.sendall(b"GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n")
            line = json.loads(service.wait_for("/large.bin"))
            assert line["bytes"] < 50_000_000


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """A service of two worker processes."""
    with ServiceProcess(tmp_path_factory.mktemp("several"), "--workers", "2") as service:
        service.wait_for("Application startup complete")
        yield service


def workers(service: ServiceProcess) -> set[int]:
    """Its processes that serve, by their answers in the log."""
    listed = (
        Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text().split()
    )
    return {int(p) for p in listed if b"spawn_main" in Path(f"/proc/{p}/cmdline").read_bytes()}


def test_a_killed_worker_is_replaced(several: ServiceProcess) -> None:
    before = workers(several)
    assert len(before) == 2
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    assert alive(several)
    several.wait_for(f"Child process [{victim}] died")
    several.wait_for("Application startup complete")
    assert alive(several)
    assert len(workers(several) - {victim}) == 2


def test_figures_are_those_of_all_workers(several: ServiceProcess) -> None:
    def count() -> float:
        text = httpx.get(f"{several.address}/metrics", timeout=60).text
        found = re.search(
            r'^lhnets_requests_total\{.*route="/blobs",status="404"\} (\S+)$', text, re.MULTILINE
        )
        return float(found.group(1)) if found else 0.0

    before = count()
    for _ in range(40):
        assert httpx.get(f"{several.address}/blobs/none", timeout=60).status_code == 404
    assert count() == before + 40


def test_requests_at_work_are_finished_before_the_end(tmp_path: Path) -> None:
    service = ServiceProcess(tmp_path)
    with connect(service) as connection:
        connection.sendall(
            PREDICT + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(POINT)
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        service.process.send_signal(signal.SIGTERM)
        service.wait_for("Shutting down")
        connection.sendall(POINT)
        assert said(connection).startswith(b"HTTP/1.1 200 ")
    assert service.stop() == 0


def test_from_nothing_to_an_answer_and_what_is_said(tmp_path: Path) -> None:
    with ServiceProcess(tmp_path) as service:
        assert "serves " in service.said
        assert httpx.get(f"{service.address}/health/ready", timeout=60).json()["status"] == "ready"
        service.wait_for("the catalogue of")
        page = httpx.get(service.address, timeout=60)
        assert (page.status_code, "<html" in page.text.lower()) == (200, True)
        made = sorted(
            p.relative_to(tmp_path / "data").as_posix() for p in (tmp_path / "data").glob("*/*/*")
        )
        assert made == ["lhnets/registry/mirror"]
        assert service.stop(signal.SIGINT) == 0


def test_a_port_that_is_taken_is_named(served: ServiceProcess, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(LHNETS), "serve", "--port", str(served.port), "--mirror", str(tmp_path / "mirror")],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"XDG_DATA_HOME": str(tmp_path)},
    )
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{served.port}" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_log_has_a_line_for_each_request_and_no_secrets(tmp_path: Path) -> None:
    with ServiceProcess(tmp_path) as service:
        httpx.get(
            f"{service.address}/v1/search?text=hidden-text",
            headers={"authorization": "Bearer hidden-token", "x-request-id": "from-the-caller"},
            timeout=60,
        )
        line = json.loads(service.wait_for("/v1/search"))
        assert (line["request_id"], line["status"], line["method"]) == (
            "from-the-caller",
            200,
            "GET",
        )
        assert line["seconds"] > 0
        odd = httpx.get(
            f"{service.address}/index.json", headers={"x-request-id": 'a"b\\c'}, timeout=60
        )
        line = json.loads(service.wait_for("/index.json"))
        assert line["request_id"] == odd.headers["x-request-id"] != 'a"b\\c'
        service.stop()
        rest = [service.log.get() for _ in range(service.log.qsize())]
        assert "hidden" not in "".join(rest)


def test_search(client: httpx.Client) -> None:
    everything = client.get("/v1/search", params={"limit": 500}).json()
    assert everything["total"] == len(everything["networks"]) > 30
    page = client.get("/v1/search", params={"limit": 5, "offset": 5}).json()
    assert page["networks"] == everything["networks"][5:10]
    found = client.get(
        "/v1/search", params={"kind": "cross_section", "process": "pp -> gluino gluino"}
    ).json()
    assert {n["kind"] for n in found["networks"]} == {"cross_section"}
    assert client.get("/v1/search", params={"text": "no such words"}).json() == {
        "total": 0,
        "offset": 0,
        "networks": [],
    }
    assert client.get("/v1/search", params={"limit": 0}).status_code == 422
    assert (
        client.get("/v1/search", params={"process": "p p > zz9 go"}).json()["error"]
        == "UnknownParticleError"
    )


def test_one_network(client: httpx.Client) -> None:
    document = client.get("/v1/networks/cs-gluino-pair-lo").json()
    assert document["card"]["name"] == document["entry"]["name"] == "cs-gluino-pair-lo"
    assert client.get("/v1/networks/cs-gluino-pair-lo@2").json() == document
    assert client.get("/v1/networks/cs-nothing").status_code == 404


def test_the_same_on_postgresql(empty_postgres: str, tmp_path: Path) -> None:
    with ServiceProcess(
        tmp_path, "--artifacts", str(tmp_path / "artifacts"), store=empty_postgres
    ) as service:
        assert httpx.get(f"{service.address}/health/ready", timeout=60).json()["status"] == "ready"
        assert "postgres@" not in service.said
        body = {"parameters": {"m_go": 2000.0, "m_sq": 3000.0}, "energy": 13000.0}
        answer = httpx.post(
            f"{service.address}/v1/predict/cs-gluino-pair-lo", json=body, timeout=60
        )
        assert answer.status_code == 200


def test_a_worker_that_still_imports_is_not_taken_for_one_that_hangs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Imports take longer than uvicorn's five seconds on a busy machine: its workers would be
    replaced for ever."""
    made: list[Any] = []

    class Supervisor:
        def __init__(self, config: Any, *_: Any) -> None:
            made.append(config)

        def run(self) -> None:
            pass

    monkeypatch.setattr(server, "Multiprocess", Supervisor)
    monkeypatch.setattr(server, "kept_beside", lambda *_: contextlib.nullcontext())
    monkeypatch.setattr(server.logs, "set_up", lambda level: None)
    monkeypatch.setattr(server, "_allow_connections", lambda: None)
    monkeypatch.setattr(server.signal, "signal", lambda *_: None)
    for variable in (server.METRICS_VARIABLE, server.logs.LEVEL_VARIABLE, SETTINGS_VARIABLE):
        monkeypatch.setenv(variable, "")
    with server.listen("127.0.0.1", 0) as listener:
        server.run(Settings(mirror=str(tmp_path)), listener, 2, "info")
    assert made[0].timeout_worker_healthcheck >= 60
