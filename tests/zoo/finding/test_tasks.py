import msgspec
import numpy as np
import pytest
import toy_events

from lhnets import Classify
from lhnets._fetching.cache import Cache
from lhnets._finding import zoo as _zoo
from lhnets._finding.tasks import find_first, find_tasks
from lhnets.errors import NetworkNotFoundError
from lhnets.format import INDEX_FILE, Index, Ranked, RankedTask

LEPTONS = np.random.default_rng(2).normal(size=(3, 2, 3))


def rank(entry, rank=1, microseconds=None):
    return Ranked(
        name=entry.name,
        version=entry.version,
        sha256=entry.sha256,
        rank=rank,
        microseconds=microseconds,
    )


@pytest.fixture
def taggers(tmp_path, make_mirror, monkeypatch):
    """Three taggers of one subject in a mirror; gives its entries and a function that ranks them
    in a task."""
    names = ("tagger-a", "tagger-b", "tagger-c")
    cards = [toy_events.tagger_card(name=name) for name in names]
    folder = make_mirror(tmp_path / "mirror", *(toy_events.tagger(card) for card in cards))
    index = Index.from_json((folder / INDEX_FILE).read_bytes(), "here")

    def write(*networks):
        tasks = (RankedTask(name="jet-tagging", kind="classifier", networks=networks),)
        ranked = msgspec.structs.replace(index, tasks=tasks if networks else ())
        (folder / INDEX_FILE).write_bytes(ranked.to_json())
        made = _zoo.Zoo([str(folder)], Cache(tmp_path / "cache"))
        monkeypatch.setattr(_zoo, "default", lambda: made)

    write()
    return index.networks, write


def ask(subject, **options):
    inputs = {"constituents": toy_events.jets(3), "leptons": LEPTONS}
    return Classify(subject, inputs, outside="warn", **options)


@pytest.mark.filterwarnings("ignore::lhnets.errors.OutsideRegionWarning")
def test_the_network_ranked_first_answers_to_the_name_of_the_task(taggers):
    (a, b, c), write = taggers
    write(rank(b, 1), rank(a, 2), rank(c, 2))
    for name in ("jet-tagging", "Jet Tagging", "jet_tagging"):
        answer = ask(name)
        assert answer.network == "tagger-b@1"
        (note,) = answer.notes
        assert "rank 1 in the task jet-tagging" in note
        assert "tagger-a@1 (rank 2), tagger-c@1 (rank 2)" in note


@pytest.mark.filterwarnings("ignore::lhnets.errors.OutsideRegionWarning")
def test_of_one_rank_the_fastest_answers(taggers):
    (a, b, c), write = taggers
    write(rank(a, 1, 90.0), rank(b, 1, 30.0), rank(c, 1))
    answer = ask("jet tagging")
    assert answer.network == "tagger-b@1"
    assert "is the fastest of rank 1" in answer.notes[0]


@pytest.mark.filterwarnings("ignore::lhnets.errors.OutsideRegionWarning")
def test_another_one_of_the_table_can_be_chosen(taggers):
    (a, b, _), write = taggers
    write(rank(a, 1), rank(b, 2))
    assert ask("jet tagging", network="tagger-b").network == "tagger-b@1"
    with pytest.raises(NetworkNotFoundError):
        ask("jet tagging", network="tagger-c")


def test_a_name_without_a_table_is_no_subject(taggers):
    with pytest.raises(NetworkNotFoundError):
        ask("jet tagging")


def test_only_the_file_that_was_judged_takes_part(taggers):
    (a, b, _), _ = taggers
    other = msgspec.structs.replace(rank(a), sha256="0" * 64)
    task = RankedTask(name="t", kind="classifier", networks=(other, rank(b, 2)))
    assert find_first(task, (a, b)).entry == b
    retracted = msgspec.structs.replace(b, status="retracted")
    assert find_first(task, (a, retracted)) is None


def test_of_two_versions_the_newest_that_was_judged_takes_part(taggers):
    (a, _, _), _ = taggers
    newer, newest = (msgspec.structs.replace(a, version=v) for v in (2, 3))
    task = RankedTask(name="t", kind="classifier", networks=(rank(a, 1), rank(newer, 1)))
    assert find_first(task, (a, newer, newest)).entry == newer


def test_a_task_of_another_kind_is_another_task(taggers):
    (a, _, _), _ = taggers
    task = RankedTask(name="jet-tagging", kind="classifier", networks=(rank(a),))
    index = Index((), tasks=(task,))
    assert list(find_tasks("Jet tagging", "classifier", [index])) == [task]
    assert list(find_tasks("Jet tagging", "generator", [index])) == []
