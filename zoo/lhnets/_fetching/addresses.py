"""Addresses: read, shown without secrets, and where a redirect may lead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lhnets.errors import MirrorError

if TYPE_CHECKING:
    import httpx

_SECRET = re.compile(r"((?:access_token|token|api_key)=|Bearer\s+)[^&\s\"'<>]+", re.IGNORECASE)
_PASSWORD = re.compile(r"(?<=://)[^/?#\s\"'<>]*@")


def scrub(text: str, secret: str | None = None) -> str:
    """The text without ``secret``, without passwords in addresses, and without whatever follows
    ``access_token=`` or ``Bearer``."""
    shown = text.replace(secret, "***") if secret else text
    return _PASSWORD.sub("***@", _SECRET.sub(r"\1***", shown))


def parse_address(text: str, secret: str | None = None) -> httpx.URL:
    """An address of a web server.

    Raises
    ------
    MirrorError
        If it is not one. The message shows neither ``secret`` nor a password.
    """
    import httpx

    try:
        parsed = httpx.URL(text)
    except httpx.InvalidURL:
        raise MirrorError(
            f"{scrub(text, secret)!r} is not an address; expected https://HOST/PATH"
        ) from None
    if parsed.scheme not in {"https", "http"} or not parsed.host:
        raise MirrorError(
            f"{scrub(text, secret)!r} is not an address to fetch from; expected https://…"
        )
    return parsed


def origin_of(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port."""
    return url.scheme, url.host, url.port


def follow_redirect(
    first: httpx.URL,
    current: httpx.URL,
    location: str,
    allowed_hosts: frozenset[str],
    secret: str | None = None,
) -> httpx.URL:
    """Where a redirect from ``current`` leads, if it may lead there.

    Parameters
    ----------
    first
        the address that was asked for: its origin is always allowed.
    allowed_hosts
        further hosts, ``host`` or ``host:port``.

    Raises
    ------
    MirrorError
        If it may not, or leads to no address.
    """
    import httpx

    try:
        joined = str(current.join(httpx.URL(location)))
    except httpx.InvalidURL:
        raise MirrorError(
            f"a redirect leads to {scrub(location, secret)!r}, which is not an address"
        ) from None
    target = parse_address(joined, secret)
    named = {target.host, f"{target.host}:{target.port}"} & allowed_hosts
    upgraded = target.host == first.host and first.scheme == "http" and target.scheme == "https"
    downgraded = current.scheme == "https" and target.scheme == "http"
    if origin_of(target) != origin_of(first) and (downgraded or not (named or upgraded)):
        allowed = ", ".join(sorted({first.netloc.decode(), *allowed_hosts}))
        raise MirrorError(
            f"{scrub(str(first), secret)} redirects to {target.scheme}://{target.host}, where it "
            f"may not lead (allowed: {allowed}). Nothing was sent there"
        )
    return target
