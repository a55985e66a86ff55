"""What the registry refuses, as branches of the client's error tree.

Error
├── AdmissionError (ValueError)    a file that fails the admission, with its report
├── CardFileError (CardError)      an author's card with defects, all of them listed
├── YamlError (ValueError)         a text that is not plain YAML
├── NameConflictError (ValueError)  a name or version that is taken, or looks like another's
├── SigningKeyError (ValueError)   a key that cannot sign a mirror
├── ReviewError (ValueError)       a step that the state of a version does not allow
│   └── UnknownVersionError        a version that the store does not have
├── UnknownTaskError (LookupError)  a blind task that the registry does not have
├── SubmissionError (ValueError)   a submission that cannot be judged or withdrawn
│   └── SubmissionLimitError       more submissions than a token may make
├── TokenError (PermissionError)   a token that is unknown, expired or revoked
│   └── ScopeError                 a token that is valid for something else
└── StoreError (OSError)           a store that cannot be opened, read or written
    └── StoreFullError             the same, because its disk or quota is used up
"""

from __future__ import annotations

from msgspec import Struct

from lhnets.errors import CardError, Error
from lhnets_registry.report import Report


class AdmissionError(Error, ValueError):
    """A file that fails the admission. ``report`` holds every finding."""

    def __init__(self, what: str, report: Report) -> None:
        failures = report.failures
        lines = "".join(
            f"\n  - {f.item}: {f.figure}; expected {f.criterion}. {f.remedy}".rstrip()
            for f in failures
        )
        super().__init__(
            f"{what} is not admitted: {len(failures)} of {len(report.findings)} checks fail{lines}"
        )
        self.report = report


class Defect(Struct, frozen=True):
    """One thing that is wrong in an author's card, and where."""

    line: int
    path: str
    what: str
    expected: str
    got: str
    remedy: str

    def __str__(self) -> str:
        return (
            f"line {self.line}, {self.path}: {self.what}; expected {self.expected}, got "
            f"{self.got}. {self.remedy}"
        )


class CardFileError(CardError):
    """An author's card with defects. ``defects`` holds them all, in the order of their lines."""

    def __init__(self, file: str, defects: tuple[Defect, ...]) -> None:
        count = "1 defect" if len(defects) == 1 else f"{len(defects)} defects"
        super().__init__(f"{file} has {count}" + "".join(f"\n  - {d}" for d in defects))
        self.file = file
        self.defects = defects


class YamlError(Error, ValueError):
    """A text that is not plain YAML, with the ``line`` where that shows."""

    def __init__(self, line: int, got: str, expected: str) -> None:
        super().__init__(f"line {line}: expected {expected}, got {got}")
        self.line = line
        self.got = got
        self.expected = expected


class NameConflictError(Error, ValueError):
    """A name or version that is taken, out of turn, or too like another's."""


class SigningKeyError(Error, ValueError):
    """A key for signing that cannot be read, written or used."""


class ReviewError(Error, ValueError):
    """A step of the review that the state of the version does not allow."""


class UnknownVersionError(ReviewError, LookupError):
    """A version that the store does not have."""


class UnknownTaskError(Error, LookupError):
    """A blind task that the registry does not have."""


class SubmissionError(Error, ValueError):
    """A submission to a blind task that cannot be judged or withdrawn."""


class SubmissionLimitError(SubmissionError):
    """More submissions to a blind task than a token may make."""


class TokenError(Error, PermissionError):
    """A token that is missing, unknown, expired or revoked."""


class ScopeError(TokenError):
    """A valid token that may not do this."""


class StoreError(Error, OSError):
    """A store that cannot be opened, read or written."""


class StoreFullError(StoreError):
    """A store that cannot be written because its disk or quota is used up."""
