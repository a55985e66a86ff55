"""Make the next version of all bundled networks, and the mirror that comes with the client.

    python benchmarks/release.py OUT [NAME …] [--rehearse] [--install]

Each network is made by `lhnets train NAME --refresh` in OUT/NAME; what is there already is kept, so
that a run that was interrupted goes on. Earlier and new versions are published to a store in
OUT/store, through the ordinary admission, and exported to OUT/mirror. A table shows both versions.
With --rehearse the next version is made whatever the recipes state, and what was measured serves
the release. With --install the exported index, cards and files become the bundled ones. Without
names, all networks whose recipe states the version after the newest bundled one.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from lhnets.errors import Error
from lhnets.format import Card, Index, read_path
from lhnets.mirrors import BUNDLED, Cache, Mirror
from lhnets_registry import publish
from lhnets_registry.mirror.export import export
from lhnets_training import recipes
from lhnets_training.pipeline.data_sets import label_data
from lhnets_training.pipeline.refresh import find_earlier, refresh
from lhnets_training.recipe import Run

PARTS = "blobs", "networks", "index.json"
"""What of an export comes with the client; pages do not."""


def main() -> int:
    """Refresh, publish, export and compare; 1 if a network could not be made."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--rehearse", action="store_true")
    parser.add_argument("--install", action="store_true")
    given = parser.parse_args()
    console = Console(width=150)
    mirror = Mirror(str(BUNDLED), Cache.default())
    failed = {}
    newest = find_newest(mirror.index)
    for name in given.names or find_due(newest, given.rehearse):
        started = time.perf_counter()
        try:
            made = make(name, newest[name] + 1, given.rehearse, given.out)
        except Error as error:
            failed[name] = str(error)
            console.print(f"{name} FAILED: {error}", markup=False)
            continue
        console.print(f"{made.identity} in {time.perf_counter() - started:.0f} s", markup=False)
    made_files = sorted(given.out.glob("*/*.onnx"))
    publish_all(mirror, made_files, given.out / "store")
    exported = export(given.out / "mirror", given.out / "store", pages=False)
    console.print(compare_cards(mirror, [read_path(p).card for p in made_files]))
    size = sum(e.size for e in exported.index.networks)
    console.print(f"{len(exported.index.networks)} versions, {size:,} bytes in {exported.folder}")
    for name, why in failed.items():
        console.print(f"- {name}: {why}", markup=False)
    if given.install and not failed:
        install(exported.folder)
    return bool(failed)


def find_newest(index: Index) -> dict[str, int]:
    """The newest version of each network of the index."""
    return {e.name: e.version for e in sorted(index.networks, key=lambda e: e.version)}


def find_due(newest: dict[str, int], rehearse: bool) -> list[str]:
    """The networks whose recipe states the version after the newest one, or all that have one."""
    known = [n for n in recipes.names() if n in newest]
    return [n for n in known if rehearse or recipes.find(n).version == newest[n] + 1]


def make(name: str, version: int, rehearse: bool, out: Path) -> Card:
    """The card of the next version, whose file is in ``out`` / NAME; made if it is not there."""
    recipe = recipes.find(name)
    if rehearse:
        recipe = replace(recipe, version=version)
    folder = out / name
    path = folder / f"{name}.onnx"
    if path.exists() and read_path(path).card.version == recipe.version:
        return read_path(path).card
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(out=folder, seed=recipe.seed, console=Console(stderr=True))
    return refresh(recipe, run, label_data(recipe, run), find_earlier(recipe)).card


def publish_all(mirror: Mirror, made: Sequence[Path], store: Path) -> None:
    """Publish the earlier versions of the networks ``made``, then these."""
    names = {p.stem for p in made}
    for entry in mirror.index.networks:
        if entry.name in names:
            publish(mirror.fetch(entry)[0], store, approve=True)
    for path in made:
        publish(path, store, approve=True)


def compare_cards(mirror: Mirror, made: Sequence[Card]) -> Table:
    """A line for each network: figures of the earlier and of the new version."""
    table = Table("network", "mean", "max", "in 68 %", "worst cell", "worst pull", "values",
                  "changed", title="earlier | new")  # fmt: skip
    entries = {e.identity: e for e in mirror.index.networks}
    for card in made:
        if card.supersedes is None:
            continue
        before = mirror.card(entries[f"{card.name}@{card.supersedes.version}"])
        old, new = before.errors, card.errors
        pairs = [f"{getattr(old, f):.3g} | {getattr(new, f):.3g}"
                 for f in ("mean", "max", "coverage_68")]  # fmt: skip
        worst = new.coverage.worst if new.coverage else None
        table.add_row(
            card.identity,
            *pairs,
            "" if worst is None else f"{worst.coverage_68:.2f} ± {worst.error:.2f}",
            "" if new.worst_found is None else f"{new.worst_found.largest_pull.pull:.1f}",
            card.supersedes.values,
            ", ".join(card.supersedes.changes),
        )
    return table


def install(mirror: Path) -> None:
    """Put index, cards and files of ``mirror`` in place of those that come with the client."""
    for part in PARTS:
        if (mirror / part).is_dir():
            shutil.copytree(mirror / part, BUNDLED / part, dirs_exist_ok=True)
        else:
            shutil.copy2(mirror / part, BUNDLED / part)


if __name__ == "__main__":
    sys.exit(main())
