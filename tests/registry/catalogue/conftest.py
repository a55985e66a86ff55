"""Mirrors with their catalogue, served from a sub-path, and a real browser that watches what a page
does."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lhnets._fetching.mirror import BUNDLED
from lhnets.format import Entry, Index, Status, blob_path, card_path, read
from lhnets_registry import catalogue

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
ARGUMENTS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Put = Callable[..., Index]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Writes network files, with a status and reason each, to ``tmp_path / "mirror"`` and gives the
    index."""
    return functools.partial(put_networks, tmp_path / "mirror")


def put_networks(folder: Path, *published: tuple[bytes, Status, str]) -> Index:
    entries = []
    for content, status, reason in published:
        card = read(content).card
        entries.append(Entry.of(card, content, status, reason))
        for path, data in (
            (blob_path(entries[-1].sha256), content),
            (card_path(card.name, card.version), card.to_json()),
        ):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
    index = Index.of(entries)
    folder.mkdir(exist_ok=True)
    (folder / "index.json").write_bytes(index.to_json())
    return index


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mirror of the networks that come with the client, below a folder that is served."""
    folder = tmp_path_factory.mktemp("served") / "physics" / "nets"
    shutil.copytree(BUNDLED, folder)
    catalogue.write(folder, Index.from_json((folder / "index.json").read_bytes(), str(folder)))
    return folder


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """What `python -m http.server` runs, without its log."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Serves a folder; gives its address."""
    servers = []

    def start(folder: Path) -> str:
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def address(site: Path, serve: Callable[[Path], str]) -> str:
    """The address of the mirror, in a sub-path."""
    return f"{serve(site.parents[1])}/physics/nets/"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for the tests of a module; while it is up, its driver holds the event loop of
    this thread."""
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Watched:
    """A page, and what it did: requests, messages, errors, dialogs."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        self.messages: list[str] = []
        page.on("request", lambda r: self.requests.append(r.url))
        page.on("console", lambda m: self.messages.append(m.text))
        page.on("pageerror", lambda e: self.messages.append(str(e)))
        page.on("dialog", self._dialog)

    def _dialog(self, dialog: Any) -> None:
        self.messages.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def elsewhere(self, address: str) -> list[str]:
        """Requests that left the mirror."""
        return [r for r in self.requests if not r.startswith((address, "blob:", "data:"))]


Open = Callable[..., Watched]


@pytest.fixture
def browse(chromium: Any) -> Iterator[Open]:
    """Opens an address in a fresh profile; options are those of playwright's contexts."""
    contexts = []

    def open_page(url: str, width: int = 1280, height: int = 900, **options: Any) -> Watched:
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        watched = Watched(context.new_page())
        watched.page.goto(url)
        return watched

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """The folder for screenshots."""
    folder = Path(__file__).parents[3] / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
