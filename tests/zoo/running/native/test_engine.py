"""Networks as machine code in Python, and what happens where they cannot be."""

import pickle
import stat
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from msgspec import structs

import lhnets as ml
from lhnets import CompilerError, EngineWarning, OutsideRegionError, ParameterError
from lhnets._running import engines
from lhnets._running.native import compiler
from lhnets._running.native.engine import NativeSession, compile_network, open_native

NAME = "cs-gluino-pair-lo"
POINT = {"m_go": 2000.0, "m_sq": 2500.0, "sqrt_s": 13000.0}


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def environment(cache, monkeypatch):
    monkeypatch.setenv("LHNETS_CACHE", str(cache))
    monkeypatch.setattr(engines, "_told", set())


@pytest.fixture
def fast():
    try:
        compiler.find_compiler()
    except CompilerError:
        pytest.skip("needs a C compiler")
    return fresh("native")


@pytest.fixture
def small(fast, monkeypatch):
    """A network that compiles in no time."""
    monkeypatch.setattr(compiler, "FLAGS", ("-O0", "-shared", "-fPIC"))
    return ml.load("obs-b-xs-gamma")


def fresh(engine):
    known = ml.load(NAME)
    return ml.Network(known.file.content, known.path, "bundled", engine)


def test_one_point_and_many_agree_with_onnx_runtime(fast):
    known = ml.load(NAME, engine="onnxruntime")
    assert isinstance(fast.session, NativeSession)
    assert fast(POINT).value == pytest.approx(known(POINT).value, rel=1e-12)
    assert fast(POINT).interval() == pytest.approx(known(POINT).interval(), rel=1e-12)
    low, high = zip(*((i.low, i.high) for i in known.card.columns), strict=True)
    x = np.random.default_rng(2).uniform(low, high, (10_001, len(low)))
    for found, expected in zip(fast.predict(x), known.predict(x), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    masses = {**POINT, "m_go": np.array([1000.0, 2000.0])}
    np.testing.assert_allclose(fast(masses).value, known(masses).value, rtol=1e-12)
    assert fast.predict(np.empty((0, 4))).value.shape == (0, 1)


def test_rows_give_the_same_bits_wherever_they_stand(fast):
    x = np.tile([2000.0, 2500.0, 13000.0, 1.0], (19, 1))
    assert len(np.unique(fast.predict(x).value)) == 1


def test_derivatives_are_those_of_the_interpreter(fast):
    known = ml.load(NAME, engine="onnxruntime")
    x = {**POINT, "m_go": np.linspace(500, 2900, 7)}
    expected = known.jacobian(x)
    for name, slopes in fast.jacobian(x).items():
        np.testing.assert_allclose(slopes, expected[name], rtol=1e-9)
    assert fast(POINT).gradient == pytest.approx(known(POINT).gradient, rel=1e-9)
    assert fast.jacobian({**POINT, "m_go": [5e3, 1e3]}, outside="nan")["m_sq"].shape == (2, 1)


def test_what_does_not_fit_is_refused_as_ever(fast):
    with pytest.raises(OutsideRegionError, match="m_go"):
        fast({**POINT, "m_go": 5000.0})
    with pytest.raises(ParameterError, match="finite"):
        fast({**POINT, "m_go": np.nan})
    with pytest.raises(ParameterError, match=r"shape \(N, 4\)"):
        fast.predict(np.ones((3, 5)))
    assert np.isnan(fast({**POINT, "m_go": 5000.0}, outside="nan").value)


def test_threads_have_buffers_of_their_own(fast):
    known = ml.load(NAME, engine="onnxruntime")
    masses = np.linspace(1000, 2500, 8)
    expected = known({**POINT, "m_go": masses}).value
    wrong = []

    def work(mass, value):
        for _ in range(200):
            if abs(fast({**POINT, "m_go": float(mass)}).value / value - 1) > 1e-10:
                wrong.append(mass)

    threads = [
        threading.Thread(target=work, args=pair) for pair in zip(masses, expected, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_library_is_compiled_once_and_is_the_users_own(small):
    first = compile_network(small.file)
    written = first.stat().st_mtime_ns
    assert compile_network(small.file) == first
    assert first.stat().st_mtime_ns == written
    assert not stat.S_IMODE(first.stat().st_mode) & 0o022
    first.chmod(0o666)
    again = compile_network(small.file)
    assert not stat.S_IMODE(again.stat().st_mode) & 0o022


def test_those_who_compile_at_once_do_not_disturb_each_other(small, tmp_path, monkeypatch):
    monkeypatch.setenv("LHNETS_CACHE", str(tmp_path))
    with ThreadPoolExecutor(3) as pool:
        paths = set(pool.map(compile_network, [small.file] * 3))
    (folder,) = (tmp_path / "native").iterdir()
    assert set(folder.iterdir()) == paths
    assert len(paths) == 1
    assert open_native(small.file).run({"parameters": np.zeros((1, 2))}).reach[0] < 1


def test_a_folder_that_others_can_write_is_not_trusted(small, tmp_path, monkeypatch):
    monkeypatch.setenv("LHNETS_CACHE", str(tmp_path))
    kept = compile_network(small.file)
    kept.parent.chmod(0o777)
    assert not compile_network(small.file).is_relative_to(tmp_path)
    kept.parent.chmod(0o700)
    assert compile_network(small.file) == kept


def test_another_processor_has_a_library_of_its_own(small, monkeypatch):
    here = compile_network(small.file)
    monkeypatch.setattr(compiler, "_processor", lambda: "another")
    assert compile_network(small.file) != here


def test_a_cache_that_cannot_be_written_stops_nothing(small, tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("LHNETS_CACHE", str(blocked))
    assert open_native(small.file).run({"parameters": np.ones((1, 2))}).value.shape == (1, 1)


def test_without_a_compiler_onnx_runtime_answers_and_says_so_once(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.warns(EngineWarning, match="no C compiler was found: looked for no-such-compiler"):
        value = fresh("native")(POINT).value
    assert value == ml.load(NAME, engine="onnxruntime")(POINT).value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fresh("native")(POINT)


def test_a_compiler_that_fails_is_quoted(monkeypatch):
    monkeypatch.setenv("CC", "false")
    with pytest.raises(CompilerError, match="does not compile the network: exit 1"):
        compile_network(ml.load(NAME).file)


def test_code_with_other_answers_is_not_used(small):
    right = small.file.reference
    wrong = type(right)(right.inputs, {**right.outputs, "value": right.outputs["value"] * 1.001})
    changed = structs.replace(small.file, reference=wrong)
    with pytest.raises(CompilerError, match=r"differs from its reference points by 1\.0e-03"):
        open_native(changed)


def test_networks_of_events_fall_back():
    known = ml.load("classifier-top-qcd")
    network = ml.Network(known.file.content, known.path, "bundled", "native")
    with pytest.warns(EngineWarning, match="takes events"):
        assert not isinstance(network.session, NativeSession)


def test_the_engine_is_chosen_by_argument_or_variable(monkeypatch):
    assert ml.load(NAME, engine="native").engine == "native"
    assert ml.load(NAME, engine="native") is ml.load(NAME, engine="native")
    assert ml.load(NAME, engine="onnxruntime").engine == "onnxruntime"
    monkeypatch.setenv("LHNETS_ENGINE", "native")
    assert fresh(None).engine == "native"
    assert pickle.loads(pickle.dumps(fresh(None))).engine == "native"
    monkeypatch.setenv("LHNETS_ENGINE", "fast")
    with pytest.raises(ParameterError, match="LHNETS_ENGINE must be 'onnxruntime' or 'native'"):
        fresh(None)


def test_derivatives_of_another_shape_are_refused(fast):
    with pytest.raises(ParameterError, match=r"shape \(N, 4\)"):
        fast.differentiate(np.ones((3, 5)))
