"""A large file over a connection that is cut, against curl; sixteen processes at once; kill -9 at
random moments.

    python benchmarks/data_download.py [--megabytes 1000] [--cuts 10] [--repeats 3] [--kills 50]

Everything is served by the local Zenodo on 127.0.0.1, in a process of its own. Times are wall times
of whole processes, Python's start included; of the repeats the smallest counts. Without a limit the
loopback is faster than any network and what is measured is the work on the bytes (curl neither
hashes nor flushes them); with 125 MB/s it is a gigabit line.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SUPPORT = Path(__file__).parents[1] / "tests" / "support"
GIGABIT = 125e6
FETCH = """
import resource, sys
from lhnets_datasets import dataset
found = dataset(sys.argv[1])
files, peak = found.files, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(found.manifest.files[0].sha256, found.manifest.files[0].md5, peak)
"""


@dataclass(frozen=True)
class Served:
    """A file behind a DOI of a local Zenodo."""

    origin: str
    doi: str
    url: str


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (
        ("megabytes", 1000),
        ("cuts", 10),
        ("repeats", 3),
        ("kills", 50),
        ("processes", 16),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        big = random_file(folder / "big.bin", arguments.megabytes)
        print(f"{arguments.megabytes} MB, cut at {arguments.cuts} random points")
        right = against_curl(big, None, folder, arguments)
        right &= against_curl(big, GIGABIT, folder, arguments)
        small = random_file(folder / "small.bin", 64)
        right &= at_once(small, folder, arguments.processes)
        right &= kills(small, folder, arguments.kills)
    return 0 if right else 1


def against_curl(
    big: Path, rate: float | None, folder: Path, arguments: argparse.Namespace
) -> bool:
    """Wall times of ours with the cuts, of curl without any, and of curl resumed by hand."""
    sums = checksums(big)
    ours, plain, resumed, peaks = [], [], [], []
    for k in range(arguments.repeats):
        with served(big, rate, arguments.cuts) as source:
            seconds, (sha256, md5, peak) = timed(
                lambda s=source, k=k: fetch(s, folder / f"cache{rate}{k}")
            )
            ours.append(seconds)
            peaks.append(int(peak) / 1024)
            if (sha256, md5) != sums:
                print("WRONG CHECKSUMS")
                return False
        with served(big, rate, 0) as source:
            plain.append(timed(lambda s=source: curl(s, folder / "out.bin"))[0])
        with served(big, rate, arguments.cuts) as source:
            resumed.append(
                timed(lambda s=source: curl_resumed(s, folder / "resumed.bin", big.stat().st_size))[
                    0
                ]
            )
    line = "without limit" if rate is None else f"{rate / 1e6:.0f} MB/s"
    print(
        f"{line:>14}: lhnets {min(ours):.2f} s (both checksums right, peak {max(peaks):.0f} MB), "
        f"curl uncut {min(plain):.2f} s, curl -C - with the same cuts {min(resumed):.2f} s; "
        f"ratio {min(ours) / min(plain):.2f} and {min(ours) / min(resumed):.2f}"
    )
    return True


def at_once(file: Path, folder: Path, processes: int) -> bool:
    """Many processes fetch one set into one cache."""
    cache = folder / "shared"
    with served(file, None, 5) as source:
        running = [
            subprocess.Popen(
                command(source), env=environment(source, cache), stdout=subprocess.PIPE
            )
            for _ in range(processes)
        ]
        answers = [p.communicate()[0].split() for p in running]
    right = all((a[0].decode(), a[1].decode()) == checksums(file) for a in answers if a) and all(
        answers
    )
    left = list((cache / "partial").iterdir())
    print(
        f"{processes} processes at once: {sum(map(bool, answers))} right, {len(blobs(cache))} file "
        f"kept, {len(left)} left over"
    )
    return right and len(blobs(cache)) == 1


def kills(file: Path, folder: Path, count: int) -> bool:
    """Kill a fetch at random moments; after each, what is under a final name must be whole."""
    cache, moments, wrong, complete = folder / "killed", random.Random(7), 0, 0
    with served(file, 80e6, 0) as source:
        took, _ = timed(lambda: fetch(source, folder / "whole"))
        for _ in range(count):
            process = subprocess.Popen(
                command(source), env=environment(source, cache), stdout=subprocess.DEVNULL
            )
            time.sleep(moments.uniform(0, took))
            process.send_signal(signal.SIGKILL)
            process.wait()
            wrong += any(
                hashlib.sha256(b.read_bytes()).hexdigest() != "".join(b.parts[-2:])
                for b in blobs(cache)
            )
            if blobs(cache):
                complete += 1
                blobs(cache)[0].unlink()
        sha256, md5, _ = fetch(source, cache)
    left = list((cache / "partial").iterdir())
    print(
        f"{count} kills within {took:.1f} s: {wrong} wrong or partial files, {complete} were "
        "complete before the kill; then one fetch "
        f"{'right' if (sha256, md5) == checksums(file) else 'WRONG'}, {len(left)} left over"
    )
    return wrong == 0 and (sha256, md5) == checksums(file)


@contextlib.contextmanager
def served(file: Path, rate: float | None, cuts: int) -> Iterator[Served]:
    """``file`` behind a DOI, on a server in a process of its own."""
    options = ["--port", "0", "--file", str(file), "--cuts", str(cuts)] + (
        ["--rate", str(rate)] if rate else []
    )
    server = subprocess.Popen(
        [sys.executable, "-m", "local_zenodo", *options],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SUPPORT)},
    )
    try:
        assert server.stdout is not None
        api, doi = server.stdout.readline().split()[0], server.stdout.readline().strip()
        yield Served(
            api.removesuffix("/api"),
            doi,
            f"{api}/records/{doi.rpartition('.')[2]}/files/{file.name}/content",
        )
    finally:
        server.terminate()
        server.communicate()


def command(source: Served) -> list[str]:
    return [sys.executable, "-c", FETCH, source.doi]


def environment(source: Served, cache: Path) -> dict[str, str]:
    return {
        **os.environ,
        "LHNETS_ZENODO": source.origin,
        "LHNETS_CACHE": str(cache),
        "OMP_NUM_THREADS": "1",
    }


def fetch(source: Served, cache: Path) -> list[str]:
    """SHA-256, MD5 and peak memory (KiB) of a fetch in a process of its own."""
    done = subprocess.run(
        command(source), env=environment(source, cache), check=True, capture_output=True, text=True
    )
    return done.stdout.split()


def curl(source: Served, target: Path) -> None:
    subprocess.run(["curl", "-sf", "-o", str(target), source.url], check=True)


def curl_resumed(source: Served, target: Path, size: int) -> None:
    target.unlink(missing_ok=True)
    while not target.exists() or target.stat().st_size < size:
        subprocess.run(["curl", "-sf", "-C", "-", "-o", str(target), source.url], check=False)


def timed(act: Callable[[], list[str] | None]) -> tuple[float, list[str]]:
    start = time.perf_counter()
    answer = act()
    return time.perf_counter() - start, answer or []


def checksums(file: Path) -> tuple[str, str]:
    with file.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        opened.seek(0)
        return sha256, hashlib.file_digest(opened, "md5").hexdigest()


def random_file(path: Path, megabytes: int) -> Path:
    with path.open("wb") as opened:
        for _ in range(megabytes):
            opened.write(os.urandom(10**6))
    return path


def blobs(cache: Path) -> list[Path]:
    return [p for p in (cache / "blobs").rglob("*") if p.is_file()]


if __name__ == "__main__":
    sys.exit(main())
