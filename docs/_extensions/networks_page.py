"""Writes the pages whose figures come from networks, recipes and tasks: reference/networks.md,
explanation/components.md and reference/task-NAME.md."""

from pathlib import Path

from sphinx.application import Sphinx

import lhnets as ml
from lhnets.format import Input
from lhnets.physics import spoken
from lhnets_datasets.bench import collection, page
from lhnets_training.cli import components
from lhnets_training.judging import limits
from lhnets_training.judging.zoo_table import limit_cell, noise_cells


def write_page(app: Sphinx) -> None:
    """Write the pages whose text changed."""
    cards = [ml.load(e.name).card for e in ml.search()]
    text = "\n".join([HEAD, table(cards), *(section(c) for c in cards)])
    for path, content in (
        ("reference/networks.md", text),
        ("explanation/components.md", components.page()),
        *(
            (f"reference/task-{task.name}.md", page.write_page(task, collection.results(task)))
            for task in collection.tasks().values()
        ),
    ):
        file = Path(app.srcdir) / path
        if not file.exists() or file.read_text() != content:
            file.write_text(content)


LIMITS = (limits.__doc__ or "").partition("\n\n")[2]
HEAD = f"""# The bundled networks

Every figure on this page comes from the cards, which the trainings wrote.
Errors are on rows that the network never saw,
without any cut. `make zoo-table` prints the same table with the times of a point.

`noise` is the error of the labels themselves (root mean square), `beyond` what the network errs
beyond it, with its upper limit at 95 % confidence ([formula](card.md)). `limit` is what the mean
error is held to, and whether it is met.

{LIMITS}"""


def table(cards: list[ml.Card]) -> str:
    """One line a network."""
    lines = [
        (
            "| network | computes | inputs | rows | mean | 99.7 % | worst | 68 % | 95 % | baseline "
            "mean | noise | beyond | limit |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for c in cards:
        v = c.errors
        cells = [
            f"[{c.identity}](#{c.name})",
            f"`{spoken(c.subject)}`",
            ", ".join(i.name for i in c.inputs),
            "" if c.data is None else str(c.data.rows),
            *(f"{x:.1e}" for x in (v.mean, v.q997, v.max)),
            *(f"{x:.1%}" for x in (v.coverage_68, v.coverage_95)),
            "" if v.baseline is None else f"{v.baseline.mean:.1e}",
            *noise_cells(c),
            limit_cell(c),
        ]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def section(card: ml.Card) -> str:
    """A network's own section."""
    inputs = "\n".join(f"| `{i.name}` | {i.meaning} | {span(i)} | {i.unit} |" for i in card.inputs)
    outputs = "\n".join(f"| `{o.name}` | {o.meaning} | {o.unit} |" for o in card.central_outputs)
    data = f"`{card.data.name}`" if card.data else "not published"
    again = f"; again by `lhnets train {card.name}`" if card.training.recipe else ""
    checks = "\n".join(
        f"| {c.name} | {'pass' if c.passed else 'fail'} | {c.figure} | {c.criterion} |"
        for c in card.checks
    )
    return f"""
({card.name})=
## {card.name}

**{card.title}.** {card.description}

Truth: {card.truth.program} {card.truth.version}. Data set: {data}. Made by {card.training.method}
({card.training.framework} {card.training.framework_version}){again}.

| input | meaning | range | unit |
|---|---|---|---|
{inputs}

| output | meaning | unit |
|---|---|---|
{outputs}

| check | | found | criterion |
|---|---|---|---|
{checks}
"""


def span(i: Input) -> str:
    """Range of a column, shape of a tensor."""
    if i.shape is not None:
        return "shape (" + ", ".join(map(str, i.shape)) + f"), {i.dtype}"
    return f"{i.low:g} to {i.high:g}"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the page."""
    app.connect("builder-inited", write_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
