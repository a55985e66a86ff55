import msgspec

from lhnets._fetching.mirror import BUNDLED
from lhnets.format import Index
from lhnets_registry.catalogue.site import _render
from lhnets_registry.catalogue.task_page import list_tasks


def index():
    return Index.from_json((BUNDLED / "index.json").read_bytes(), "bundled")


def test_a_task_has_its_table_and_its_curves():
    (ranked,) = index().tasks
    (view,) = list_tasks(index())
    assert view.lines[0].rank == 1
    networks = {line.network for line in view.lines}
    assert networks == {*(entry.name for entry in ranked.networks), ""}
    assert {len(line.figures) for line in view.lines} == {len(view.metrics)}
    page = _render("tasks.html", "../", "tasks", tasks=[view]).decode()
    assert "baseline: boosted-trees" in page
    assert "../networks/classifier-top-qcd/index.html" in page
    assert "nan" not in view.curves


def test_a_mirror_without_judged_networks_says_so():
    empty = msgspec.structs.replace(index(), tasks=())
    assert list_tasks(empty) == []
    assert b"No network of this mirror" in _render("tasks.html", "../", "tasks", tasks=[])
