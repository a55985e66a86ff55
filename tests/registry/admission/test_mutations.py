"""Five hundred spoilt files against the admission. `benchmarks/mutations.py` does the same with ten
thousand."""

from __future__ import annotations

import resource
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from mutations import KINDS, Parts, mutants
from watched_writes import WatchedWrites

from lhnets._running.verify import verify
from lhnets.errors import Error
from lhnets.format import read
from lhnets_registry.admission.admitter import Admitter
from lhnets_registry.admission.limits import Limits
from lhnets_registry.mirror.export import bundled_mirror
from lhnets_registry.report import ITEMS

COUNT, SEED = 500, 20_261_122
GROWTH_MB = 100


@pytest.fixture(scope="module")
def files() -> list[bytes]:
    """The smallest bundled networks: many files can be tried in little time."""
    mirror = bundled_mirror()
    smallest = sorted(mirror.index.networks, key=lambda e: e.size)[:6]
    return [mirror.fetch(e)[1] for e in smallest]


def test_a_file_taken_apart_and_sealed_again_is_the_same(files: list[bytes]) -> None:
    for content in files:
        assert read(Parts.of(content).sealed()).card == read(content).card
        assert Parts.of(Parts.of(content).sealed()) == Parts.of(content)


def test_the_same_seed_gives_the_same_files(files: list[bytes]) -> None:
    assert list(mutants(files, 18, 3)) == list(mutants(files, 18, 3))


def test_spoilt_files_harm_nothing_and_are_admitted_only_where_their_points_hold(
    files: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    outcomes: Counter[tuple[str, bool]] = Counter()
    warm = 0
    with WatchedWrites(tmp_path) as writes, Admitter(Limits(points=200)) as admitter:
        for number, (kind, content) in enumerate(mutants(files, COUNT, SEED)):
            report = admitter.admit(content).report
            assert [f.item for f in report.findings] == list(ITEMS)
            outcomes[kind, report.admitted] += 1
            if report.admitted:
                assert verify(read(content)).passed, (kind, number)
                assert "digest fits" in kind or content in files, (kind, number)
            if number == COUNT // 10:
                warm = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - warm) / 1024
    assert writes.outside == set()
    assert grown < GROWTH_MB
    assert list(tmp_path.iterdir()) == []
    assert all(outcomes[kind, False] for kind in KINDS)


def test_what_is_read_of_a_spoilt_file_is_a_network_or_an_error(files: list[bytes]) -> None:
    """The client reads the outermost bytes of files too, without a child process."""
    for kind, content in mutants(files, COUNT, SEED + 1):
        try:
            assert read(content).card.name
        except Error as error:
            assert str(error), kind  # noqa: PT017 - one of two good ends
