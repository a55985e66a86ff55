"""The names that users rely on, and what importing them costs."""

import ast
import doctest
import inspect
import subprocess
import sys
from importlib import metadata

import msgspec
import numpy as np
import pytest

import lhnets as ml
from lhnets._api import analyses, events, networks, papers, rates, theory
from lhnets._fetching.cache import Cache
from lhnets._finding import zoo as _zoo

FUNCTIONS = ["BR", "CS", "Efficiency", "Likelihood", "LoopIntegral", "Observable", "Width"]
EVENT_FUNCTIONS = ["AnomalyScore", "Classify", "EventVariable", "Generate", "Unfold"]
MODULES = analyses, events, networks, papers, rates, theory
PUBLIC = """
    BR CS AmbiguousNetworkError AmbiguousProcessError AnomalyScore CacheError Card CardError
    ClassPrediction Classify Comparison CompilerError Composed
    Efficiency EngineWarning Error EventPrediction
    EventVariable Generate IntegrityError Likelihood LikelihoodPrediction LockFileError
    LockFileNotice LoopIntegral
    LowerOrderWarning MirrorError MirrorWarning MissingExtraError Network NetworkFileError
    NetworkNotFoundError Observable OfflineError OutsideRegionError OutsideRegionWarning
    ParameterError Prediction ProcessError Quantity RetractedWarning ScanError SearchResults
    StaleIndexError Unfold UnknownParticleError UpdateNeededError WeightError Width cite compare
    example load lock scan search
"""


def test_the_public_names():
    """A name that is missing breaks somebody's script, and one more is a promise: change the list
    on purpose."""
    assert sorted(ml.__all__) == sorted(PUBLIC.split())
    assert all(hasattr(ml, name) for name in ml.__all__)


def test_the_version_is_that_of_the_distribution():
    assert isinstance(ml.__version__, str)
    assert ml.__version__ == metadata.version("lhnets")


@pytest.mark.parametrize("name", [n for n in ml.__all__ if n.endswith("Error") and n != "Error"])
def test_every_error_is_an_lhnets_error_and_a_builtin(name):
    error = getattr(ml, name)
    assert issubclass(error, ml.Error)
    assert issubclass(error, (ValueError, LookupError, OSError, ImportError))


@pytest.mark.parametrize("name", [*FUNCTIONS, *EVENT_FUNCTIONS])
def test_every_function_is_documented(name):
    function = getattr(ml, name)
    assert function.__name__ == name
    for heading in ("Parameters", "Returns", "Raises"):
        assert f"\n{heading}\n{'-' * len(heading)}\n" in inspect.getdoc(function)
    for parameter in inspect.signature(function).parameters.values():
        stars = "**" if parameter.kind is inspect.Parameter.VAR_KEYWORD else ""
        assert f"\n{stars}{parameter.name} : " in inspect.getdoc(function)


@pytest.mark.parametrize("name", [*FUNCTIONS, *EVENT_FUNCTIONS])
def test_go_to_definition_lands_on_the_function(name):
    """An editor finds a ``def`` of that name in the source, and not what makes functions."""
    written = {
        node.name
        for module in MODULES
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.FunctionDef)
    }
    assert name in written
    assert inspect.getsource(getattr(ml, name)).startswith(f"def {name}(")


def test_the_examples_of_the_functions_run():
    found = [doctest.testmod(module, globs={}) for module in MODULES]
    assert sum(f.failed for f in found) == 0
    assert sum(f.attempted for f in found) >= 20


def test_the_main_path(zoo, truth):
    sigma = ml.CS("pp -> gluino gluino", {"m_a": 500.0}, energy=13000.0, order="LO")
    assert sigma.value == pytest.approx(truth(500.0, 13000.0))
    assert (
        ml.CS("2212 2212 > 1000021 1000021", {"m_a": 500.0}, energy="13 TeV", order="lo").value
        == sigma.value
    )
    assert "cs-exponential" in ml.cite()


def test_a_network_is_cited_by_its_name_without_being_used(zoo):
    assert ml.cite() == ""
    assert ml.cite("cs-exponential").startswith("@misc{lhnets:cs-exponential-v1,")
    assert ml.cite() == ""
    with pytest.raises(ml.NetworkNotFoundError, match="no network is called 'cs-exponentiall'"):
        ml.cite("cs-exponentiall")


@pytest.mark.parametrize("m_a", [500.0, np.array([400.0, 500.0])])
def test_the_energy_that_is_asked_for_goes_before_the_default(
    m_a, make_card, make_file, make_mirror, tmp_path, monkeypatch, truth
):
    m, energy, mu = make_card().inputs
    inputs = (m, msgspec.structs.replace(energy, default=13000.0), mu)
    mirror = make_mirror(tmp_path / "defaults", make_file(inputs=inputs))
    made = _zoo.Zoo([str(mirror)], Cache(tmp_path / "cache"))
    monkeypatch.setattr(_zoo, "default", lambda: made)
    for gev in (8000.0, 13000.0):
        found = ml.CS("p p > go go", {"m_a": m_a}, energy=gev)
        np.testing.assert_allclose(found.value, truth(m_a, gev, column=1))
    with pytest.raises(ml.AmbiguousNetworkError, match="known at 7 TeV to 14 TeV"):
        ml.CS("p p > go go", {"m_a": m_a})


def test_each_function_looks_for_its_own_kind(zoo):
    for name in ("BR", "Width"):
        with pytest.raises(ml.NetworkNotFoundError, match="none of that kind"):
            getattr(ml, name)("h > b b~", {"m_h": 125.0})
    for name in ("Efficiency", "Likelihood", "LoopIntegral", "Observable"):
        with pytest.raises(ml.NetworkNotFoundError, match="none of that kind"):
            getattr(ml, name)("atlas-susy-2018-04", {"SRlow": 1.0})


def test_networks_are_found_by_what_they_compute(zoo):
    assert [e.name for e in ml.search(process="pp -> gluino gluino")] == ["cs-exponential"]
    assert [e.name for e in ml.search(kind="cross_section", text="EXPON m_a")] == ["cs-exponential"]
    assert (
        ml.search(kind="width") == ml.search(text="stop") == ml.search(process="p p > t1 t1~") == []
    )


def test_locking(zoo, tmp_path):
    with pytest.raises(ml.LockFileError, match="no network to lock"):
        ml.lock(tmp_path / "lhnets.lock")
    ml.load("cs-exponential")
    assert '"cs-exponential"' in ml.lock(tmp_path / "lhnets.lock").read_text()


def test_names_that_do_not_exist():
    with pytest.raises(AttributeError, match="no attribute 'Cs'"):
        ml.Cs  # noqa: B018


def test_importing_is_light():
    heavy = [
        "onnxruntime",
        "httpx",
        "torch",
        "mlflow",
        "pandas",
        "pyarrow",
        "onnx",
        "scipy",
        "rich",
        "click",
    ]
    code = f"import sys, lhnets; print([m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
