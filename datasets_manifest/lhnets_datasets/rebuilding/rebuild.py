"""`lhnets data rebuild`: make a set again by its recipe and hold it against the published one.

Nothing here knows a recipe: the command `train` is looked up among the entry points, and asked for
the labels alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import msgspec
import pyarrow as pa
from msgspec import Struct

from lhnets.errors import Error, MissingExtraError
from lhnets.extras import COMMANDS_GROUP, added, load_added
from lhnets_datasets.dataset import DataSet
from lhnets_datasets.depositing.archive import md5_of
from lhnets_datasets.errors import DataSetNotFoundError, RebuildError
from lhnets_datasets.fetching.fetch import REBUILT, Fetcher
from lhnets_datasets.library import recorded
from lhnets_datasets.library.manifest import File, Generator, Manifest
from lhnets_datasets.rebuilding.compare import ColumnFinding, by_statistics, by_values
from lhnets_datasets.tables import read_parquet

Make: TypeAlias = Callable[[str, Path], None]
"""Makes the data set of a recipe, by its name, in a folder."""


class Rebuilt(Struct, frozen=True):
    """A set that was made again, and how it compares with the published one."""

    path: Path
    rows: int
    identical: bool
    published: bool
    findings: tuple[ColumnFinding, ...]

    @property
    def passed(self) -> bool:
        """Whether it is the published set within its tolerance; true where none was published
        yet."""
        return self.identical or not self.published or all(f.passed for f in self.findings)


def rebuild(
    manifest: Manifest, folder: Path, fetcher: Fetcher, make: Make | None = None
) -> Rebuilt:
    """Make the set of ``manifest`` again in ``folder`` and compare; a set that lives by its recipe
    is kept in the cache.

    Raises
    ------
    RebuildError
        If no recipe is named, it fails, or its rows cannot be compared.
    MissingExtraError
        If the extra [training] is not installed.
    """
    generator = manifest.generator
    if generator is None or generator.recipe is None:
        raise RebuildError(
            f"the manifest of {manifest.name} names no recipe: the set cannot be made again from "
            "here"
        )
    (make or by_recipe)(generator.recipe.replace("_", "-"), folder)
    path = folder / f"{manifest.name}.parquet"
    if not path.exists():
        raise RebuildError(f"the recipe {generator.recipe} did not make {path.name} in {folder}")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    result = _compared(manifest, generator, path, sha256, fetcher)
    if manifest.available == "rebuilt" and result.passed:
        _keep(manifest, path, sha256, fetcher)
    return result


def by_recipe(network: str, folder: Path) -> None:
    """The labels of a recipe, by `lhnets train NETWORK --labels-only --relabel`."""
    command = added(COMMANDS_GROUP).get("train")
    if command is None:
        raise MissingExtraError("the recipes are not installed: pip install 'lhnets[training]'")
    arguments = [network, "--labels-only", "--relabel", "--out", str(folder)]
    try:
        load_added(command).main(arguments, standalone_mode=False)
    except Error:
        raise
    except Exception as error:
        raise RebuildError(f"`lhnets train {' '.join(arguments)}` failed: {error}") from error


def _compared(
    manifest: Manifest, generator: Generator, path: Path, sha256: str, fetcher: Fetcher
) -> Rebuilt:
    made = read_parquet(path)
    if sha256 in {f.sha256 for f in manifest.files}:
        return Rebuilt(path, made.num_rows, True, True, ())
    try:
        published = DataSet(manifest, fetcher).table()
    except DataSetNotFoundError:
        return Rebuilt(path, made.num_rows, False, False, ())
    _check_comparable(manifest.name, published, made)
    if generator.comparison == "statistics":
        findings = by_statistics(published, made)
    elif generator.tolerance is None:
        raise RebuildError(
            f"the manifest of {manifest.name} states no tolerance, and the new file differs from "
            f"the published one (SHA-256 {sha256}): write a tolerance, or comparison: statistics, "
            "into its generator"
        )
    else:
        findings = by_values(published, made, generator.tolerance)
    return Rebuilt(path, made.num_rows, False, True, tuple(findings))


def _check_comparable(name: str, published: pa.Table, made: pa.Table) -> None:
    if set(published.column_names) != set(made.column_names):
        raise RebuildError(
            f"{name}: the columns were {published.column_names}, the recipe now makes "
            f"{made.column_names}"
        )
    if published.num_rows != made.num_rows:
        raise RebuildError(
            f"{name}: there were {published.num_rows} rows, the recipe now makes {made.num_rows}"
        )


def _keep(manifest: Manifest, path: Path, sha256: str, fetcher: Fetcher) -> None:
    content = path.read_bytes()
    fetcher.cache.add_bytes(content, sha256)
    file = File(name=path.name, size=len(content), sha256=sha256, md5=md5_of(path))
    recorded.save(
        fetcher.cache, REBUILT + manifest.name, msgspec.structs.replace(manifest, files=(file,))
    )
