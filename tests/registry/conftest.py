"""Small sealed network files: a valid one, and a door for every way to spoil it."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx
import onnxruntime
import psycopg2
import pytest
from onnx import TensorProto, helper, numpy_helper
from own_postgres import OwnPostgres

from lhnets import format as c
from lhnets.format import Reference, seal
from lhnets_registry.location import Location

LOW, HIGH = np.array([400.0, 300.0]), np.array([3000.0, 6000.0])


def small_card(**changes: Any) -> c.Card:
    """A card of two inputs, one output and one half-space."""
    card = c.Card(
        name="cs-gluino-pair-lo",
        version=1,
        kind="cross_section",
        title="Gluino pairs",
        description="A test network.",
        subject="2212 2212 > 1000021 1000021",
        conditions=c.Conditions(energy=13000.0, order="LO"),
        inputs=tuple(
            c.Input(name=n, meaning=m, unit="GeV", low=low, high=high)
            for n, m, low, high in (
                ("m_go", "gluino mass", 400.0, 3000.0),
                ("m_sq", "squark mass", 300.0, 6000.0),
            )
        ),
        outputs=(c.Output(name="sigma", unit="pb", meaning="cross section", scale="log"),),
        default_output="sigma",
        region=(
            c.HalfSpace(
                coefficients={"m_sq": 1.0, "m_go": -2.0}, bound=4000.0, meaning="not too heavy"
            ),
        ),
        truth=c.Truth(program="formula", version="1"),
        data=c.Data(
            name="gluino-labels", sha256="ab" * 32, rows=1000, split={"train": 900, "test": 100}
        ),
        training=c.Training(
            recipe="formula",
            method="formula",
            framework="none",
            framework_version="1",
            seed=1,
            duration=1.0,
            hyperparameters={"layers": [16, 16], "fit": {"steps": 3}},
        ),
        parity=c.Parity(points=10, max_relative=0.0, against="formula"),
        calibration=c.Calibration(
            rows=100, method="split conformal", levels=(0.68,), factors={"sigma": (1.0,)}
        ),
        validation=c.Validation(
            rows=100,
            metric="relative",
            mean=1e-4,
            median=1e-4,
            q68=1e-4,
            q95=2e-4,
            q997=3e-4,
            max=4e-4,
            coverage_68=0.68,
            coverage_95=0.95,
            baseline=c.Baseline(method="spline", mean=1e-3, median=1e-3, q997=1e-2, max=1e-1),
        ),
        checks=(c.Check(name="positive", passed=True, figure="1e-9 pb", criterion="above 0"),),
        authors=(c.Author(name="A. Author"),),
        licence="CC0-1.0",
        created="2026-11-21",
    )
    return msgspec.structs.replace(card, **changes)


def constant(name: str, values: Any) -> TensorProto:
    return numpy_helper.from_array(np.asarray(values), name)


def small_model(*, slope: float = 2.0, reach_scale: float = 1.0) -> onnx.ModelProto:
    """value = exp(-slope * u_0 + u_1 / 2), uncertainty a hundredth of it, reach of the box and the
    half-space."""
    node = helper.make_node
    nodes = [
        node("Sub", ["parameters", "centre"], ["d"]),
        node("Div", ["d", "half"], ["u"]),
        node("Cast", ["u"], ["u32"], to=TensorProto.FLOAT),
        node("MatMul", ["u32", "weights"], ["y32"]),
        node("Cast", ["y32"], ["y"], to=TensorProto.DOUBLE),
        node("Exp", ["y"], ["value"]),
        node("Mul", ["value", "hundredth"], ["uncertainty"]),
        node("Abs", ["u"], ["a"]),
        node("MatMul", ["parameters", "normal"], ["n"]),
        node("Sub", ["n", "bound"], ["beyond"]),
        node("Div", ["beyond", "spread"], ["over"]),
        node("Add", ["over", "one"], ["h"]),
        node("Concat", ["a", "h"], ["all"], axis=1),
        node("Mul", ["all", "reach_scale"], ["scaled"]),
        node("ReduceMax", ["scaled", "axes"], ["reach"], keepdims=0),
    ]
    initialisers = [
        constant("centre", (LOW + HIGH) / 2),
        constant("half", (HIGH - LOW) / 2),
        constant("weights", np.array([[-slope], [0.5]], dtype=np.float32)),
        constant("hundredth", 0.01),
        constant("normal", np.array([[-2.0], [1.0]])),
        constant("bound", 4000.0),
        constant("spread", 1000.0),
        constant("one", 1.0),
        constant("reach_scale", reach_scale),
        constant("axes", np.array([1])),
    ]
    return model_of(nodes, initialisers)


def model_of(nodes: list[Any], initialisers: list[Any], *, columns: int = 2) -> onnx.ModelProto:
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "network",
        [info("parameters", TensorProto.DOUBLE, ["N", columns])],
        [
            info("value", TensorProto.DOUBLE, ["N", 1]),
            info("uncertainty", TensorProto.DOUBLE, ["N", 1]),
            info("reach", TensorProto.DOUBLE, ["N"]),
        ],
        initialisers,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def reference_points(model: onnx.ModelProto, points: int = 40) -> Reference:
    """What the model gives at random points of the box."""
    x = np.random.default_rng(3).uniform(LOW, HIGH, (points, 2))
    return reference_at(model.SerializeToString(), x)


def reference_at(model: bytes, x: Any) -> Reference:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    names = ["value", "uncertainty", "reach"]
    return Reference.of(
        {"parameters": x}, dict(zip(names, session.run(names, {"parameters": x}), strict=True))
    )


def sealed(model: onnx.ModelProto | None = None, **changes: Any) -> bytes:
    """A sealed file of ``model`` with the reference points of the good one."""
    good = small_model()
    return seal((model or good).SerializeToString(), small_card(**changes), reference_points(good))


@pytest.fixture(scope="session")
def good() -> bytes:
    """A network file that is admitted."""
    return sealed()


@pytest.fixture(scope="session")
def lying() -> bytes:
    """A network file whose reference points are not what it gives."""
    return sealed(small_model(slope=2.1))


@pytest.fixture(scope="session")
def make() -> Callable[..., bytes]:
    """Makes an admissible file with other card fields; a slope makes another network."""

    def build(slope: float = 2.0, **changes: Any) -> bytes:
        model = small_model(slope=slope)
        return seal(model.SerializeToString(), small_card(**changes), reference_points(model))

    return build


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with its tables and nothing in them: making one takes seconds."""
    from lhnets_registry.store import MlflowClient

    folder = tmp_path_factory.mktemp("empty") / "store"
    folder.mkdir()
    location = Location.of(folder)
    MlflowClient(location.uri, location.uri).search_experiments()
    return folder


