"""The card of a network: what it computes, where it holds, what it was trained on and how far it
can be trusted."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import field, structs

from lhnets.errors import CardError, UpdateNeededError
from lhnets.format.contents import Contents
from lhnets.format.contradictions import find_contradictions
from lhnets.format.html import card_to_html
from lhnets.format.part import FORMAT
from lhnets.format.region import OtherConstraint
from lhnets.format.requires import find_requirements
from lhnets.format.unknown import FIELD, Unknown, find_unknown, merge_unknown
from lhnets.format.upgrade import upgrade_card
from lhnets.format.validation import OtherValidation
from lhnets.format.variations import OtherVariation

_READ = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_OTHERS = (OtherConstraint, OtherVariation)


class Card(Contents, frozen=True, kw_only=True):
    """Everything about one version of one network; the JSON in its file's metadata."""

    unknown: tuple[Unknown, ...] = field(default=(), name=FIELD)

    def __post_init__(self) -> None:
        structs.force_setattr(self, "requires", find_requirements(self))

    def to_json(self) -> bytes:
        """The card as compact JSON, with the fields that this lhnets does not know."""
        known = structs.replace(self, unknown=()) if self.unknown else self
        encoded = b'{"format":%d,' % FORMAT + msgspec.json.encode(known, order="deterministic")[1:]
        if not (self.unknown or self._holds_others):
            return encoded
        plain = msgspec.json.decode(encoded)
        if isinstance(self.validation, OtherValidation):
            plain["validation"] = self.validation.content
        for name, one in (("region", self.region), ("variations", self.variations)):
            for k, part in enumerate(one):
                if isinstance(part, _OTHERS):
                    plain[name][k] = part.content
        return msgspec.json.encode(merge_unknown(plain, self.unknown))

    @property
    def _holds_others(self) -> bool:
        """Whether its validation, a constraint or a variation is of a kind that is not known."""
        return isinstance(self.validation, OtherValidation) or any(
            isinstance(part, _OTHERS) for part in (*self.region, *self.variations)
        )

    def _repr_html_(self) -> str:
        return card_to_html(self)

    @classmethod
    def from_json(cls, data: bytes | str) -> Card:
        """A card from its JSON, of this format or an earlier one.

        Raises
        ------
        CardError
            if the JSON does not follow the schema, with the path of the field, or contradicts
            itself.
        UpdateNeededError
            if its format is newer than this lhnets.
        """
        try:
            plain = msgspec.json.decode(data, type=dict[str, Any])
            _require_format(plain)
            upgraded = upgrade_card(plain)
            card = msgspec.convert({k: v for k, v in upgraded.items() if k != FIELD}, cls)
        except _READ as error:
            raise CardError(
                f"the card does not follow its schema: {error}. `lhnets schema` prints what is "
                "expected"
            ) from error
        findings = find_contradictions(card)
        if findings:
            raise CardError("the card contradicts itself: " + "; ".join(findings))
        unknown = find_unknown(card, upgraded)
        return structs.replace(card, unknown=unknown) if unknown else card


def json_schema() -> dict[str, Any]:
    """The JSON schema of a card (2020-12) of this format, generated from its structs."""
    schema = msgspec.json.schema(Contents)
    about = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:lhnets:card:{FORMAT}",
    }
    schema["$defs"]["Card"] = {**schema["$defs"].pop("Contents"), "title": "Card"}
    return {**about, **schema, "$ref": "#/$defs/Card"}


def _require_format(plain: dict[str, Any]) -> None:
    number = plain.get("format", 1)
    if isinstance(number, int) and number > FORMAT:
        raise UpdateNeededError(
            f"the card of {plain.get('name', 'a network')}@{plain.get('version', '?')} has format "
            f"{number}, this lhnets reads up to {FORMAT}: update lhnets (pip install --upgrade "
            "lhnets)"
        )
