"""Networks from inside: chosen, loaded, run and verified, for those who build on the client."""

from lhnets._answers.cite import bibtex
from lhnets._answers.theory import find_components
from lhnets._asking.event_quantities import HARD, TINY, measure_events
from lhnets._asking.event_ranges import outside_ranges
from lhnets._asking.events import PARAMETERS, to_events
from lhnets._asking.parameters import explain_points, outside_message, to_rows
from lhnets._finding.candidates import CanonicalQuestion, Choice, Given
from lhnets._finding.choose import Chosen, choose
from lhnets._finding.question import Question
from lhnets._finding.resolve import canonicalize
from lhnets._finding.search import find_matching
from lhnets._finding.versions import pinned
from lhnets._finding.zoo import default as default_zoo
from lhnets._running.call import Call
from lhnets._running.chunks import CHUNK, RowLimit, measure_row, rows_at_once
from lhnets._running.event_call import REACH_TOLERANCE as EVENT_REACH_TOLERANCE
from lhnets._running.event_call import EventCall, explain_events
from lhnets._running.generating import draw_noise
from lhnets._running.graph import Graph, Node, read_graph
from lhnets._running.loaded import LoadedNetwork
from lhnets._running.network import Network
from lhnets._running.outputs import Arrays
from lhnets._running.outside import REACH_TOLERANCE, Outside
from lhnets._running.session import Session
from lhnets._running.sizes import MAKERS, find_sizes
from lhnets._running.verify import RELATIVE_TOLERANCE, differences, verify

__all__ = [
    "CHUNK",
    "EVENT_REACH_TOLERANCE",
    "HARD",
    "MAKERS",
    "PARAMETERS",
    "REACH_TOLERANCE",
    "RELATIVE_TOLERANCE",
    "TINY",
    "Arrays",
    "Call",
    "CanonicalQuestion",
    "Choice",
    "Chosen",
    "EventCall",
    "Given",
    "Graph",
    "LoadedNetwork",
    "Network",
    "Node",
    "Outside",
    "Question",
    "RowLimit",
    "Session",
    "bibtex",
    "canonicalize",
    "choose",
    "default_zoo",
    "differences",
    "draw_noise",
    "explain_events",
    "explain_points",
    "find_components",
    "find_matching",
    "find_sizes",
    "measure_events",
    "measure_row",
    "outside_message",
    "outside_ranges",
    "pinned",
    "read_graph",
    "rows_at_once",
    "to_events",
    "to_rows",
    "verify",
]
