"""What an import refuses, as branches of the client's error tree.

Error
└── ImportingError (ValueError)     a model that cannot become a network file as it stands
    ├── UntrustedFormatError        a format that runs code when it is loaded, without --trust
    ├── ModelError                  a model that cannot be read or converted
    └── NormalisationError          a normalisation that is not stated, or contradicts something

A file that does not give what the original gives is a
`lhnets_training.pipeline.parity.ParityError`.
"""

from __future__ import annotations

from lhnets.errors import Error


class ImportingError(Error, ValueError):
    """A model that cannot become a network file as it stands."""


class UntrustedFormatError(ImportingError):
    """A format that runs code when it is loaded, without ``--trust``."""


class ModelError(ImportingError):
    """A model that cannot be read or converted."""


class NormalisationError(ImportingError):
    """A normalisation that is not stated, or that contradicts the model, the card or the test
    points."""
