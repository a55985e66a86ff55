"""What can be said of a network file from its outermost bytes: the only look at it outside the
child process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from lhnets.errors import (
    CardError,
    IntegrityError,
    NetworkFileError,
    ProcessError,
    UpdateNeededError,
)
from lhnets.format import (
    CARD_KEY,
    DIGEST_KEY,
    FORMAT_KEY,
    MINIMUM_REFERENCE_POINTS,
    REFERENCE_KEY,
    SIGNATURES_KEY,
    Card,
    NetworkFile,
    find_missing,
    metadata,
    read,
    verify_signatures,
)
from lhnets.physics import canonical
from lhnets_registry.admission.limits import Limits
from lhnets_registry.report import ENVELOPE_ITEMS, Finding, failed, judged, not_applicable, passed

_MAGIC = (
    *(
        (b"\x80" + bytes([protocol]), "a pickle (also joblib, dill and old PyTorch files)")
        for protocol in range(2, 6)
    ),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file (also old Keras models)"),
    (b"PK\x03\x04", "a zip archive (also .keras, .npz and PyTorch files)"),
    (b"PK\x05\x06", "a zip archive"),
    (b"\x1f\x8b", "a gzip stream"),
    (b"BZh", "a bzip2 stream"),
    (b"\xfd7zXZ\x00", "an xz stream"),
    (b"\x28\xb5\x2f\xfd", "a zstandard stream"),
    (b"\x04\x22\x4d\x18", "an lz4 stream"),
    *(
        (b"x" + bytes([level]), "a zlib stream (also compressed joblib files)")
        for level in (0x01, 0x5E, 0x9C, 0xDA)
    ),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
TEXT_LENGTH = {"title": 200, "subject": 1000, "licence": 100}
TO_REPLACE = "Replace:"
"""How texts of a skeleton begin that its author has to replace."""
PROCESS_KINDS = {"cross_section", "branching_ratio", "width"}
_KEYS = {CARD_KEY, REFERENCE_KEY, DIGEST_KEY}
_ALLOWED = {*_KEYS, FORMAT_KEY, SIGNATURES_KEY}
_EXPORT = (
    "Export the network to one ONNX file and seal it; nothing that runs code when it is "
    "loaded is accepted."
)
_SEAL_AGAIN = (
    "Something changed the file after it was sealed: seal the model again, never edit a "
    "sealed file."
)


def read_at_most(path: Path | str, limit: int) -> bytes:
    """The bytes of ``path``, at most ``limit`` + 1 of them.

    Raises
    ------
    NetworkFileError
        If there is no ordinary file that can be read.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise NetworkFileError(f"{path} is not an ordinary file; expected one ONNX file")
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise NetworkFileError(f"cannot read {path}: {error.strerror}") from error


def envelope_checks(content: bytes, limits: Limits) -> tuple[list[Finding], NetworkFile | None]:
    """The findings of `ENVELOPE_ITEMS`, and the file where it can be read."""
    findings = []
    for check in (_size, _format, _metadata):
        findings.append(check(content, limits))
        if findings[-1].outcome == "fail":
            return _completed(findings), None
    try:
        network = read(content)
    except (CardError, NetworkFileError, UpdateNeededError, RecursionError, UnicodeError) as error:
        item = "reference" if isinstance(error, NetworkFileError) else "card"
        criterion = (
            "reference points as the format says"
            if item == "reference"
            else "a card that follows its schema"
        )
        findings.append(
            failed(
                item,
                str(error) or type(error).__name__,
                criterion,
                "Fix it and seal the model again.",
            )
        )
        return _completed(findings), None
    findings[0] = _size_within(content, limits.for_card(network.card).file_bytes)
    findings += [_known(network.card), _text(network.card), _subject(network.card)]
    findings += [_digest(network), _reference(network)]
    return findings, network


def reference_arrays(
    network: NetworkFile,
) -> tuple[dict[str, NDArray[np.generic]], dict[str, NDArray[np.float64]]]:
    """The reference points as arrays by the names of the graph's inputs and outputs.

    Raises
    ------
    ValueError
        If names, shapes or numbers do not fit the card.
    """
    card, reference = network.card, network.reference
    columns, k, n = len(card.columns), len(card.outputs), reference.points
    shapes: dict[str, tuple[int | str, ...]] = {"parameters": (n, columns)} if columns else {}
    kinds = {"parameters": "float64"}
    for i in card.inputs:
        if i.shape is not None:
            shapes[i.name], kinds[i.name] = (n, *i.shape[1:]), i.dtype
    inputs = _arrays(reference.inputs, shapes, kinds)
    out = _arrays(reference.outputs, {"value": (n, k), "uncertainty": (n, k), "reach": (n,)}, {})
    return inputs, {name: np.asarray(a, dtype=np.float64) for name, a in out.items()}


def _completed(findings: list[Finding]) -> list[Finding]:
    """All items in their order, those that were not looked at as not applicable."""
    seen = {f.item for f in findings}
    rest = not_applicable((i for i in ENVELOPE_ITEMS if i not in seen), "an earlier item failed")
    return sorted(findings + rest, key=lambda f: ENVELOPE_ITEMS.index(f.item))


def _size(content: bytes, limits: Limits) -> Finding:
    """Before the kind of the network is known."""
    return _size_within(content, limits.largest_file)


