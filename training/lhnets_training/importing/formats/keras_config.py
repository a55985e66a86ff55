"""What in a Keras architecture runs code where the model is built: decided from its JSON, before
Keras sees it.

Known layers of Keras itself do not; Lambda layers carry marshalled byte code, and layers that wrap
other frameworks, call functions by name, or read vocabulary files do.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_CODE = {
    "Lambda": "byte code of its author",
    "TFOpLambda": "functions called by name",
    "SlicingOpLambda": "functions called by name",
    "TFSMLayer": "a SavedModel",
    "TorchModuleWrapper": "a pickle of torch",
    "JaxLayer": "byte code of its author",
    "FlaxLayer": "byte code of its author",
    "StringLookup": "files named by the model",
    "IntegerLookup": "files named by the model",
    "TextVectorization": "files named by the model",
    "__lambda__": "byte code of its author",
    "function": "a function called by name",
}
_FOREIGN = "classes outside Keras"


def code_in_config(content: bytes | str) -> str:
    """In words what an architecture (JSON) would run, or an empty string."""
    try:
        config = json.loads(content)
        found = sorted({word for node in _nodes(config) for word in _runs(node)})
    except (ValueError, RecursionError):
        return "its architecture cannot be read, so that nobody knows what it would run"
    return f"it has {', '.join(found)}, which run where it is loaded" if found else ""


def code_in_hdf5(content: bytes) -> str:
    """The same from the raw bytes of an HDF5 file, before any parser; the child looks again at what
    it reads."""
    words = [name for name in _CODE if name != "function" and f'"{name}"'.encode() in content]
    return f"it has {', '.join(words)} layers, which run where it is loaded" if words else ""


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)


def _runs(node: dict[str, Any]) -> Iterator[str]:
    name, module = node.get("class_name"), node.get("module")
    if isinstance(name, str) and name in _CODE:
        yield f"{name} ({_CODE[name]})"
    if isinstance(name, str) and isinstance(module, str) and not _of_keras(module):
        yield f"{name} of {module} ({_FOREIGN})"


def _of_keras(module: str) -> bool:
    first, *_ = module.split(".")
    return first in ("keras", "tf_keras") and not module.startswith(
        ("keras.src.utils", "keras.utils", "keras.src.saving")
    )
