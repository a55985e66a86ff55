"""The registry: admission of network files, the system of record, review, and the mirror.

Importing this starts nothing: MLflow is imported when a store is opened.
"""

from lhnets_registry.publishing.publication import PublishedVersion, publish

__all__ = ["PublishedVersion", "publish"]
