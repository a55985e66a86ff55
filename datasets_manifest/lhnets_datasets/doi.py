"""Digital object identifiers: how they are written, and which archive a prefix belongs to."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from msgspec import Struct

from lhnets.mirrors import parse_record

Archive: TypeAlias = Literal[
    "zenodo", "zenodo-sandbox", "figshare", "dataverse", "hepdata", "other"
]

_WRITTEN = re.compile(
    r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.[0-9]{4,9}/[!-~]{1,180})", re.IGNORECASE
)
_ZENODO = re.compile(r"(10\.5281|10\.5072)/zenodo\.([0-9]{1,18})")
_DATAVERSE = ("10.7910/dvn/", "10.21410/", "10.18710/", "10.34691/")


class Doi(Struct, frozen=True):
    """One DOI, without ``https://doi.org/``, in lower case (DOIs do not distinguish case)."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Doi | None:
        """The DOI in ``text``: bare, with ``doi:`` or as an address, also that of a record of
        Zenodo or its id. None where it is none.

        >>> Doi.parse("https://doi.org/10.5281/zenodo.3547721")
        Doi(text='10.5281/zenodo.3547721')
        >>> Doi.parse("zenodo:3547721")
        Doi(text='10.5281/zenodo.3547721')
        >>> Doi.parse("cs-gluino-pair-lo") is None
        True
        """
        if (record := parse_record(text)) is not None:
            return cls(record.doi)
        match = _WRITTEN.fullmatch(text.strip())
        return None if match is None else cls(match[1].lower().rstrip("/"))

    @property
    def archive(self) -> Archive:
        """The archive that its prefix belongs to."""
        if match := _ZENODO.fullmatch(self.text):
            return "zenodo" if match[1] == "10.5281" else "zenodo-sandbox"
        if self.text.startswith("10.6084/m9.figshare."):
            return "figshare"
        if self.text.startswith("10.17182/hepdata."):
            return "hepdata"
        return "dataverse" if self.text.startswith(_DATAVERSE) else "other"

    def __str__(self) -> str:
        return self.text
