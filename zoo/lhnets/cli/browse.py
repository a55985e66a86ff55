"""`lhnets show` and `schema`: what a network is."""

from __future__ import annotations

import click
from rich.markup import escape

from lhnets._asking.energy import speak_energy
from lhnets._asking.process import spoken
from lhnets._asking.taken import all_assumptions
from lhnets._finding import zoo as _zoo
from lhnets.cli.classification import print_classification, print_cost, print_shifted
from lhnets.cli.completion import complete_networks
from lhnets.cli.terminal import console, json_option, print_json, table
from lhnets.extras import NAMES_GROUP, added, load_added
from lhnets.format import (
    Assumption,
    Card,
    ErrorSummary,
    OtherValidation,
    Validation,
    are_axes_enough,
    describe_sources,
    find_axes,
    find_places,
    json_schema,
    list_figures,
)

MOST_LISTED = 12
"""Outputs that are listed one by one; of more, the axes are shown."""


@click.command()
@click.argument("name", shell_complete=complete_networks)
@click.option(
    "--provenance",
    is_flag=True,
    help="the chain card, data set, recipe, generator (extra [datasets])",
)
@json_option
def show(name: str, provenance: bool, as_json: bool) -> None:
    """The card of the network NAME or NAME@VERSION, of a file, or of a record of Zenodo by its DOI;
    with --json the whole of it."""
    zoo = _zoo.default()
    card = zoo.card(name)
    if provenance:
        console.print(load_added(added(NAMES_GROUP)["provenance"])(card))
    elif as_json:
        print_json(card)
    else:
        _print_card(card, _list_sources(zoo, name))


@click.command()
def schema() -> None:
    """The JSON schema of a card."""
    print_json(json_schema())


def _list_sources(zoo: _zoo.Zoo, name: str) -> list[str]:
    if _zoo.is_outside(name):
        return [zoo.load(name).source]
    return [m.name for m in zoo.sources(zoo.find(name))]


def _print_card(card: Card, sources: list[str]) -> None:
    console.print(f"[bold]{card.identity}[/]  {escape(card.title)}\n")
    console.print(escape(card.description) + "\n")
    conditions = {
        k: v
        for k in card.conditions.__struct_fields__
        if (v := getattr(card.conditions, k)) is not None
    }
    facts = table("", "")
    facts.add_row("computes", escape(f"{card.kind}: {spoken(card.subject)}"))
    for key, value in conditions.items():
        facts.add_row(key, escape(speak_energy(value) if key == "energy" else str(value)))
    facts.add_row("truth", escape(f"{card.truth.program} {card.truth.version}"))
    facts.add_row("data", escape(_data(card)))
    facts.add_row(
        "made by",
        escape(
            f"{card.training.method} ({card.training.framework} {card.training.framework_version})"
        ),
    )
    if card.training.recipe is not None:
        facts.add_row("again by", f"lhnets train {card.name}")
    if (source := card.training.source) is not None:
        facts.add_row(
            "imported from",
            escape(f"{source.file} ({source.format}), SHA-256 {source.sha256[:12]}…"),
        )
    facts.add_row("licence", escape(card.licence))
    facts.add_row("in", escape(", ".join(sources)))
    console.print(facts)
    _print_inputs(card)
    _print_sources(card)
    _print_validation(card)
    _print_checks(card)


def _data(card: Card) -> str:
    data = card.data
    return (
        f"{data.name}, {data.rows} rows, {data.doi or 'not archived yet'}"
        if data
        else "not published"
    )


def _print_inputs(card: Card) -> None:
    inputs = table("parameter", "range", "default", "unit", "meaning", title="\nInputs")
    for i in card.inputs:
        span = f"{i.low:g} to {i.high:g}" if i.low is not None and i.high is not None else ""
        if i.shape is not None:
            span = " ".join(s for s in (f"({', '.join(map(str, i.shape))}) {i.dtype}", span) if s)
        default = "" if i.default is None else f"{i.default:g}"
        inputs.add_row(i.name, escape(span), default, escape(i.unit), escape(i.meaning))
        for f in i.features:
            edges = f"{f.low:g} to {f.high:g}" if f.low is not None and f.high is not None else ""
            inputs.add_row(f"  {escape(f.name)}", edges, "", escape(f.unit), escape(f.meaning))
    console.print(inputs)
    for constraint in card.region:
        console.print(f"and {escape(constraint.meaning)}")
    _print_assumptions(card)
    _print_outputs(card)


def _print_assumptions(card: Card) -> None:
    """Each assumption once, with every entry of a spectrum that it tests."""
    tests: dict[str, list[str]] = {}
    for assumed in all_assumptions(card):
        tests.setdefault(assumed.meaning, []).append(_describe_test(assumed))
    if not tests:
        return
    rows = table("assumed", "tested by", title="\nAssumptions about a spectrum")
    for meaning, found in tests.items():
        rows.add_row(escape(meaning), escape("\n".join(found)))
    console.print(rows)


def _describe_test(assumed: Assumption) -> str:
    entry = f"{assumed.slha.block} {' '.join(map(str, assumed.slha.entry))}"
    left = f"|{entry}|" if assumed.slha.absolute else entry
    over = "".join(f" * sign(MASS {pdg})" for pdg in assumed.slha.signs)
    over += f" / {assumed.over}" if assumed.over else ""
    return f"{assumed.low:g} <= {left}{over} <= {assumed.high:g}"


