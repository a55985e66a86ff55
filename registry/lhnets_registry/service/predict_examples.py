"""What the OpenAPI description says of prediction bodies: their schemas, from the types that read
them, and examples."""

from __future__ import annotations

from typing import Any

import msgspec

from lhnets_registry.service.arrow import STREAM
from lhnets_registry.service.question import AskedByTable, AskedOfNetwork, AskedOfPhysics

_POINT = {"parameters": {"m_go": 2000.0, "m_sq": 3000.0}, "energy": "13 TeV"}
_SCAN = {
    "parameters": {"m_go": [1000.0, 1500.0, 2000.0], "m_sq": 3000.0},
    "energy": 13000.0,
    "outside": "nan",
}
_PHYSICS = {"kind": "cross_section", "subject": "p p > go go", "order": "LO", **_POINT}


def _described(wanted: Any, examples: dict[str, Any], query: tuple[str, ...]) -> dict[str, Any]:
    schema = _inlined(wanted)
    return {
        "parameters": _query(query),
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": schema,
                    "examples": {name: {"value": value} for name, value in examples.items()},
                },
                STREAM: {"schema": {"type": "string", "format": "binary"}},
            },
        },
        "responses": {
            "200": {"content": {STREAM: {"schema": {"type": "string", "format": "binary"}}}}
        },
    }


def _inlined(wanted: Any) -> dict[str, Any]:
    """The schema of a struct without references."""
    (reference,), parts = msgspec.json.schema_components([wanted], ref_template="{name}")
    return dict(parts[reference["$ref"]])


def _query(names: tuple[str, ...]) -> list[dict[str, Any]]:
    properties = _inlined(AskedByTable)["properties"]
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": "with an Arrow body only",
            "schema": properties[name],
        }
        for name in names
    ]


OF_NETWORK = _described(
    AskedOfNetwork, {"one point": _POINT, "a scan": _SCAN}, ("energy", "order", "output", "outside")
)
OF_PHYSICS = _described(
    AskedOfPhysics,
    {"one point": _PHYSICS},
    ("kind", "subject", "network", "energy", "order", "outside"),
)
