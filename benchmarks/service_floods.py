"""What others notice while one client floods the service: memory, and times of answers.

python benchmarks/service_floods.py
"""

from __future__ import annotations

import contextlib
import json
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from service_process import ServiceProcess

from lhnets_registry.ledger import audit, tokens
from lhnets_registry.location import Location

SECONDS = 6.0
POINT = b'{"parameters": {"m_go": 2000.0, "m_sq": 3000.0}, "energy": 13000.0}'
JSON = {"content-type": "application/json"}


def peak_mib(service: ServiceProcess) -> float:
    """Largest resident memory of the service so far."""
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line) / 1024


@contextlib.contextmanager
def asking(address: str) -> Iterator[list[float]]:
    """Another client's predictions, one after another; their times in ms, inf for a refusal."""
    times: list[float] = []
    end = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=address, timeout=30) as client:
            while not end.is_set():
                began = time.perf_counter()
                answer = client.post("/v1/predict/cs-gluino-pair-lo", content=POINT, headers=JSON)
                good = answer.status_code == 200
                times.append(1000 * (time.perf_counter() - began) if good else float("inf"))
                end.wait(0.01)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield times
    finally:
        end.set()
        thread.join()


def idle(service: ServiceProcess, token: str) -> dict[str, object]:
    with contextlib.ExitStack() as opened:
        for _ in range(1000):
            opened.enter_context(socket.create_connection(("127.0.0.1", service.port)))
        time.sleep(SECONDS)
    return {"connections": 1000}


def headers(service: ServiceProcess, token: str) -> dict[str, object]:
    sent = 0
    with (
        socket.create_connection(("127.0.0.1", service.port), timeout=SECONDS) as connection,
        contextlib.suppress(OSError),
    ):
        connection.sendall(b"GET /index.json HTTP/1.1\r\nHost: localhost\r\n")
        while sent < 60_000_000:
            sent += connection.send(b"a: b\r\n" * 5000)
    return {"bytes_sent": sent}


def bombs(service: ServiceProcess, token: str) -> dict[str, object]:
    names = json.dumps({"parameters": {f"a{k}": 1.0 for k in range(300_000)}})
    lists = '{"parameters": {"m_go": [' + ",".join(["[]"] * 5_000_000) + "]}}"
    took, answered = [], []
    with httpx.Client(base_url=service.address, timeout=120) as client:
        for body in (names, lists):
            began = time.perf_counter()
            answer = client.post("/v1/predict/cs-gluino-pair-lo", content=body, headers=JSON)
            took.append(round(time.perf_counter() - began, 2))
            answered.append((answer.status_code, len(answer.content)))
    return {"seconds": took, "answers": answered}


def guesses(service: ServiceProcess, token: str) -> dict[str, object]:
    codes: dict[int, int] = {}
    end = time.monotonic() + SECONDS
    with httpx.Client(base_url=service.address, timeout=60) as client:
        while time.monotonic() < end:
            guess = {"authorization": "Bearer lhnets_" + "0" * 12 + "_" + "a" * 43}
            code = client.get("/v1/review", headers=guess).status_code
            codes[code] = codes.get(code, 0) + 1
        mine = client.get("/v1/review", headers={"authorization": f"Bearer {token}"})
    return {"guesses": codes, "valid_token": mine.status_code}


def main() -> None:
    """A row for each flood: peak memory of the service, and times of another client's answers."""
    floods: tuple[Callable[[ServiceProcess, str], dict[str, object]], ...]
    floods = (idle, headers, bombs, guesses)
    for flood in floods:
        with tempfile.TemporaryDirectory() as folder:
            location = Location.of(Path(folder) / "store")
            token = tokens.create(location, ["review"], "benchmark")[1]
            with ServiceProcess(Path(folder), store=str(location.folder)) as service:
                with asking(service.address) as quiet:
                    time.sleep(SECONDS)
                before = peak_mib(service)
                with asking(service.address) as times:
                    told = flood(service, token)
                entries = len(audit.listed(location))
                row = {
                    "flood": flood.__name__,
                    "peak_mib": [round(before), round(peak_mib(service))],
                    "p99_ms": [round(p99(quiet), 1), round(p99(times), 1)],
                    "longest_ms": [round(max(quiet), 1), round(max(times), 1)],
                    "audit_entries": entries,
                }
                print(json.dumps(row | told), flush=True)


def p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98] if len(times) > 1 else float("nan")


if __name__ == "__main__":
    main()
