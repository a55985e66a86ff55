"""`lhnets new`: an author's card to fill in, and where the inputs are plain parameters a recipe
beside it that runs.

The comments of the card are the descriptions in `lhnets.format.card`; only the values here are
examples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import msgspec
import yaml
from msgspec import Struct, inspect

from lhnets.errors import CardError
from lhnets.format import Card, Kind, Name
from lhnets_registry.admission.envelope import TO_REPLACE
from lhnets_registry.cards.card_file import COMPUTED
from lhnets_registry.cards.card_schema import bare, described, fields_of, words_of

KINDS: tuple[str, ...] = get_args(Kind)
_TENSORS = {"classifier", "anomaly_score", "event_variable", "unfolding", "generator"}
"""Kinds whose inputs are arrays for each event."""
_HEAD = """\
The card of {name}: what you know of the network. Replace the values, and remove the # before
fields that you need.
`lhnets check card.yaml` lists every defect with its line and what to do.

A trained model becomes a network file with this card and a table of test points:
  lhnets import MODEL --card card.yaml --test TABLE.parquet
"""
_WITH_RECIPE = """\
Labels of your own become a network with the recipe beside this card:
  lhnets train {module}.py
"""


class Skeleton(Struct, frozen=True):
    """The files that were written."""

    card: Path
    recipe: Path | None


def new(name: str, kind: str = "cross_section", folder: str | Path | None = None) -> Skeleton:
    """Write ``folder/card.yaml`` and, for networks of plain parameters, a recipe ``folder/NAME.py``
    with underscores.

    Parameters
    ----------
    name : str
        The network's name: lower-case words joined by hyphens.
    kind : str
        One of `KINDS`.
    folder : str or Path, optional
        Where to write; a folder called as the network by default. It may exist; its files are never
        overwritten.

    Raises
    ------
    CardError
        If the name or the kind cannot be, or a file is there already.
    """
    try:
        msgspec.convert(name, Name)
        msgspec.convert(kind, Kind)
    except msgspec.ValidationError as error:
        raise CardError(
            f"cannot begin {name!r} of kind {kind!r}: {error}. Expected lower-case words joined by "
            f"hyphens, and a kind among {', '.join(KINDS)}"
        ) from error
    place = Path(folder or name)
    recipe = None if kind in _TENSORS else place / f"{name.replace('-', '_')}.py"
    texts = {place / "card.yaml": card_text(name, kind)} | (
        {recipe: recipe_text(name)} if recipe else {}
    )
    present = [str(path) for path in texts if path.exists()]
    if present:
        raise CardError(
            f"{', '.join(present)} exists already, and nothing is overwritten: name another "
            "--folder"
        )
    try:
        place.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CardError(f"cannot write {place}: {error.strerror}. Name another --folder") from error
    return Skeleton(place / "card.yaml", recipe)


def card_text(name: str, kind: str) -> str:
    """An author's card with every field that there is: examples for those that it needs, the others
    as comments."""
    head = _HEAD if kind in _TENSORS else _HEAD + _WITH_RECIPE
    lines = [
        f"# {line}".rstrip()
        for line in head.format(name=name, module=name.replace("-", "_")).splitlines()
    ]
    for field in fields_of(Card):
        if field.encode_name not in COMPUTED:
            lines += ["", *_field(field, _example(name, kind), "", "", "")]
    return "\n".join(lines) + "\n"


def recipe_text(name: str) -> str:
    """A recipe for the card beside it, with a formula in the place of the labels."""
    text = (resources.files("lhnets_registry.cards") / "recipe_skeleton.txt").read_text(
        encoding="utf-8"
    )
    return text.replace("NETWORK", name)


def _field(
    field: inspect.Field, example: dict[str, Any], indent: str, off: str, path: str
) -> Iterator[str]:
    """The lines of one field; ``off`` comments out what belongs to a field without an example."""
    name, kind = field.encode_name, field.type
    path = f"{path}.{name}" if path else name
    if path in COMPUTED:
        return
    value = example.get(name)
    prefix = indent + (off or ("" if name in example else "# "))
    needed = "" if field.required and path != "default_output" else "; may be left out"
    inner = _struct(kind)
    yield f"{indent}# {described(kind)} [{_form(kind, inner)}{needed}]"
    if inner is None:
        yield f"{prefix}{name}:{_written(value)}"
        return
    yield f"{prefix}{name}:"
    entries = value if isinstance(value, list) else [value or {}]
    listed = isinstance(_core(kind), inspect.VarTupleType)
    off = off or ("" if name in example else "# ")
    for k, entry in enumerate(entries):
        block = _block(inner, entry, indent + "  " + ("  " if listed else ""), off, path, k == 0)
        yield from _as_item(block, indent + "  ") if listed else block


def _block(
    struct: type, example: dict[str, Any], indent: str, off: str, path: str, with_comments: bool
) -> Iterator[str]:
    for field in fields_of(struct):
        if with_comments:
            yield from _field(field, example, indent, off, path)
        elif field.encode_name in example:
            inner = {field.encode_name: example[field.encode_name]}
            yield from (
                line
                for line in _field(field, inner, indent, off, path)
                if not line.lstrip().startswith("#")
            )


def _as_item(block: Iterator[str], indent: str) -> Iterator[str]:
    """Put the dash of a list before the first field that is not a comment, or that is commented
    out."""
    dashed = False
    field = re.compile(r"( *)((?:# )?)(\w+:.*)")
    for line in block:
        match = field.fullmatch(line)
        if match and not dashed:
            dashed = True
            yield f"{indent}{match[2]}- {match[3]}"
        else:
            yield line


def _struct(kind: inspect.Type) -> type | None:
    """The struct behind a field, in a list or by itself."""
    kind = _core(kind)
    if isinstance(kind, inspect.VarTupleType):
        return _struct(kind.item_type)
    return kind.cls if isinstance(kind, inspect.StructType) else None


def _form(kind: inspect.Type, inner: type | None) -> str:
    """The form of a value; the fields of a struct follow line by line anyway."""
    if inner is None:
        return words_of(kind)
    return "list" if isinstance(_core(kind), inspect.VarTupleType) else "fields"


def _core(kind: inspect.Type) -> inspect.Type:
    """A type without what is said about it and without None."""
    kind = bare(kind)
    if isinstance(kind, inspect.UnionType):
        return next(bare(t) for t in kind.types if not isinstance(t, inspect.NoneType))
    return kind


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and "\n" in value:
        return " |" + "".join(f"\n    {line}" for line in value.splitlines())
    return (
        " "
        + yaml.safe_dump(value, default_flow_style=True, width=1000, allow_unicode=True).split(
            "\n"
        )[0]
    )


def _example(name: str, kind: str) -> dict[str, Any]:
    """Values that pass the schema. What the author must replace says so, and is not admitted as it
    stands."""
    subject, output = _SUBJECTS.get(
        kind, (f"{TO_REPLACE} what users ask for, such as an analysis or an integral", {})
    )
    return {
        "name": name,
        "version": 1,
        "kind": kind,
        "title": f"{TO_REPLACE} a title",
        "description": f"{TO_REPLACE} what it computes, for whom, and where it stops.",
        "subject": subject,
        **({"conditions": {"energy": 13000.0, "order": "LO"}} if kind == "cross_section" else {}),
        "inputs": _TENSOR_INPUTS if kind in _TENSORS else _COLUMNS,
        "outputs": [
            {
                "name": "value",
                "unit": "1",
                "meaning": f"{TO_REPLACE} what the number is",
                "scale": "linear",
            }
            | output
        ],
        "truth": {"program": f"{TO_REPLACE} the program behind the labels", "version": "1"},
        "training": {"method": "neural network", "framework": "torch", "framework_version": "2"},
        "authors": [{"name": f"{TO_REPLACE} your name"}],
        "licence": "CC-BY-4.0",
        "references": {},
    }


_SUBJECTS: dict[str, tuple[str, dict[str, str]]] = {
    "cross_section": ("p p > go go", {"name": "sigma", "unit": "pb", "scale": "log"}),
    "branching_ratio": ("h > b b~", {"name": "br", "scale": "log"}),
    "width": ("h > b b~", {"name": "width", "unit": "GeV", "scale": "log"}),
}
_COLUMNS = [
    {
        "name": "m_go",
        "meaning": "gluino mass",
        "unit": "GeV",
        "symbol": r"m_{\tilde g}",
        "low": 500.0,
        "high": 3000.0,
        "slha": {"block": "MASS", "entry": [1000021]},
    },
    {
        "name": "mu_over_m",
        "meaning": "scale over mass",
        "unit": "1",
        "low": 0.5,
        "high": 2.0,
        "default": 1.0,
    },
]
_TENSOR_INPUTS = [
    {
        "name": "constituents",
        "meaning": "constituents of the jet, by falling transverse momentum",
        "unit": "GeV",
        "shape": ["N", "P", 2],
        "dtype": "float32",
        "features": [
            {"name": "pt", "meaning": "transverse momentum", "unit": "GeV"},
            {"name": "eta", "meaning": "pseudorapidity relative to the jet", "unit": "1"},
        ],
        "padding": 0.0,
    },
    {
        "name": "mask",
        "meaning": "which constituents there are",
        "unit": "1",
        "shape": ["N", "P"],
        "dtype": "bool",
        "mask_of": ["constituents"],
    },
]
