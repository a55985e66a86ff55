"""Mirrors, the cache, downloads and signatures, for those who keep mirrors or fetch data sets."""

from lhnets._fetching.addresses import scrub
from lhnets._fetching.cache import Cache
from lhnets._fetching.download import Downloader, require_online, user_agent
from lhnets._fetching.mirror import BUNDLED, Mirror
from lhnets._fetching.signature import Signature, joined, key_text, require, signable, split
from lhnets._fetching.transfer import Progress, StatusError

__all__ = [
    "BUNDLED",
    "Cache",
    "Downloader",
    "Mirror",
    "Progress",
    "Signature",
    "StatusError",
    "joined",
    "key_text",
    "require",
    "require_online",
    "scrub",
    "signable",
    "split",
    "user_agent",
]
