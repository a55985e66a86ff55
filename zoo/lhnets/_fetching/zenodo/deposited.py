"""A network in a record of Zenodo, as `lhnets deposit` puts it there: NAME-VERSION.onnx, its card
as NAME-VERSION.json, and its SHA-256 among the keywords, since Zenodo itself states MD5 only."""

from __future__ import annotations

import hashlib
import re

from msgspec import Struct

from lhnets._fetching.addresses import scrub
from lhnets._fetching.download import Downloader
from lhnets._fetching.zenodo.records import FileOfRecord, ZenodoRecord, content_url
from lhnets._fetching.zenodo.site import Site
from lhnets.errors import IntegrityError, NetworkNotFoundError

MARK = "lhnets:"
"""Begins the keywords by which lhnets knows its records."""

NETWORK_MARK = f"{MARK}network/"
SHA256_MARK = f"{MARK}sha256/"
CARD_LIMIT = 4 * 1000**2

_SHA256 = re.compile(re.escape(SHA256_MARK) + "([0-9a-f]{64})")


class Deposited(Struct, frozen=True):
    """Where a network and its card are in a record, and what is known of their bytes.

    Attributes
    ----------
    record : int
        Number of the version of the record.
    concept : str
        Number that all versions of the record share.
    file, card : FileOfRecord
        The network; its card, if the record has it apart.
    sha256 : str
        Of the network, as the keywords or an earlier download tell; empty if neither does.
    """

    record: int
    concept: str
    file: FileOfRecord
    card: FileOfRecord | None = None
    sha256: str = ""


def find_network(record: ZenodoRecord, chosen: str | None = None) -> Deposited:
    """The network of a record.

    Parameters
    ----------
    chosen : str, optional
        Name of its file, if there may be several.

    Raises
    ------
    NetworkNotFoundError
        If there is none, or there are several and none is chosen.
    """
    networks = {f.key: f for f in record.files if f.key.endswith(".onnx")}
    shown = ", ".join(scrub(f.key) for f in record.files[:12])
    if chosen is not None:
        networks = {k: f for k, f in networks.items() if k == chosen}
    if not networks:
        raise NetworkNotFoundError(
            f"the record {record.doi} has no network{f' {chosen}' if chosen else ''}; expected a "
            f"file NAME-VERSION.onnx, as `lhnets deposit` writes it, got {shown}. A data set is "
            "loaded by ml.dataset"
        )
    if len(networks) > 1:
        raise NetworkNotFoundError(
            f"the record {record.doi} has {len(networks)} networks: name the address of one file, "
            f"https://zenodo.org/records/{record.id}/files/FILE with one of {', '.join(networks)}"
        )
    file = next(iter(networks.values()))
    stem = file.key.removesuffix(".onnx")
    sums = [m[1] for k in record.keywords if (m := _SHA256.fullmatch(k))]
    return Deposited(
        record.id,
        record.conceptrecid,
        file,
        next((f for f in record.files if f.key == f"{stem}.json"), None),
        sums[0] if len(sums) == 1 else "",
    )


def read_card(site: Site, deposited: Deposited, downloader: Downloader) -> bytes:
    """The card of a network, which is the file that the record describes.

    Raises
    ------
    IntegrityError
        If its bytes are others.
    NetworkNotFoundError
        If the record has none.
    MirrorError
        If it cannot be had.
    """
    card = deposited.card
    if card is None:
        raise NetworkNotFoundError(
            f"the record {deposited.record} of Zenodo has no card beside {deposited.file.key}"
        )
    url = content_url(site, deposited.record, card.key)
    content = downloader.get_bytes(url, limit=CARD_LIMIT, what=card.key)
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if card.md5 != found:
        raise IntegrityError(
            f"{card.key} of the record {deposited.record} is not the file that Zenodo describes: "
            f"its MD5 should be {card.md5 or 'stated'}, but is {found}. It was not used"
        )
    return content
