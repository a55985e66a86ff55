"""Network files spoilt at random, each from its own seed: bytes flipped, cut and spliced; graphs,
cards and points edited.

Where an attacker could make the digest fit, it fits: what was changed then meets the checks behind
it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import onnx
from onnx import TensorProto

from lhnets.format.file import (
    CARD_KEY,
    DIGEST_KEY,
    FORMAT,
    FORMAT_KEY,
    REFERENCE_KEY,
    digest,
    encode_entry,
    metadata,
)
from lhnets.format.protobuf import read_fields

METADATA_FIELD = 14
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**31,
    2**63,
    1e308,
    -0.0,
    "",
    "x" * 5000,
    "<script>alert(1)</script>",
    "../../../etc/passwd",
    "\x1b[31m",
    "\u202e",
    "\ud800",
    [],
    {},
    [[[[]]]],
    {"__reduce__": "os.system"},
    float("nan"),
    float("inf"),
)
"""Values that a card does not expect."""
OPERATORS = (
    "Loop",
    "If",
    "Scan",
    "PyOp",
    "RandomNormal",
    "Range",
    "Tile",
    "Softmax",
    "Identity",
    "MatMul",
    "Where",
    "Relu",
)


@dataclass(frozen=True)
class Parts:
    """A sealed file taken apart."""

    model: bytes
    card: bytes
    reference: bytes

    @classmethod
    def of(cls, content: bytes) -> Parts:
        """The model is what is left without the metadata."""
        kept, position = bytearray(), 0
        for field in read_fields(memoryview(content)):
            if field.number != METADATA_FIELD:
                kept += content[position : field.end]
            position = field.end
        entries = metadata(content)
        return cls(bytes(kept), entries[CARD_KEY], entries[REFERENCE_KEY])

    def sealed(self) -> bytes:
        """A file with these parts, whatever they are, whose digest fits."""
        body = (
            self.model
            + encode_entry(FORMAT_KEY, b"%d" % FORMAT)
            + encode_entry(CARD_KEY, self.card)
            + encode_entry(REFERENCE_KEY, self.reference)
        )
        return body + encode_entry(DIGEST_KEY, digest(body).encode())


def mutants(files: list[bytes], count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """``count`` spoilt files, each with the name of what was done to it. The same seed gives the
    same files."""
    kinds = list(KINDS)
    for number in range(count):
        rng = random.Random(f"{seed}-{number}")
        kind = kinds[number % len(kinds)]
        yield kind, KINDS[kind](rng.choice(files), files, rng)


def _flipped(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _spliced(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    other = rng.choice(others)
    start, length = rng.randrange(len(other)), rng.choice((1, 8, 100, 2000))
    at, over = rng.randrange(len(content)), rng.choice((0, length))
    return content[:at] + other[start : start + length] + content[at + over :]


def _cut(content: bytes, rng: random.Random) -> bytes:
    at, length = rng.randrange(len(content)), rng.choice((1, 10, 1000, len(content)))
    return content[:at] + content[at + length :]


def _in_model(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def changed(content: bytes) -> bytes:
        parts = Parts.of(content)
        try:
            return Parts(change(parts.model), parts.card, parts.reference).sealed()
        except ValueError:
            return parts.model + content

    return changed


def _graph(model: bytes, rng: random.Random) -> bytes:
    """One to three edits of fields of the parsed model."""
    parsed = onnx.load_from_string(model)
    for _ in range(rng.randint(1, 3)):
        EDITS[rng.randrange(len(EDITS))](parsed, rng)
    return parsed.SerializeToString()


def _node(model: onnx.ModelProto, rng: random.Random) -> onnx.NodeProto:
    return (
        model.graph.node[rng.randrange(len(model.graph.node))]
        if model.graph.node
        else model.graph.node.add()
    )


def _constant(model: onnx.ModelProto, rng: random.Random) -> TensorProto:
    held = model.graph.initializer
    return held[rng.randrange(len(held))] if held else held.add()


def _operator(model: onnx.ModelProto, rng: random.Random) -> None:
    _node(model, rng).op_type = rng.choice(OPERATORS)


def _domain(model: onnx.ModelProto, rng: random.Random) -> None:
    _node(model, rng).domain = rng.choice(("com.microsoft", "ai.onnx.ml", "own", ""))


def _rewired(model: onnx.ModelProto, rng: random.Random) -> None:
    node, other = _node(model, rng), _node(model, rng)
    if node.input and other.output:
        node.input[rng.randrange(len(node.input))] = other.output[0]


def _dropped(model: onnx.ModelProto, rng: random.Random) -> None:
    if model.graph.node:
        del model.graph.node[rng.randrange(len(model.graph.node))]


def _doubled(model: onnx.ModelProto, rng: random.Random) -> None:
    model.graph.node.add().CopyFrom(_node(model, rng))


def _attribute(model: onnx.ModelProto, rng: random.Random) -> None:
    node = _node(model, rng)
    attribute = (
        rng.choice(list(node.attribute)) if node.attribute else node.attribute.add(name="axis")
    )
    attribute.type, attribute.i = onnx.AttributeProto.INT, rng.choice((-1, 0, 1, 7, 2**40))


def _dimensions(model: onnx.ModelProto, rng: random.Random) -> None:
    tensor = _constant(model, rng)
    if tensor.dims:
        tensor.dims[rng.randrange(len(tensor.dims))] = rng.choice((0, 1, -1, 2**20, 2**40))


def _numbers(model: onnx.ModelProto, rng: random.Random) -> None:
    tensor = _constant(model, rng)
    if tensor.raw_data:
        tensor.raw_data = _flipped(tensor.raw_data, rng)


def _dtype(model: onnx.ModelProto, rng: random.Random) -> None:
    _constant(model, rng).data_type = rng.choice((1, 7, 8, 9, 11, 16, 99))


def _external(model: onnx.ModelProto, rng: random.Random) -> None:
    tensor = _constant(model, rng)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(
        key="location", value=rng.choice(("/etc/passwd", "../x", "weights.bin"))
    )


def _opset(model: onnx.ModelProto, rng: random.Random) -> None:
    model.opset_import.add(domain=rng.choice(("", "own")), version=rng.choice((0, 9, 18, 99)))


def _interface(model: onnx.ModelProto, rng: random.Random) -> None:
    value = rng.choice([*model.graph.input, *model.graph.output])
    value.type.tensor_type.elem_type = rng.choice((1, 7, 8, 11))
    value.name = rng.choice((value.name, "other"))


EDITS = (
    _operator,
    _domain,
    _rewired,
    _dropped,
    _doubled,
    _attribute,
    _dimensions,
    _numbers,
    _numbers,
    _dtype,
    _external,
    _opset,
    _interface,
)


def _json(text: bytes, rng: random.Random) -> bytes:
    """One to three values of a JSON document replaced, dropped, doubled or added."""
    document = json.loads(text)
    for _ in range(rng.randint(1, 3)):
        holder, key = rng.choice(list(_places(document)))
        what = rng.randrange(5)
        if what == 0 and isinstance(holder, dict):
            del holder[key]
        elif what == 1 and isinstance(holder, dict):
            holder[rng.choice(("unknown", key.upper(), "__class__"))] = rng.choice(ODD)
        elif (
            what == 2
            and isinstance(holder[key], (int, float))
            and not isinstance(holder[key], bool)
        ):
            holder[key] *= rng.choice((1 + 1e-3, -1, 1e6, 0))
        elif what == 3 and isinstance(holder, list):
            holder.append(holder[key])
        else:
            holder[key] = rng.choice(ODD)
    return json.dumps(document, ensure_ascii=rng.random() < 0.5).encode(errors="surrogatepass")


def _places(part: Any) -> Iterator[tuple[Any, Any]]:
    entries = part.items() if isinstance(part, dict) else enumerate(part)
    for key, value in list(entries):
        yield part, key
        if isinstance(value, (dict, list)) and value:
            yield from _places(value)


def _card(content: bytes, files: list[bytes], rng: random.Random) -> bytes:
    parts = Parts.of(content)
    return Parts(parts.model, _json(parts.card, rng), parts.reference).sealed()


def _points(content: bytes, files: list[bytes], rng: random.Random) -> bytes:
    parts = Parts.of(content)
    return Parts(parts.model, parts.card, _json(parts.reference, rng)).sealed()


def _exchanged(content: bytes, files: list[bytes], rng: random.Random) -> bytes:
    """The card and points of one network on the graph of another."""
    parts, other = Parts.of(content), Parts.of(rng.choice(files))
    return Parts(parts.model, other.card, rng.choice((parts, other)).reference).sealed()


KINDS: dict[str, Callable[[bytes, list[bytes], random.Random], bytes]] = {
    "bits": lambda content, files, rng: _flipped(content, rng),
    "cut": lambda content, files, rng: _cut(content, rng),
    "splice": lambda content, files, rng: _spliced(content, files, rng),
    "model bits, digest fits": lambda content, files, rng: _in_model(lambda m: _flipped(m, rng))(
        content
    ),
    "model splice, digest fits": lambda content, files, rng: _in_model(
        lambda m: _spliced(m, files, rng)
    )(content),
    "graph edit, digest fits": lambda content, files, rng: _in_model(lambda m: _graph(m, rng))(
        content
    ),
    "card edit, digest fits": _card,
    "points edit, digest fits": _points,
    "parts exchanged, digest fits": _exchanged,
}
"""What is done to a file, by its name."""
