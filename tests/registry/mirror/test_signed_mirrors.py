"""The scenarios of tuf-conformance, played on a mirror of lhnets: what its keeper did not sign, or
signed long ago, is refused.

See docs/explanation/tuf-conformance.md for each of them.
"""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from local_zenodo import HttpServer
from securesystemslib.signer import CryptoSigner
from signed_mirror import CARD, NAME, PAST, Signed, bump
from tuf.api.metadata import DelegatedRole, Metadata, MetaFile, TargetFile

from lhnets._fetching.cache import Cache
from lhnets._fetching.mirror import Mirror
from lhnets._finding.zoo import Zoo
from lhnets.errors import (
    CacheWarning,
    IntegrityError,
    MirrorError,
    MirrorWarning,
    MissingExtraError,
    StaleIndexError,
)
from lhnets.format import INDEX_FILE, Entry, card_path, read
from lhnets_registry.mirror.key_files import key_path, make_key


def test_what_was_signed_is_used(see: Callable[[], Mirror]) -> None:
    mirror = see()
    (entry,) = mirror.index.networks
    assert mirror.card(entry).name == NAME
    assert mirror.fetch(entry)[1]
    assert see().index == mirror.index


def test_metadata_that_say_the_same_keep_their_bytes(
    signed: Signed, make: Callable[..., bytes]
) -> None:
    before = {p: p.read_bytes() for p in signed.folder.rglob("*.json")}
    signed.export(make())
    assert {p: p.read_bytes() for p in signed.folder.rglob("*.json")} == before


def test_an_edited_card_is_refused(signed: Signed, see: Callable[[], Mirror]) -> None:
    card = signed.folder / CARD
    card.write_bytes(card.read_bytes().replace(b"Gluino pairs", b"Gluino  airs"))
    mirror = see()
    with pytest.raises(IntegrityError, match=f"{CARD} of .* is not the file that was signed"):
        mirror.card(mirror.index.networks[0])


def test_an_edited_index_is_refused(signed: Signed, see: Callable[[], Mirror]) -> None:
    index = signed.folder / INDEX_FILE
    index.write_bytes(index.read_bytes().replace(b'"status":"verified"', b'"status":"candidat"'))
    with pytest.raises(IntegrityError, match=r"the index of .* is not the one that was signed"):
        see()
    index.write_bytes(index.read_bytes() + b" ")
    with pytest.raises(IntegrityError, match=r"the index of .* is not the one that was signed"):
        see()


def test_an_edited_network_file_is_refused(signed: Signed, see: Callable[[], Mirror]) -> None:
    mirror = see()
    (entry,) = mirror.index.networks
    blob = signed.folder / entry.blob
    blob.write_bytes(blob.read_bytes()[:-1] + b" ")
    with pytest.raises(IntegrityError, match="is not the file of"):
        mirror.fetch(entry)


def test_an_unsigned_or_another_mirror_is_refused(signed: Signed, cache: Cache) -> None:
    with pytest.raises(IntegrityError, match="has no root metadata with SHA-256"):
        _ = Mirror(f"{signed.folder}#root={'0' * 64}", cache).index
    shutil.rmtree(signed.folder / "metadata")
    with pytest.raises(IntegrityError, match="has no root metadata with SHA-256"):
        _ = Mirror(signed.location, cache).index
    with pytest.warns(MirrorWarning, match="Going on with the other mirrors"):
        assert not Zoo([signed.location], cache).entries


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "mirror"])
def test_frozen_metadata_are_refused(signed: Signed, see: Callable[[], Mirror], role: str) -> None:
    signers = [signed.signer("targets")] if role == "targets" else None
    signed.forge(role, lambda s: bump(s, expires=PAST), signers)
    with pytest.raises(StaleIndexError, match=r"out of date .*expired"):
        see()


def test_an_expired_root_is_refused(signed: Signed, see: Callable[[], Mirror]) -> None:
    roots = list(signed.keys.signers("root").values())
    signed.forge("root", lambda r: bump(r, expires=PAST), roots)
    with pytest.raises(StaleIndexError, match=r"out of date .*root\.json is expired"):
        see()


