"""A scan of files: blocks are read, evaluated by workers, and written in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from lhnets._scanning.answers import Answering, FloatName
from lhnets._scanning.arrow import (
    REASONS,
    add_reasons,
    decode_reasons,
    encode_reasons,
    join_schemas,
    provenance,
    result_table,
)
from lhnets._scanning.asked import Asked
from lhnets._scanning.files import PARQUET, TableFiles, list_files
from lhnets._scanning.reasons import Reasons, tell_reasons
from lhnets._scanning.workers import Submit, open_workers
from lhnets._scanning.workspace import Identity, ScanWorkspace
from lhnets.errors import ParameterError
from lhnets.extras import import_optional

MOST_ROWS = 1 << 20
"""Most rows of a block."""
_BLOCK_BYTES = 1 << 26
"""Most bytes of a block."""

Block: TypeAlias = tuple[int, Any, Callable[[], Any] | None]
"""Number, table, and a function that waits for its results and reasons; None if an earlier run has
them."""


class Summary(NamedTuple):
    """What a scan of files has done.

    Attributes
    ----------
    out : Path
        The result.
    plan : Answering
        Which network answered what.
    rows : int
        How many points it holds.
    resumed : int
        How many of them an earlier run had done.
    reasons : dict
        By question: why points have no answer.
    """

    out: Path
    plan: Answering
    rows: int
    resumed: int
    reasons: dict[str, Reasons]

    def tell(self) -> list[str]:
        """A sentence for each question that left points without an answer."""
        told = (tell_reasons(name, self.rows, r) for name, r in self.reasons.items())
        return [sentence for sentence in told if sentence]


class ScanSettings(NamedTuple):
    """How files are scanned.

    Attributes
    ----------
    dtype : {"float64", "float32"}
        Of the columns of results.
    part_rows : int, optional
        Write a folder of parts with so many rows each.
    workers : int, optional
        Threads; all cores of the process unless given.
    dask : str or Client, optional
        Scheduler whose workers evaluate.
    overwrite : bool
        Replace a result that exists.
    """

    dtype: FloatName = "float64"
    part_rows: int | None = None
    workers: int | None = None
    dask: Any = None
    overwrite: bool = False


def scan_files(
    asked: list[Asked],
    source: TableFiles,
    out: Path,
    settings: ScanSettings,
    advance: Callable[[int], None] = lambda rows: None,
) -> Summary:
    """Scan files, or go on with it; see `lhnets.scan`.

    Parameters
    ----------
    advance : callable
        Told how many rows were done since the last call.
    """
    plan = source.plan(asked, settings.dtype)
    rows = _rows_of_block(source, plan, settings.part_rows)
    parts = settings.part_rows is not None or out.suffix.lower() not in PARQUET
    workspace = ScanWorkspace(out, _identify(plan, source, settings.dtype, rows, parts))
    done = 0
    with workspace.telling():
        finished = workspace.begin(settings.overwrite)
    if not finished:
        done = workspace.count_done()
        scan = _Scan(plan, source, workspace, rows, done, advance)
        with open_workers(plan, settings.workers, settings.dask) as (submit, workers):
            scan.write(submit, 2 * workers * source.slice_rows if workers > 1 else 0)
    workspace.finish()
    count, reasons = _count(out)
    return Summary(out, plan, count, min(done * rows, count), reasons)


def _count(out: Path) -> tuple[int, dict[str, Reasons]]:
    """Rows of a result, and why points have no answer, from its metadata."""
    parquet = import_optional("pyarrow.parquet", "scan")
    count, total = 0, dict[str, Reasons]()
    for path in list_files(out):
        told = parquet.read_metadata(path)
        count += told.num_rows
        add_reasons(total, decode_reasons(told.metadata[REASONS]))
    return count, total


class _Scan:
    """The course of a scan: block after block, evaluated or found, written in order."""

    def __init__(
        self,
        plan: Answering,
        source: TableFiles,
        workspace: ScanWorkspace,
        rows: int,
        done: int,
        advance: Callable[[int], None],
    ) -> None:
        self.plan, self.source, self.workspace = plan, source, workspace
        self.rows, self.done, self.advance = rows, done, advance

    def write(self, submit: Submit, ahead: int) -> None:
        """Write the result."""
        if self.workspace.identity.parts:
            self._write_parts(submit, ahead)
        else:
            self._write_whole(submit, ahead)

    def _write_whole(self, submit: Submit, ahead: int) -> None:
        blocks = self._evaluated(submit, ahead, 0)
        first = next(blocks, None)
        schema = join_schemas(self.source.schema if first is None else first[1].schema, self.plan)
        total: dict[str, Reasons] = {told["name"]: Reasons() for told in self.plan.tell()}
        with self.workspace.writing_whole(schema) as writer:
            for number, table, wait in chain([first] if first else [], blocks):
                results, reasons = self._take(number, wait)
                add_reasons(total, reasons)
                writer.write_table(_joined(table, results, schema), row_group_size=self.rows)
                self.advance(table.num_rows)
            writer.add_key_value_metadata({REASONS.decode(): encode_reasons(total).decode()})

    def _take(self, number: int, wait: Callable[[], Any] | None) -> Any:
        """Results and reasons of a block: found, or evaluated and kept."""
        if wait is None:
            return self.workspace.read(number), self.workspace.reasons_of(number)
        results, reasons = wait()
        self.workspace.save(number, results, reasons)
        return results, reasons

    def _write_parts(self, submit: Submit, ahead: int) -> None:
        self.advance(self.done * self.rows)
        for number, table, wait in self._evaluated(submit, ahead, self.done):
            assert wait is not None
            results, reasons = wait()
            joined = _joined(table, results, join_schemas(table.schema, self.plan))
            self.workspace.save_part(number, joined, reasons)
            self.advance(table.num_rows)

    def _evaluated(self, submit: Submit, ahead: int, first: int) -> Iterator[Block]:
        """The blocks from the number ``first`` on, with ``ahead`` rows under way."""
        waiting: deque[Block] = deque()
        blocks = self.source.blocks(self.rows, first * self.rows, self.plan.needed)
        for number, block in enumerate(blocks, first):
            table = block.combine_chunks()
            wait = self._submit(submit, table) if number >= self.done else None
            waiting.append((number, table, wait))
            while len(waiting) > 1 and (len(waiting) - 1) * self.rows >= ahead:
                yield waiting.popleft()
        while waiting:
            yield waiting.popleft()

    def _submit(self, submit: Submit, table: Any) -> Callable[[], Any]:
        step = self.source.slice_rows
        waits = [submit(table.slice(start, step)) for start in range(0, table.num_rows, step)]

        def wait() -> Any:
            arrow = import_optional("pyarrow", "scan")
            reasons: dict[str, Reasons] = {}
            results = []
            for answers in (w() for w in waits):
                results.append(result_table(self.plan, answers))
                add_reasons(reasons, answers.reasons)
            return arrow.concat_tables(results).combine_chunks(), reasons

        return wait


def _joined(table: Any, results: Any, schema: Any) -> Any:
    arrow = import_optional("pyarrow", "scan")
    return arrow.Table.from_arrays([*table.columns, *results.columns], schema=schema)


def _rows_of_block(source: TableFiles, plan: Answering, part_rows: int | None) -> int:
    """Rows of a block: as asked for, else by their width, whatever the number of workers."""
    if source.block_rows:
        return min(source.block_rows, part_rows or source.block_rows)
    if part_rows is not None:
        if not 1 <= part_rows <= MOST_ROWS:
            raise ParameterError(
                f"a part has {part_rows:,} rows: expected 1 to {MOST_ROWS:,}, as it is held in "
                "memory"
            )
        return part_rows
    width = 8 * (len(source.columns) + len(plan.fields))
    fitting = 1 << max(_BLOCK_BYTES // width, 1).bit_length() - 1
    return max(source.slice_rows, min(MOST_ROWS, fitting))


def _identify(
    plan: Answering, source: TableFiles, dtype: FloatName, rows: int, parts: bool
) -> Identity:
    files = tuple(
        (str(path.resolve()), stat.st_size, stat.st_mtime_ns)
        for path in source.paths
        for stat in (path.stat(),)
    )
    return Identity(provenance(plan).decode(), dtype, rows, parts, files)
