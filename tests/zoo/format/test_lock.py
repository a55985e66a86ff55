import pytest

from lhnets import LockFileError
from lhnets.format import Entry, Lock, active_lock_file


@pytest.fixture
def entry(make_card):
    return Entry.of(make_card(), b"abc", "verified")


def test_a_lock_comes_back_from_its_file(tmp_path, entry):
    lock = Lock.of([entry, entry])
    assert len(lock.networks) == 1
    assert Lock.read(lock.write(tmp_path / "lhnets.lock")) == lock
    assert lock.apply([entry], "here") == [entry]


def test_a_lock_that_is_not_met(make_card, entry):
    other = Entry.of(make_card(), b"abcd", "verified")
    with pytest.raises(LockFileError, match="not the network the lock was written for"):
        Lock.of([entry]).apply([other], "here")
    with pytest.raises(LockFileError, match="which no mirror has"):
        Lock.of([entry]).apply([], "here")


@pytest.mark.parametrize(
    "content", ["", "{}", '{"networks": [{"name": "x", "version": 1, "sha256": "short"}]}']
)
def test_what_is_no_lock_file(tmp_path, content):
    path = tmp_path / "lhnets.lock"
    path.write_text(content)
    with pytest.raises(LockFileError, match="is not a lock file"):
        Lock.read(path)
    with pytest.raises(LockFileError, match="cannot read"):
        Lock.read(tmp_path / "absent")


def test_the_lock_file_in_force(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert active_lock_file() is None
    (tmp_path / "lhnets.lock").touch()
    assert active_lock_file().name == "lhnets.lock"
    monkeypatch.setenv("LHNETS_LOCK", "paper.lock")
    assert active_lock_file().name == "paper.lock"
