import pytest

from lhnets_registry.errors import SubmissionLimitError
from lhnets_registry.ledger import audit, submissions
from lhnets_registry.ledger.audit import Actor

ME, OTHER = Actor("token a (me)"), Actor("token b (other)")
FILES = [f"{k}" * 64 for k in range(4)]


def test_a_token_has_a_number_of_submissions_a_day_for_each_task(location, monkeypatch):
    for sha256 in FILES[:2]:
        submissions.claim(location, "jets", sha256, ME, 2)
    with pytest.raises(SubmissionLimitError, match="submitted 2 files to jets within 24 hours"):
        submissions.claim(location, "jets", FILES[2], ME, 2)
    submissions.claim(location, "jets", FILES[2], OTHER, 2)
    submissions.claim(location, "jets-too", FILES[2], ME, 2)
    later = audit.now() + submissions.DAY + 1
    monkeypatch.setattr(audit, "now", lambda: later)
    submissions.claim(location, "jets", FILES[3], ME, 2)


def test_what_was_judged_and_withdrawn_is_listed(location):
    assert submissions.listed(location, "jets") == []
    figures = {"auc": {"value": 0.98, "error": 0.002}}
    submissions.note_judged(location, "jets", "net@1", FILES[0], figures, ME)
    submissions.note_judged(location, "jets-too", "net@1", FILES[0], figures, ME)
    submissions.note_withdrawn(location, "jets", FILES[0], "wrong mass", ME)
    (found,) = submissions.listed(location, "jets")
    assert (found.network, found.figures, found.who) == ("net@1", figures, ME.who)
    assert found.withdrawn == "wrong mass"
    assert submissions.listed(location, "jets-too")[0].withdrawn is None
