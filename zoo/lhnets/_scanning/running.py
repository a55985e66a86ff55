"""A scan of files: blocks are read, evaluated by workers, and written in their order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from lhnets._scanning.arrow import (
    REASONS,
    add_reasons,
    decode_reasons,
    encode_reasons,
    evaluate_table,
    join_schemas,
    provenance,
    result_table,
    take_numbers,
)
from lhnets._scanning.asked import Asked
from lhnets._scanning.files import PARQUET, Source, list_files
from lhnets._scanning.plan import Answers, FloatName, Plan, make_plan
from lhnets._scanning.reasons import Reasons, tell_reasons
from lhnets._scanning.workspace import Identity, Workspace
from lhnets.errors import ParameterError
from lhnets.extras import import_optional

EVALUATED = 1 << 16
"""Rows that a worker evaluates at a time."""
MOST_ROWS = 1 << 20
"""Most rows of a block."""
_BLOCK_BYTES = 1 << 26
"""Most bytes of a block."""

Submit: TypeAlias = Callable[[Any], Callable[[], Answers]]
"""Takes an Arrow table to a worker, and gives a function that waits for its results."""
Block: TypeAlias = tuple[int, Any, Callable[[], Any] | None]
"""Number, table, and a function that waits for its results and reasons; None if an earlier run has
them."""


class Summary(NamedTuple):
    """What a scan of files has done.

    Attributes
    ----------
    out : Path
        The result.
    plan : Plan
        Which network answered what.
    rows : int
        How many points it holds.
    resumed : int
        How many of them an earlier run had done.
    reasons : dict
        By question: why points have no answer.
    """

    out: Path
    plan: Plan
    rows: int
    resumed: int
    reasons: dict[str, Reasons]

    def tell(self) -> list[str]:
        """A sentence for each question that left points without an answer."""
        told = (tell_reasons(name, self.rows, r) for name, r in self.reasons.items())
        return [sentence for sentence in told if sentence]


class Settings(NamedTuple):
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
    source: Source,
    out: Path,
    settings: Settings,
    advance: Callable[[int], None] = lambda rows: None,
) -> Summary:
    """Scan files, or go on with it; see `lhnets.scan`.

    Parameters
    ----------
    advance : callable
        Told how many rows were done since the last call.
    """
    plan = make_plan(asked, source.columns, settings.dtype, source.units)
    source.require_numbers(plan.needed)
    rows = _rows_of_block(source, plan, settings.part_rows)
    parts = settings.part_rows is not None or out.suffix.lower() not in PARQUET
    workspace = Workspace(out, _identify(plan, source, rows, parts))
    done = 0
    with workspace.telling():
        finished = workspace.begin(settings.overwrite)
    if not finished:
        done = workspace.count_done()
        scan = _Scan(plan, source, workspace, rows, done, advance)
        with _workers(plan, settings) as (submit, ahead):
            scan.write(submit, ahead)
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
        plan: Plan,
        source: Source,
        workspace: Workspace,
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
        total: dict[str, Reasons] = {a.asked.name: Reasons() for a in self.plan.answers}
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
        waits = [
            submit(table.slice(start, EVALUATED)) for start in range(0, table.num_rows, EVALUATED)
        ]

        def wait() -> Any:
            arrow = import_optional("pyarrow", "scan")
            reasons: dict[str, Reasons] = {}
            results = []
            for answers in (w() for w in waits):
                results.append(result_table(self.plan, answers))
                add_reasons(reasons, answers.reasons)
            return arrow.concat_tables(results).combine_chunks(), reasons

        return wait


def count_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _workers(plan: Plan, settings: Settings) -> Iterator[tuple[Submit, int]]:
    """How blocks are evaluated, and how many rows shall be under way."""
    if settings.dask is not None:
        with _cluster(plan, settings.dask) as found:
            yield found
        return
    count = settings.workers or count_cores()
    if count == 1:
        yield lambda table: _done(evaluate_table(plan, table)), 0
        return
    with ThreadPoolExecutor(count, "lhnets-scan") as threads:
        yield (
            lambda table: threads.submit(evaluate_table, plan, table).result,
            2 * count * EVALUATED,
        )


def _done(answers: Answers) -> Callable[[], Answers]:
    return lambda: answers


@contextmanager
def _cluster(plan: Plan, address: Any) -> Iterator[tuple[Submit, int]]:
    distributed = import_optional("distributed", "scan --dask")
    own = not isinstance(address, distributed.Client)
    client = distributed.Client(address) if own else address
    try:
        sent = client.scatter(plan, broadcast=True, hash=False)
        threads = sum(client.nthreads().values())

        def submit(table: Any) -> Callable[[], Answers]:
            columns = take_numbers(table, plan.needed)
            future = client.submit(Plan.evaluate, sent, columns, table.num_rows, pure=False)
            return future.result  # type: ignore[no-any-return]

        yield submit, 2 * max(1, threads) * EVALUATED
    finally:
        if own:
            client.close()


def _joined(table: Any, results: Any, schema: Any) -> Any:
    arrow = import_optional("pyarrow", "scan")
    return arrow.Table.from_arrays([*table.columns, *results.columns], schema=schema)


def _rows_of_block(source: Source, plan: Plan, part_rows: int | None) -> int:
    """Rows of a block: as asked for, else by their width, whatever the number of workers."""
    if part_rows is not None:
        if not 1 <= part_rows <= MOST_ROWS:
            raise ParameterError(
                f"a part has {part_rows:,} rows: expected 1 to {MOST_ROWS:,}, as it is held in "
                "memory"
            )
        return part_rows
    width = 8 * (len(source.columns) + len(plan.names))
    fitting = 1 << max(_BLOCK_BYTES // width, 1).bit_length() - 1
    return max(EVALUATED, min(MOST_ROWS, fitting))


def _identify(plan: Plan, source: Source, rows: int, parts: bool) -> Identity:
    files = tuple(
        (str(path.resolve()), stat.st_size, stat.st_mtime_ns)
        for path in source.paths
        for stat in (path.stat(),)
    )
    return Identity(provenance(plan).decode(), plan.dtype, rows, parts, files)
