"""Publishing under load and under fire: eight publishers at once, and a service killed again and
again.

``python benchmarks/publish_load.py``              at once against one after another
``python benchmarks/publish_load.py --kills 50``   kill -9 at random moments, then restart and check
``… --store postgresql://USER@HOST/DATABASE``      on a database, emptied first; else SQLite
"""

from __future__ import annotations

import argparse
import functools
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import sqlalchemy

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from forked_service import ForkedService

from lhnets.mirrors import BUNDLED
from lhnets_registry.admission.admit import Admission, admit
from lhnets_registry.admission.admitter import Admitter
from lhnets_registry.ledger import tables, tokens
from lhnets_registry.location import Location
from lhnets_registry.maintenance.check import check, recover
from lhnets_registry.review import decisions as review
from lhnets_registry.service.settings import Settings
from lhnets_registry.service.state import Service
from lhnets_registry.store import Store, forget

EVENTS = ("run made", "files written", "version made", "aliases set")
AT_ONCE = 8
LONGEST_DELAY = 0.05


def files(count: int) -> list[bytes]:
    """Small networks that come with lhnets."""
    blobs = sorted(BUNDLED.glob("blobs/sha256/*/*"), key=lambda p: p.stat().st_size)
    return [p.read_bytes() for p in blobs[:count]]


def publish(address: str, token: str, content: bytes) -> int | None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/octet-stream"}
    try:
        return httpx.post(
            f"{address}/v1/publish", content=content, headers=headers, timeout=300
        ).status_code
    except httpx.TransportError:
        return None


class LoadedService:
    """A store that is made empty again and again, and a service over it."""

    def __init__(self, store: str | None, folder: Path) -> None:
        self.folder, self._template, self._uri = folder, folder / "template", store
        self.location = self._opened()
        with self.location.lock():
            Store.for_writing(self.location)
        if self.location.folder is not None:
            forget(self.location)
            shutil.move(self.location.folder, self._template)

    def fresh(self) -> Settings:
        """An empty store and an empty mirror."""
        for name in ("store", "artifacts", "mirror"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        forget(self.location)
        tables.forget(self.location)
        if self.location.folder is not None:
            shutil.copytree(self._template, self.location.folder)
        else:
            engine = sqlalchemy.create_engine(self.location.uri)
            with engine.begin() as connection:
                connection.execute(
                    sqlalchemy.text("TRUNCATE runs, registered_models, datasets, inputs CASCADE")
                )
                connection.execute(
                    sqlalchemy.text(
                        "DROP TABLE IF EXISTS lhnets_tokens, lhnets_audit, lhnets_schema"
                    )
                )
            engine.dispose()
        store = str(self.location.folder or self.location.uri)
        return Settings(
            mirror=str(self.folder / "mirror"),
            store=store,
            artifacts=self.location.artifacts,
            bundled=False,
            admissions=2,
        )

    def _opened(self) -> Location:
        if self._uri is None:
            return Location.of(self.folder / "store")
        return Location.of(self._uri, self.folder / "artifacts")


def load(bench: LoadedService) -> None:
    """Time for the same files one after another, and at once."""
    seconds = {}
    for at_once in (1, AT_ONCE):
        settings = bench.fresh()
        _, token = tokens.create(bench.location, ["publish"])
        contents = files(2 * AT_ONCE)
        with ForkedService(settings) as service, ThreadPoolExecutor(at_once) as pool:
            send = functools.partial(publish, service.address, token)
            send(contents[0])
            start = time.perf_counter()
            statuses = list(pool.map(send, contents[1:]))
            seconds[at_once] = (time.perf_counter() - start) / len(statuses)
        assert set(statuses) == {201}, statuses
        found = check(bench.location)
        assert (found.versions, found.faults) == (len(contents), ()), found
    print(
        f"one after another {seconds[1]:.2f} s a file; {AT_ONCE} at once {seconds[AT_ONCE]:.2f} s "
        "a file"
    )
    print(
        f"ratio {seconds[AT_ONCE] / seconds[1]:.2f}; every accepted file is in the store, its "
        "check is clean"
    )


ADMISSIONS: dict[bytes, Admission] = {}
"""Made beforehand, so that the moments fall into the writing and not into the trial of the
files."""


def use_reports() -> None:
    Admitter.admit = lambda self, content: ADMISSIONS[content]  # type: ignore[method-assign, assignment, misc]


def killed_once(bench: LoadedService, moment: random.Random) -> tuple[str, int, int]:
    """Publish, kill, restart, check. What was waited for, how many answers came, how many versions
    there are."""
    settings = bench.fresh()
    _, token = tokens.create(bench.location, ["publish"])
    event, count, delay = (
        moment.choice(EVENTS),
        moment.randint(1, AT_ONCE - 1),
        moment.uniform(0, LONGEST_DELAY),
    )
    service = ForkedService(settings, use_reports)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [pool.submit(publish, service.address, token, c) for c in files(AT_ONCE)]
        for _ in range(count):
            service.wait_for(event)
        time.sleep(delay)
        service.kill()
        statuses = [a.result() for a in asked]
    with ForkedService(settings, lambda: (recover(bench.location), Service(settings).refresh())):
        found = check(bench.location, mirror=settings.mirror)
    assert not found.faults, (event, count, delay, found.faults)
    accepted = sum(s in (200, 201) for s in statuses)
    there = {v.sha256 for v in review.listed(bench.location)}
    assert accepted <= len(there), (event, count, delay, statuses, there)
    return event, accepted, len(there)


def kills(bench: LoadedService, count: int, seed: int) -> None:
    """``count`` kills, each of a service with an empty store."""
    ADMISSIONS.update({content: admit(content) for content in files(AT_ONCE)})
    moment, events, accepted, there = random.Random(seed), Counter[str](), 0, 0
    for k in range(count):
        event, answered, found = killed_once(bench, moment)
        events[event] += 1
        accepted, there = accepted + answered, there + found
        print(
            f"{k + 1:3d}  after {event:13s}  {answered} accepted, {found} in the store, clean",
            flush=True,
        )
    print(
        f"{count} kills ({dict(events)}): {accepted} accepted, all there; {there} in the stores; "
        "every check clean"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lhnets-load-") as folder:
        bench = LoadedService(arguments.store, Path(folder))
        if arguments.kills:
            kills(bench, arguments.kills, arguments.seed)
        else:
            load(bench)


if __name__ == "__main__":
    main()