def test_an_expired_root_in_the_chain_is_no_fault(
    signed: Signed, see: Callable[[], Mirror]
) -> None:
    roots = list(signed.keys.signers("root").values())
    later = signed.keys.root.signed.expires
    signed.forge("root", lambda r: bump(r, expires=PAST), roots)
    signed.forge("root", lambda r: bump(r, expires=later), roots)
    assert see().index.networks


def test_an_older_mirror_is_refused(
    signed: Signed, see: Callable[[], Mirror], make: Callable[..., bytes], tmp_path: Path
) -> None:
    shutil.copytree(signed.folder, tmp_path / "older")
    signed.export(make(), make(version=2))
    assert len(see().index.networks) == 2
    shutil.rmtree(signed.folder)
    (tmp_path / "older").rename(signed.folder)
    with pytest.raises(StaleIndexError, match="New timestamp version"):
        see()
    assert Mirror(signed.location, Cache(tmp_path / "fresh")).index.networks


def test_what_was_seen_at_one_copy_counts_at_another(
    signed: Signed, see: Callable[[], Mirror], cache: Cache, make: Any, tmp_path: Path
) -> None:
    shutil.copytree(signed.folder, tmp_path / "older")
    signed.export(make(), make(version=2))
    see()
    with pytest.raises(StaleIndexError, match="New timestamp version"):
        _ = Mirror(f"{tmp_path / 'older'}{signed.keys.pin}", cache).index


def test_an_older_snapshot_under_a_newer_timestamp_is_refused(
    signed: Signed, see: Callable[[], Mirror]
) -> None:
    see()
    older = MetaFile(1)
    signed.forge("timestamp", lambda t: bump(t, snapshot_meta=older))
    with pytest.raises(StaleIndexError, match="New snapshot version"):
        see()


@pytest.mark.parametrize("role", ["targets", "mirror", "files-0"])
def test_an_older_list_under_a_newer_snapshot_is_refused(
    signed: Signed, see: Callable[[], Mirror], role: str
) -> None:
    see()
    signed.forge(
        "snapshot", lambda s: (s.meta.__setitem__(f"{role}.json", MetaFile(0 + 1)), bump(s))
    ) if role != "targets" else signed.forge(
        "snapshot", lambda s: (s.meta.pop("targets.json"), bump(s))
    )
    with pytest.raises((StaleIndexError, IntegrityError), match=role):
        see()


def test_lists_of_two_exports_are_not_mixed(
    signed: Signed, see: Callable[[], Mirror], make: Callable[..., bytes]
) -> None:
    older = signed.path("mirror").read_bytes()
    signed.export(make(), make(version=2))
    signed.path("mirror").write_bytes(older)
    with pytest.raises(IntegrityError, match="forged or damaged"):
        see()


def test_the_index_of_another_export_is_not_used(
    signed: Signed, see: Callable[[], Mirror], make: Callable[..., bytes]
) -> None:
    older = (signed.folder / INDEX_FILE).read_bytes()
    signed.export(make(), make(version=2))
    (signed.folder / INDEX_FILE).write_bytes(older)
    with pytest.raises(IntegrityError, match="is not the one that was signed"):
        see()


def test_a_jump_ahead_is_undone_by_another_online_key(
    signed: Signed, see: Callable[[], Mirror], make: Callable[..., bytes]
) -> None:
    """Who stole the online key blocks all genuine mirrors until that key is replaced."""
    signed.forge("timestamp", lambda t: setattr(t, "version", 2**50))
    see()
    shutil.rmtree(signed.folder)
    signed.export(make())
    with pytest.raises(StaleIndexError, match="New timestamp version"):
        see()
    signed.keys.rotate("online")
    signed.export(make())
    assert see().index.networks


@pytest.mark.parametrize("holder", ["root", "targets", "online"])
def test_after_a_change_of_keys_clients_go_on(
    signed: Signed, see: Callable[[], Mirror], make: Callable[..., bytes], holder: Any
) -> None:
    see()
    role = "timestamp" if holder == "online" else holder
    signed.keys.rotate(holder, signed.keys.root.signed.roles[role].keyids[0])
    signed.export(make(), make(version=2))
    assert len(see().index.networks) == 2
    fresh = Mirror(signed.location, Cache(signed.folder.parent / "fresh"))
    assert len(fresh.index.networks) == 2


