"""`lhnets train --dask` against a scheduler and two workers that are processes of their own."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from distributed import Client

from lhnets_training.cli.train import train
from lhnets_training.data import table
from lhnets_training.recipes import find

WORKERS = 2


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[Client]:
    """A client of a cluster on this machine; its processes end with the test."""
    where = tmp_path / "scheduler.json"
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    local = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(where)]
    worker = [
        sys.executable,
        "-m",
        "distributed.cli.dask_worker",
        "--scheduler-file",
        str(where),
        "--nthreads",
        "1",
    ]
    worker += ["--no-dashboard", "--no-nanny", "--local-directory", str(tmp_path / "workers")]
    log = (tmp_path / "cluster.log").open("w")
    started = [subprocess.Popen([*command, "--port", "0", *local], stdout=log, stderr=log)]
    started += [subprocess.Popen(worker, stdout=log, stderr=log) for _ in range(WORKERS)]
    try:
        with _client(where, started) as client:
            client.wait_for_workers(WORKERS, timeout=60)
            yield client
            client.shutdown()
            for process in started:
                process.wait(60)
    finally:
        for process in started:
            process.kill()
            process.wait()
        log.close()


def _client(where: Path, started: list[subprocess.Popen[bytes]]) -> Client:
    """A client as soon as the scheduler has written where it is."""
    while not where.exists():
        with pytest.raises(subprocess.TimeoutExpired):
            started[0].wait(0.1)
    return Client(scheduler_file=str(where), timeout=60)


def test_labels_of_a_cluster_are_those_of_one_process(scheduler: Client, tmp_path: Path) -> None:
    address = scheduler.scheduler_info()["address"]
    assert address.startswith("tcp://")
    labels = {}
    for name, extra in (("cluster", ["--dask", address]), ("alone", [])):
        folder = tmp_path / name
        arguments = [
            "network",
            "br-higgs-sm",
            "--rows",
            "600",
            "--labels-only",
            "--relabel",
            "--out",
            str(folder),
        ]
        done = CliRunner().invoke(train, [*arguments, *extra], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        dataset = find("br-higgs-sm").dataset
        labels[name] = table.read(folder / f"{dataset.name}.parquet", dataset)
    for column, found in labels["cluster"].items():
        assert (found == labels["alone"][column]).all(), column
    workers = scheduler.run(lambda dask_worker: dask_worker.state.executed_count)
    assert len(workers) == WORKERS
    assert all(count > 0 for count in workers.values())
