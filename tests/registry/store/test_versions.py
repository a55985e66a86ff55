"""The system of record, with the real MLflow: on SQLite, and on PostgreSQL where one answers."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnxruntime
import pytest

from lhnets.errors import IntegrityError
from lhnets.format import Source, Training, read
from lhnets_registry import publish as publish_name
from lhnets_registry.admission.admit import admit
from lhnets_registry.errors import NameConflictError, ReviewError, StoreError
from lhnets_registry.location import Location
from lhnets_registry.publishing.publication import PublishedVersion, register
from lhnets_registry.review import decisions as review

Make = Callable[..., bytes]


def put(location: Location, content: bytes, **options: Any) -> PublishedVersion:
    """Register without a trial: the admission has tests of its own."""
    return register(read(content), admit(b"").report, location, **options)


def client(location: Location) -> Any:
    from lhnets_registry.store import MlflowClient

    return MlflowClient(location.uri, location.uri)


def state(location: Location) -> tuple[Any, ...]:
    """Everything a store holds that somebody could see."""
    c = client(location)
    experiment = c.get_experiment_by_name("lhnets")
    runs = c.search_runs([experiment.experiment_id])
    versions = sorted((v.name, v.version, v.tags["status"]) for v in c.search_model_versions())
    folders = list(Path(location.artifacts or "").glob("*"))
    return (
        len(runs),
        versions,
        {m.name: {a: int(n) for a, n in m.aliases.items()} for m in c.search_registered_models()},
        len(folders),
    )


def test_a_published_version_carries_figures_lineage_and_the_very_bytes(
    location: Location, make: Make
) -> None:
    content = make()
    done = put(location, content)
    assert (done.identity, done.status, done.created) == ("cs-gluino-pair-lo@1", "candidate", True)
    c = client(location)
    version = c.get_model_version_by_alias("cs-gluino-pair-lo", "candidate")
    card = read(content).card
    tags = {
        "kind": card.kind,
        "subject": card.subject,
        "sha256": read(content).sha256,
        "data": "gluino-labels",
    }
    assert tags.items() <= version.tags.items()
    run = c.get_run(done.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["mean"] == 1e-4
    assert run.data.metrics["baseline.q997"] == 1e-2
    assert run.data.params["seed"] == "1"
    assert run.data.params["hyperparameters.fit.steps"] == "3"
    dataset = run.inputs.dataset_inputs[0].dataset
    assert (dataset.name, dataset.digest) == ("gluino-labels", card.data.sha256[:36])
    assert card.data.sha256 in dataset.profile
    from lhnets_registry.store import Store

    store = Store(location)
    (known,) = store.versions()
    assert store.content(known) == content
    assert store.report(known).failures


def test_an_imported_network_without_data_is_kept_as_it_says(
    location: Location, make: Make
) -> None:
    source = Source(file="model.h5", sha256="1" * 64, format="Keras 2 weights")
    content = make(
        data=None,
        training=Training(
            method="network", framework="keras", framework_version="2", source=source
        ),
    )
    done = put(location, content)
    c = client(location)
    assert "data" not in c.get_model_version_by_alias("cs-gluino-pair-lo", "candidate").tags
    run = c.get_run(done.run_id)
    assert run.inputs.dataset_inputs == []
    assert run.data.params["source.format"] == "Keras 2 weights"
    assert "seed" not in run.data.params


def test_mlflow_loads_a_version_by_its_alias(location: Location, make: Make) -> None:
    put(location, make(), approve=True)
    code = (
        "import mlflow, onnx, sys, warnings\n"
        f"mlflow.set_tracking_uri({location.uri!r})\n"
        "model = mlflow.onnx.load_model('models:/cs-gluino-pair-lo@verified')\n"
        "sys.stdout.buffer.write(model.SerializeToString())"
    )
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, env=environment
    )
    session = onnxruntime.InferenceSession(done.stdout, providers=["CPUExecutionProvider"])
    assert [o.name for o in session.get_outputs()] == ["value", "uncertainty", "reach"]


def test_the_same_bytes_again_change_nothing(location: Location, make: Make) -> None:
    put(location, make(), approve=True)
    before = state(location)
    again = put(location, make())
    assert (again.created, again.status) == (False, "verified")
    assert state(location) == before


def test_a_version_is_the_next_one_or_refused(location: Location, make: Make) -> None:
    put(location, make())
    before = state(location)
    with pytest.raises(
        NameConflictError, match=r"lo@1 is taken .* next version of cs-gluino-pair-lo is 2"
    ):
        put(location, make(slope=1.0))
    with pytest.raises(NameConflictError, match=r"lo@3 is out of turn.* is 2"):
        put(location, make(version=3))
    with pytest.raises(NameConflictError, match=r"next version of cs-other-pair is 1"):
        put(location, make(name="cs-other-pair", version=2))
    assert state(location) == before
    assert put(location, make(version=2)).version == 2


def test_a_name_like_another_is_refused(location: Location, make: Make) -> None:
    put(location, make())
    with pytest.raises(NameConflictError, match="could be taken for cs-gluino-pair-lo"):
        put(location, make(name="cs-gluino-pair-1o"))
    assert put(location, make(name="cs-gluino-pair-nlo")).created


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("log_batch", OSError("disk full")),
        ("log_artifacts", OSError("disk full")),
        ("create_registered_model", KeyboardInterrupt()),
        ("create_model_version", OSError("disk full")),
    ],
)
def test_a_fault_in_mid_publication_leaves_nothing(
    location: Location, make: Make, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    from lhnets_registry.store import MlflowClient, Store

    Store.for_writing(location)
    before = state(location)

    def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, step, fail)
        with pytest.raises((StoreError, KeyboardInterrupt), match=r"disk full|^$"):
            put(location, make())
    assert state(location) == before
    assert put(location, make()).version == 1


def killed_at(location: Location, content: bytes, step: str) -> None:
    """Publish, and die without a word just after ``step``."""
    from lhnets_registry.store import MlflowClient

    real = getattr(MlflowClient, step)

    def deadly(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(MlflowClient, step, deadly)
    put(location, content)


@pytest.mark.parametrize(
    ("step", "published"),
    [
        ("create_run", 0),
        ("log_artifacts", 0),
        ("create_registered_model", 0),
        ("create_model_version", 1),
    ],
)
def test_a_killed_publication_is_all_or_nothing(
    location: Location, make: Make, step: str, published: int
) -> None:
    from lhnets_registry.store import Store

    Store.for_writing(location)
    process = multiprocessing.get_context("fork").Process(
        target=killed_at, args=(location, make(), step)
    )
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert len(review.listed(location)) == published
    again = put(location, make())
    assert (again.version, again.created) == (1, not published)
    runs, versions, names, folders = state(location)
    assert versions == [("cs-gluino-pair-lo", 1, "candidate")]
    assert names == {"cs-gluino-pair-lo": {"candidate": 1}}
    assert (runs, folders) == (1, 1)


def race(location: Location, content: bytes, results: Any) -> None:
    try:
        results.put(("won", put(location, content).version))
    except NameConflictError as error:
        results.put(("lost", str(error)))


def test_of_two_publishers_of_one_version_one_wins(location: Location, make: Make) -> None:
    from lhnets_registry.store import Store

    Store.for_writing(location)
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    processes = [
        context.Process(target=race, args=(location, make(slope=slope), results))
        for slope in (1.0, 1.5, 2.0)
    ]
    for process in processes:
        process.start()
    outcomes = sorted(results.get(timeout=60) for _ in processes)
    for process in processes:
        process.join(60)
    assert [o for o, _ in outcomes] == ["lost", "lost", "won"]
    assert "next version of cs-gluino-pair-lo is 2" in outcomes[0][1]
    runs, versions, _, folders = state(location)
    assert (runs, len(versions), folders) == (1, 1, 1)


def test_review_goes_forward_only(location: Location, make: Make) -> None:
    put(location, make())
    identity = "cs-gluino-pair-lo@1"
    with pytest.raises(ReviewError, match="only a verified version can become retracted"):
        review.retract(identity, "wrong", location)
    assert review.approve(identity, location).status == "verified"
    with pytest.raises(ReviewError, match="only a candidate version can become verified"):
        review.approve(identity, location)
    with pytest.raises(ReviewError, match="without a reason"):
        review.retract(identity, " ", location)
    retracted = review.retract(identity, "alpha_s was wrong", location)
    assert (retracted.status, retracted.reason) == ("retracted", "alpha_s was wrong")
    with pytest.raises(ReviewError, match="alpha_s was wrong"):
        review.approve(identity, location)
    put(location, make(version=2))
    assert review.reject("cs-gluino-pair-lo@2", "no better", location).status == "rejected"
    with pytest.raises(NameConflictError, match="next version of cs-gluino-pair-lo is 3"):
        put(location, make(version=2, slope=1.0))


def test_aliases_follow_the_newest_of_each_status(location: Location, make: Make) -> None:
    def aliases() -> dict[str, int]:
        return {
            k: int(v)
            for k, v in client(location).get_registered_model("cs-gluino-pair-lo").aliases.items()
        }

    for number in (1, 2):
        put(location, make(version=number), approve=True)
    put(location, make(version=3))
    assert aliases() == {"verified": 2, "candidate": 3}
    review.retract("cs-gluino-pair-lo@2", "wrong", location)
    assert aliases() == {"verified": 1, "candidate": 3}
    review.reject("cs-gluino-pair-lo@3", "worse", location)
    assert aliases() == {"verified": 1}


def test_an_unknown_version_lists_the_known_ones(location: Location, make: Make) -> None:
    put(location, make())
    with pytest.raises(ReviewError, match="there are cs-gluino-pair-lo@1"):
        review.approve("cs-gluino-pair-lo@2", location)
    with pytest.raises(ReviewError, match="review list"):
        review.approve("nothing@1", location)


def test_a_changed_file_in_the_store_is_not_approved(location: Location, make: Make) -> None:
    done = put(location, make())
    (stored,) = Path(location.artifacts or "").glob(f"{done.run_id}/**/model.onnx")
    stored.write_bytes(stored.read_bytes()[:-1] + b"x")
    with pytest.raises(IntegrityError, match="Restore it from a backup"):
        review.approve("cs-gluino-pair-lo@1", location)
    assert review.listed(location)[0].status == "candidate"


def test_reading_where_nothing_was_published_makes_nothing(tmp_path: Path) -> None:
    location = Location.of(tmp_path / "none")
    assert review.listed(location) == []
    with pytest.raises(ReviewError, match="nothing was published yet"):
        review.approve("a@1", location)
    assert not (tmp_path / "none").exists()


def test_a_folder_that_cannot_be_written_is_a_store_error(tmp_path: Path, make: Make) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="--store"):
        put(Location.of(tmp_path / "file" / "store"), make())


def test_a_server_that_is_down_is_told_at_once_and_without_the_password(make: Make) -> None:
    location = Location.of("postgresql://someone:secret@127.0.0.1:9/none", "/nowhere")
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        put(location, make())
    assert "secret" not in str(caught.value)


def test_a_new_server_store_asks_for_a_place_of_its_files(empty_postgres: str) -> None:
    from lhnets_registry.store import Store

    with pytest.raises(StoreError, match="--artifacts"):
        Store.for_writing(Location.of(empty_postgres))


def test_a_location_comes_from_the_argument_the_environment_or_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LHNETS_STORE", str(tmp_path / "b"))
    assert Location.of(tmp_path / "a").folder == tmp_path / "a"
    assert Location.of().folder == tmp_path / "b"
    monkeypatch.delenv("LHNETS_STORE")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "c"))
    assert Location.of().folder == tmp_path / "c" / "lhnets" / "registry"
    with pytest.raises(StoreError, match="postgresql://"):
        Location.of("mysql://x/y")


def test_importing_the_registry_and_its_commands_does_not_import_mlflow() -> None:
    code = (
        "import sys, lhnets_registry, lhnets_registry.cli.registry; "
        "print(sorted({'mlflow', 'onnx', 'onnxruntime'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"
    assert publish_name is not None


@pytest.fixture(autouse=True)
def _quiet_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_models_of_others_in_the_same_database_are_left_alone(
    location: Location, make: Make, tmp_path: Path
) -> None:
    c = client(location)
    c.create_registered_model("theirs-empty")
    c.create_registered_model("theirs")
    c.create_model_version("theirs", str(tmp_path))
    put(location, make())
    assert [v.name for v in review.listed(location)] == ["cs-gluino-pair-lo"]
    assert {m.name for m in c.search_registered_models()} == {
        "theirs",
        "theirs-empty",
        "cs-gluino-pair-lo",
    }
