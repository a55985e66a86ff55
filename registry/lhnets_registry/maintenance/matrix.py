"""Which networks verify under which release of ONNX Runtime: a table, and a page of it."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from lhnets_registry.errors import StoreError

_STYLE = (
    "body{font-family:sans-serif;margin:2rem;max-width:70rem}"
    "td,th{padding:.2rem .8rem;text-align:left;border-bottom:1px solid #8888}"
    ".no{font-weight:bold;color:#b00020}:root{color-scheme:light dark}"
)


class _Finding(Struct, frozen=True):
    name: str
    passed: bool
    figure: str = ""


class _Verified(Struct, frozen=True):
    identity: str
    passed: bool
    findings: tuple[_Finding, ...] = ()


class Matrix(Struct, frozen=True):
    """What came of verifying networks.

    Attributes
    ----------
    releases : tuple of str
        Of ONNX Runtime, in their order.
    networks : dict
        NAME@VERSION -> release -> what failed, empty if nothing did. A release that did not try a
        network is absent.
    """

    releases: tuple[str, ...]
    networks: dict[str, dict[str, str]]

    @property
    def failures(self) -> list[tuple[str, str, str]]:
        """Network, release and what failed."""
        return [(n, r, why) for n, row in self.networks.items() for r, why in row.items() if why]


def read_matrix(files: Sequence[Path]) -> Matrix:
    """The matrix of the outputs of ``lhnets verify --json``, in files RELEASE.json.

    Raises
    ------
    StoreError
        If one cannot be read or is something else.
    """
    networks: dict[str, dict[str, str]] = {}
    releases = sorted((f.stem for f in files), key=_order)
    for file in files:
        try:
            found = msgspec.json.decode(file.read_bytes(), type=tuple[_Verified, ...])
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise StoreError(
                f"{file} cannot be read ({error}); expected the output of `lhnets verify --json`"
            ) from error
        for one in found:
            failed = [f"{f.name}: {f.figure}" for f in one.findings if not f.passed]
            why = "" if one.passed else "; ".join(failed) or "fails"
            networks.setdefault(one.identity, {})[file.stem] = why
    return Matrix(tuple(releases), dict(sorted(networks.items())))


def write_page(matrix: Matrix, page: Path) -> None:
    """Write the matrix as a page without scripts.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    heads = "".join(f"<th scope=col>{html.escape(r)}</th>" for r in matrix.releases)
    rows = "".join(
        f"<tr><th scope=row>{html.escape(name)}</th>"
        + "".join(_cell(row.get(release)) for release in matrix.releases)
        + "</tr>\n"
        for name, row in matrix.networks.items()
    )
    text = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Verification of networks</title>"
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src "
        "'unsafe-inline'\">"
        f"<style>{_STYLE}</style><h1>Verification under releases of ONNX Runtime</h1>"
        "<p>Each network file is checked for its digest, and its reference points are run again."
        f"</p><table><thead><tr><th scope=col>network</th>{heads}</tr></thead>\n"
        f"<tbody>{rows}</tbody></table></html>\n"
    )
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"cannot write {page}: {error.strerror or error}") from error


def _cell(why: str | None) -> str:
    if why is None:
        return "<td>not tried</td>"
    return f"<td class=no>{html.escape(why)}</td>" if why else "<td>pass</td>"


def _order(release: str) -> tuple[tuple[int, ...], str]:
    return tuple(map(int, re.findall(r"\d+", release))), release
