"""Networks from inside: chosen, loaded, run and verified, for those who build on the client."""

from lhnets._cite import bibtex
from lhnets._event_call import REACH_TOLERANCE as EVENT_REACH_TOLERANCE
from lhnets._event_call import EventCall, explain_events
from lhnets._events import PARAMETERS, outside_ranges, to_events
from lhnets._network import REACH_TOLERANCE, Call, Network
from lhnets._outside import Outside
from lhnets._params import explain_points, outside_message, to_rows
from lhnets._question import Question
from lhnets._resolve import CanonicalQuestion, Choice, canonicalize, choose, pinned
from lhnets._search import find_matching
from lhnets._session import CHUNK, Arrays, Session
from lhnets._verify import RELATIVE_TOLERANCE, differences, verify
from lhnets._zoo import default as default_zoo

__all__ = [
    "CHUNK",
    "EVENT_REACH_TOLERANCE",
    "PARAMETERS",
    "REACH_TOLERANCE",
    "RELATIVE_TOLERANCE",
    "Arrays",
    "Call",
    "CanonicalQuestion",
    "Choice",
    "EventCall",
    "Network",
    "Outside",
    "Question",
    "Session",
    "bibtex",
    "canonicalize",
    "choose",
    "default_zoo",
    "differences",
    "explain_events",
    "explain_points",
    "find_matching",
    "outside_message",
    "outside_ranges",
    "pinned",
    "to_events",
    "to_rows",
    "verify",
]