@pytest.fixture
def store_folder(empty_store: Path, tmp_path: Path) -> Path:
    """The folder of a store of this test's own."""
    return Path(shutil.copytree(empty_store, tmp_path / "store"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The server at 127.0.0.1:5432 if it lets in postgres without a password, or else one of this
    session's own."""
    usual = "postgresql://postgres@127.0.0.1:5432"
    try:
        psycopg2.connect(f"{usual}/postgres", connect_timeout=3).close()
    except psycopg2.OperationalError as error:
        try:
            own = OwnPostgres()
        except FileNotFoundError as missing:
            pytest.skip(f"no PostgreSQL: {missing}, and {str(error).splitlines()[0]}")
        yield own.uri.rpartition("/")[0]
        own.remove()
    else:
        yield usual


@pytest.fixture(scope="session")
def postgres(postgres_server: str) -> Iterator[str]:
    """The URI of a PostgreSQL database of this session's own."""
    name = f"lhnets_{secrets.token_hex(6)}"
    admin = psycopg2.connect(f"{postgres_server}/postgres")
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        yield f"{postgres_server}/{name}"
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    admin.close()


@pytest.fixture
def empty_postgres(postgres: str) -> str:
    """The URI of that database, with nothing in it."""
    with (
        closing(psycopg2.connect(postgres)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT to_regclass('experiments')")
        if cursor.fetchone() != (None,):
            cursor.execute(
                "TRUNCATE experiments, registered_models, runs, datasets, inputs CASCADE"
            )
        cursor.execute("DROP TABLE IF EXISTS lhnets_tokens, lhnets_audit, lhnets_schema")
    return postgres


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    """An empty store, embedded and on a server."""
    if request.param == "sqlite":
        return Location.of(request.getfixturevalue("store_folder"))
    return Location.of(request.getfixturevalue("empty_postgres"), tmp_path / "artifacts")
