"""What a mirror must agree with, as stated behind its address: ``#root=SHA256`` or
``#index=SHA256``.

A mirror can be copied to any place, so it is believed because of what its keeper signed, not
because of who sent it. A root is the SHA-256 of a root metadata file of The Update Framework; an
index is the SHA-256 of `index.json`, for archives that never change.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Literal

from msgspec import Struct

from lhnets._fetching.addresses import parse_address
from lhnets.errors import MirrorError

_PIN = re.compile(r"(root|index)=([0-9a-f]{64})")


class MirrorPin(Struct, frozen=True):
    """What a mirror must agree with.

    Attributes
    ----------
    kind : str
        ``root``: its keeper signs it; ``index``: it never changes.
    sha256 : str
        Of the root metadata, or of the index.
    """

    kind: Literal["root", "index"]
    sha256: str

    def __str__(self) -> str:
        return f"#{self.kind}={self.sha256}"

    @classmethod
    def of(cls, text: str) -> MirrorPin | None:
        """The pin that is written as ``text``, without the ``#``; None if it is not one."""
        found = _PIN.fullmatch(text)
        if found is None:
            return None
        return cls("root" if found[1] == "root" else "index", found[2])


def split_pin(location: str) -> tuple[str, MirrorPin | None]:
    """The place of a mirror, and what is pinned behind it.

    Raises
    ------
    MirrorError
        If what follows ``#`` is not a pin.
    """
    place, mark, text = location.partition("#")
    if not mark:
        return place, None
    pin = MirrorPin.of(text)
    if pin is None:
        former = (
            " Keys (#ed25519:…) are those of an earlier lhnets: ask the mirror's keeper for its "
            "root of trust."
            if text.startswith("ed25519:")
            else ""
        )
        raise MirrorError(
            f"{text!r} is not a root of trust; expected root= or index= and 64 hexadecimal digits, "
            f"as the mirror's keeper gives it.{former}"
        )
    return place, pin


def is_own_machine(address: str) -> bool:
    """Whether an address is of the machine that asks."""
    host = parse_address(address).host
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
