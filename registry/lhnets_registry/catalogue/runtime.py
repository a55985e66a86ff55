"""ONNX Runtime for browsers: vendored gzipped in `vendor/`, checked and unpacked at export.

`vendor.json` names each file, the npm or PyPI package it comes from and the SHA-256 of its plain
bytes; `make vendor` (the module `vendoring`) makes the gzipped files from them. The WebAssembly is
14 MB; its gzip, a quarter of that, is exported beside it, and browsers that can unpack it
themselves fetch that.
"""

from __future__ import annotations

import gzip
import hashlib
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from lhnets.errors import IntegrityError
from lhnets_registry.catalogue.files import Folder

RUNTIME_FOLDER = "assets/onnxruntime"
WASM = "ort-wasm-simd-threaded.wasm"

Source: TypeAlias = Literal["npm", "pip"]


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
    return msgspec.json.decode(folder().joinpath("vendor.json").read_bytes(), type=Vendor)


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
    return folder().joinpath(f"{file.name}.gz").read_bytes()


def plain(file: Vendored) -> bytes:
    """The bytes of a file of the runtime.

    Raises
    ------
    IntegrityError
        If they are not those that `vendor.json` names.
    """
    return checked(gzip.decompress(packed(file)), file)


def checked(content: bytes, file: Vendored) -> bytes:
    """The plain bytes of a file, if they are those that `vendor.json` names."""
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise IntegrityError(
            f"{file.name} of the browser runtime: expected SHA-256 {file.sha256}, got {found}"
        )
    return content


def folder() -> Traversable:
    """Where the vendored files are."""
    return resources.files("lhnets_registry.catalogue").joinpath("vendor")
