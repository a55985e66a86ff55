"""Make the next version of all bundled networks, and the mirror that comes with the client.

    python benchmarks/release.py OUT [NAME …] [--rehearse] [--keep-figures] [--install]

Each network is made by `lhnets train NAME --refresh` in OUT/NAME; what is there already is kept, so
that a run that was interrupted goes on. Each new file goes through the admission, and OUT/mirror
holds the bundled versions and the new ones. A table shows both. With --keep-figures, figures that
nobody has measured yet stay those of the earlier card. With --rehearse the next version is made
whatever the recipes state, and what was measured serves the release. With --install index, cards
and files become the bundled ones. Without names, all networks whose recipe states the version after
the newest bundled one.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from lhnets.errors import Error
from lhnets.format import INDEX_FILE, Card, Entry, Index, card_path, read, read_path
from lhnets.mirrors import BUNDLED, Cache, Mirror
from lhnets_registry.admission.admitter import Admitter
from lhnets_registry.mirror.ranking import rank_in_tasks
from lhnets_training import recipes
from lhnets_training.pipeline.data_sets import label_data
from lhnets_training.pipeline.refresh import find_earlier, refresh
from lhnets_training.recipe import Run

PARTS = "blobs", "networks", INDEX_FILE
"""What of a mirror comes with the client."""


def main() -> int:
    """Refresh, publish, export and compare; 1 if a network could not be made."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--rehearse", action="store_true")
    parser.add_argument("--keep-figures", action="store_true")
    parser.add_argument("--install", action="store_true")
    given = parser.parse_args()
    console = Console(width=150)
    mirror = Mirror(str(BUNDLED), Cache.default())
    failed = {}
    newest = find_newest(mirror.index)
    names = given.names or find_due(newest, given.rehearse)
    for name in names:
        started = time.perf_counter()
        try:
            made = make(name, newest[name] + 1, given)
        except Error as error:
            failed[name] = str(error)
            console.print(f"{name} FAILED: {error}", markup=False)
            continue
        console.print(f"{made.identity} in {time.perf_counter() - started:.0f} s", markup=False)
    made_files = [p for n in names if (p := given.out / n / f"{n}.onnx").exists()]
    index = write_mirror(mirror, made_files, given.out / "mirror")
    console.print(compare_cards(mirror, [read_path(p).card for p in made_files]))
    size = sum(e.size for e in index.networks)
    console.print(f"{len(index.networks)} versions, {size:,} bytes in {given.out / 'mirror'}")
    for name, why in failed.items():
        console.print(f"- {name}: {why}", markup=False)
    if given.install and not failed:
        install(given.out / "mirror")
    return bool(failed)


def find_newest(index: Index) -> dict[str, int]:
    """The newest version of each network of the index."""
    return {e.name: e.version for e in sorted(index.networks, key=lambda e: e.version)}


def find_due(newest: dict[str, int], rehearse: bool) -> list[str]:
    """The networks whose recipe states the version after the newest one, or all that have one."""
    known = [n for n in recipes.names() if n in newest]
    return [n for n in known if rehearse or recipes.find(n).version == newest[n] + 1]


def make(name: str, version: int, given: argparse.Namespace) -> Card:
    """The card of the next version, whose file is in ``out`` / NAME; made if it is not there."""
    recipe = recipes.find(name)
    if given.rehearse:
        recipe = replace(recipe, version=version)
    folder: Path = given.out / name
    path = folder / f"{name}.onnx"
    if path.exists() and read_path(path).card.version == recipe.version:
        return read_path(path).card
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(out=folder, seed=recipe.seed, console=Console(stderr=True))
    data, earlier = label_data(recipe, run), find_earlier(recipe)
    return refresh(recipe, run, data, earlier, measure=not given.keep_figures).card


def write_mirror(mirror: Mirror, made: Sequence[Path], out: Path) -> Index:
    """The mirror ``out`` with all versions of ``mirror`` and the files ``made``, once admitted."""
    contents = {e.identity: mirror.fetch(e)[1] for e in mirror.index.networks}
    entries = {e.identity: e for e in mirror.index.networks}
    with Admitter() as admitter:
        for path in made:
            content = path.read_bytes()
            card = admitter.admit(content).require(path.name).card
            contents[card.identity] = content
            entries[card.identity] = Entry.of(card, content, "verified")
    for identity, entry in entries.items():
        content = contents[identity]
        _write(out / entry.blob, content)
        _write(out / card_path(entry.name, entry.version), read(content).card.to_json())
    index = Index.of(entries.values())
    index = msgspec.structs.replace(index, tasks=rank_in_tasks(index.networks))
    _write(out / INDEX_FILE, index.to_json())
    return index


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


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
