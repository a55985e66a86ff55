"""Mirrors, the cache, downloads and signatures, for those who keep mirrors or fetch data sets."""

from lhnets._cache import Cache
from lhnets._download import Downloader, require_online, user_agent
from lhnets._mirror import BUNDLED, Mirror
from lhnets._signature import Signature, joined, key_text, require, signable, split
from lhnets._transfer import Progress, StatusError, scrub

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
