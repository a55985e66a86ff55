"""How long a client waits for mirrors that misbehave, in front of the bundled networks, with caches
that cannot be used.

Each row is a new process that asks for one cross section: its time from start to answer.

    python benchmarks/hostile_mirrors.py
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from hostile_server import KINDS, HostileServer, dead_address

QUESTION = """
import resource, signal, sys, warnings
if sys.argv[1] == "full":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
import json, lhnets as ml
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    value = float(ml.CS("p p > go go", {"m_go": 2000.0}, energy="13 TeV"))
status = open("/proc/self/status").read().split("VmHWM:")[1]
peak = int(status.split()[0]) / 1024
print(json.dumps([value, sorted({w.category.__name__ for w in told}), peak]))
"""


def ask(mirrors: list[str], cache: str) -> dict[str, object]:
    """One process: its answer, warnings, time in seconds and peak memory in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "cache"
        if cache == "below a file":
            place.write_text("")
        environment = os.environ | {
            "LHNETS_REGISTRY": ",".join(mirrors),
            "LHNETS_CACHE": str(place / "inside"),
        }
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", QUESTION, cache],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - began
    if done.returncode:
        return {"seconds": round(seconds, 2), "error": done.stderr.strip().splitlines()[-1][:200]}
    value, told, peak = json.loads(done.stdout)
    return {
        "seconds": round(seconds, 2),
        "peak_mib": round(peak),
        "value_pb": value,
        "warnings": told,
    }


def main() -> None:
    """One row for each kind, and one with all kinds at once, for each cache."""
    for cache in ("usable", "below a file", "full"):
        print(json.dumps({"cache": cache, "mirror": "none", **ask([], cache)}), flush=True)
    with contextlib.ExitStack() as stack:
        addresses = {k: stack.enter_context(HostileServer(k)).address for k in KINDS}
        addresses["dead"] = dead_address()
        for kind, address in addresses.items():
            print(
                json.dumps({"cache": "full", "mirror": kind, **ask([address], "full")}), flush=True
            )
        for cache in ("usable", "below a file", "full"):
            row = ask(list(addresses.values()), cache)
            print(json.dumps({"cache": cache, "mirror": "all of them", **row}), flush=True)


if __name__ == "__main__":
    main()
