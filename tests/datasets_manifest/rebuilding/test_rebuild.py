import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lhnets import extras
from lhnets.errors import MissingExtraError
from lhnets_datasets import dataset
from lhnets_datasets.errors import DataSetNotFoundError, RebuildError
from lhnets_datasets.fetching.fetch import Fetcher
from lhnets_datasets.library import collection as library
from lhnets_datasets.library.manifest import File, Generator, Manifest
from lhnets_datasets.rebuilding import rebuild
from lhnets_datasets.rebuilding.rebuild import Make

X = [1.0, 2.0, 3.0]


def manifest(**changes: object) -> Manifest:
    made = Manifest(
        name="squares",
        title="Squares",
        description="",
        available="rebuilt",
        licence="CC0-1.0",
        authors=(),
        files=(),
        generator=Generator(
            program="python", version="3", recipe="the_squares", seed=1, tolerance=1e-9
        ),
    )
    return msgspec.structs.replace(made, **changes)


def making(x: list[float], name: str = "squares") -> Make:
    def make(network: str, folder: Path) -> None:
        assert network == "the-squares"
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"x": x}), folder / f"{name}.parquet")

    return make


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Manifest]:
    """The manifest of the set as it was published in the package."""

    def publish(**generator: object) -> Manifest:
        folder = tmp_path / "package"
        making(X)("the-squares", folder)
        monkeypatch.setattr(library, "data_file", lambda name: folder / name)
        sha256 = hashlib.sha256((folder / "squares.parquet").read_bytes()).hexdigest()
        changed = msgspec.structs.replace(manifest().generator, **generator)
        return manifest(
            available="bundled",
            files=(File(name="squares.parquet", sha256=sha256),),
            generator=changed,
        )

    return publish


def test_the_same_bytes_are_identical(published: Callable[..., Manifest], tmp_path: Path) -> None:
    result = rebuild.rebuild(published(), tmp_path / "again", Fetcher(), making(X))
    assert result.identical
    assert result.passed


@pytest.mark.parametrize(
    ("x", "passed"), [([1.0, 2.0, 3.0 + 1e-12], True), ([1.0, 2.0, 3.1], False)]
)
def test_values_are_held_against_the_tolerance(
    published: Callable[..., Manifest], tmp_path: Path, x: list[float], passed: bool
) -> None:
    result = rebuild.rebuild(published(), tmp_path / "again", Fetcher(), making(x))
    assert (result.identical, result.passed) == (False, passed)


def test_random_rows_are_held_against_their_distribution(
    published: Callable[..., Manifest], tmp_path: Path
) -> None:
    known = published(comparison="statistics", tolerance=None)
    assert rebuild.rebuild(known, tmp_path / "a", Fetcher(), making([2.0, 3.0, 1.0])).passed
    assert not rebuild.rebuild(
        known, tmp_path / "b", Fetcher(), making([101.0, 102.0, 103.0])
    ).passed


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (making([1.0]), "there were 3 rows, the recipe now makes 1"),
        (making(X, "other"), r"did not make squares\.parquet"),
        (making([1.0, 2.0, 4.0]), "states no tolerance"),
    ],
)
def test_what_cannot_be_compared(
    published: Callable[..., Manifest], tmp_path: Path, make: Make, says: str
) -> None:
    with pytest.raises(RebuildError, match=says):
        rebuild.rebuild(published(tolerance=None), tmp_path / "again", Fetcher(), make)


def test_a_set_without_recipe(tmp_path: Path) -> None:
    with pytest.raises(RebuildError, match="names no recipe"):
        rebuild.rebuild(manifest(generator=None), tmp_path, Fetcher(), making(X))


def test_a_set_that_lives_by_its_recipe_is_kept_once_it_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "squares.yaml").write_bytes(manifest().to_yaml())
    monkeypatch.setenv("LHNETS_MANIFESTS", str(folder))
    with pytest.raises(DataSetNotFoundError, match="Run `lhnets data rebuild squares` once"):
        dataset("squares").table()
    result = rebuild.rebuild(library.get("squares"), tmp_path / "out", Fetcher(), making(X))
    assert not result.published
    assert result.passed
    assert dataset("squares").table().column("x").to_pylist() == X


def test_a_recipe_that_does_not_exist(tmp_path: Path) -> None:
    pytest.importorskip("lhnets_training.cli.train", reason="the extra [training] is not installed")
    with pytest.raises(RebuildError, match="no recipe makes a network called 'no-such-recipe'"):
        rebuild.by_recipe("no-such-recipe", tmp_path)


def test_without_the_recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "added", lambda group: {})
    assert extras.added(rebuild.COMMANDS_GROUP)
    with pytest.raises(MissingExtraError, match=r"pip install 'lhnets\[training\]'"):
        rebuild.by_recipe("the-squares", tmp_path)
