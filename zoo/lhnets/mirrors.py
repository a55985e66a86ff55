"""Mirrors, their roots of trust, the cache and downloads, for keepers of mirrors and data sets."""

from lhnets._fetching.addresses import scrub
from lhnets._fetching.cache import Cache
from lhnets._fetching.download import Downloader, require_online, user_agent
from lhnets._fetching.mirror import BUNDLED, Mirror
from lhnets._fetching.pins import MirrorPin
from lhnets._fetching.transfer import Progress, StatusError
from lhnets._fetching.trust import METADATA, NETWORK_FIELD
from lhnets._fetching.zenodo.deposited import MARK, NETWORK_MARK, SHA256_MARK
from lhnets._fetching.zenodo.records import ZenodoRecord, content_url, read_record
from lhnets._fetching.zenodo.site import RequestPace, Site, parse_record

__all__ = [
    "BUNDLED",
    "MARK",
    "METADATA",
    "NETWORK_FIELD",
    "NETWORK_MARK",
    "SHA256_MARK",
    "Cache",
    "Downloader",
    "Mirror",
    "MirrorPin",
    "Progress",
    "RequestPace",
    "Site",
    "StatusError",
    "ZenodoRecord",
    "content_url",
    "parse_record",
    "read_record",
    "require_online",
    "scrub",
    "user_agent",
]
