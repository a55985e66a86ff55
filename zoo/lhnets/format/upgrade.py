"""Cards of earlier formats, and of later ones in what an evaluation does not need, brought to the
structs of this one."""

from __future__ import annotations

from typing import Any

from lhnets.format.part import FORMAT

VALIDATIONS = frozenset(
    {"regression", "classification", "generation", "anomaly", "variable", "unfolding"}
)
CONSTRAINTS = frozenset(
    {"half_space", "unit_vector", "ordered", "hull", "distance", "depth", "event_range"}
)
VARIATIONS = frozenset({"input", "shares", "constant"})


def upgrade_card(plain: dict[str, Any]) -> dict[str, Any]:
    """The fields of a card of any format up to this one, with the tags that format 1 did not have.

    A validation, a constraint or a variation of a kind that is not known is kept as it is; only its
    meaning is lost.
    """
    changed = {**plain, "format": FORMAT}
    validation = plain.get("validation")
    if isinstance(validation, dict):
        changed["validation"] = _tagged(validation, _kind_of(validation), VALIDATIONS)
    region = plain.get("region")
    if isinstance(region, list):
        changed["region"] = [
            _tagged(c, "half_space", CONSTRAINTS) if isinstance(c, dict) else c for c in region
        ]
    variations = plain.get("variations")
    if isinstance(variations, list):
        changed["variations"] = [
            _tagged(v, "", VARIATIONS) if isinstance(v, dict) else v for v in variations
        ]
    return changed


def _kind_of(validation: dict[str, Any]) -> str:
    return "classification" if validation.get("classification") else "regression"


def _tagged(part: dict[str, Any], kind: str, known: frozenset[str]) -> dict[str, Any]:
    stated = part.get("kind", kind)
    if stated in known:
        return {"kind": stated, **part}
    return {"kind": "other", "content": part}
