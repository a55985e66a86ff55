"""Files of events as people have them, read for `Classify`, `AnomalyScore` and `EventVariable`."""

from lhnets.events.contents import EventFile
from lhnets.events.read import read_events

__all__ = ["EventFile", "read_events"]
