from lhnets_datasets.bench import collection
from lhnets_datasets.bench.page import write_figure, write_page
from lhnets_datasets.bench.result import BenchFigure


def test_the_page_of_a_task_says_what_its_file_says(task):
    page = write_page(task, collection.results(task))
    assert page.startswith("# Boosted tops against light quarks and gluons\n")
    for text in (
        task.data.sha256,
        "`lhnets bench run top-tagging NETWORK`",
        "`rejection_30` (higher is better; efficiency 0.3): 1/eps_B",
        "`calibration_error` (lower is better",
        "| *boosted-trees* |",
        "| ParticleNet | 0.9858 | 1615 ± 93 | 397 ± 7 |",
        "do not compare them digit by digit",
    ):
        assert text in page


def test_a_figure_has_its_error_and_its_floor():
    assert (
        write_figure(BenchFigure(value=0.0107, error=0.0022, floor=0.012))
        == "0.0107 ± 0.0022 (0.012)"
    )
    assert write_figure(BenchFigure(value=None, error=None)) == "infinite"
