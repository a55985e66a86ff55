"""The author's card: what an author knows of a network, as YAML with comments. An import adds what
can be computed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from lhnets.errors import CardError
from lhnets.format import (
    Assumption,
    Author,
    Card,
    Conditions,
    Constraint,
    Data,
    HalfSpace,
    Input,
    Kind,
    Name,
    Output,
    PhysicsUncertainty,
    Training,
    Truth,
    Variation,
)
from lhnets_registry.cards import card_rules, yaml_lines
from lhnets_registry.cards.card_schema import CardReading, read_struct
from lhnets_registry.errors import CardFileError, Defect, YamlError

COMPUTED = {
    "parity": "the import compares the file with the original model",
    "calibration": "the import measures it on a table of yours",
    "validation": "the import measures it on a table of yours",
    "checks": "checks are made with the file that is published",
    "created": "the import writes its date",
    "supersedes": "`lhnets train NAME --refresh` writes it",
    "format": "lhnets writes it",
    "members": "the command that makes a set names its members",
    "combination": "the command that makes a set says how its members combine",
    "requires": "lhnets writes it from what the card holds",
    "lhnets:unknown": "it is not a field of a card",
    "training.source": "the import writes what it read",
}
"""Fields of `Card` that are no part of the author's card, and where they come from."""


class Draft(Struct, frozen=True, kw_only=True):
    """An author's card that was read without a defect. The fields are those of `Card`, and mean
    what they mean there."""

    name: Name
    version: int
    kind: Kind
    title: str
    description: str
    subject: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    default_output: str
    truth: Truth
    training: Training
    authors: tuple[Author, ...]
    licence: str
    conditions: Conditions = Conditions()
    region: tuple[Constraint, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    physics_uncertainty: tuple[PhysicsUncertainty, ...] = ()
    variations: tuple[Variation, ...] = ()
    data: Data | None = None
    references: dict[str, str] = {}

    @property
    def identity(self) -> str:
        """NAME@VERSION."""
        return f"{self.name}@{self.version}"

    @property
    def columns(self) -> tuple[Input, ...]:
        """The inputs that are columns of `parameters`, in order."""
        return tuple(i for i in self.inputs if i.shape is None)

    @property
    def half_spaces(self) -> tuple[HalfSpace, ...]:
        """The linear inequalities of the region."""
        return tuple(c for c in self.region if isinstance(c, HalfSpace))


def read(path: str | Path) -> Draft:
    """The author's card in the YAML file ``path``.

    ``subject`` may be written as a user would ask (``p p > go go``) and is brought to canonical
    form; the default output is the first one where the file names none.

    Raises
    ------
    CardFileError
        with every defect that the file has, each with its line and what to do.
    CardError
        If the file cannot be read.
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise CardError(f"cannot read the card {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CardError(
            f"the card {path} is not text in UTF-8: {error.reason} at byte {error.start}"
        ) from error
    return parse(text, path.name)


def parse(text: str, file: str = "card.yaml") -> Draft:
    """The author's card in ``text``, which was read from ``file``. Errors as in `read`."""
    given, found = examined(text)
    if found:
        raise CardFileError(file, found)
    return msgspec.convert(given, Draft)


def examined(text: str) -> tuple[dict[str, Any], tuple[Defect, ...]]:
    """The fields of the author's card in ``text`` that can be read, and every defect, by line."""
    try:
        root = yaml_lines.load(text)
    except YamlError as error:
        remedy = "Indent with spaces, alike within a block; put texts with `: ` or ` #` in quotes."
        return {}, (
            Defect(error.line, "(file)", "is not plain YAML", error.expected, error.got, remedy),
        )
    reading = CardReading(COMPUTED, optional=frozenset({"default_output"}))
    given = read_struct(root, Card, "", reading)
    outputs = given.get("outputs")
    if "default_output" not in given and outputs and isinstance(outputs[0], dict):
        given["default_output"] = outputs[0].get("name")
    card_rules.apply(given, reading)
    return given, tuple(sorted(reading.defects, key=lambda d: (d.line, d.path)))
