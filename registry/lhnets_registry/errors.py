"""What the registry refuses, as branches of the client's error tree.

Error
├── AdmissionError (ValueError)    a file that fails the admission, with its report
├── NameConflictError (ValueError)  a name or version that is taken, or looks like another's
├── ReviewError (ValueError)       a step that the state of a version does not allow
└── StoreError (OSError)           a store that cannot be opened, read or written
"""

from __future__ import annotations

from lhnets._errors import Error
from lhnets_registry.report import Report


class AdmissionError(Error, ValueError):
    """A file that fails the admission. ``report`` holds every finding."""

    def __init__(self, what: str, report: Report) -> None:
        failures = report.failures
        lines = "".join(f"\n  - {f.item}: {f.figure}; expected {f.criterion}. {f.mend}".rstrip() for f in failures)
        super().__init__(f"{what} is not admitted: {len(failures)} of {len(report.findings)} checks fail{lines}")
        self.report = report


class NameConflictError(Error, ValueError):
    """A name or version that is taken, out of turn, or too like another's."""


class ReviewError(Error, ValueError):
    """A step of the review that the state of the version does not allow."""


class StoreError(Error, OSError):
    """A store that cannot be opened, read or written."""
