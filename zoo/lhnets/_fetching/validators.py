"""What a server said of a body, by which it tells later whether it has another."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Mapping

from msgspec import Struct


class Validators(Struct, frozen=True):
    """What a server said of a body, by which it tells later whether it has another."""

    etag: str = ""
    last_modified: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Ask for the body only if it has changed."""
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {k: v for k, v in asked.items() if v}

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Validators:
        """Those of an answer. A date counts only where the body was a second old (RFC 9110,
        8.8.2.2)."""
        modified = headers.get("Last-Modified", "")
        settled = modified and _seconds(headers.get("Date", "")) - _seconds(modified) >= 2.0
        return cls(headers.get("ETag", ""), modified if settled else "")


def _seconds(date: str) -> float:
    """The moment of an HTTP date; now where it is none."""
    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return time.time()
