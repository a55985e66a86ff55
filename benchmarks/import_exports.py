"""The field's architectures, as plain modules of torch, through the import.

``python benchmarks/import_exports.py`` prints a table: which exporter of torch was taken, the
largest difference between the module and what was exported and at which number of events N and of
constituents P, the seconds of the whole import and its peak memory; each in a process of its own.
``NAME…`` takes a few.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))


def import_one(name: str) -> dict[str, str]:
    """One row of the table, measured in this process."""
    import torch
    from network_cards import write_order
    from toy_networks import NETWORKS

    from lhnets_training.importing.importer import import_model

    torch.manual_seed(0)
    torch.set_num_threads(1)
    make, wanted = NETWORKS[name]
    with tempfile.TemporaryDirectory() as folder:
        card, events = write_order(Path(folder), wanted)
        started = time.perf_counter()
        done = import_model(
            make(), card, test=events, own_truth=True, output=Path(folder) / "network.onnx"
        )
        seconds = time.perf_counter() - started
    note = next(line for line in done.because if line.startswith("exported by"))
    found = re.search(r"torch's (\w+): largest difference (\S+) at ([^;]*?)(, where|;|$)", note)
    assert found is not None, note
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "network": name,
        "exporter": found[1],
        "difference": found[2],
        "at": found[3],
        "file": f"{max(c.value.largest for c in done.compared):.0e}",
        "seconds": f"{seconds:.0f}",
        "memory": f"{peak / 1024:.0f} MB",
    }


def rows(names: list[str]) -> list[dict[str, str]]:
    """A row for each network, each from a process of its own."""
    found = []
    for name in names:
        command = [sys.executable, "-W", "ignore", __file__, "--one", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        last = (done.stdout.strip().splitlines() or ["{}"])[-1]
        if done.returncode:
            print(f"{name}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            continue
        found.append(json.loads(last))
    return found


def table(found: list[dict[str, str]]) -> str:
    """In Markdown."""
    lines = [
        "| network | exporter | largest difference | at | file against module | seconds "
        "| peak memory |",
        "|---|---|---|---|---|---|---|",
    ]
    keys = ("network", "exporter", "difference", "at", "file", "seconds", "memory")
    lines += ["| " + " | ".join(row[k] for k in keys) + " |" for row in found]
    return "\n".join(lines) + "\n"


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(import_one(sys.argv[2])))
        return
    from toy_networks import NETWORKS

    names = [a for a in sys.argv[1:] if not a.startswith("--")] or list(NETWORKS)
    print(table(rows(names)))


if __name__ == "__main__":
    main()