def _print_outputs(card: Card) -> None:
    """The axes of many outputs, if these tell them apart; else the outputs one by one."""
    places = find_places(card)
    if len(card.outputs) > MOST_LISTED and are_axes_enough(places):
        _print_axes(card, find_axes(places))
        return
    outputs = table("output", "unit", "meaning", title="\nOutputs")
    for o in card.outputs:
        outputs.add_row(escape(o.name), escape(o.unit), escape(o.meaning))
    console.print(outputs)


def _print_axes(card: Card, axes: dict[str, tuple[str | float, ...]]) -> None:
    units = ", ".join(dict.fromkeys(o.unit for o in card.outputs))
    rows = table(
        "axis", "values", title=f"\n{len(card.outputs)} outputs in {escape(units)}, by their place"
    )
    for axis, values in axes.items():
        rows.add_row(escape(axis), escape("\n".join(_spell(axis, v) for v in values)))
    console.print(rows)
    default = card.output(card.default_output)
    console.print(
        f"Default: {escape(default.name)}, {escape(default.meaning)}. All names: lhnets show --json"
    )


def _spell(axis: str, value: str | float) -> str:
    if axis == "energy" and isinstance(value, float):
        return speak_energy(value)
    return spoken(value) if axis == "channel" and isinstance(value, str) else str(value)


def _print_sources(card: Card) -> None:
    """What the truth itself is uncertain by, and how that is evaluated."""
    name = card.default_output
    found = describe_sources(card, name)
    if not found:
        if card.truth.no_uncertainty:
            console.print(f"\nUncertainty of the truth: {escape(card.truth.no_uncertainty)}")
        return
    rows = table("source", "how", title=f"\nUncertainty of the truth of {escape(name)}")
    for source, how in found.items():
        rows.add_row(escape(source), escape(how))
    console.print(rows)


def _print_validation(card: Card) -> None:
    if isinstance(card.validation, Validation):
        _print_errors(card.validation, card.default_output)
        return
    rows = table("figure", "value|right", "error|right", title="\nFigures on rows never seen")
    for name, figure in list_figures(card.validation).items():
        rows.add_row(escape(name.replace("_", " ")), f"{figure.value:.4g}", f"{figure.error:.1e}")
    console.print(rows)
    if not isinstance(card.validation, OtherValidation):
        print_shifted(card.validation.shifted)
        print_cost(card.validation.cost)


def _print_errors(validation: Validation, default_output: str) -> None:
    title = (
        f"\nErrors on {validation.rows} unseen rows, {validation.metric.replace('_', ' ')}, no cut"
    )
    rows = table(
        "output",
        "mean|right",
        "median|right",
        "99.7 %|right",
        "worst|right",
        "68 %|right",
        "95 %|right",
        title=title,
    )
    summaries: dict[str, Validation | ErrorSummary] = {
        default_output: validation,
        **validation.outputs,
    }
    for name, s in summaries.items():
        figures = [f"{x:.1e}" for x in (s.mean, s.median, s.q997, s.max)]
        rows.add_row(escape(name), *figures, f"{s.coverage_68:.1%}", f"{s.coverage_95:.1%}")
    if (b := validation.baseline) is not None:
        rows.add_row(
            escape(f"baseline: {b.method}"),
            *(f"{x:.1e}" for x in (b.mean, b.median, b.q997, b.max)),
            "",
            "",
        )
    console.print(rows)
    if (n := validation.label_noise) is not None:
        console.print(
            f"Labels err by {n.rms:.1e} (rms of {n.rows} rows). Beyond that the network errs by "
            f"{n.beyond:.1e} (rms), at most {n.at_most:.1e} (95 %); 99.7 % {n.q997:.1e}."
        )
    _print_worst(validation)
    print_classification(validation)


def _print_worst(validation: Validation) -> None:
    """The cell of the lowest coverage, and the worst points that a search found."""
    if (coverage := validation.coverage) is not None:
        cell = coverage.worst
        where = ", ".join(_between(name, *ends) for name, ends in cell.bounds.items())
        console.print(
            f"Worst cell: {cell.coverage_68:.0%} of {cell.rows} rows in the 68 % interval of "
            f"{escape(cell.output)}, ± {cell.error:.0%} (statistical): {escape(where)}"
        )
    if (worst := validation.worst_found) is not None:
        pull, error = worst.largest_pull, worst.largest_error
        console.print(
            f"Worst of {worst.points:,} points that a search chose: {abs(pull.pull):.1f} "
            f"uncertainties ({escape(pull.output)}), error {error.error:.1e} "
            f"({escape(error.output)})"
        )


def _between(name: str, low: float | None, high: float | None) -> str:
    ends = ["" if low is None else f"{low:.4g} <= ", "" if high is None else f" < {high:.4g}"]
    return f"{ends[0]}{name}{ends[1]}"


def _print_checks(card: Card) -> None:
    rows = table("check", "", "found", "criterion", title="\nChecks")
    for check in card.checks:
        passed = "[green]pass[/]" if check.passed else "[red]FAIL[/]"
        rows.add_row(escape(check.name), passed, escape(check.figure), escape(check.criterion))
    console.print(rows)
