"""More scenarios of tuf-conformance, and the page that lists them all."""

from __future__ import annotations

import ast
import datetime
import hashlib
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.signer import CryptoSigner
from signed_mirror import PAST, Signed, bump
from tuf.api.metadata import DelegatedRole, Delegations, Metadata, MetaFile, Root, Targets

from lhnets._fetching.cache import Cache
from lhnets._fetching.mirror import Mirror
from lhnets._fetching.trust import Trust
from lhnets.errors import IntegrityError, MirrorError, StaleIndexError

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "explanation" / "tuf-conformance.md"
TEST = re.compile(r"`(tests/[\w/.]+)::(\w+)`")
SIGNERS = [CryptoSigner.generate_ed25519() for _ in range(10)]
See = Callable[[], Mirror]


def test_another_timestamp_of_the_same_version_changes_nothing(signed: Signed, see: See) -> None:
    see()
    signed.forge("timestamp", lambda t: setattr(t, "snapshot_meta", MetaFile(10**12)))
    assert see().index.networks


def test_an_expired_timestamp_here_does_not_stop_a_newer_one(
    signed: Signed, see: See, cache: Cache
) -> None:
    see()
    newer = signed.path("timestamp").read_bytes()
    kept = cache.folder / "trusted" / signed.keys.pin.sha256 / "timestamp.json"
    signed.forge("timestamp", lambda t: (setattr(t, "expires", PAST), setattr(t, "version", 1)))
    shutil.copy(signed.path("timestamp"), kept)
    signed.path("timestamp").write_bytes(newer)
    assert see().index.networks


def test_unknown_fields_are_part_of_what_was_signed(signed: Signed, see: See) -> None:
    roots = list(signed.keys.signers("root").values())

    def extend(root: Any) -> None:
        root.unrecognized_fields["custom"] = "value"
        root.roles["root"].unrecognized_fields["other"] = {"a": 1}
        root.version += 1

    signed.forge("root", extend, roots)
    assert see().index.networks


def test_one_key_named_twice_counts_once(signed: Signed, see: See) -> None:
    roots = list(signed.keys.signers("root").values())

    def add(root: Any) -> None:
        root.roles["timestamp"].keyids *= 2
        root.roles["timestamp"].threshold = 2
        root.version += 1

    signed.forge("root", add, roots)
    with pytest.raises(IntegrityError, match="forged or damaged"):
        see()


def test_a_pinned_root_that_nobody_signed_is_refused(
    signed: Signed, tmp_path: Path, cache: Cache
) -> None:
    path = signed.folder / "metadata/1.root.json"
    metadata = Metadata.from_bytes(path.read_bytes())
    metadata.signatures.clear()
    content = metadata.to_bytes()
    path.write_bytes(content)
    pin = hashlib.sha256(content).hexdigest()
    with pytest.raises(IntegrityError, match=r"root was signed by 0/2 keys"):
        _ = Mirror(f"{signed.folder}#root={pin}", cache).index
    path.write_bytes(b"{}")
    pin = hashlib.sha256(b"{}").hexdigest()
    with pytest.raises(IntegrityError, match="forged or damaged"):
        _ = Mirror(f"{signed.folder}#root={pin}", cache).index


Step = tuple[Sequence[int], int, Sequence[int]]
"""Keys, threshold, and who signs."""

GOOD: dict[str, list[Step]] = {
    "1 of 1, replaced": [((1,), 1, (1,)), ((2,), 1, (2, 1)), ((2,), 1, (2,))],
    "signatures of strangers": [((1,), 1, (3, 1, 4)), ((2,), 1, (3, 2, 1, 4))],
    "3 of 5, others sign": [(range(5), 3, (0, 2, 4)), (range(5), 3, (0, 4, 1))],
    "3 of 5, one replaced": [(range(5), 3, (0, 2, 4)), ((0, 1, 3, 4, 5), 3, (0, 4, 1))],
    "3 of 5, all replaced": [
        (range(5), 3, (0, 2, 4)),
        (range(5, 10), 3, (0, 2, 4, 5, 6, 7)),
        (range(5, 10), 3, (5, 6, 7)),
    ],
    "threshold up": [((1, 2, 3), 1, (1,)), ((1, 2, 3), 2, (1, 2))],
    "threshold down": [((1, 2, 3), 2, (1, 2)), ((1, 2, 3), 1, (1, 2)), ((1, 2, 3), 1, (1,))],
}
BAD: dict[str, list[Step]] = {
    "not signed with the old key": [((1,), 1, (1,)), ((2,), 1, (2, 3, 4))],
    "not signed with the new key": [((1,), 1, (1,)), ((2,), 1, (1, 3, 4))],
    "too few of the new": [(range(5), 3, (0, 2, 4)), ((0, 1, 3, 4, 5), 3, (0, 2, 4))],
    "too few of the old": [(range(5), 3, (0, 2, 4)), ((0, 1, 3, 4, 5), 3, (0, 4, 5))],
    "new threshold not reached": [((1, 2, 3), 1, (1,)), ((1, 2, 3), 2, (2,))],
    "old threshold not reached": [((1, 2, 3), 2, (1, 2)), ((1, 2, 3), 1, (1,))],
}


