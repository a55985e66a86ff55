"""Errors of the library of training data; all of them are `lhnets.Error`.

Error
├── DataSetNotFoundError (LookupError)   no data set answers to the name or DOI
├── ManifestError (ValueError)           a manifest that does not follow its schema
├── UnsafeNameError (ValueError)         a file name that could lead out of its folder
├── TableError (ValueError)              a data set, or a file of it, that is not a table
├── TaskError (ValueError)               a task, an entry or a result that does not fit
├── RebuildError (RuntimeError)          a set that its recipe cannot make again
└── DepositError (RuntimeError)          an archive that does not take a deposit
"""

from __future__ import annotations

from lhnets.errors import Error


class DataSetNotFoundError(Error, LookupError):
    """No data set answers to the name or DOI, or it has no files to be had."""


class ManifestError(Error, ValueError):
    """A manifest that does not follow its schema, or contradicts itself."""


class UnsafeNameError(Error, ValueError):
    """A file name, given by a server, that could lead out of its folder."""


class TableError(Error, ValueError):
    """A data set, or a file of it, that is not a table."""


class TaskError(Error, ValueError):
    """A task that does not exist or follow its schema, or an entry that does not fit it."""


class RebuildError(Error, RuntimeError):
    """A data set that its recipe cannot make again."""


class DepositError(Error, RuntimeError):
    """An archive that does not take a deposit, or took another one than was sent."""
