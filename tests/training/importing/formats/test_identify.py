import contextlib
import gzip
import io
import json
import pickle
import struct
import zipfile
from pathlib import Path

import joblib
import numpy as np
import pytest
import toy_models as toy
from hypothesis import given
from hypothesis import strategies as st

from lhnets_training.importing.errors import ModelError, UntrustedFormatError
from lhnets_training.importing.formats import keras_config
from lhnets_training.importing.formats.identify import identify, module_of

LAMBDA = {
    "class_name": "Sequential",
    "config": {"layers": [{"class_name": "Lambda", "config": {"function": "x"}}]},
}
DENSE = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}}


class Bomb:
    """Writes a file where it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (exec, (f"open({self.path!r}, 'w').close()",))


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_pickles_need_trust_by_whatever_name(tmp_path, protocol):
    path = write(tmp_path / "model.onnx", pickle.dumps(Bomb(tmp_path / "ran"), protocol=protocol))
    found = identify(path)
    with pytest.raises(
        UntrustedFormatError, match=r"model.onnx is a pickle.*Nothing of it was loaded.*--trust"
    ):
        found.require(False, path.name)
    found.require(True, path.name)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("compress", [("zlib", 3), ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)])
def test_compressed_joblib_files_need_trust(tmp_path, compress):
    joblib.dump(Bomb(tmp_path / "ran"), tmp_path / "m.joblib", compress=compress)
    with pytest.raises(UntrustedFormatError, match="compressed pickle"):
        identify(tmp_path / "m.joblib").require(False, "m.joblib")
    assert not (tmp_path / "ran").exists()


def test_formats_of_torch_by_their_members(tmp_path):
    plain = archive(tmp_path / "a.pt", {"m/data.pkl": b"x", "m/version": b"3"})
    script = archive(
        tmp_path / "b.pt", {"m/constants.pkl": b"x", "m/code/__torch__.py": b"", "m/data.pkl": b""}
    )
    program = archive(
        tmp_path / "c.pt2", {"c/archive_format": b"pt2", "c/models/model.json": b"{}"}
    )
    assert "pickle" in identify(plain).what
    assert identify(plain).code
    assert identify(script).code
    assert not identify(program).code
    assert {identify(p).module for p in (plain, script, program)} == {"torch"}


def test_keras_archives_with_code_need_trust(tmp_path):
    for name, config in (("bad", LAMBDA), ("good", DENSE)):
        members = {
            "config.json": json.dumps(config).encode(),
            "metadata.json": b"{}",
            "model.weights.h5": b"",
        }
        archive(tmp_path / f"{name}.keras", members)
    assert not identify(tmp_path / "good.keras").code
    with pytest.raises(UntrustedFormatError, match="Lambda"):
        identify(tmp_path / "bad.keras").require(False, "bad.keras")


def test_hdf5_files_with_code_need_trust(tmp_path):
    head = b"\x89HDF\r\n\x1a\n"
    bad = write(tmp_path / "bad.h5", head + json.dumps(LAMBDA).encode())
    assert "Lambda" in identify(bad).code
    assert not identify(write(tmp_path / "good.h5", head + json.dumps(DENSE).encode())).code


@pytest.mark.parametrize(
    ("config", "word"),
    [
        (LAMBDA, "Lambda"),
        ({"class_name": "function", "config": "os.system", "module": "builtins"}, "function"),
        ({"class_name": "Popen", "module": "subprocess"}, "outside Keras"),
        ({"a": [{"class_name": "get_file", "module": "keras.utils"}]}, "get_file"),
        ({"class_name": "TorchModuleWrapper", "module": "keras.layers"}, "torch"),
        ({"class_name": "__lambda__"}, "__lambda__"),
    ],
)
def test_what_runs_in_an_architecture(config, word):
    assert word in keras_config.code_in_config(json.dumps(config))


def test_what_does_not_run_in_an_architecture():
    assert (
        keras_config.code_in_config(
            json.dumps({"layers": [DENSE, {"class_name": "Normalization"}]})
        )
        == ""
    )
    assert "cannot be read" in keras_config.code_in_config("{" * 100_000)


def test_models_without_code(tmp_path):
    onnx = toy.save(toy.core(), tmp_path / "whatever.bin")
    lightgbm = write(tmp_path / "l.txt", b"tree\nversion=v4\n")
    xgboost = write(tmp_path / "x.json", b'{"learner":{}}')
    ubj = write(tmp_path / "x.ubj", b"{L" + struct.pack(">q", 7) + b"learner{")
    skops = archive(tmp_path / "s.skops", {"schema.json": b"{}"})
    found = {p.name: identify(p) for p in (onnx, lightgbm, xgboost, ubj, skops)}
    assert {n: f.module for n, f in found.items()} == {
        "whatever.bin": "onnx",
        "l.txt": "boosting",
        "x.json": "boosting",
        "x.ubj": "boosting",
        "s.skops": "sklearn",
    }
    assert not any(f.code for f in found.values())


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (b"\x93NUMPY", "a NumPy array"),
        (b"\x7fELF", "a program"),
        (b"hello", "cannot tell what"),
        (b"", "cannot tell what"),
        (b'{"a": 1}', "neither an XGBoost model nor an architecture"),
        (b"PK\x03\x04broken", "damaged zip"),
    ],
)
def test_what_is_no_model(tmp_path, content, finding):
    with pytest.raises(ModelError, match=finding):
        identify(write(tmp_path / "f", content))


def test_a_folder_or_nothing(tmp_path):
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(ModelError, match="is not a file"):
            identify(path)


def test_a_bomb_of_an_archive(tmp_path):
    with zipfile.ZipFile(tmp_path / "b.keras", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("config.json", b"0" * (17 << 20))
        made.writestr("metadata.json", b"{}")
    with pytest.raises(ModelError, match="unpacks to more than"):
        identify(tmp_path / "b.keras")


@given(st.binary(max_size=300))
def test_any_bytes_are_identified_or_refused(tmp_path_factory, content):
    path = write(tmp_path_factory.getbasetemp() / "any", content)
    with contextlib.suppress(ModelError):
        identify(path)


def test_objects_by_their_packages():
    import sklearn.linear_model

    class Mine(sklearn.linear_model.LinearRegression):
        pass

    assert module_of(Mine()) == "sklearn"
    assert module_of(toy.core()) == "onnx"
    with pytest.raises(ModelError, match=r"an object of type builtins\.int"):
        module_of(3)
    with pytest.raises(ModelError, match=r"numpy\.ndarray"):
        module_of(np.zeros(2))


def test_frames_are_read_as_they_were_written():
    from lhnets_training.importing import frames

    stream = io.BytesIO()
    arrays = {"a/b:0": np.arange(6.0).reshape(2, 3), "c": np.array([True])}
    frames.write(stream, {"x": 1}, arrays, b"data")
    stream.seek(0)
    header, found, data = frames.read(stream)
    assert (header, data) == ({"x": 1}, b"data")
    assert {k: v.tolist() for k, v in found.items()} == {k: v.tolist() for k, v in arrays.items()}
    for content in (b"", stream.getvalue()[:40], b"\xff" * 24):
        with pytest.raises(frames.FrameError):
            frames.read(io.BytesIO(content))


OTHERS = {
    "a TMVA weights file": b'<?xml version="1.0"?>\n<MethodSetup Method="BDT::BDT">',
    "an lwtnn network": b'{"inputs": [], "defaults": [], "layers": [], "weights": []}',
}


@pytest.mark.parametrize("what", OTHERS)
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_formats_that_are_not_read_are_called_what_they_are(tmp_path, what, compress):
    path = write(tmp_path / "network.bin", compress(OTHERS[what]))
    with pytest.raises(ModelError, match=what) as refusal:
        identify(path)
    assert "pickle" not in str(refusal.value)


def test_gzip_that_is_neither_a_pickle_nor_whole(tmp_path):
    with pytest.raises(ModelError, match="unpack it"):
        identify(write(tmp_path / "a.gz", gzip.compress(b"tree\nversion=v4\n")))
    with pytest.raises(ModelError, match="a damaged gzip file"):
        identify(write(tmp_path / "b.gz", b"\x1f\x8b" + b"\xff" * 40))
