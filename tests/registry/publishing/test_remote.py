"""Publishing to a registry elsewhere: a real service, and servers that would like to have the
token."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from forked_service import ForkedService

from lhnets.cli import group
from lhnets.errors import MirrorError
from lhnets_registry.errors import (
    AdmissionError,
    NameConflictError,
    ReviewError,
    StoreError,
    TokenError,
    UnknownVersionError,
)
from lhnets_registry.ledger import tokens
from lhnets_registry.location import Location
from lhnets_registry.publishing.remote import Remote, token_from
from lhnets_registry.service.settings import Settings

Make = Callable[..., bytes]


@pytest.fixture
def service(store_folder: Path, tmp_path: Path) -> Iterator[ForkedService]:
    settings = Settings(mirror=str(tmp_path / "mirror"), store=str(store_folder), bundled=False)
    with ForkedService(settings) as made:
        yield made


def test_from_a_file_to_a_retraction(
    service: ForkedService,
    store_folder: Path,
    good: bytes,
    lying: bytes,
    make: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, secret = tokens.create(Location.of(store_folder), ["publish", "review"])
    _, second = tokens.create(Location.of(store_folder), ["review"])
    token_file = tmp_path / "token"
    token_file.write_text(secret + "\n")
    token_file.chmod(0o600)
    for name, content in (("good", good), ("lying", lying), ("other", make(slope=1.0))):
        (tmp_path / f"{name}.onnx").write_bytes(content)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("LHNETS_TOKEN", "of-another-registry")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")

    def lhnets(*arguments: str | Path) -> Any:
        return CliRunner().invoke(group, [str(a) for a in (*arguments, "--token-file", token_file)])

    done = lhnets(
        "publish",
        *(tmp_path / f"{n}.onnx" for n in ("lying", "good", "other")),
        "--to",
        service.address,
    )
    assert done.exit_code == 1
    for told in (
        "lying.onnx is not admitted",
        "reference_points",
        "cs-gluino-pair-lo@1",
        "lo@1 is taken",
    ):
        assert told in done.output, done.output
    assert (
        "nothing changed"
        in lhnets("publish", tmp_path / "good.onnx", "--to", service.address).output
    )
    identity = "cs-gluino-pair-lo@1"
    assert "candidate" in lhnets("review", "list", "--at", service.address).output
    assert "reference_points" in lhnets("review", "show", identity, "--at", service.address).output
    own = lhnets("review", "approve", identity, "--at", service.address)
    assert "another person must approve it" in str(own.exception)
    token_file.write_text(second + "\n")
    assert "is verified" in lhnets("review", "approve", identity, "--at", service.address).output
    retracted = lhnets(
        "review", "retract", identity, "--reason", "alpha_s", "--at", service.address
    )
    assert "retracted: alpha_s" in retracted.output
    remote = Remote(service.address, secret)
    assert [v.status for v in remote.versions()] == ["retracted"]
    assert remote.versions("candidate") == []
    with pytest.raises(ReviewError, match="only a candidate"):
        remote.approve(identity)
    with pytest.raises(UnknownVersionError, match="the store has no"):
        remote.reject("cs-nothing@1", "x")
    with pytest.raises(UnknownVersionError, match="expected NAME@VERSION"):
        remote.approve("cs-nothing")
    with pytest.raises(NameConflictError, match="is taken"):
        remote.publish(make(slope=1.0))
    with pytest.raises(AdmissionError) as caught:
        remote.publish(lying)
    assert [f.item for f in caught.value.report.failures] == ["reference_points"]
    with pytest.raises(TokenError, match="not known"):
        Remote(service.address, "nonsense").versions()
    token_file.write_text(secret + "\n")
    assert (
        lhnets("publish", tmp_path / "good.onnx", "--to", service.address, "--approve").exit_code
        == 2
    )


class Recorder:
    """A server that answers everything alike and keeps what it was sent."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.seen: list[dict[str, str]] = []
        seen = self.seen

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append(dict(self.headers))
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *arguments: Any) -> None: ...

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_never_gets_the_token(status: int) -> None:
    with (
        Recorder(200, {}) as thief,
        Recorder(status, {"Location": f"{thief.address}/v1/review?got="}) as first,
    ):
        with pytest.raises(MirrorError, match=f"redirects to {thief.address}.*not sent there"):
            Remote(first.address, "the-token").versions()
        assert [s["Authorization"] for s in first.seen] == ["Bearer the-token"]
        assert thief.seen == []


def test_an_answer_that_repeats_the_token_is_scrubbed() -> None:
    for status, kind in ((401, TokenError), (503, StoreError)):
        with (
            Recorder(status, {}, b'{"detail": "Bearer the-token and the-token"}') as server,
            pytest.raises(kind) as caught,
        ):
            Remote(server.address, "the-token").versions()
        assert "the-token" not in str(caught.value)
    with (
        Recorder(200, {}, b"<html>") as server,
        pytest.raises(MirrorError, match="does not answer as a registry"),
    ):
        Remote(server.address, "the-token").versions()
    with Recorder(500, {}, b"<html>") as server, pytest.raises(StoreError, match="answers 500"):
        Remote(server.address, "the-token").versions()
    with pytest.raises(MirrorError, match="cannot reach"):
        Remote("http://127.0.0.1:9", "the-token").versions()


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org",
        "ftp://example.org",
        "example.org",
        "https://user:the-token@example.org",
        "https://",
        "https://a?b",
    ],
)
def test_addresses_that_a_token_is_not_sent_to(address: str) -> None:
    with pytest.raises(MirrorError) as caught:
        Remote(address, "the-token")
    assert "the-token" not in str(caught.value)


def test_where_a_token_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LHNETS_TOKEN", " one ")
    assert token_from() == "one"
    file = tmp_path / "token"
    file.write_text("two\n")
    file.chmod(0o640)
    with pytest.raises(TokenError, match="chmod 600"):
        token_from(file)
    file.chmod(0o600)
    assert token_from(file) == "two"
    for wrong in ("two words", "", "é", "a\nb"):
        file.write_text(wrong)
        with pytest.raises(TokenError, match="copy it again"):
            token_from(file)
    with pytest.raises(TokenError, match="No such file"):
        token_from(tmp_path / "none")
    monkeypatch.delenv("LHNETS_TOKEN")
    with pytest.raises(TokenError, match="LHNETS_TOKEN"):
        token_from()
