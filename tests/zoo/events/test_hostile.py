"""Files of events that strangers made: refused whole, or read whole."""

from __future__ import annotations

import contextlib
import gzip
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lhnets.errors import Error, ParameterError
from lhnets.events import read_events

PARTICLES = b"P 2 0 2212 0 0 -6500 6500 0 4\nV -1 0 [1,2]\nP 3 -1 21 1 2 3 4 0 1\n"
EVENT = b"E 0 1 3\nU GEV MM\nP 1 0 2212 0 0 6500 6500 0 4\n" + PARTICLES
HEPMC = b"HepMC::Version 3.02.05\nHepMC::Asciiv3-START_EVENT_LISTING\n" + EVENT + EVENT
LHE_EVENT = b"<event>\n 1 1 1.0 100 0.007 0.1\n 5 1 0 0 0 0 1 2 3 5 0 0 9\n</event>\n"
LHE = (
    b'<LesHouchesEvents version="3.0">\n<init>\n2212 2212 6500 6500 0 0 1 1 3 1\n1 1 1 1\n</init>\n'
    + LHE_EVENT
    + LHE_EVENT
    + b"</LesHouchesEvents>\n"
)
CSV = b"pt,eta,label\n1,2,s\n3,4,b\n"


def refuse(path: Path, content: bytes, match: str) -> None:
    path.write_bytes(content)
    with pytest.raises(ParameterError, match=match):
        read_events(path)


def test_no_event_of_a_broken_hepmc_file_is_lost(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyhepmc")
    path = tmp_path / "a.hepmc3"
    path.write_bytes(HEPMC)
    assert len(read_events(path).inputs["E"]) == 2
    refuse(path, HEPMC[: -len(PARTICLES)], "number 2 cannot be read")
    refuse(path, HEPMC.replace(b"P 3 -1", b"P x\x1b]0;own\x07 -1"), "number 1 cannot be read")
    refuse(path, HEPMC.replace(b"HepMC::Version", b"HepMC;;Version"), "does not begin with")
    assert "\x1b" not in "".join(capfd.readouterr())


def test_no_event_of_a_broken_lhe_file_is_lost(tmp_path: Path) -> None:
    pytest.importorskip("pylhe")
    path = tmp_path / "a.lhe"
    path.write_bytes(LHE)
    assert len(read_events(path).inputs["E"]) == 2
    refuse(path, LHE[:-40], "cannot be read as LHE")
    refuse(path, LHE.replace(b" 1 1 1.0", b" 2 1 1.0", 1), "says that it has 2 particles")
    entities = b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    refuse(path, entities + LHE.replace(b"<event>", b"<!--&x;--><event>&x;"), "cannot be read")


def test_numbers_of_an_hdf5_file_lie_in_it(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    secret, path = tmp_path / "secret", tmp_path / "a.h5"
    secret.write_bytes(b"secret!!")
    with h5py.File(path, "w") as file:
        file.create_dataset("E", (8,), "u1", external=[(str(secret), 0, 8)])
    refuse(path, path.read_bytes(), "lies in another file")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["E"] = np.arange(3.0)
    with h5py.File(path, "w") as file:
        file["E"] = h5py.ExternalLink("other.h5", "E")
    refuse(path, path.read_bytes(), "lies in another file")
    with h5py.File(path, "w") as file:
        layout = h5py.VirtualLayout((3,), "f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "E", (3,))
        file.create_virtual_dataset("E", layout)
    refuse(path, path.read_bytes(), "lies in another file")


def test_a_file_that_would_fill_the_memory_is_not_read(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("E", (10**12,), "f8", chunks=(10**6,))
    refuse(path, path.read_bytes(), "would fill 8e\\+03 GB")
    packed = tmp_path / "a.csv.gz"
    with gzip.open(packed, "wb") as text:
        for _ in range(600):
            text.write(b"\n" * 1000**2)
    refuse(packed, packed.read_bytes(), "times its own size")
    arrays = tmp_path / "a.npz"
    with (
        zipfile.ZipFile(arrays, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("E.npy", "w", force_zip64=True) as member,
    ):
        for _ in range(600):
            member.write(bytes(1000**2))
    refuse(arrays, arrays.read_bytes(), "times its own size")


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    refuse(tmp_path / "a.csv", b"pt,pt\n1,2\n", "two columns have the same name")


def _arrays(path: Path) -> bytes:
    np.savez_compressed(path, E=np.arange(60.0))
    return path.read_bytes()


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.csv", lambda path: CSV),
        ("a.csv.gz", lambda path: gzip.compress(CSV, mtime=0)),
        ("a.lhe.gz", lambda path: gzip.compress(LHE, mtime=0)),
        ("a.npz", _arrays),
    ],
)
def test_spoilt_files_are_refused_in_words(
    tmp_path: Path, name: str, make: Callable[[Path], bytes]
) -> None:
    if ".lhe" in name:
        pytest.importorskip("pylhe")
    path, rng = tmp_path / name, random.Random(7)
    whole = make(path)
    for _ in range(60):
        spoilt = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
        path.write_bytes(spoilt[: rng.randrange(len(spoilt) // 2, len(spoilt) + 1)])
        with contextlib.suppress(Error):
            read_events(path)
