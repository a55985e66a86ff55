"""The public log of a mirror: a chain of lines, which is only ever added to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lhnets.errors import IntegrityError
from lhnets.format import read
from lhnets_registry.admission.admit import admit
from lhnets_registry.location import Location
from lhnets_registry.mirror import export as mirror
from lhnets_registry.mirror.log import LOG_FILE, Happened, continue_log, read_log
from lhnets_registry.publishing.publication import register
from lhnets_registry.review import decisions as review

FIRST = Happened("cs-a@1", "a" * 64, "verified", "", {"publish": 1000, "approve": 2000})
SECOND = Happened("cs-b@1", "b" * 64, "retracted", "wrong", {"publish": 3000})


def test_each_step_is_a_line_that_follows_the_one_before() -> None:
    log = continue_log(b"", [FIRST])
    assert [(line.action, line.time) for line in read_log(log)] == [
        ("publish", "1970-01-01T00:00:01Z"),
        ("approve", "1970-01-01T00:00:02Z"),
    ]
    later = continue_log(log, [FIRST, SECOND])
    assert later.startswith(log)
    assert read_log(later)[-1].reason == ""
    assert {line.reason for line in read_log(later) if line.action == "retract"} == {"wrong"}
    assert continue_log(later, [FIRST, SECOND]) == later


@pytest.mark.parametrize(
    ("old", "new"), [(b'"approve"', b'"retract"'), (b'"number":1', b'"number":2'), (b"aaa", b"aab")]
)
def test_a_changed_line_is_found(old: bytes, new: bytes) -> None:
    log = continue_log(b"", [FIRST, SECOND])
    assert old in log
    with pytest.raises(IntegrityError, match=r"line \d of log\.jsonl does not follow"):
        read_log(log.replace(old, new, 1))


def test_a_line_that_is_left_out_cut_or_no_line_is_found() -> None:
    first, *others = continue_log(b"", [FIRST, SECOND]).splitlines(keepends=True)
    with pytest.raises(IntegrityError, match=r"line 1 of log\.jsonl does not follow"):
        read_log(b"".join(others))
    with pytest.raises(IntegrityError, match="ends within a line"):
        read_log(first + others[0][:-1])
    with pytest.raises(IntegrityError, match=r"line 2 of log\.jsonl cannot be read"):
        read_log(first + b"{}\n")


def test_a_mirror_is_checked_against_its_log(
    store_folder: Path, make: Callable[..., bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, out = Location.of(store_folder), tmp_path / "out"
    register(read(make()), admit(b"").report, store, approve=True)

    def export() -> bytes:
        mirror.export(out, store, pages=False, bundled=False)
        return (out / LOG_FILE).read_bytes()

    earlier = export()
    assert [line.action for line in read_log(earlier)] == ["publish", "approve"]
    assert all(line.time for line in read_log(earlier))
    review.retract("cs-gluino-pair-lo@1", "alpha_s was wrong", store)
    later = export()
    assert read_log(later)[-1].reason == "alpha_s was wrong"
    assert mirror.check(str(out), earlier)[1] == []
    (out / LOG_FILE).write_bytes(earlier)
    assert "is retracted with" in mirror.check(str(out))[1][0]
    other = continue_log(b"", [FIRST])
    assert "does not begin with the earlier one" in mirror.check(str(out), other)[1][-1]
    (out / LOG_FILE).write_bytes(later.replace(b"approve", b"retract"))
    with pytest.raises(IntegrityError, match="does not follow"):
        export()