@pytest.mark.parametrize("kept", [0, 1])
def test_a_root_that_too_few_signed_is_refused(
    signed: Signed, see: Callable[[], Mirror], kept: int
) -> None:
    see()
    roots = list(signed.keys.signers("root").values())
    signed.forge("root", bump, [roots[kept]])
    with pytest.raises(IntegrityError, match=r"root was signed by 1/2 keys"):
        see()


def test_one_key_does_not_count_twice(signed: Signed, see: Callable[[], Mirror]) -> None:
    roots = list(signed.keys.signers("root").values())
    signed.forge("root", bump, [roots[0], roots[0]])
    with pytest.raises(IntegrityError, match=r"root was signed by 1/2 keys"):
        see()


def test_a_root_out_of_turn_is_refused(signed: Signed, see: Callable[[], Mirror]) -> None:
    roots = list(signed.keys.signers("root").values())
    signed.forge("root", lambda r: setattr(r, "version", 3), roots)
    (signed.folder / "metadata/3.root.json").rename(signed.folder / "metadata/2.root.json")
    with pytest.raises(StaleIndexError, match="Expected root version 2 instead got version 3"):
        see()


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "mirror"])
def test_what_another_key_signed_is_refused(
    signed: Signed, see: Callable[[], Mirror], role: str
) -> None:
    signed.forge(role, bump, [CryptoSigner.generate_ed25519()])
    with pytest.raises(IntegrityError, match=f"{role} was signed by 0/1 keys"):
        see()


def test_a_revoked_key_signs_nothing(
    signed: Signed, see: Callable[[], Mirror], make: Callable[..., bytes]
) -> None:
    stolen = signed.keys.online()
    signed.keys.rotate("online")
    signed.export(make())
    see()
    signed.forge("timestamp", bump, [stolen])
    with pytest.raises(IntegrityError, match="timestamp was signed by 0/1 keys"):
        see()


def test_names_of_an_owner_need_the_owners_signature(
    signed: Signed, see: Callable[[], Mirror], make: Callable[..., bytes], tmp_path: Path
) -> None:
    signer = make_key(tmp_path, "owner")
    role = signed.keys.give("cs-gluino-", signer.public_key)
    with pytest.raises(MirrorError, match=f"{CARD} belongs to the owner of {role}, who has not"):
        signed.export(make())
    here = key_path(signed.keys.folder, role, signer)
    shutil.copy(key_path(tmp_path, "owner", signer), here)
    signed.export(make())
    mirror = see()
    assert mirror.card(mirror.index.networks[0]).name == NAME
    here.unlink()
    signed.export(make())
    forged = signed.path(role)
    signed.forge(role, lambda t: bump(t, targets={}))
    assert signed.path(role) != forged
    with pytest.raises(IntegrityError, match=f"{role} was signed by 0/1 keys"):
        see().card(mirror.index.networks[0])


def test_the_mirror_cannot_answer_for_an_owner(
    signed: Signed, see: Callable[[], Mirror], make: Callable[..., bytes], tmp_path: Path
) -> None:
    """Its own lists are not asked for a name that has an owner."""
    signer = make_key(tmp_path, "owner")
    role = signed.keys.give("cs-gluino-", signer.public_key)
    shutil.copy(key_path(tmp_path, "owner", signer), key_path(signed.keys.folder, role, signer))
    signed.export(make())
    card = (signed.folder / card_path("cs-gluino-pair-lo", 1)).read_bytes()
    other = card_path("cs-gluino-new", 1)
    signed.forge(
        "mirror",
        lambda t: (
            t.targets.update({other: TargetFile.from_data(other, card, ["sha256"])}),
            bump(t),
        ),
    )
    mirror = see()
    entry = Entry.of(read(make(name="cs-gluino-new")).card, b"x", "verified")
    (signed.folder / other).parent.mkdir()
    (signed.folder / other).write_bytes(card)
    with pytest.raises(IntegrityError, match="is not signed by those who may give it"):
        mirror.card(entry)


def test_an_owner_cannot_answer_for_other_names(
    signed: Signed, see: Callable[[], Mirror], make: Callable[..., bytes], tmp_path: Path
) -> None:
    signer = make_key(tmp_path, "owner")
    role = signed.keys.give("cs-other-", signer.public_key)
    shutil.copy(key_path(tmp_path, "owner", signer), key_path(signed.keys.folder, role, signer))
    signed.export(make())
    wrong = TargetFile.from_data(CARD, b"{}", ["sha256"])
    signed.forge(role, lambda t: (t.targets.update({CARD: wrong}), bump(t)), [signer])
    mirror = see()
    assert mirror.card(mirror.index.networks[0]).name == NAME


