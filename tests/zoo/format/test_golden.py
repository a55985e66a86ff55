"""Files of every format number are read for ever, with the values that they gave when they were
written."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from lhnets.format import FORMAT, Index, Lock, Reference, read_path, strip
from lhnets.networks import Network, verify

GOLDEN = Path(__file__).parents[2] / "golden"
ANSWERS = np.load(GOLDEN / "answers.npz")
KINDS = ("flat", "table", "likelihood", "classifier")
NUMBERS = tuple(range(1, FORMAT + 1))


def test_every_format_number_has_its_folder():
    assert {p.name for p in GOLDEN.iterdir() if p.is_dir()} == {f"format-{n}" for n in NUMBERS}


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("kind", KINDS)
def test_networks_give_what_they_gave(kind, number):
    path = GOLDEN / f"format-{number}" / f"{kind}.onnx"
    file = read_path(path)
    assert file.format == number
    assert file.card.unknown == ()
    assert verify(file).passed
    parts = {k: ANSWERS[k] for k in ANSWERS.files if k.startswith(f"{kind}/")}
    inputs = {k.split("/")[2]: v for k, v in parts.items() if "/in/" in k}
    found = Network(file.content, path).predict(
        inputs if file.card.tensors else inputs["parameters"]
    )
    for name in found._fields:
        np.testing.assert_allclose(
            getattr(found, name), parts[f"{kind}/out/{name}"], rtol=1e-6, atol=1e-12
        )


@pytest.mark.parametrize("kind", KINDS)
def test_formats_differ_in_nothing_but_how_they_are_written(kind):
    first, *others = (read_path(GOLDEN / f"format-{n}" / f"{kind}.onnx") for n in NUMBERS)
    for other in others:
        assert strip(other.content) == strip(first.content)
        assert other.card == first.card
        assert other.reference == first.reference


@pytest.mark.parametrize("number", NUMBERS)
def test_indexes_are_read(number):
    path = GOLDEN / f"format-{number}" / "index.json"
    assert msgspec.json.decode(path.read_bytes())["format"] == number
    index = Index.from_json(path.read_bytes(), str(path))
    assert len(index.networks) == 45
    assert index.skipped == ()
    assert {e.format for e in index.networks} == {number}
    assert not any(e.missing or e.unknown for e in index.networks)


@pytest.mark.parametrize("number", NUMBERS)
def test_locks_pin_the_files_beside_them(number):
    folder = GOLDEN / f"format-{number}"
    lock = Lock.read(folder / "lhnets.lock")
    pinned = lock.apply(
        Index.from_json((folder / "index.json").read_bytes(), "here").networks, "here"
    )
    assert {e.sha256 for e in pinned} == {
        read_path(folder / f"{kind}.onnx").sha256 for kind in KINDS
    }


def test_the_present_format_writes_what_its_golden_file_holds():
    file = read_path(GOLDEN / f"format-{FORMAT}" / "flat.onnx")
    assert file.card.to_json() in file.content
    assert Reference.of(file.reference.inputs, file.reference.outputs) == file.reference