def _size_within(content: bytes, most: int) -> Finding:
    criterion = f"at most {most:,} bytes"
    if len(content) <= most:
        return passed("size", f"{len(content):,} bytes", criterion)
    remedy = (
        "Make the network smaller (distil it), or ask the registry for a higher limit (--max-size)."
    )
    return failed("size", f"more than {most:,} bytes", criterion, remedy)


def _format(content: bytes, limits: Limits) -> Finding:
    criterion = "an ONNX file"
    for magic, what in _MAGIC:
        if content.startswith(magic):
            return failed("format", f"{what}, by its first bytes", criterion, _EXPORT)
    return passed("format", "no pickle, HDF5, archive or program by its first bytes", criterion)


def _metadata(content: bytes, limits: Limits) -> Finding:
    criterion = (
        "format, card, reference points and digest in the metadata, each once, signatures that "
        "fit, and nothing else"
    )
    try:
        keys = set(metadata(content))
    except NetworkFileError as error:
        return failed("metadata", str(error), criterion, _EXPORT)
    remedy = (
        "A recipe seals a bare model (without metadata of its own) with a card and reference "
        "points."
    )
    problems = [f"{key} is missing" for key in sorted(_KEYS - keys)]
    problems += [f"unknown entry {key[:80]!r}" for key in sorted(keys - _ALLOWED)]
    try:
        verify_signatures(content)
    except (IntegrityError, NetworkFileError) as error:
        problems.append(str(error))
    return judged("metadata", problems, "card, reference points, digest", criterion, remedy)


def _known(card: Card) -> Finding:
    """A registry vouches for what it publishes, so it must understand all of the card."""
    problems = [f"unknown field {unknown}" for unknown in card.unknown]
    problems += [
        f"requires {word!r}, which this registry does not understand"
        for word in find_missing(card.requires)
    ]
    remedy = (
        "Remove what is not a field; if a later lhnets wrote it, ask the registry's "
        "maintainer to update."
    )
    return judged(
        "card", problems, card.identity, "a card whose every field the registry knows", remedy
    )


def _text(card: Card) -> Finding:
    try:
        strings = list(texts(card, "card"))
    except RecursionError:
        return failed(
            "text", "the card is nested too deeply", "plain text", "Flatten the hyperparameters."
        )
    problems = [
        f"{where} still says {text[:60]!r}"
        for where, text in strings
        if text.startswith(TO_REPLACE)
    ]
    problems += [
        f"{field} has {len(getattr(card, field))} characters, at most {most}"
        for field, most in TEXT_LENGTH.items()
        if len(getattr(card, field)) > most
    ]
    return judged(
        "text",
        problems,
        "plain text",
        "no control characters, short titles, nothing of a skeleton",
        "Fix the card.",
    )


def texts(part: Any, where: str) -> Iterator[tuple[str, str]]:
    """Every text in a part of a card, with its path."""
    return _strings(msgspec.to_builtins(part), where)


def _strings(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from ((f"{where} (a key)", str(key)), *_strings(inner, f"{where}.{key}"))
    elif isinstance(value, (list, tuple)):
        for number, inner in enumerate(value):
            yield from _strings(inner, f"{where}[{number}]")


def _subject(card: Card) -> Finding:
    criterion = "processes and decays in canonical form"
    if card.kind not in PROCESS_KINDS:
        return not_applicable(["subject"], f"{card.kind} is about no process")[0]
    problems = []
    for subject in dict.fromkeys([card.subject, *(o.subject for o in card.outputs if o.subject)]):
        try:
            if canonical(subject) != subject:
                problems.append(f"{subject!r} instead of {canonical(subject)!r}")
        except ProcessError as error:
            problems.append(str(error))
    return judged("subject", problems, card.subject, criterion, "Write PDG ids in canonical order.")


def _digest(network: NetworkFile) -> Finding:
    if network.digest == network.stated_digest:
        return passed("digest", network.digest, "the digest that the file states")
    return failed(
        "digest",
        f"{network.digest}, stated {network.stated_digest[:64]!r}",
        "the stated digest",
        _SEAL_AGAIN,
    )


def _reference(network: NetworkFile) -> Finding:
    criterion = f"at least {MINIMUM_REFERENCE_POINTS} points of finite numbers that fit the card"
    remedy = (
        "Make the reference points from the exported file itself, at points where it is finite."
    )
    if network.reference.points < MINIMUM_REFERENCE_POINTS:
        return failed("reference", f"{network.reference.points} points", criterion, remedy)
    try:
        reference_arrays(network)
    except ValueError as error:
        return failed("reference", str(error), criterion, remedy)
    return passed("reference", f"{network.reference.points} points", criterion)


def _arrays(
    given: dict[str, NDArray[Any]], shapes: dict[str, tuple[int | str, ...]], kinds: dict[str, str]
) -> dict[str, NDArray[np.generic]]:
    if set(given) != set(shapes):
        raise ValueError(
            f"has {', '.join(sorted(given)) or 'nothing'} instead of {', '.join(sorted(shapes))}"
        )
    arrays = {}
    for name, values in given.items():
        try:
            array = np.asarray(values)
        except ValueError as error:
            raise ValueError(f"{name} is not a regular array") from error
        if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
            raise ValueError(f"{name} holds something else than finite numbers")
        wanted = shapes[name]
        if array.ndim != len(wanted) or any(
            isinstance(w, int) and w != a for w, a in zip(wanted, array.shape, strict=False)
        ):
            raise ValueError(f"{name} has shape {array.shape} instead of {wanted}")
        arrays[name] = array.astype(kinds.get(name, "float64"))
    return arrays
