"""From `lhnets publish` to an answer in another process, and what the admission of a file costs;
ratios within one run.

    python benchmarks/publishing.py [--repeats 3] [--json OUT]

Each repeat publishes a network of a new name to an empty store on SQLite, exports the mirror, and
asks for the network in a process that reads that mirror: one process after the other, with Python's
start. Then another network goes the same way into the store that is there. The reference is a
process that imports ONNX Runtime and makes a session of the same file; processor time is given
beside wall time, since it says more on a machine that others use too.

Admission is measured in a process of its own for each file, and from one loaded process, over every
bundled network; its reference is the session alone.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import onnxruntime
from rich.console import Console
from rich.progress import track
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from mutations import Parts

from lhnets.format import read, seal
from lhnets_registry.admission.admit import admit
from lhnets_registry.admission.admitter import Admitter
from lhnets_registry.mirror.export import bundled_mirror

NETWORK = "cs-gluino-pair-lo"
BARE = (
    "import sys, onnxruntime; onnxruntime.InferenceSession(sys.argv[1], "
    "providers=['CPUExecutionProvider'])"
)
ASK = "import sys, lhnets as ml; print(ml.load(sys.argv[1]).name)"


def renamed(content: bytes, name: str) -> bytes:
    """The same network under a name of its own."""
    held = read(content)
    card = msgspec.structs.replace(held.card, name=name, version=1)
    return seal(Parts.of(content).model, card, held.reference)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def process(*arguments: str, **environment: str) -> tuple[float, float]:
    """Wall and processor seconds of a whole process, whose failure ends the benchmark."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = seconds(
        lambda: subprocess.run(
            arguments, check=True, capture_output=True, env={**os.environ, **environment}
        )
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def publication(content: bytes, folder: Path) -> dict[str, tuple[float, float]]:
    """Times of the steps from the file to an answer elsewhere, into a new store and into one that
    is there."""
    store, mirror, cache = (str(folder / name) for name in ("store", "mirror", "cache"))
    lhnets = (sys.executable, "-c", "from lhnets.cli import main; main()")
    found = {}
    for name, when in (
        ("benchmark-of-publishing", "new store"),
        ("another-network-of-benchmarks", "store in use"),
    ):
        path = str(folder / f"{name}.onnx")
        Path(path).write_bytes(renamed(content, name))
        found["bare session"] = process(sys.executable, "-c", BARE, path)
        steps = {
            "lhnets publish --approve": process(
                *lhnets, "publish", path, "--approve", "--store", store
            ),
            "lhnets mirror export": process(
                *lhnets, "mirror", "export", mirror, "--store", store, "--no-bundled"
            ),
            "ml.load": process(
                sys.executable, "-c", ASK, name, LHNETS_REGISTRY=mirror, LHNETS_CACHE=cache
            ),
        }
        found |= {f"{step}, {when}": times for step, times in steps.items()}
        found[f"all three, {when}"] = tuple(sum(part) for part in zip(*steps.values(), strict=True))
    return found


def admissions(contents: list[bytes]) -> dict[str, list[float]]:
    """Seconds for each file."""
    found: dict[str, list[float]] = {"bare session": [], "own process": [], "loaded process": []}
    with Admitter() as admitter:
        admitter.admit(contents[0])
        for content in track(contents, "Admitting"):
            found["bare session"].append(seconds(lambda c=content: onnxruntime.InferenceSession(c)))
            found["own process"].append(seconds(lambda c=content: admit(c)))
            found["loaded process"].append(seconds(lambda c=content: admitter.admit(c)))
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--repeats", type=int, default=3)
    arguments.add_argument("--json", type=Path, help="write the figures here too")
    chosen = arguments.parse_args()
    mirror = bundled_mirror()
    contents = {e.name: mirror.fetch(e)[1] for e in mirror.index.networks}
    runs = []
    for _ in track(range(chosen.repeats), "Publishing"):
        with tempfile.TemporaryDirectory(prefix="lhnets-publishing-") as folder:
            runs.append(publication(contents[NETWORK], Path(folder)))
    steps = {
        step: tuple(min(part) for part in zip(*(r[step] for r in runs), strict=True))
        for step in runs[0]
    }
    admitted = {
        how: statistics.median(times) for how, times in admissions(list(contents.values())).items()
    }
    if chosen.json:
        chosen.json.write_text(json.dumps({"publication": steps, "admission": admitted}, indent=1))
    show(steps, admitted, len(contents), chosen.repeats)


def show(
    steps: dict[str, tuple[float, float]], admitted: dict[str, float], networks: int, repeats: int
) -> None:
    rows = Table(
        "",
        "wall s",
        "ratio",
        "processor s",
        "ratio",
        title=f"{NETWORK} renamed, best of {repeats}",
        box=None,
    )
    wall, processor = steps["bare session"]
    for step, (one, other) in steps.items():
        rows.add_row(
            step, f"{one:.2f}", f"{one / wall:.1f}", f"{other:.2f}", f"{other / processor:.1f}"
        )
    Console().print(rows)
    rows = Table(
        "admission", "wall s", "ratio", title=f"median of {networks} bundled networks", box=None
    )
    for how, one in admitted.items():
        rows.add_row(how, f"{one:.3f}", f"{one / admitted['bare session']:.0f}")
    Console().print(rows)


if __name__ == "__main__":
    main()
