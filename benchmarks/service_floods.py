"""What others notice while one client floods the service: memory, and times of answers.

    python benchmarks/service_floods.py [--before CHECKOUT] [--seconds 6] [--json OUT]

Each flood comes from one address to a service of its own, while another client asks for
predictions, one after another. With ``--before``, a checkout of an earlier commit with an
environment in .venv is flooded in turns with this one, and the table has both.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import httpx
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from service_process import ServiceProcess

from lhnets_registry.ledger import audit, tokens
from lhnets_registry.location import Location

POINT = b'{"parameters": {"m_go": 2000.0, "m_sq": 3000.0}, "energy": 13000.0}'
JSON = {"content-type": "application/json"}
PREDICT = "/v1/predict/cs-gluino-pair-lo"

Flood: TypeAlias = Callable[[ServiceProcess, str, float], str]
Row: TypeAlias = Mapping[str, Any]


def peak_mib(service: ServiceProcess) -> float:
    """Largest resident memory of the service and its workers so far, each for itself."""
    pid = service.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    total = 0
    for process in (str(pid), *children):
        with contextlib.suppress(FileNotFoundError):
            status = Path(f"/proc/{process}/status").read_text()
            total += next(int(li.split()[1]) for li in status.splitlines() if "VmHWM" in li)
    return total / 1024


@contextlib.contextmanager
def asking(address: str) -> Iterator[list[float]]:
    """Another client's predictions, one after another; their times in ms, inf for a refusal."""
    times: list[float] = []
    end = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=address, timeout=60) as client:
            while not end.wait(0.01) or not times:
                began = time.perf_counter()
                try:
                    good = client.post(PREDICT, content=POINT, headers=JSON).status_code == 200
                except httpx.HTTPError:
                    good = False
                times.append(1000 * (time.perf_counter() - began) if good else math.inf)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield times
    finally:
        end.set()
        thread.join()


def idle(service: ServiceProcess, token: str, seconds: float) -> str:
    """1,000 connections that say nothing."""
    held = 0
    with contextlib.ExitStack() as opened:
        connections = [
            opened.enter_context(socket.create_connection(("127.0.0.1", service.port)))
            for _ in range(1000)
        ]
        time.sleep(seconds)
        for connection in connections:
            connection.setblocking(False)
            try:
                held += connection.recv(1) != b""
            except BlockingIOError:
                held += 1
            except OSError:
                pass
    return f"{held} of 1000 still open"


def headers(service: ServiceProcess, token: str, seconds: float) -> str:
    """60 MB of header lines in a request, again and again."""
    return _send_heads(service, b"a: b\r\n" * 5000, seconds)


def one_line(service: ServiceProcess, token: str, seconds: float) -> str:
    """60 MB of one header line in a request, again and again."""
    return _send_heads(service, b"a" * 30_000, seconds, b"X-Long: ")


def _send_heads(service: ServiceProcess, part: bytes, seconds: float, start: bytes = b"") -> str:
    sent, requests, answers = 0, 0, set[str]()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        taken, requests = 0, requests + 1
        with socket.create_connection(("127.0.0.1", service.port), timeout=seconds) as connection:
            with contextlib.suppress(OSError):
                connection.sendall(b"GET /index.json HTTP/1.1\r\nHost: localhost\r\n" + start)
                while taken < 60_000_000:
                    taken += connection.send(part)
            with contextlib.suppress(OSError):
                answers.add(connection.recv(12).decode("ascii", "replace")[9:])
        sent += taken
    answered = ", ".join(sorted(filter(None, answers))) or "none"
    return f"{sent / 1e6 / requests:.1f} MB taken of each of {requests}; answers {answered}"


def bombs(service: ServiceProcess, token: str, seconds: float) -> str:
    """Bodies of 300,000 names, of 5 million lists and of 100,000 lists in each other."""
    names = json.dumps({"parameters": {f"a{k}": 1.0 for k in range(300_000)}})
    lists = '{"parameters": {"m_go": [' + ",".join(["[]"] * 5_000_000) + "]}}"
    deep = '{"parameters": ' + "[" * 100_000 + "]" * 100_000 + "}"
    told = []
    with httpx.Client(base_url=service.address, timeout=120) as client:
        for body in (names, lists, deep):
            began = time.perf_counter()
            try:
                answer = client.post(PREDICT, content=body, headers=JSON)
                said = f"{answer.status_code}, {len(answer.content)} bytes"
            except httpx.HTTPError as error:
                said = type(error).__name__
            told.append(f"{said} in {time.perf_counter() - began:.2g} s")
    return "; ".join(told)


