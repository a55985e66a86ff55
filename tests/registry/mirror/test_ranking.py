import msgspec

from lhnets.format import INDEX_FILE, Index
from lhnets.mirrors import BUNDLED
from lhnets_registry.mirror.ranking import rank_in_tasks


def bundled():
    return Index.from_json((BUNDLED / INDEX_FILE).read_bytes(), "bundled")


def test_the_bundled_index_has_the_ranks_of_the_results_that_ship():
    index = bundled()
    assert index.tasks == rank_in_tasks(index.networks)
    assert [task.name for task in index.tasks] == ["top-tagging"]


def test_a_network_that_was_retracted_has_no_rank():
    retracted = [msgspec.structs.replace(e, status="retracted") for e in bundled().networks]
    assert rank_in_tasks(retracted) == ()


def test_another_file_of_the_same_name_has_no_rank():
    others = [msgspec.structs.replace(e, sha256="0" * 64) for e in bundled().networks]
    assert rank_in_tasks(others) == ()
