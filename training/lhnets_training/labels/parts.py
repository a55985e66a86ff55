"""Labels in parts: spread over Dask, written as they come, so that an interrupted run goes on where
it stopped."""

from __future__ import annotations

import hashlib
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


def compute(
    run: Run,
    label: Callable[[Array], Array],
    points: Array,
    *,
    part: int = 4096,
    name: str,
    settings: str = "",
) -> Array:
    """``label(points)``, computed in parts of ``part`` rows, with a progress bar on a terminal.

    Parts already under ``run.out/labels-NAME-DIGEST`` are read, not computed again; the digest is
    that of the points and of ``settings``, which must say all that the labels depend on besides.
    ``label`` must pickle where ``run.dask`` names a scheduler.
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
        )
    return np.concatenate([np.load(path) for path in files])


def _label(
    run: Run, label: Callable[[Array], Array], missing: dict[Path, Array], total: int, done: int
) -> None:
    bar = Progress(console=run.console, disable=not run.console.is_terminal)
    with _client(run.dask) as client, bar:
        task = bar.add_task("labels", total=total, completed=done)
        futures = client.map(label, list(missing.values()), pure=False)
        path_of = dict(zip(futures, missing, strict=True))
        for future in as_completed(futures):
            path = path_of[future]
            _write(path, future.result())
            bar.advance(task, len(missing[path]))


@contextmanager
def _client(address: str | None) -> Iterator[Client]:
    if address is not None:
        with Client(address) as client:
            yield client
        return
    with (
        LocalCluster(
            n_workers=1,
            threads_per_worker=THREADS,
            processes=False,
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
