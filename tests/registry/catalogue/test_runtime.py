"""The vendored runtime: the bytes of its packages, its licence, and a refusal of anything else."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import msgspec
import pytest

from lhnets.errors import IntegrityError
from lhnets_registry.catalogue import runtime
from lhnets_registry.catalogue.files import Folder


def test_every_vendored_file_has_its_checksum_and_licence_and_notices_are_there() -> None:
    for file in runtime.vendor().files:
        content = runtime.plain(file)
        assert len(content) == file.size
        assert hashlib.sha256(content).hexdigest() == file.sha256
    texts = {
        f.name: runtime.plain(f).decode() for f in runtime.vendor().files if f.name.endswith(".txt")
    }
    assert "MIT License" in texts["LICENSE.txt"]
    assert "THIRD PARTY" in texts["ThirdPartyNotices.txt"].upper()


def test_it_is_unpacked_once_and_beside_its_gzip(tmp_path: Path) -> None:
    site = Folder(tmp_path)
    runtime.unpack(site)
    assert site.written == len(runtime.vendor().files) + 1
    assert runtime.is_there(site)
    wasm = tmp_path / runtime.RUNTIME_FOLDER / runtime.WASM
    assert gzip.decompress(Path(f"{wasm}.gz").read_bytes()) == wasm.read_bytes()
    assert wasm.read_bytes()[:4] == b"\0asm"
    runtime.unpack(site)
    assert site.written == len(runtime.vendor().files) + 1


def test_other_bytes_than_those_of_the_package_are_refused() -> None:
    file = runtime.vendor().files[0]
    with pytest.raises(
        IntegrityError, match=f"{file.name} of the browser runtime: expected SHA-256"
    ):
        runtime.plain(msgspec.structs.replace(file, sha256="00" * 32))
