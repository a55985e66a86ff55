"""Re-run a network file's own reference points, anywhere, from the file alone."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from lhnets._running.outputs import OUTPUTS, Arrays
from lhnets.errors import IntegrityError, MissingExtraError, NetworkFileError
from lhnets.format import MINIMUM_REFERENCE_POINTS, Card, NetworkFile, verify_signatures

RELATIVE_TOLERANCE = 1e-6
"""Between two machines: a single-precision core differs by the order of its sums, some 1e-7."""


class VerifiedItem(Struct, frozen=True):
    """One item that was checked."""

    name: str
    passed: bool
    figure: str


class Verification(Struct, frozen=True):
    """What `verify` found."""

    identity: str
    sha256: str
    findings: tuple[VerifiedItem, ...]

    @property
    def passed(self) -> bool:
        """Whether every item passed."""
        return all(f.passed for f in self.findings)

    def raise_for_failure(self) -> None:
        """Raise IntegrityError, naming what failed."""
        failed = "; ".join(f"{f.name}: {f.figure}" for f in self.findings if not f.passed)
        if failed:
            raise IntegrityError(
                f"{self.identity} does not verify: {failed}. Fetch it again, or tell its authors"
            )


def verify(file: NetworkFile, published_sha256: str | None = None) -> Verification:
    """Check the digest, re-run the reference points, and compare with the index where it knows the
    file.

    Parameters
    ----------
    file
        A network file that was read.
    published_sha256
        The SHA-256 under which an index lists this name and version, if one does.
    """
    findings = [_digest(file), *_signatures(file), *_unknown(file), *_reference(file)]
    if published_sha256 is not None:
        findings.append(
            VerifiedItem(
                "published file",
                file.sha256 == published_sha256,
                f"SHA-256 {file.sha256[:12]}…, the index has {published_sha256[:12]}…",
            )
        )
    return Verification(file.card.identity, file.sha256, tuple(findings))


def _digest(file: NetworkFile) -> VerifiedItem:
    if file.digest == file.stated_digest:
        return VerifiedItem("digest", True, f"{file.digest[:12]}…")
    return VerifiedItem(
        "digest",
        False,
        f"the file says {file.stated_digest[:12]}…, its bytes give {file.digest[:12]}…: it was "
        "changed",
    )


def _signatures(file: NetworkFile) -> list[VerifiedItem]:
    """Who signed, if anybody did."""
    try:
        keys = verify_signatures(file.content)
    except (IntegrityError, NetworkFileError) as error:
        return [VerifiedItem("signatures", False, str(error))]
    except MissingExtraError as error:
        return [VerifiedItem("signatures", True, f"not checked: {error}")]
    return [VerifiedItem("signatures", True, f"signed by {', '.join(keys)}")] if keys else []


def _unknown(file: NetworkFile) -> list[VerifiedItem]:
    """What a later lhnets wrote and this one does not know: no failure, but a reader should
    know."""
    names = [*file.unknown, *(f"card.{u}" for u in file.card.unknown)]
    return (
        [VerifiedItem("unknown fields", True, f"kept and ignored: {', '.join(names)}")]
        if names
        else []
    )


def _reference(file: NetworkFile) -> list[VerifiedItem]:
    if file.reference.points < MINIMUM_REFERENCE_POINTS:
        return [
            VerifiedItem(
                "reference points", False, f"{file.reference.points}, expected at least 32"
            )
        ]
    from lhnets._running.session import Session
    from lhnets._running.static import require_harmless

    tensors = {i.name: i.dtype for i in file.card.inputs if i.shape is not None} or {
        "parameters": "float64"
    }
    try:
        require_harmless(file.content)
        inputs = {k: np.asarray(v, dtype=tensors.get(k)) for k, v in file.reference.inputs.items()}
        expected = Arrays(
            *(np.asarray(file.reference.outputs[k], dtype=np.float64) for k in OUTPUTS)
        )
        differ = differences(file.card, Session(file.content, file.card).run(inputs), expected)
    except (NetworkFileError, KeyError, TypeError, ValueError) as error:
        return [VerifiedItem("reference points", False, f"cannot be re-run: {error}")]
    return [
        VerifiedItem(
            f"reference {name}",
            d <= RELATIVE_TOLERANCE,
            f"{file.reference.points} points, differ by {d:.1e} at most",
        )
        for name, d in differ.items()
    ]


def differences(card: Card, found: Arrays, expected: Arrays) -> dict[str, float]:
    """Largest relative difference of each output of the graph.

    Relative to the expected value; for an output of linear scale, which may cross zero, to the
    largest one.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    linear = np.array([o.scale == "linear" for o in card.outputs])
    return {
        "value": relative_difference(found.value, expected.value, linear),
        "uncertainty": relative_difference(found.uncertainty, expected.uncertainty, linear),
        "reach": relative_difference(found.reach, expected.reach),
    }


def relative_difference(
    found: NDArray[np.float64],
    expected: NDArray[np.float64],
    linear: NDArray[np.bool_] | bool = False,
) -> float:
    """Largest difference over the expected value, at least a millionth of its column's largest (all
    of it if linear)."""
    if found.shape != expected.shape:
        raise ValueError(f"shape {found.shape}, expected {expected.shape}")
    if not (np.isfinite(found).all() and np.isfinite(expected).all()):
        return float("inf")
    size = np.maximum(np.abs(expected), scale_of(expected, linear))
    return float(np.max(np.abs(found - expected) / size, initial=0.0))


def scale_of(
    expected: NDArray[np.float64], linear: NDArray[np.bool_] | bool = False
) -> NDArray[np.float64]:
    """The least size that a difference is compared with, of each column: a millionth of its largest
    value, all of it if linear."""
    largest = np.max(np.abs(expected), axis=0, initial=1e-300)
    return np.asarray(np.where(linear, 1.0, 1e-6) * largest)
