"""`lhnets truth`: the program behind the labels at one point, beside the network."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
from msgspec import Struct

from lhnets.cli.terminal import console, json_option, print_json, table
from lhnets.errors import Error, ParameterError
from lhnets.format import Card
from lhnets.networks import Network, default_zoo
from lhnets_training import recipes
from lhnets_training.recipe import Recipe, RecipeError, Run


class TruthComparison(Struct, frozen=True):
    """One output: truth, network with its uncertainty, and their difference over it."""

    output: str
    unit: str
    truth: float
    network: float
    uncertainty: float
    pull: float


@click.command()
@click.argument("name")
@click.argument("parameters", nargs=-1, metavar="[NAME=VALUE]...")
@click.option(
    "--source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file that labels are computed from, if it does not ship with lhnets.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder for what the program keeps, such as parton luminosities; build/NAME by default.",
)
@json_option
def truth(
    name: str, parameters: tuple[str, ...], source: Path | None, out: Path | None, as_json: bool
) -> None:
    """Run the program behind the labels of NAME at one point: truth, network and pull.

    NAME is a network with a recipe, or NAME@VERSION. Parameters are in the units of its inputs;
    those with a default may be left out.
    """
    bare = name.partition("@")[0]
    try:
        network, recipe = default_zoo().load(name), recipes.find(bare)
        point = read_point(network.card, parameters)
        folder = out or Path("build") / bare
        folder.mkdir(parents=True, exist_ok=True)
        found = compare_at(network, recipe, point, Run(out=folder, seed=recipe.seed, source=source))
    except Error as error:
        raise click.ClickException(str(error)) from error
    inside = bool(network.predict(point).reach[0] <= 1)
    if as_json:
        print_json({"network": network.name, "inside": inside, "outputs": found})
        return
    shown = table("output", "truth", "network", "uncertainty", "pull", title=network.name)
    for c in found:
        numbers = (f"{c.truth:.7g}", f"{c.network:.7g}", f"{c.uncertainty:.2g}", f"{c.pull:+.2f}")
        shown.add_row(f"{c.output} [{c.unit}]", *numbers)
    console.print(shown)
    program = recipe.truth
    console.print(f"truth: {program.program} {program.version}", markup=False)
    if not inside:
        console.print("The point is outside the region of the network.", markup=False)


def compare_at(
    network: Network, recipe: Recipe, point: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    run: Run,
) -> list[TruthComparison]:  # fmt: skip
    """Truth and network at one point (1, n), for every output.

    Raises
    ------
    RecipeError
        if the program behind the labels cannot be run at single points.
    """
    if recipe.truth_at is None:
        program = recipe.truth
        raise RecipeError(
            f"the truth of {recipe.name} cannot be computed here: its labels are from "
            f"{program.program} {program.version}, which is no program that this recipe runs at "
            f"single points. The rows that it has are in the data set {recipe.dataset.name}"
        )
    known, answers = recipe.truth_at(point, run)[0], network.predict(point)
    noise = (recipe.truth.relative_error or 0.0) * np.abs(known)
    value, uncertainty = np.asarray(answers.value)[0], np.asarray(answers.uncertainty)[0]
    pulls = (value - known) / np.hypot(uncertainty, noise)
    return [
        TruthComparison(o.name, o.unit, *(float(a[k]) for a in (known, value, uncertainty, pulls)))
        for k, o in enumerate(network.card.outputs)
    ]


def read_point(
    card: Card, parameters: tuple[str, ...]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The point (1, n) that texts NAME=VALUE state, with the defaults of the card.

    Raises
    ------
    ParameterError
        if a name is not an input, a value is not a number, or an input is left without a value.
    """
    given: dict[str, float] = {}
    names = [i.name for i in card.columns]
    for text in parameters:
        key, _, value = text.partition("=")
        try:
            given[key] = float(value)
        except ValueError as error:
            raise ParameterError(f"expected NAME=VALUE with a number, got {text!r}") from error
    wrong = [n for n in given if n not in names]
    values = {i.name: i.default for i in card.columns} | given
    missing = [n for n in names if values[n] is None]
    if wrong or missing:
        raise ParameterError(
            f"{card.identity} takes {', '.join(names)}; "
            + (f"{', '.join(wrong)} is none of them" if wrong else f"give {', '.join(missing)}")
        )
    return np.array([[values[n] for n in names]], dtype=np.float64)
