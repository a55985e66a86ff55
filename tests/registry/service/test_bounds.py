"""What one client may send to a running service: heads, hosts, targets, JSON that becomes much."""

from __future__ import annotations

import contextlib
import json
import socket

import httpx
import pytest
from service_process import ServiceProcess

from lhnets_registry.service import question
from lhnets_registry.service.errors import MOST_DETAIL, BodyTooLargeError
from lhnets_registry.service.question import AskedOfNetwork, from_json
from lhnets_registry.service.server import HEADER_BYTES, HEADER_LINES

pytestmark = pytest.mark.service
GET = b"GET /index.json HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def exchange(service: ServiceProcess, *parts: bytes) -> bytes:
    """The status of the first answer; empty if the service just closes."""
    with (
        socket.create_connection(("127.0.0.1", service.port), timeout=60) as connection,
        contextlib.suppress(ConnectionError),
    ):
        for part in parts:
            connection.sendall(part)
        return connection.recv(65536).partition(b"\r\n")[0].partition(b" ")[2][:3]
    return b""


FLOODS = {
    "many lines": (GET, *[b"a: b\r\n" * 5000] * 400),
    "one line": (GET + b"a: ", *[b"b" * 60_000] * 400),
    "an address": (b"GET /", *[b"a" * 60_000] * 400),
    "a name": (GET, *[b"a" * 60_000] * 400),
    "empty lines": (b"\r\n" * 30_000,) * 400,
    "lines behind the body": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n",
        *[b"a: b\r\n" * 5000] * 400,
    ),
    "extensions of a chunk": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n1",
        *[b";a=b" * 10_000] * 400,
    ),
}


@pytest.mark.parametrize("parts", FLOODS.values(), ids=FLOODS)
def test_a_flood_of_headers_is_refused(
    served: ServiceProcess, client: httpx.Client, parts: tuple[bytes, ...]
) -> None:
    assert exchange(served, *parts) in (b"431", b"400", b"")
    assert client.get("/index.json").status_code == 200


def test_the_bounds_of_a_head_are_told(served: ServiceProcess) -> None:
    many = b"".join(b"x-%d: y\r\n" % k for k in range(HEADER_LINES))
    long = b"x: " + b"y" * HEADER_BYTES
    assert exchange(served, GET + many + b"\r\n") == b"431"
    assert exchange(served, GET + long + b"\r\n\r\n") == b"431"
    assert exchange(served, GET + many[: len(many) // 2] + b"z: z\r\n\r\n") == b"200"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /index.json HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /index.json HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"GET /index.json HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", b"400"),
        (b"GET /index.json HTTP/1.1\r\nHost: a b\r\n\r\n", b"400"),
        (b"GET /index.json HTTP/1.1\r\nHost: a/../b\r\n\r\n", b"400"),
        (b"GET /index.json HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", b"200"),
        (b"GET /index.json HTTP/1.0\r\n\r\n", b"200"),
        (b"GET /index.json HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", b"204"),
        (b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", b"404"),
        (b"OPTIONS /index.json HTTP/1.1\r\nHost: a\r\n\r\n", b"405"),
        (b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
    ],
)
def test_hosts_and_targets(served: ServiceProcess, head: bytes, status: bytes) -> None:
    assert exchange(served, head) == status


def ask(client: httpx.Client, body: str) -> httpx.Response:
    kind = {"content-type": "application/json"}
    return client.post("/v1/predict/cs-gluino-pair-lo", content=body, headers=kind)


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"parameters": {f"a{k}": 1.0 for k in range(5000)}}),
        json.dumps({"parameters": {"a" * 90_000: 1.0}}),
        json.dumps({"a" * 90_000: 1.0}),
        json.dumps({"parameters": {}, "order": "a" * 90_000}),
        json.dumps({"parameters": {f"{'a' * 90}{k}": 1.0 for k in range(900)}}),
    ],
    ids=["names", "a name", "a field", "an order", "long names"],
)
def test_what_is_unknown_is_repeated_in_part(client: httpx.Client, body: str) -> None:
    answer = ask(client, body)
    assert answer.status_code == 422
    assert len(answer.text) < 2 * MOST_DETAIL


def test_the_values_of_a_body_are_counted_before_they_are_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(question, "MOST_VALUES", 1000)
    body = b'{"parameters": {"m_go": [%s]}}'
    assert from_json(body % b",".join([b"1"] * 900), AskedOfNetwork).parameters
    for bomb in (b",".join([b"1"] * 2000), b",".join([b"[]"] * 600), b"[" * 2000):
        with pytest.raises(BodyTooLargeError, match="1000 are allowed"):
            from_json(body % bomb, AskedOfNetwork)
