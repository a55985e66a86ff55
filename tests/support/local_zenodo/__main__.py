"""Run the local Zenodo until it is interrupted; with --file, it has one record that holds that
file."""

from __future__ import annotations

import argparse
import itertools
import random
import threading
from pathlib import Path

from local_zenodo import Fault, LocalZenodo


def main() -> None:
    parser = argparse.ArgumentParser(prog="local_zenodo", description=__doc__)
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--token", default="local-zenodo-token")
    parser.add_argument("--rate", type=float, default=None, help="bytes a second for each download")
    parser.add_argument("--file", type=Path, default=None, help="file of a published record")
    parser.add_argument(
        "--cuts", type=int, default=0, help="cut the first downloads at so many points of the file"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the points")
    arguments = parser.parse_args()
    with LocalZenodo(arguments.port, token=arguments.token, rate=arguments.rate) as zenodo:
        print(f"{zenodo.api} (token {zenodo.token})", flush=True)
        if arguments.file:
            record = zenodo.add_record({arguments.file.name: arguments.file})
            zenodo.faults.add(*cuts(arguments.file.stat().st_size, arguments.cuts, arguments.seed))
            print(record.doi, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped")


def cuts(size: int, count: int, seed: int) -> list[Fault]:
    """Faults that cut a resumed download of ``size`` bytes at ``count`` random points."""
    points = sorted(random.Random(seed).sample(range(1, size), count))
    return [Fault("/content$", cut_after=b - a) for a, b in itertools.pairwise([0, *points])]


if __name__ == "__main__":
    main()
