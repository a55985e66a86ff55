"""Writes the pages whose figures come from networks, recipes and tasks: reference/networks.md with
a page for each kind, gallery.md, explanation/components.md and reference/task-NAME.md."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import matplotlib as mpl
from network_figures import draw_network
from sphinx.application import Sphinx

import lhnets as ml
from lhnets.format import Input, Validation
from lhnets.physics import spoken
from lhnets_datasets.bench import collection, page
from lhnets_training.cli import components
from lhnets_training.judging import limits
from lhnets_training.judging.zoo_table import limit_cell, noise_cells

FIGURES = "network-figures"
"""The folder of the figures, beside gallery.md."""


def write_pages(app: Sphinx) -> None:
    """Write the pages whose text changed."""
    source = Path(app.srcdir)
    cards = sorted((ml.load(e.name).card for e in ml.search()), key=lambda c: (c.kind, c.name))
    mpl.use("Agg")
    figures = {c.name: draw_network(c.name, source / FIGURES) for c in cards}
    for path, content in (
        *pages_of_networks(cards, figures),
        ("explanation/components.md", components.page()),
        *(
            (f"reference/task-{task.name}.md", page.write_page(task, collection.results(task)))
            for task in collection.tasks().values()
        ),
    ):
        file = source / path
        if not file.exists() or file.read_text() != content:
            file.write_text(content)


Figures = dict[str, tuple[str, str] | None]


def pages_of_networks(cards: list[ml.Card], figures: Figures) -> Iterator[tuple[str, str]]:
    """Each page by its path: the list, one of each kind, and the gallery."""
    kinds = {kind: list(group) for kind, group in groupby(cards, key=lambda c: c.kind)}
    yield "reference/networks.md", list_page(kinds)
    for kind, own in kinds.items():
        sections = [section(c, figures[c.name]) for c in own]
        text = "\n".join([f"# {heading(kind)}\n\n{HEAD}", table(own), *sections])
        yield f"reference/networks-{kind.replace('_', '-')}.md", text
    yield "gallery.md", gallery(kinds, figures)


def heading(kind: str) -> str:
    """A kind as the heading of its networks."""
    words = kind.replace("_", " ").capitalize()
    plural = {"Branching ratio": "Branching ratios", "Efficiency": "Efficiencies"}
    return plural.get(words, f"{words}s" if not words.endswith("ing") else words)


def list_page(kinds: dict[str, list[ml.Card]]) -> str:
    """A line a network, and the pages of the kinds."""
    parts = [LIST_HEAD]
    for kind, cards in kinds.items():
        parts.append(f"## {heading(kind)}\n\n| network | computes | inputs |\n|---|---|---|")
        for c in cards:
            inputs = ", ".join(f"`{i.name}`" for i in c.inputs)
            parts[-1] += f"\n| [{c.identity}](#{c.name}) | {c.title} | {inputs} |"
    names = "\n".join(f"networks-{kind.replace('_', '-')}" for kind in kinds)
    return "\n\n".join([*parts, f"```{{toctree}}\n:hidden:\n{names}\n```\n"])


def gallery(kinds: dict[str, list[ml.Card]], figures: Figures) -> str:
    """A figure of each network, which leads to its section."""
    parts = [GALLERY_HEAD]
    for kind, cards in kinds.items():
        cells = []
        for c in cards:
            if figure := figures[c.name]:
                image = f'<img src="_images/{figure[0]}" alt="{c.title}" loading="lazy">'
                page_ = f"reference/networks-{kind.replace('_', '-')}.html#{c.name}"
                cells.append(f'<a href="{page_}">{image}<span>{c.name}</span></a>')
        if cells:
            body = "\n".join(cells)
            parts.append(
                f'## {heading(kind)}\n\n```{{raw}} html\n<div class="gallery">\n{body}\n</div>\n```'
            )
    return "\n\n".join(parts) + "\n"


LIST_HEAD = """# The bundled networks

Each is there after the installation, without a network connection. Figures of its errors, its
checks and a plot stand on the page of its kind; [the gallery](../gallery.md) shows all plots.
"""
GALLERY_HEAD = """# Gallery

A plot of each bundled network; click it for its inputs, errors and checks. Parameter networks are
drawn over their first input, with the band of all uncertainties (68 %); below, the size of each
source over the value. Networks on events show their curves on events that they never saw.

```{raw} html
<style>
.gallery {display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem}
.gallery a {display: block; text-decoration: none; font-size: .8rem; text-align: center}
.gallery img {width: 100%; background: white; border-radius: .3rem}
</style>
```
"""
LIMITS = (limits.__doc__ or "").partition("\n\n")[2]
HEAD = f"""Every figure on this page comes from the cards, which the trainings wrote.
Errors are on rows that the network never saw,
without any cut. `make zoo-table` prints the same table with the times of a point.

`noise` is the error of the labels themselves (root mean square), `beyond` what the network errs
beyond it, with its upper limit at 95 % confidence ([formula](card.md)). `limit` is what the mean
error is held to, and whether it is met.

{LIMITS}"""


ERRORS = [
    "network",
    "computes",
    "inputs",
    "rows",
    "mean",
    "99.7 %",
    "worst",
    "68 %",
    "95 %",
    "baseline mean",
    "noise",
    "beyond",
    "limit",
]
FIGURES_HEAD = ["network", "computes", "inputs", "rows", "figure", "found", "error", "baseline"]


def table(cards: list[ml.Card]) -> str:
    """One line a network: errors, or for networks that are judged by a figure that."""
    by_rows = all(isinstance(c.validation, Validation) for c in cards)
    head = ERRORS if by_rows else FIGURES_HEAD
    lines = [head, ["---"] * len(head)]
    for c in cards:
        lines.append([*start_cells(c), *(error_cells(c) if by_rows else figure_cells(c))])
    return (
        "\n".join("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in lines)
        + "\n"
    )


def start_cells(card: ml.Card) -> list[str]:
    """What every table of networks begins with."""
    return [
        f"[{card.identity}](#{card.name})",
        f"`{spoken(card.subject)}`",
        ", ".join(i.name for i in card.inputs),
        "" if card.data is None else str(card.data.rows),
    ]


def error_cells(card: ml.Card) -> list[str]:
    """Errors on rows never seen, coverage, baseline, noise and limit."""
    v = card.errors
    return [
        *(f"{x:.1e}" for x in (v.mean, v.q997, v.max)),
        *(f"{x:.1%}" for x in (v.coverage_68, v.coverage_95)),
        "" if v.baseline is None else f"{v.baseline.mean:.1e}",
        *noise_cells(card),
        limit_cell(card),
    ]


def figure_cells(card: ml.Card) -> list[str]:
    """The figure that networks of this kind are compared by, beside that of a simple method."""
    found = card.validation.headline
    simple = found.baseline
    return [
        found.name,
        f"{found.value:.4g}",
        "" if found.error is None else f"{found.error:.2g}",
        "" if simple is None else f"{simple.value:.4g} ({simple.method})",
    ]


def section(card: ml.Card, figure: tuple[str, str] | None) -> str:
    """A network's own section."""
    drawn = f"\n![{card.title}](../{FIGURES}/{figure[0]})\n\n`{figure[1]}`\n" if figure else ""
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
{drawn}
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
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
