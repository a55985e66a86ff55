"""`lhnets.scan`: several questions about every row of a table, in one pass."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lhnets.errors import OutsideRegionWarning, ParameterError

if TYPE_CHECKING:
    from lhnets._scanning.asked import Asked
    from lhnets._scanning.running import ScanSettings


def scan(
    questions: str | Iterable[str] | Mapping[str, str],
    table: Any,
    out: str | Path | None = None,
    *,
    dtype: Literal["float64", "float32"] = "float64",
    part_rows: int | None = None,
    workers: int | None = None,
    dask: Any = None,
    overwrite: bool = False,
) -> Any:
    """Ask questions about every row of a table, and add the answers as columns.

    Each question is settled once, as ``ml.CS`` and the other functions do it, from the names of the
    columns. Columns that no network for this question takes play no part. Outside the region of a
    network the answer is NaN, and a warning tells how many points break which bound.

    A question NAME adds the columns NAME, NAME_uncertainty (one standard deviation of the network)
    and NAME_reach (at most 1 inside the region); with ``components=True`` also NAME_SOURCE_up and
    NAME_SOURCE_down for each uncertainty of the truth.

    Parameters
    ----------
    questions : str, iterable of str or mapping
        ``'sigma = CS("p p > go go", energy="13 TeV")'``, several of these, or a mapping
        ``{"sigma": 'CS("p p > go go", energy="13 TeV")'}``. The functions are those of lhnets: CS,
        BR, Width, Efficiency, Likelihood, LoopIntegral, Observable. The second argument, if given,
        says which column or value an input takes: ``CS("p p > go go", {"m_go": "mass", "m_sq":
        2500.0}, energy="13 TeV")``. The text is read, never run.
    table : table, path, or list of paths
        A table of pandas, polars (lazy too), pyarrow, dask or awkward, a structured array of numpy,
        or a mapping of columns: what comes back is of the same kind. Files of Parquet or CSV, SLHA
        files, and folders of them are streamed to ``out``, and so is a dataset of pyarrow if
        ``out`` is given. Values are in the units of the cards.
    out : path, optional
        Of the result, for files: ``NAME.parquet`` for one file, any other name for a folder of
        parts. An interrupted scan goes on where it was when it is repeated.
    dtype : {"float64", "float32"}
        Of the columns of results.
    part_rows : int, optional
        Rows of a part, if the result is a folder.
    workers : int, optional
        Threads that evaluate; as many as there are cores unless given.
    dask : str or distributed.Client, optional
        Scheduler whose workers evaluate the blocks of files.
    overwrite : bool
        Replace a result that exists.

    Returns
    -------
    table or Path
        The table with the columns of results, or ``out``.

    Raises
    ------
    ParameterError
        If a question cannot be read, or columns are missing or do not hold numbers.
    NetworkNotFoundError, AmbiguousNetworkError
        If no network answers, or several do alike.
    ScanError
        If the result cannot be written, or exists.

    Warns
    -----
    OutsideRegionWarning
        If points have no answer, with the bounds they break.

    Examples
    --------
    >>> import lhnets as ml
    >>> points = {"m_go": [1500.0, 2000.0], "m_sq": [2500.0, 2500.0]}
    >>> found = ml.scan('sigma = CS("p p > go go", energy="13 TeV")', points)
    >>> [f"{x:.2e}" for x in found["sigma"]]
    ['1.15e-02', '5.66e-04']
    """
    from lhnets._scanning.asked import read_questions
    from lhnets._scanning.running import ScanSettings
    from lhnets._scanning.sources import is_dataset
    from lhnets._scanning.tables import open_dataset, scan_table

    asked = read_questions(questions)
    settings = ScanSettings(dtype, part_rows, workers, dask, overwrite)
    if is_dataset(table) and out is not None:
        return open_dataset(_scan_to(asked, table, out, settings))
    if _is_files(table):
        return _scan_to(asked, table, out, settings)
    if out is not None or dask is not None or part_rows is not None:
        raise ParameterError(
            f"out=, dask= and part_rows= are for files: a {type(table).__name__} comes back as "
            "what it is"
        )
    return scan_table(asked, table, dtype, workers)


def _is_files(table: Any) -> bool:
    if isinstance(table, (str, Path)):
        return True
    return isinstance(table, (list, tuple)) and all(isinstance(p, (str, Path)) for p in table)


def _scan_to(
    asked: list[Asked],
    table: Any,
    out: str | Path | None,
    settings: ScanSettings,
) -> Path:
    from lhnets._scanning.running import scan_files
    from lhnets._scanning.sources import open_source

    if out is None:
        raise ParameterError(
            "files are scanned to a file: give out=, such as out='scanned.parquet'"
        )
    summary = scan_files(asked, open_source(table), Path(out), settings)
    if told := summary.tell():
        warnings.warn(". ".join(told), OutsideRegionWarning, stacklevel=3)
    return summary.out
