"""The error tree. Every message says what happened, what was expected, what was got and what to do.

Error
├── ProcessError (ValueError)            a process or decay that cannot be read
│   ├── UnknownParticleError             a name that is not a particle's
│   └── AmbiguousProcessError            a word that several particles answer to
├── ParameterError (ValueError)          parameters that do not fit the network's inputs
├── OutsideRegionError (ValueError)      a point outside the training region
├── NetworkNotFoundError (LookupError)   no network computes what was asked for
├── AmbiguousNetworkError (LookupError)  several networks do alike, or at several energies
├── NetworkFileError (ValueError)        a file that is not a network file
├── CardError (ValueError)               a card that does not follow its schema
├── UpdateNeededError (ValueError)        something that only a newer lhnets understands
├── IntegrityError (ValueError)          bytes that are not the bytes that were published
├── MirrorError (ConnectionError)        a mirror that cannot be read
│   ├── OfflineError                     the same, because offline mode forbids it
│   └── StaleIndexError                  its signed index has expired, or is older than one seen
├── CacheError (OSError)                 a cache that cannot be written
├── ScanError (OSError)                  a scan whose result cannot be written
├── LockFileError (ValueError)           a lock file that cannot be read or is not met
├── MissingExtraError (ImportError)      a part of lhnets that is not installed
└── CompilerError (OSError)              a C compiler that is missing or does not do what it should

NetworkWarning (UserWarning)
├── OutsideRegionWarning                 a point outside the region, which was asked for
├── LowerOrderWarning                    an answer of lower order than is known elsewhere
├── RetractedWarning                     a network that was found wrong
├── LockFileNotice                       a lock file of the folder is in force
├── MirrorWarning                        a mirror that cannot be read
├── EngineWarning                        a network that runs by another engine than was asked for
└── CacheWarning                         a cache that cannot be read or written
"""

from __future__ import annotations

_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc\U0001d159")
"""Letters and symbols that show nothing."""


def is_visible(character: str) -> bool:
    """Whether a character shows and does nothing else: no control, no direction, no hidden one."""
    return character.isprintable() and character not in _BLANK


def printable(text: str) -> str:
    """``text`` for a terminal: what is not visible becomes U+FFFD, except newlines and tabs."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in "\n\t" or is_visible(c) else "\ufffd" for c in text)


class Error(Exception):
    """Base of every error that lhnets raises. Its message goes to terminals and logs."""

    def __str__(self) -> str:
        return printable(super().__str__())


class ProcessError(Error, ValueError):
    """A process or decay that cannot be read."""


class UnknownParticleError(ProcessError):
    """A name in a process that no particle answers to."""


class AmbiguousProcessError(ProcessError):
    """A word in a process that several particles answer to, such as ``stop``."""


class ParameterError(Error, ValueError):
    """Parameters whose names, shapes or values do not fit the network's inputs."""


class OutsideRegionError(Error, ValueError):
    """A point outside the region in which the network was trained."""


class NetworkNotFoundError(Error, LookupError):
    """No network computes what was asked for."""


class AmbiguousNetworkError(Error, LookupError):
    """Several networks answer alike, or several energies are known and none was given."""


class NetworkFileError(Error, ValueError):
    """A file that is not a network file."""


class CardError(Error, ValueError):
    """A card that does not follow its schema."""


class UpdateNeededError(Error, ValueError):
    """Something that only a newer lhnets understands."""


class IntegrityError(Error, ValueError):
    """Bytes that are not the bytes that were published."""


class MirrorError(Error, ConnectionError):
    """A mirror that cannot be read."""


class OfflineError(MirrorError):
    """Something is missing here, and offline mode forbids to fetch it."""


class StaleIndexError(MirrorError):
    """A signed index that has expired, or is older than one seen under the same root of trust."""


class CacheError(Error, OSError):
    """The cache cannot be read or written."""


class ScanError(Error, OSError):
    """The result of a scan cannot be written, or stands there already."""


class LockFileError(Error, ValueError):
    """A lock file that cannot be read, or that the network found does not meet."""


class MissingExtraError(Error, ImportError):
    """A part of lhnets that is not installed."""


class WeightError(Error, ValueError):
    """Weights of events that are negative, infinite or not numbers."""


class CompilerError(Error, OSError):
    """A C compiler is missing, fails, or makes code that gives other answers."""


class NetworkWarning(UserWarning):
    """Base of every warning that lhnets gives. Its message goes to terminals and logs."""

    def __str__(self) -> str:
        return printable(super().__str__())


class OutsideRegionWarning(NetworkWarning):
    """A prediction outside the training region was asked for with ``outside="warn"``."""


class RetractedWarning(NetworkWarning):
    """A network that was found wrong after its publication is being used."""


class LowerOrderWarning(NetworkWarning):
    """The answer is of a lower perturbative order than the process is known to.

    For instance, the higher order is known at another energy only. ``order=`` asks for the order of
    the answer and silences it.
    """


class LockFileNotice(NetworkWarning):
    """A lock file that lies in the working directory decides which networks take part."""


class MirrorWarning(NetworkWarning):
    """A mirror cannot be read, and the next one is asked."""


class EngineWarning(NetworkWarning):
    """The native engine was asked for and cannot be used; ONNX Runtime answers."""


class CacheWarning(NetworkWarning):
    """The cache cannot be read or written; lhnets goes on without it."""
