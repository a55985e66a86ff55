"""Reference points: inputs with the answers that the file gave when it was made, as binary arrays
in a JSON text.

Metadata of an ONNX file are texts. The text is a JSON object: `inputs` and `outputs` map the names
of the graph to the type and shape of each array; `data` is the base64 of the zlib stream of all
arrays one after another, inputs before outputs, in the order in which they are listed, each
little-endian in C order. Format 1 has nested lists of numbers instead.
"""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from lhnets.errors import NetworkFileError

LARGEST = 256 * 1000**2
"""Bytes of all arrays together; what claims more is not read."""

Type: TypeAlias = Literal["float64", "float32", "int64", "int32", "bool"]
Arrays: TypeAlias = dict[str, NDArray[Any]]


class Described(Struct, frozen=True):
    """Type and shape of one array."""

    type: Type
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes of the array."""
        return math.prod(self.shape) * np.dtype(self.type).itemsize


class _Packed(Struct, frozen=True):
    inputs: dict[str, Described]
    outputs: dict[str, Described]
    data: str


class _Listed(Struct, frozen=True):
    inputs: dict[str, list[object]]
    outputs: dict[str, list[object]]


@dataclass(frozen=True, eq=False)
class Reference:
    """Points with the answers that the file gave when it was made: arrays by the names of the
    graph, first axis the points."""

    inputs: Arrays
    outputs: Arrays

    @classmethod
    def of(cls, inputs: dict[str, Any], outputs: dict[str, Any]) -> Reference:
        """From arrays, or from nested lists of numbers."""
        return cls(*({k: _array(k, v) for k, v in part.items()} for part in (inputs, outputs)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Reference):
            return NotImplemented
        return self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())

    @property
    def points(self) -> int:
        """How many points there are."""
        return min((len(v) for v in (*self.inputs.values(), *self.outputs.values())), default=0)

    def to_json(self) -> bytes:
        """The text for the metadata of a network file, format 2."""
        arrays = [*self.inputs.values(), *self.outputs.values()]
        raw = b"".join(np.ascontiguousarray(a, a.dtype.newbyteorder("<")).tobytes() for a in arrays)
        packed = base64.b64encode(zlib.compress(raw, 9)).decode()
        return msgspec.json.encode(_Packed(_describe(self.inputs), _describe(self.outputs), packed))

    @classmethod
    def from_json(cls, data: bytes, number: int) -> Reference:
        """Read the metadata of a network file of format ``number``.

        Raises
        ------
        NetworkFileError
            if they are not what the format says, or larger than 256 MB.
        """
        try:
            if number == 1:
                listed = msgspec.json.decode(data, type=_Listed)
                return cls.of(listed.inputs, listed.outputs)
            packed = msgspec.json.decode(data, type=_Packed)
            raw = _unpack(packed)
        except (
            msgspec.MsgspecError,
            UnicodeDecodeError,
            RecursionError,
            binascii.Error,
            zlib.error,
        ) as error:
            raise NetworkFileError(f"the reference points cannot be read: {error}") from error
        arrays = _split(raw, [*packed.inputs.values(), *packed.outputs.values()])
        return cls(
            {k: next(arrays) for k in packed.inputs}, {k: next(arrays) for k in packed.outputs}
        )


def _array(name: str, values: Any) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise NetworkFileError(
            f"the reference points of {name!r} cannot be read: {error}"
        ) from error
    if array.dtype.name not in Type.__args__ or not array.ndim:  # type: ignore[attr-defined]
        raise NetworkFileError(
            f"the reference points of {name!r} must be arrays of {', '.join(Type.__args__)}; "  # type: ignore[attr-defined]
            f"got {array.dtype} of shape {array.shape}"
        )
    return array


def _describe(arrays: Arrays) -> dict[str, Described]:
    return {
        name: msgspec.convert({"type": a.dtype.name, "shape": a.shape}, Described)
        for name, a in arrays.items()
    }


def _unpack(packed: _Packed) -> bytes:
    """The bytes of all arrays; never more than they are said to be."""
    described = [*packed.inputs.values(), *packed.outputs.values()]
    if any(n < 0 for d in described for n in d.shape) or not all(d.shape for d in described):
        raise NetworkFileError(
            "the reference points cannot be read: an array of no or negative length"
        )
    size = sum(d.size for d in described)
    if size > LARGEST:
        raise NetworkFileError(
            f"the reference points claim {size} bytes; at most {LARGEST} are read"
        )
    stream = zlib.decompressobj()
    raw = stream.decompress(base64.b64decode(packed.data, validate=True), size + 1)
    if len(raw) != size or not stream.eof:
        raise NetworkFileError(
            f"the reference points hold another number of bytes than the {size} that they claim"
        )
    return raw


def _split(raw: bytes, described: list[Described]) -> Iterator[NDArray[Any]]:
    start = 0
    for one in described:
        array = np.frombuffer(
            raw, np.dtype(one.type).newbyteorder("<"), math.prod(one.shape), start
        )
        start += one.size
        yield array.reshape(one.shape).astype(one.type)