def guesses(service: ServiceProcess, token: str, seconds: float) -> str:
    """Bad tokens, one after another, from the address that a valid token comes from."""
    codes: dict[int, int] = {}
    end = time.monotonic() + seconds
    with httpx.Client(base_url=service.address, timeout=60) as client:
        while time.monotonic() < end:
            guess = {"authorization": "Bearer lhnets_" + "0" * 12 + "_" + "a" * 43}
            code = client.get("/v1/review", headers=guess).status_code
            codes[code] = codes.get(code, 0) + 1
        mine = client.get("/v1/review", headers={"authorization": f"Bearer {token}"})
    counted = ", ".join(f"{n} times {code}" for code, n in sorted(codes.items()))
    return f"{counted}; the valid token {mine.status_code}"


FLOODS: Mapping[str, Flood] = {f.__name__: f for f in (idle, headers, one_line, bombs, guesses)}


def measure(name: str, seconds: float) -> Row:
    """One flood on a fresh service."""
    with tempfile.TemporaryDirectory() as folder:
        location = Location.of(Path(folder) / "store")
        token = tokens.create(location, ["review"], "benchmark")[1]
        entries = len(audit.listed(location))
        with ServiceProcess(Path(folder), store=str(location.folder)) as service:
            with asking(service.address) as quiet:
                time.sleep(seconds)
            before = peak_mib(service)
            with asking(service.address) as times:
                told = FLOODS[name](service, token, seconds)
            return {
                "flood": name,
                "mib": [before, peak_mib(service)],
                "p99_ms": [p99(quiet), p99(times)],
                "longest_ms": [max(quiet), max(times)],
                "refused": sum(map(math.isinf, times)),
                "answered": len(times),
                "audit_entries": len(audit.listed(location)) - entries,
                "told": told,
            }


def p99(times: list[float]) -> float:
    """The 99th percentile, which is the longest of fewer than a hundred."""
    return sorted(times)[math.ceil(0.99 * len(times)) - 1]


def measure_at(checkout: Path, name: str, seconds: float) -> Row:
    """One flood on the service of a checkout."""
    python = checkout / ".venv" / "bin" / "python"
    command = [str(python), __file__, "--flood", name, "--seconds", str(seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    row: Row = json.loads(done.stdout.splitlines()[-1])
    return row


def show(rows: list[tuple[str, Row]]) -> None:
    """The table: a line for each flood and version."""
    table = Table(
        "flood", "", "memory, MiB", "p99 of others, ms", "longest", "not answered", "audit",
        "what the flood was told",
        box=None,
    )  # fmt: skip
    for version, row in rows:
        table.add_row(
            row["flood"],
            version,
            " -> ".join(f"{m:.0f}" for m in row["mib"]),
            f"{row['p99_ms'][0]:.0f} -> {row['p99_ms'][1]:.0f} (x{ratio(row['p99_ms']):.1f})",
            f"{row['longest_ms'][1]:.0f}",
            f"{row['refused']} of {row['answered']}",
            str(row["audit_entries"]),
            row["told"],
        )
    console = Console(width=200 if not sys.stdout.isatty() else None)
    console.print(table)
    console.print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def ratio(pair: list[float]) -> float:
    return pair[1] / pair[0]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--before", type=Path, help="checkout of an earlier commit, with .venv")
    arguments.add_argument("--seconds", type=float, default=6.0, help="of each flood")
    arguments.add_argument("--json", type=Path, help="write the figures here too")
    arguments.add_argument("--flood", choices=FLOODS, help="this one only, as JSON")
    chosen = arguments.parse_args()
    if chosen.flood:
        print(json.dumps(measure(chosen.flood, chosen.seconds)))
        return
    rows: list[tuple[str, Row]] = []
    here = Path(sys.executable).parents[2]
    places = {"before": chosen.before, "now": here} if chosen.before else {"now": here}
    for name in FLOODS:
        for version, place in places.items():
            rows.append((version, measure_at(place.absolute(), name, chosen.seconds)))
            print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1))
    show(rows)


if __name__ == "__main__":
    main()
