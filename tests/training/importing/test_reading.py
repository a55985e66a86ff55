"""Models read in the child process: what comes back, and what becomes of those that crash it, hang
it, or run code."""

import os
import pickle

import numpy as np
import pytest
import toy_models as toy

from lhnets_training.importing import reading
from lhnets_training.importing.errors import ModelError, UntrustedFormatError
from lhnets_training.importing.reading import opened
from lhnets_training.importing.source import Tensor
from lhnets_training.importing.vectors import core, matrix

WANTED = (Tensor("parameters", "float32", ("N", 3)),)


class Calls:
    """Calls a function where it is unpickled."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def pickled(path, function, *arguments):
    path.write_bytes(pickle.dumps(Calls(function, *arguments)))
    return path


def test_a_model_answers_through_the_child(tmp_path):
    path = toy.save(toy.core(), tmp_path / "m.onnx")
    z = np.random.default_rng(0).normal(size=(100, 3))
    with opened([path], WANTED) as source:
        np.testing.assert_allclose(matrix(source, source.predict)(z), core(source)(z), rtol=1e-6)
        np.testing.assert_allclose(
            matrix(source, source.predict)(z[:1]), core(source)(z[:1]), rtol=1e-6
        )
    assert source.framework == "onnx"
    with pytest.raises(ModelError, match="process that reads the model"):
        source.predict({"x": z.astype(np.float32)})


def test_nothing_of_a_pickle_runs_without_trust(tmp_path):
    path = pickled(tmp_path / "m.pkl", os.mkdir, str(tmp_path / "ran"))
    with pytest.raises(UntrustedFormatError), opened([path], WANTED):
        pass
    assert not (tmp_path / "ran").exists()


def test_a_trusted_pickle_sees_an_empty_folder_and_no_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("LHNETS_TOKEN", "secret")
    script = (
        "raise ValueError(','.join(__import__('os').listdir('.')) + ' ' + "
        "str('LHNETS_TOKEN' in __import__('os').environ))"
    )
    path = pickled(tmp_path / "m.pkl", exec, script)
    with (
        pytest.raises(ModelError, match=r"ValueError: model_0.pkl False"),
        opened([path], WANTED, trust=True),
    ):
        pass


@pytest.mark.parametrize(
    ("script", "finding"),
    [
        ("__import__('os')._exit(3)", "exit code 3"),
        ("__import__('os').kill(__import__('os').getpid(), 11)", "SIGSEGV"),
        ("bytearray(1 << 36)", "MemoryError"),
        ("__import__('sys').stdout.write('noise') and 1/0", "ZeroDivisionError"),
    ],
)
def test_whatever_becomes_of_the_child_is_an_error(tmp_path, script, finding):
    with (
        pytest.raises(ModelError, match=finding),
        opened([pickled(tmp_path / "m", exec, script)], WANTED, trust=True),
    ):
        pass


def test_a_child_that_never_answers_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "DEADLINE", 3.0)
    path = pickled(tmp_path / "m", exec, "while True: pass")
    with pytest.raises(ModelError, match="deadline of 3 s"), opened([path], WANTED, trust=True):
        pass


def test_two_files_that_do_not_belong_together(tmp_path):
    path = toy.save(toy.core(), tmp_path / "m.onnx")
    with (
        pytest.raises(ModelError, match=r"m.onnx \(an ONNX file\).*architecture of Keras"),
        opened([path, path], WANTED),
    ):
        pass
