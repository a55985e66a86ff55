"""The catalogue: static pages of a mirror that any web server shows, with networks that run in the
browser."""

from lhnets_registry.catalogue.site import write

__all__ = ["write"]