def test_another_network_under_a_signed_card_is_refused(
    signed: Signed, see: Callable[[], Mirror], make: Callable[..., bytes]
) -> None:
    """Who holds the key of the index only cannot give a name another file."""
    other = make(slope=3.0)
    entry = Entry.of(read(other).card, other, "verified")
    (signed.folder / entry.blob).parent.mkdir(exist_ok=True, parents=True)
    (signed.folder / entry.blob).write_bytes(other)
    with pytest.raises(IntegrityError, match="but who owns that name signed"):
        see().fetch(entry)


@pytest.mark.parametrize("name", ["../../outside", "/outside", "a b%2F..%2F", "x\\..\\y", "?#ä"])
def test_quoted_names_stay_in_the_cache(
    signed: Signed, see: Callable[[], Mirror], cache: Cache, tmp_path: Path, name: str
) -> None:
    online = signed.keys.online()

    def delegate(targets: Any) -> None:
        role = DelegatedRole(name, [online.public_key.keyid], 1, terminating=False, paths=["*"])
        targets.delegations.roles = {name: role, **targets.delegations.roles}
        targets.version += 1

    content = signed.path("files-0").read_bytes()
    version = Metadata.from_bytes(content).signed.version
    (signed.folder / f"metadata/{version}.{quote(name, '')}.json").write_bytes(content)
    meta = MetaFile(version)
    signed.forge("snapshot", lambda s: (s.meta.update({f"{name}.json": meta}), bump(s)))
    signed.forge("targets", delegate, [signed.signer("targets")])
    before = {p for p in tmp_path.rglob("*") if cache.folder not in p.parents}
    assert see().index.networks
    after = {p for p in tmp_path.rglob("*") if cache.folder not in p.parents}
    assert after - before <= {cache.folder}
    (kept,) = cache.folder.rglob(f"{quote(name, '')}.json")
    assert kept.parent.name == signed.keys.pin.sha256


def test_without_python_tuf_a_signed_mirror_names_the_extra(
    see: Callable[[], Mirror], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tuf.ngclient", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lhnets\[signed\]'"):
        see()


@pytest.fixture
def served(signed: Signed) -> Iterator[HttpServer]:
    with HttpServer() as server:
        for path in signed.folder.rglob("*"):
            if path.is_file():
                server.files[f"/{path.relative_to(signed.folder)}"] = path
        yield server


def test_a_signed_mirror_is_read_over_http(
    signed: Signed, served: HttpServer, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"{served.origin}{signed.keys.pin}"
    zoo = Zoo([address], cache)
    assert zoo.load(NAME).verify().passed
    assert zoo.card(NAME).name == NAME
    again = Mirror(served.origin, cache)
    assert again.pin == signed.keys.pin, "pinned once, pinned from then on"
    assert again.index.networks
    monkeypatch.setenv("LHNETS_OFFLINE", "1")
    assert Zoo([address], cache).load(NAME).verify().passed


def test_the_index_last_read_serves_while_it_has_not_expired(
    signed: Signed, served: HttpServer, cache: Cache
) -> None:
    address = f"{served.origin}{signed.keys.pin}"
    signed.forge("timestamp", lambda t: bump(t, expires=_soon()))
    assert Mirror(address, cache).index.networks
    served.files.clear()
    with pytest.warns(MirrorWarning, match="Going on with its index as last read"):
        assert Mirror(address, cache).index.networks
    kept = cache.folder / "trusted" / signed.keys.pin.sha256 / "timestamp.json"
    signed.forge("timestamp", lambda t: bump(t, expires=PAST))
    shutil.copy(signed.path("timestamp"), kept)
    with pytest.raises(StaleIndexError, match="expired"):
        _ = Mirror(address, cache).index


def _soon() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0) + datetime.timedelta(days=1)


def test_without_a_usable_cache_a_signed_mirror_answers(
    signed: Signed, served: HttpServer, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    zoo = Zoo([f"{served.origin}{signed.keys.pin}"], Cache(tmp_path / "file"))
    with pytest.warns(CacheWarning, match="Going on without it"):
        assert zoo.load(NAME).verify().passed
