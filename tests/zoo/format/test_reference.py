import base64
import json
import zlib

import numpy as np
import pytest

from lhnets import NetworkFileError
from lhnets.format import Reference

ARRAYS = {
    "x": np.array([[1.5, -2.0], [np.pi, 1e-300]]),
    "mask": np.array([[True, False], [False, True]]),
    "jets": np.arange(12, dtype=np.float32).reshape(2, 3, 2),
    "number": np.array([7, -(2**62)]),
}


def spoil(**changes):
    plain = json.loads(Reference.of({"x": ARRAYS["x"]}, {"value": [1.0, 2.0]}).to_json())
    plain["inputs"]["x"] |= changes.pop("x", {})
    return json.dumps(plain | changes).encode()


def pack(content):
    return base64.b64encode(zlib.compress(content)).decode()


def test_arrays_come_back_bit_for_bit_with_their_types():
    reference = Reference.of(ARRAYS, {"value": ARRAYS["x"] * 3})
    again = Reference.from_json(reference.to_json(), 2)
    assert again == reference
    for name, array in ARRAYS.items():
        assert again.inputs[name].dtype == array.dtype
        np.testing.assert_array_equal(again.inputs[name], array)
    assert again.points == 2
    assert reference.to_json() == again.to_json()


def test_the_text_is_what_the_documentation_says():
    plain = json.loads(Reference.of({"x": [1.0, 2.0]}, {"y": [3]}).to_json())
    assert plain["inputs"] == {"x": {"type": "float64", "shape": [2]}}
    assert plain["outputs"] == {"y": {"type": "int64", "shape": [1]}}
    raw = zlib.decompress(base64.b64decode(plain["data"]))
    assert raw == np.array([1.0, 2.0], "<f8").tobytes() + np.array([3], "<i8").tobytes()


def test_big_endian_arrays_are_written_little_endian():
    big = np.array([1.0, 2.0], ">f8")
    np.testing.assert_array_equal(
        Reference.from_json(Reference.of({"x": big}, {}).to_json(), 2).inputs["x"], big
    )


def test_the_lists_of_format_1_are_read():
    found = Reference.from_json(b'{"inputs":{"x":[[1.5],[2.5]]},"outputs":{"y":[true,false]}}', 1)
    np.testing.assert_array_equal(found.inputs["x"], [[1.5], [2.5]])
    assert found.outputs["y"].dtype == bool


@pytest.mark.parametrize(
    "values", ["[null]", '["1.0"]', "[[1.0],[1.0,2.0]]", "[{}]", "1.0", "[" * 5000 + "]" * 5000]
)
def test_lists_of_something_else_are_refused(values):
    with pytest.raises(NetworkFileError, match="reference points"):
        Reference.from_json(f'{{"inputs":{{}},"outputs":{{"reach":{values}}}}}'.encode(), 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (spoil(data="!!!"), "cannot be read"),
        (spoil(data=base64.b64encode(b"no stream").decode()), "cannot be read"),
        (spoil(data=pack(b"12")), "another number of bytes than the 48"),
        (spoil(data=pack(bytes(10_000_000))), "another number of bytes than the 48"),
        (spoil(x={"shape": [2, 10**12]}), "at most 256000000 are read"),
        (spoil(x={"shape": [-2, -2]}), "negative length"),
        (spoil(x={"shape": []}), "negative length"),
        (spoil(x={"type": "object"}), "cannot be read"),
        (b"[]", "cannot be read"),
        (b"\xff", "cannot be read"),
    ],
)
def test_what_is_not_such_a_text_is_refused(text, message):
    with pytest.raises(NetworkFileError, match=message):
        Reference.from_json(text, 2)
