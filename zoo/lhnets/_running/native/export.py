"""Networks as files for programs in C, C++ and Fortran."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

from lhnets._running.native.source import comment, describe, fill, write_c
from lhnets.errors import NetworkFileError
from lhnets.format import NetworkFile

Language: TypeAlias = Literal["c", "c++", "fortran"]

LONGEST_FORTRAN_NAME = 63 - len("_module")


def write_sources(file: NetworkFile, language: Language) -> dict[str, str]:
    """What a program in a language needs to evaluate a network, by file name.

    The same network gives the same texts.

    Parameters
    ----------
    file : NetworkFile
        A network of parameters.
    language : {"c", "c++", "fortran"}
        For C a file and its header; for C++ also a header with classes of C++; for Fortran also a
        module. C and C++ come with a CMakeLists.txt and what pkg-config needs.

    Raises
    ------
    NetworkFileError
        If the network takes events, or holds an operator that is not written as C.
    """
    sources = write_c(file)
    prefix = describe(file)["prefix"]
    if language == "fortran":
        return {**sources, f"{prefix}_module.f90": _write_fortran(file)}
    if language == "c++":
        fields = {**describe(file), "namespace": f"{prefix}_cpp"}
        sources[f"{prefix}.hpp"] = fill("network.hpp", fields)
    return {**sources, **_write_cmake(file, [n for n in sources if not n.endswith(".c")])}


def save_sources(file: NetworkFile, language: Language, folder: Path) -> list[Path]:
    """Write them into a folder, which is made; the paths in alphabetical order.

    Raises
    ------
    NetworkFileError
        If the network cannot be written as C, or a file cannot be written.
    """
    sources = write_sources(file, language)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in sources.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise NetworkFileError(
            f"cannot write to {folder}: {error.strerror or error}. Expected a folder that can be "
            "written, or the name of a new one"
        ) from error
    return [folder / name for name in sorted(sources)]


def _write_cmake(file: NetworkFile, headers: list[str]) -> dict[str, str]:
    fields = {
        **describe(file),
        "headers": " ".join(headers),
        "network_version": str(file.card.version),
    }
    return {
        "CMakeLists.txt": fill("CMakeLists.txt", fields),
        f"{fields['prefix']}.pc.in": fill("network.pc.in", fields),
    }


def _write_fortran(file: NetworkFile) -> str:
    fields = describe(file)
    if len(fields["prefix"]) > LONGEST_FORTRAN_NAME:
        raise NetworkFileError(
            f"the name {file.card.name} is too long for Fortran, which knows names of up to 63 "
            "characters: call the C function through an interface of your own"
        )
    columns = file.card.columns
    names = [_fortran_string(i.name) for i in columns]
    return fill(
        "network.f90",
        {
            **fields,
            "fortran_identity": _fortran_string(file.card.identity),
            "name_length": str(max(len(i.name) for i in columns)),
            "fortran_names": _continued(names),
            "fortran_low": _continued([_fortran_number(i.low) for i in columns]),
            "fortran_high": _continued([_fortran_number(i.high) for i in columns]),
        },
    )


def _fortran_string(text: str) -> str:
    return '"' + comment(text).replace('"', '""') + '"'


def _fortran_number(number: float | None) -> str:
    mantissa, _, exponent = repr(float(number or 0.0)).partition("e")
    return f"{mantissa}e{exponent or 0}_c_double"


def _continued(items: list[str]) -> str:
    return ", &\n    ".join(items)