def chain(signed: Signed, steps: Sequence[Step]) -> str:
    """Put a chain of roots in place of that of the mirror; the location with the first pinned."""
    root: Root = signed.keys.root.signed
    contents = []
    for version, (keys, threshold, signers) in enumerate(steps, 1):
        root.roles["root"].keyids.clear()
        root.roles["root"].threshold = threshold
        for key in keys:
            root.add_key(SIGNERS[key].public_key, "root")
        root.version = version
        metadata = Metadata(root)
        for signer in signers:
            metadata.sign(SIGNERS[signer], append=True)
        contents.append(metadata.to_bytes())
        (signed.folder / f"metadata/{version}.root.json").write_bytes(contents[-1])
    return f"{signed.folder}#root={hashlib.sha256(contents[0]).hexdigest()}"


@pytest.mark.parametrize("case", GOOD)
def test_roots_follow_each_other(signed: Signed, cache: Cache, case: str) -> None:
    assert Mirror(chain(signed, GOOD[case]), cache).index.networks


@pytest.mark.parametrize("case", BAD)
def test_roots_that_do_not_follow_are_refused(signed: Signed, cache: Cache, case: str) -> None:
    with pytest.raises(IntegrityError, match=r"root was signed by \d/\d keys"):
        _ = Mirror(chain(signed, BAD[case]), cache).index


GRAPHS: dict[str, tuple[list[tuple[str, str, bool, str]], list[str]]] = {
    "one": ([("targets", "A", False, "*")], ["A"]),
    "depth first": (
        [
            ("targets", "A", False, "*"),
            ("targets", "B", False, "*"),
            ("A", "C", False, "*"),
            ("C", "D", False, "*"),
        ],
        ["A", "C", "D", "B"],
    ),
    "terminating": (
        [
            ("targets", "A", False, "*"),
            ("targets", "B", False, "*"),
            ("A", "C", True, "*"),
            ("A", "D", False, "*"),
        ],
        ["A", "C"],
    ),
    "paths that do not fit": (
        [
            ("targets", "A", False, "*.py"),
            ("targets", "B", False, "*"),
            ("A", "C", False, "*"),
        ],
        ["B"],
    ),
    "a circle": (
        [
            ("targets", "B", False, "*"),
            ("B", "C", False, "*"),
            ("C", "D", False, "*"),
            ("D", "B", False, "*"),
        ],
        ["B", "C", "D"],
    ),
    "two ways to a third, one by its path": (
        [
            ("targets", "A", False, "*"),
            ("targets", "B", False, "*"),
            ("B", "C", False, "*"),
            ("A", "C", False, "*.py"),
        ],
        ["A", "B", "C"],
    ),
}


def write_graph(signed: Signed, delegations: list[tuple[str, str, bool, str]]) -> None:
    """Put delegations in place of those of the mirror: from, to, whether it ends the search,
    path."""
    online = signed.keys.online()
    key = online.public_key
    metas = {}
    for role in {"targets", *(d[1] for d in delegations)}:
        roles = {
            to: DelegatedRole(to, [key.keyid], 1, is_last, paths=[path])
            for by, to, is_last, path in delegations
            if by == role
        }
        made = Targets(10**10, expires=signed.keys.root.signed.expires)
        made.delegations = Delegations({key.keyid: key}, roles) if roles else None
        metadata = Metadata(made)
        metadata.sign(signed.signer("targets") if role == "targets" else online)
        (signed.folder / f"metadata/{made.version}.{role}.json").write_bytes(metadata.to_bytes())
        metas[f"{role}.json"] = MetaFile(made.version)
    signed.forge("snapshot", lambda s: (s.meta.update(metas), bump(s)))


@pytest.mark.parametrize("case", GRAPHS)
def test_delegations_are_walked_in_their_order(signed: Signed, cache: Cache, case: str) -> None:
    delegations, expected = GRAPHS[case]
    write_graph(signed, delegations)
    asked: list[str] = []

    def read(path: str, limit: int) -> bytes:
        asked.append(path.split(".")[-2])
        return (signed.folder / path).read_bytes()

    trust = Trust(signed.keys.pin.sha256, read, cache, "the mirror")
    asked.clear()
    with pytest.raises(IntegrityError, match="is not signed by those who may give it"):
        trust.target("missing")
    assert asked == expected


def test_a_snapshot_that_the_timestamp_does_not_name_is_not_used(signed: Signed, see: See) -> None:
    signed.forge("snapshot", lambda s: setattr(s, "version", s.version + 1), follow=False)
    assert see().index.networks
    version = Metadata.from_bytes(signed.path("timestamp").read_bytes()).signed.snapshot_meta
    (signed.folder / f"metadata/{version.version}.snapshot.json").unlink()
    fresh = Mirror(signed.location, Cache(signed.folder.parent / "fresh"))
    with pytest.raises(MirrorError, match="cannot read the signed metadata"):
        _ = fresh.index


def test_what_expires_tomorrow_is_refused_the_day_after(
    signed: Signed, see: See, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tuf.ngclient._internal import trusted_metadata_set

    class Later(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return datetime.datetime.now(tz) + datetime.timedelta(days=31)

    see()
    monkeypatch.setattr(
        trusted_metadata_set,
        "datetime",
        type("clock", (), {"datetime": Later, "timezone": datetime.timezone}),
    )
    with pytest.raises(StaleIndexError, match=r"timestamp\.json is expired"):
        see()


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not here")
def test_every_scenario_is_shown_or_does_not_apply() -> None:
    rows = [r for r in PAGE.read_text().splitlines() if r.startswith("| `test_")]
    assert len(rows) > 20
    for row in rows:
        held_by = TEST.findall(row)
        assert held_by or "not applicable: " in row, row
        for path, name in held_by:
            tree = ast.parse((ROOT / path).read_text())
            assert name in {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}, name
