"""The service against nginx and against the bare network, measured in one run.

    python benchmarks/service.py [--workers 2] [--seconds 5] [--clients 64]

Needs `wrk` and `nginx` (Debian packages of those names). Both servers serve the same mirror from
the same folder with as many worker processes and a log of every request. Written: requests a second
and the 99th percentile of the time of one, for network files, the compressed index and one-point
predictions; the ratio to nginx in the same run, and for predictions to a loop in one process that
calls the network itself; then the time from `lhnets serve` in an empty folder to its first answer.
The load comes from the same machine, so that it takes its share of the cores.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
from rich.console import Console
from rich.table import Table

import lhnets as ml

LHNETS = Path(sys.executable).with_name("lhnets")
NGINX_PORT, PORT = 18451, 18452
POINT = {"m_go": 2000.0, "m_sq": 3000.0}
BODY = '{"parameters": {"m_go": 2000.0, "m_sq": 3000.0}, "energy": "13 TeV"}'
POST = f"""wrk.method = "POST"
wrk.body = '{BODY}'
wrk.headers["content-type"] = "application/json"
"""
NGINX = """worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  sendfile on; gzip_static on; default_type application/octet-stream;
  server {{ listen 127.0.0.1:{port}; root {mirror}; }}
}}
"""


class Load(NamedTuple):
    """What wrk measured."""

    rate: float
    p99: float
    """Milliseconds."""
    failed: int


def wrk(url: str, seconds: int, clients: int, *options: str) -> Load:
    """Load ``url`` with so many connections at once."""
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", *options, url]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    assert rate is not None, text
    assert p99 is not None, text
    unit = {"us": 1e-3, "ms": 1.0, "s": 1e3}[p99[2]]
    return Load(float(rate[1]), float(p99[1]) * unit, int(failed[1]) if failed else 0)


def wait_for(url: str, server: subprocess.Popen[bytes]) -> float:
    """Seconds until ``url`` answers."""
    start = time.perf_counter()
    while server.poll() is None:
        try:
            if httpx.get(url).status_code == 200:
                return time.perf_counter() - start
        except httpx.TransportError:
            pass
        time.sleep(0.01)
    raise SystemExit(f"{' '.join(map(str, server.args))} ended: see its log in the folder")  # type: ignore[union-attr]


@contextmanager
def running(command: list[str], folder: Path, url: str) -> Iterator[float]:
    """A server while it is needed; gives the seconds to its first answer."""
    environment = os.environ | {"XDG_DATA_HOME": str(folder / "data")}
    with (folder / "log").open("ab") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            yield wait_for(url, server)
        finally:
            server.terminate()
            server.wait(60)


def bare(seconds: float) -> float:
    """Calls a second of the network in this process."""
    network = ml.load("cs-gluino-pair-lo")
    call = network.bind(energy="13 TeV")
    call(POINT)
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for _ in range(1000):
            call(POINT)
        count += 1000
    return count / (time.perf_counter() - start)


def start_times(folder: Path, repeats: int) -> list[float]:
    """Seconds from the command in an empty folder to the first answer."""
    times = []
    for k in range(repeats):
        empty = folder / f"empty{k}"
        empty.mkdir()
        with running(
            [str(LHNETS), "serve", "--port", str(PORT)],
            empty,
            f"http://127.0.0.1:{PORT}/index.json",
        ) as took:
            times.append(took)
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=64)
    arguments = parser.parse_args()
    for tool in ("wrk", "nginx"):
        if shutil.which(tool) is None:
            parser.error(f"{tool} is not installed: apt-get install {tool}")
    with tempfile.TemporaryDirectory(prefix="lhnets-bench-") as name:
        measure(Path(name), arguments.workers, arguments.seconds, arguments.clients)


def measure(folder: Path, workers: int, seconds: int, clients: int) -> None:
    """One run."""
    console, mirror = Console(), folder / "mirror"
    serve = [
        str(LHNETS),
        "serve",
        "--port",
        str(PORT),
        "--workers",
        str(workers),
        "--mirror",
        str(mirror),
    ]
    address, reference = f"http://127.0.0.1:{PORT}", f"http://127.0.0.1:{NGINX_PORT}"
    (folder / "post.lua").write_text(POST)
    (folder / "nginx.conf").write_text(
        NGINX.format(workers=workers, folder=folder, port=NGINX_PORT, mirror=mirror)
    )
    nginx = ["nginx", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    table = Table("request", "a second", "99 % ms", "reference", "a second", "ratio", box=None)
    with running(serve, folder, f"{address}/index.json"):
        entry = ml.load("cs-gluino-pair-lo").file
        blob = f"blobs/sha256/{entry.sha256[:2]}/{entry.sha256[2:]}"
        index = (mirror / "index.json").read_bytes()
        (mirror / "index.json.gz").write_bytes(gzip.compress(index))
        with running(nginx, folder, f"{reference}/index.json"):
            for what, path, options in (
                (f"network file, {len(entry.content) / 1e3:.0f} kB", blob, ()),
                (
                    f"index, {len(index) / 1e3:.0f} kB, gzip",
                    "index.json",
                    ("-H", "Accept-Encoding: gzip"),
                ),
            ):
                ours, theirs = (
                    wrk(f"{a}/{path}", seconds, clients, *options) for a in (address, reference)
                )
                table.add_row(
                    what,
                    f"{ours.rate:.0f}",
                    f"{ours.p99:.1f}",
                    "nginx",
                    f"{theirs.rate:.0f}",
                    f"{ours.rate / theirs.rate:.2f}",
                )
                assert ours.failed == theirs.failed == 0
        posts = ("-s", str(folder / "post.lua"))
        ours, calls = (
            wrk(f"{address}/v1/predict/cs-gluino-pair-lo", seconds, clients, *posts),
            bare(seconds),
        )
        table.add_row(
            "prediction, one point",
            f"{ours.rate:.0f}",
            f"{ours.p99:.1f}",
            "bare call",
            f"{calls:.0f}",
            f"{ours.rate / calls:.4f}",
        )
        assert ours.failed == 0
    console.print(
        f"{workers} worker processes, {clients} connections, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f}"
    )
    console.print(table)
    times = start_times(folder, 3)
    console.print(
        f"from nothing to the first answer: {min(times):.2f} s (best of "
        f"{', '.join(f'{t:.2f}' for t in times)})"
    )


if __name__ == "__main__":
    main()
