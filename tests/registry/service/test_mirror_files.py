"""The mirror over HTTP: validators, ranges, compression, and nothing outside its folder."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import http.client
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from service_process import ServiceProcess

import lhnets as ml
from lhnets._fetching.mirror import BUNDLED
from lhnets.format import Index
from lhnets_registry.catalogue.site import POLICY
from lhnets_registry.service import mirror_files
from lhnets_registry.service.mirror_files import MirrorFiles

Get = Callable[..., httpx.Response]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "mirror"
    (made / "pages" / "deep").mkdir(parents=True)
    (made / "index.html").write_text("<html>" + "catalogue " * 200)
    (made / "index.json").write_bytes((BUNDLED / "index.json").read_bytes())
    (made / "pages" / "index.html").write_text("<html>short")
    (made / "pages" / "run.mjs").write_text("export {}")
    (made / "pages" / "run.wasm").write_bytes(b"\0asm")
    (made / ".secret").write_text("hidden")
    (tmp_path / "outside.txt").write_text("outside")
    (made / "link.txt").symlink_to(tmp_path / "outside.txt")
    (made / "pages" / "up").symlink_to(tmp_path)
    return made


@pytest.fixture
def get(folder: Path) -> Get:
    """Asks the files of the folder, without a server."""

    async def no_interface(*_: Any) -> None:
        raise AssertionError("this is not a file")

    files = MirrorFiles(no_interface, folder)

    def ask(path: str, method: str = "GET", **headers: str) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(files), base_url="http://mirror"
            ) as client:
                plain = {"accept-encoding": "identity"} | {
                    k.replace("_", "-"): v for k, v in headers.items()
                }
                return await client.request(method, path, headers=plain)

        return asyncio.run(send())

    return ask


def test_the_client_reads_the_mirror(
    served: ServiceProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lhnets._fetching.cache import Cache
    from lhnets._finding.zoo import Zoo

    network = Zoo([served.address], Cache(tmp_path)).load("cs-gluino-pair-lo")
    point = {"m_go": 2000.0, "m_sq": 3000.0}
    assert float(network(point, energy="13 TeV")) == float(
        ml.load("cs-gluino-pair-lo")(point, energy="13 TeV")
    )
    assert str(network.path).startswith(str(tmp_path))


def test_network_files_never_change_and_say_so(client: httpx.Client) -> None:
    entry = Index.from_json(client.get("/index.json").content, "service").networks[0]
    answer = client.get(f"/{entry.blob}")
    assert hashlib.sha256(answer.content).hexdigest() == entry.sha256
    assert answer.headers["etag"] == f'"{entry.sha256}"'
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"] == "application/octet-stream"
    card = client.get(f"/networks/{entry.name}/{entry.version}.json")
    assert card.json()["name"] == entry.name
    assert "immutable" in card.headers["cache-control"]


def test_the_index_is_asked_for_again_and_again_at_little_cost(client: httpx.Client) -> None:
    first = client.get("/index.json", headers={"accept-encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["cache-control"] == "public, no-cache"
    again = client.get("/index.json", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"].strip('"') == first.headers["etag"].strip('"').removesuffix(
        "-gzip"
    )


def test_a_new_index_is_seen_at_the_next_request(get: Get, folder: Path) -> None:
    old = get("/index.json")
    (folder / ".new").write_text('{"format":1,"networks":[]}')
    (folder / ".new").replace(folder / "index.json")
    new = get("/index.json", if_none_match=old.headers["etag"])
    assert (new.status_code, new.json()["networks"]) == (200, [])


@pytest.mark.parametrize("held", [True, False], ids=["kept", "streamed"])
def test_parts_of_a_file(
    get: Get, folder: Path, held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = os.urandom(5000)
    (folder / "data.bin").write_bytes(content)
    if not held:
        monkeypatch.setattr(mirror_files, "HELD_FILE", 100)
    whole = get("/data.bin")
    assert (whole.status_code, whole.content, whole.headers["accept-ranges"]) == (
        200,
        content,
        "bytes",
    )
    part = get("/data.bin", range="bytes=100-199")
    assert (part.status_code, part.content) == (206, content[100:200])
    assert part.headers["content-range"] == "bytes 100-199/5000"
    assert get("/data.bin", range="bytes=-10").content == content[-10:]
    beyond = get("/data.bin", range="bytes=5000-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */5000")
    etag = whole.headers["etag"]
    assert get("/data.bin", range="bytes=0-9", if_range=etag).status_code == 206
    assert get("/data.bin", range="bytes=0-9", if_range='"other"').status_code == 200
    assert get("/data.bin", if_none_match=etag).status_code == 304
    head = get("/data.bin", "HEAD")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "5000")


def test_a_part_of_a_text_is_never_compressed(get: Get) -> None:
    part = get("/", range="bytes=0-5", accept_encoding="gzip")
    assert (part.status_code, part.content, "content-encoding" in part.headers) == (
        206,
        b"<html>",
        False,
    )


def test_a_large_file_goes_out_compressed_where_its_compressed_form_lies_beside_it(
    get: Get, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"wasm " * 1000
    (folder / "big.wasm").write_bytes(content)
    (folder / "big.wasm.gz").write_bytes(gzip.compress(content))
    monkeypatch.setattr(mirror_files, "HELD_FILE", 100)
    packed = get("/big.wasm", accept_encoding="gzip")
    assert (packed.content, packed.headers["content-encoding"]) == (content, "gzip")
    assert packed.headers["content-type"] == "application/wasm"
    plain = get("/big.wasm")
    assert (plain.content, "content-encoding" in plain.headers) == (content, False)
    assert plain.headers["etag"] != packed.headers["etag"]


def test_pages_have_their_types_and_a_policy(get: Get) -> None:
    page = get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "'unsafe-inline'" not in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert get("/pages/run.mjs").headers["content-type"] == "text/javascript; charset=utf-8"
    assert get("/pages/run.wasm").headers["content-type"] == "application/wasm"
    assert get("/pages/").text == "<html>short"
    moved = get("/pages")
    assert (moved.status_code, moved.headers["location"]) == (308, "/pages/")


TRICKS = [
    "/../outside.txt",
    "/pages/../../outside.txt",
    "/%2e%2e/outside.txt",
    "/..%2foutside.txt",
    "/..%5coutside.txt",
    "/pages/..;/outside.txt",
    "//etc/passwd",
    "///etc/passwd",
    "/%2fetc/passwd",
    "/link.txt",
    "/pages/up/outside.txt",
    "/.secret",
    "/pages/%00",
    "/index.json%00.html",
    "/index.json/",
    "/pages/deep",
    "/C:/windows",
    "/~root/",
    "/blobs/sha256/..%2f..%2findex.json",
    "/\u2024\u2024/outside.txt",
]


@pytest.mark.parametrize("path", TRICKS)
def test_nothing_outside_the_folder_is_read(get: Get, path: str) -> None:
    answer = get(path)
    assert answer.status_code == 404
    assert "outside" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", [t for t in TRICKS if t.isascii()])
def test_nothing_outside_is_read_through_the_server(served: ServiceProcess, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    connection.putrequest("GET", path, skip_host=False)
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, b"root:" in answer.read()) == (404, False)
    connection.close()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_the_mirror_is_only_read(get: Get, method: str) -> None:
    answer = get("/index.json", method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_files_kept_in_memory_have_a_bound(
    get: Get, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_files, "HELD_IN_ALL", 2500)
    for k in range(6):
        (folder / f"f{k}.bin").write_bytes(bytes([k]) * 1000)
    for k in (*range(6), 0, 5):
        assert get(f"/f{k}.bin").content == bytes([k]) * 1000


def test_a_file_that_goes_away_is_gone(get: Get, folder: Path) -> None:
    (folder / "f.txt").write_text("once")
    assert get("/f.txt").text == "once"
    (folder / "f.txt").unlink()
    assert get("/f.txt").status_code == 404
    assert json.loads(get("/f.txt").content)["status"] == 404


def test_the_policy_is_that_of_the_pages_and_forbids_frames() -> None:
    sent = dict(
        d.strip().split(" ", 1) for d in mirror_files.SECURITY["content-security-policy"].split(";")
    )
    stated = dict(d.strip().split(" ", 1) for d in POLICY.split(";"))
    assert sent == stated | {"frame-ancestors": "'none'"}
