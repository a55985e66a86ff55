"""Mirrors, their roots of trust, the cache and downloads, for keepers of mirrors and data sets."""

from lhnets._fetching.addresses import scrub
from lhnets._fetching.cache import Cache
from lhnets._fetching.download import Downloader, require_online, user_agent
from lhnets._fetching.mirror import BUNDLED, Mirror
from lhnets._fetching.pins import Pin
from lhnets._fetching.transfer import Progress, StatusError
from lhnets._fetching.trust import METADATA, NETWORK_FIELD

__all__ = [
    "BUNDLED",
    "METADATA",
    "NETWORK_FIELD",
    "Cache",
    "Downloader",
    "Mirror",
    "Pin",
    "Progress",
    "StatusError",
    "require_online",
    "scrub",
    "user_agent",
]
