"""Writing the catalogue: the pages of a mirror, from its index and the files that it has.

The order is such that a reader never meets a link to a page that is not there: assets, data sets
and networks first, then the search file and the front page, and only then are pages of vanished
candidates removed. Pages whose sources did not change are not made again; what they were made from
stands in `assets/catalogue.json`.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import Path

import jinja2
import msgspec
from msgspec import Struct

from lhnets.errors import NetworkFileError
from lhnets.format import Entry, Index, NetworkFile, read
from lhnets.physics import NAMES
from lhnets_datasets.library import collection as library
from lhnets_registry.catalogue import runtime, typeset
from lhnets_registry.catalogue.data_page import data_page_of
from lhnets_registry.catalogue.files import Folder
from lhnets_registry.catalogue.network_page import KINDS, inequality, page_of, symbol_of
from lhnets_registry.catalogue.search_rows import SearchRow, current, encoded, versions
from lhnets_registry.catalogue.tables import manifests
from lhnets_registry.catalogue.task_page import list_tasks

STATE_FILE = "assets/catalogue.json"
SEARCH_FILE = "assets/search.json"
FIRST_PAGE = 60
PER_PAGE = 500

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'"
)
_ASSETS = (
    "catalogue.css",
    "mark.svg",
    "theme.js",
    "page.js",
    "front.js",
    "search.js",
    "network.js",
    "plot.js",
)

Track = Callable[[Sequence[str]], Iterable[str]]


class Made(Struct, frozen=True):
    """What the pages of one network were made from, and its row of the search."""

    source: str
    files: tuple[str, ...]
    row: SearchRow


class SiteState(Struct, frozen=True):
    """What all pages of a mirror were made from."""

    maker: str = ""
    networks: dict[str, Made] = {}
    data: tuple[str, ...] = ()


def write(folder: Path, index: Index, track: Track = iter) -> int:
    """Bring the pages of the mirror in ``folder`` up to ``index``, whose network files are there
    already.

    Parameters
    ----------
    folder
        Of the mirror.
    index
        That is about to become its `index.json`.
    track
        Wraps the names of the networks as they are worked through, for a progress bar.

    Returns
    -------
    int
        How many files were written.
    """
    site = Folder(folder)
    before = _state(site)
    _assets(site, before)
    found = versions(index)
    made = {name: _network(site, name, found[name], before) for name in track(list(found))}
    rows = [m.row for m in made.values()]
    data = _data_pages(site, rows, before)
    site.put("tasks/index.html", _render("tasks.html", "../", "tasks", tasks=list_tasks(index)))
    _front(site, rows)
    _remove_stale(site, before, made, data, _pages(rows))
    state = SiteState(_maker(), made, tuple(data))
    site.put(STATE_FILE, msgspec.json.encode(state))
    return site.written


def _state(site: Folder) -> SiteState:
    """What the earlier pages were made from; nothing where that cannot be known, and they are then
    made again."""
    content = site.read(STATE_FILE)
    try:
        return SiteState() if content is None else msgspec.json.decode(content, type=SiteState)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return SiteState()


def _assets(site: Folder, before: SiteState) -> None:
    if (
        before.maker == _maker()
        and runtime.is_there(site)
        and all(site.exists(f"assets/{name}") for name in _ASSETS)
    ):
        return
    for name in _ASSETS:
        site.put(f"assets/{name}", _package().joinpath("assets", name).read_bytes())
    runtime.unpack(site)


def _network(site: Folder, name: str, found: tuple[Entry, ...], before: SiteState) -> Made:
    source = hashlib.sha256(_maker().encode() + msgspec.json.encode(found)).hexdigest()
    known = before.networks.get(name)
    if known is not None and known.source == source and all(site.exists(f) for f in known.files):
        return known
    shown = current(found)
    for entry in found:
        if entry is not shown:
            site.put(_version_path(entry), _network_page(site, entry, found))
    moved = _render("moved.html", "../../", identity=shown.identity)
    site.put(_version_path(shown), moved)
    site.put(f"networks/{name}/index.html", _network_page(site, shown, found))
    files = (f"networks/{name}/index.html", *map(_version_path, found))
    return Made(source, files, SearchRow.of(_file(site, shown).card, shown))


def _network_page(site: Folder, entry: Entry, found: tuple[Entry, ...]) -> bytes:
    return _render(
        "network.html", "../../", "networks", page=page_of(_file(site, entry), entry, found)
    )


def _file(site: Folder, entry: Entry) -> NetworkFile:
    content = site.read(entry.blob)
    if content is None:
        raise NetworkFileError(
            f"the mirror {site.path} lacks the file of {entry.identity}: export it again"
        )
    return read(content)


def _version_path(entry: Entry) -> str:
    return f"networks/{entry.name}/{entry.version}.html"


def _data_pages(site: Folder, rows: list[SearchRow], before: SiteState) -> list[str]:
    """Pages of the library of data sets, where a network was trained on one of them."""
    known = manifests() if any(r.data in manifests() for r in rows) else {}
    trained: dict[str, list[SearchRow]] = {}
    for row in rows:
        trained.setdefault(row.data, []).append(row)
    earlier: dict[str, list[str]] = {}
    for made in before.networks.values():
        earlier.setdefault(made.row.data, []).append(
            f"{made.row.name}@{made.row.version} {made.row.title}"
        )
    for name, manifest in known.items():
        path = f"data/{name}/index.html"
        mine = [f"{r.name}@{r.version} {r.title}" for r in trained.get(name, [])]
        if (
            before.maker == _maker()
            and name in before.data
            and mine == earlier.get(name, [])
            and site.exists(path)
        ):
            continue
        page = data_page_of(manifest, trained.get(name, ()))
        site.put(path, _render("data.html", "../../", "data", page=page))
    site.put(
        "data/index.html", _render("data_index.html", "../", "data", manifests=list(known.values()))
    )
    return list(known)


def _front(site: Folder, rows: list[SearchRow]) -> None:
    pages = _pages(rows)
    for k in range(1, pages + 1):
        part = rows[(k - 1) * PER_PAGE : k * PER_PAGE]
        site.put(
            f"list/{k}.html",
            _render("list.html", "../", "networks", rows=part, number=k, pages=pages),
        )
    site.put(SEARCH_FILE, encoded(rows))
    front = _render(
        "front.html",
        "",
        "networks",
        rows=rows[:FIRST_PAGE],
        total=len(rows),
        more=len(rows) > FIRST_PAGE,
        pages=pages,
    )
    site.put("index.html", front)


def _pages(rows: list[SearchRow]) -> int:
    return -(-len(rows) // PER_PAGE)


def _remove_stale(
    site: Folder, before: SiteState, made: dict[str, Made], data: list[str], pages: int
) -> None:
    kept = {f for m in made.values() for f in m.files}
    gone = [f for m in before.networks.values() for f in m.files if f not in kept]
    gone += [f"data/{name}/index.html" for name in before.data if name not in data]
    number = pages + 1
    while site.exists(f"list/{number}.html"):
        gone.append(f"list/{number}.html")
        number += 1
    for name in gone:
        site.remove(name)


@functools.cache
def _maker() -> str:
    """The version of everything that makes the pages: code, templates, data-set manifests."""
    digest = hashlib.sha256(metadata.version("lhnets").encode())
    for part in ("", "templates", "assets"):
        for file in sorted(_package().joinpath(part).iterdir(), key=lambda f: f.name):
            if file.is_file():
                digest.update(file.read_bytes())
    for name, source in sorted(library.sources().items()):
        digest.update(name.encode() + source.read_bytes())
    return digest.hexdigest()


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(
            lambda name: _package().joinpath("templates", name).read_text("utf-8")
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": typeset.number,
        "bound": typeset.bound,
        "short": lambda value: typeset.bound(float(f"{value:.5g}")),
        "per_cent": typeset.per_cent,
        "size": typeset.size,
        "unit": typeset.unit,
        "prose": typeset.prose,
        "symbol": symbol_of,
    }
    environment.globals |= {
        "policy": POLICY,
        "release": metadata.version("lhnets"),
        "kinds": KINDS,
        "particles": NAMES,
        "inequality": inequality,
    }
    return environment


def _render(template: str, root: str, here: str = "", **content: object) -> bytes:
    return _environment().get_template(template).render(root=root, here=here, **content).encode()


def _package() -> Traversable:
    return resources.files("lhnets_registry.catalogue")
