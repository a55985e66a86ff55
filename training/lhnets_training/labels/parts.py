"""Labels in parts: spread over Dask, written as they come, so that an interrupted run goes on where
it stopped."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from distributed import Client, LocalCluster, as_completed
from numpy.typing import NDArray
from rich.progress import Progress

from lhnets_training.recipe import Run

Array = NDArray[np.float64]
THREADS = 2
MANY = 8
"""Parts from which on processes are worth their start."""


def compute(
    run: Run,
    label: Callable[[Array], Array],
    points: Array,
    *,
    part: int = 4096,
    name: str,
    settings: str = "",
    processes: bool = False,
) -> Array:
    """``label(points)``, computed in parts of ``part`` rows, with a progress bar on a terminal.

    Parts already under ``run.out/labels-NAME-DIGEST`` are read, not computed again; the digest is
    that of the points and of ``settings``, which must say all that the labels depend on besides.
    ``label`` must pickle if ``run.dask`` names a scheduler, and with ``processes``: then many parts
    are computed by processes with one thread each, which serves labels of short BLAS calls.
    """
    points = np.ascontiguousarray(points)
    digest = hashlib.sha256(points.tobytes() + settings.encode()).hexdigest()[:12]
    folder = run.out / f"labels-{name}-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        folder / f"{k:05d}.npy": points[k * part : (k + 1) * part]
        for k in range(-(-len(points) // part))
    }
    missing = {path: x for path, x in files.items() if not path.exists()}
    if missing:
        _label(
            run,
            label,
            missing,
            total=len(points),
            done=len(points) - sum(map(len, missing.values())),
            processes=processes and len(missing) >= MANY,
        )
    return np.concatenate([np.load(path) for path in files])


def _label(
    run: Run,
    label: Callable[[Array], Array],
    missing: dict[Path, Array],
    total: int,
    done: int,
    processes: bool,
) -> None:
    bar = Progress(console=run.console, disable=not run.console.is_terminal)
    with _client(run.dask, processes) as client, bar:
        task = bar.add_task("labels", total=total, completed=done)
        futures = client.map(label, list(missing.values()), pure=False)
        path_of = dict(zip(futures, missing, strict=True))
        for future in as_completed(futures):
            path = path_of[future]
            _write(path, future.result())
            bar.advance(task, len(missing[path]))
            before, done = done, done + len(missing[path])
            if not run.console.is_terminal and 10 * before // total < 10 * done // total:
                run.console.print(f"{done} of {total} labels", highlight=False)


@contextmanager
def _client(address: str | None, processes: bool) -> Iterator[Client]:
    if address is not None:
        with Client(address) as client:
            yield client
        return
    with (
        LocalCluster(
            n_workers=len(os.sched_getaffinity(0)) if processes else 1,
            threads_per_worker=1 if processes else THREADS,
            processes=processes,
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def _write(path: Path, values: Array) -> None:
    partial = path.with_suffix(".partial.npy")
    np.save(partial, values)
    partial.replace(path)
