"""The uncertainties of the truth of every bundled network, as its recipe declares them, in a table.

`python -m lhnets_training.cli.components` prints the page of the documentation; each build of the
documentation writes it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click
import msgspec
import numpy as np

from lhnets.format import (
    Card,
    Index,
    InputVariation,
    describe_sources,
)
from lhnets.mirrors import BUNDLED
from lhnets.networks import Network, find_components
from lhnets_training import recipes
from lhnets_training.recipe import Array

HEAD = """# The components of every network

What each network says of the uncertainty of its truth: for its default output, over the reference
points of its file inside the region, with the scale at its default. `median` and `largest` are rise
and fall in per cent of the value. This page is written from the recipes and the files, nothing in
it is typed.

| network | output | source | how | median | largest |
|---|---|---|---|---|---|
"""
REASONS = "\n## Networks without components\n\n| network | why, and what is missing |\n|---|---|\n"


def page() -> str:
    """The page in Markdown."""
    rows, reasons = [], []
    for network in bundled():
        card = declared(network.card)
        found = list(lines(network, card))
        rows += found
        if not found:
            reason = card.truth.no_uncertainty or "not stated"
            reasons.append(line(card.name, reason))
    return HEAD + "".join(rows) + (REASONS + "".join(reasons) if reasons else "")


def bundled() -> Iterator[Network]:
    """The newest version of each bundled network."""
    index = Index.from_json((BUNDLED / "index.json").read_bytes(), "bundled")
    newest = {e.name: e for e in sorted(index.networks, key=lambda e: e.version)}
    for _, entry in sorted(newest.items()):
        path = BUNDLED / entry.blob
        yield Network(path.read_bytes(), path)


def declared(card: Card) -> Card:
    """The card with what its recipe declares of the truth now; the card alone if it has none."""
    if card.name not in recipes.names():
        return card
    recipe = recipes.find(card.name)
    return msgspec.structs.replace(
        card,
        physics_uncertainty=recipe.physics_uncertainty,
        variations=recipe.variations,
        truth=recipe.truth,
    )


def lines(network: Network, card: Card) -> Iterator[str]:
    """One line for each component of the default output."""
    output = card.output(card.default_output)
    stated = describe_sources(card, output.name)
    if not stated:
        return
    points = central(card, np.array(network.file.reference.inputs["parameters"]))
    answers = network.predict(points)
    inside = answers.reach <= 1
    points, values = points[inside], answers.value[inside]
    value = values[:, card.output_index(output.name)]
    found = find_components(card, output, value, values, points, network.predict)
    for source, shift in found.items():
        up, down = (100 * np.asarray(s) / np.abs(value) for s in shift)
        yield line(
            card.name,
            output.name,
            source,
            stated[source],
            *(f"+{f(up):.2g} −{f(down):.2g}" for f in (np.median, np.max)),
        )


def central(card: Card, points: Array) -> Array:
    """Points (N, n) with the inputs that take two values in a variation at their defaults."""
    for v in card.variations_of(card.default_output):
        if isinstance(v, InputVariation) and v.values is not None:
            number = [i.name for i in card.columns].index(v.input)
            default = card.columns[number].default
            points[:, number] = points[:, number] if default is None else default
    return points


def line(*cells: str) -> str:
    """A row of a Markdown table."""
    escaped: Sequence[str] = [c.replace("|", "\\|") for c in cells]
    return f"| {' | '.join(escaped)} |\n"


@click.command()
def main() -> None:
    """Print the components of every network as a page in Markdown."""
    click.echo(page(), nl=False)


if __name__ == "__main__":
    main()
