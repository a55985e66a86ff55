"""Writes reference/networks.md from the cards of the bundled networks, so that no figure in it is typed."""

from pathlib import Path

from sphinx.application import Sphinx

import lhnets as ml
from lhnets._process import spoken


def write_page(app: Sphinx) -> None:
    """Write the page where its text changed."""
    cards = [ml.load(e.name).card for e in ml.search()]
    text = "\n".join([HEAD, table(cards), *(section(c) for c in cards)])
    path = Path(app.srcdir) / "reference" / "networks.md"
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


HEAD = """# The bundled networks

Every figure on this page comes from the cards, which the trainings wrote. Errors are on rows that the network never saw,
without any cut.
"""


def table(cards: list[ml.Card]) -> str:
    """One line a network."""
    lines = [
        "| network | computes | inputs | rows | mean | 99.7 % | worst | 68 % | 95 % | baseline mean |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for c in cards:
        v = c.validation
        cells = [
            f"[{c.identity}](#{c.name})",
            f"`{spoken(c.subject)}`",
            ", ".join(i.name for i in c.inputs),
            str(c.data.rows),
            *(f"{x:.1e}" for x in (v.mean, v.q997, v.max)),
            *(f"{x:.1%}" for x in (v.coverage_68, v.coverage_95)),
            f"{v.baseline.mean:.1e}",
        ]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def section(card: ml.Card) -> str:
    """A network's own section."""
    inputs = "\n".join(f"| `{i.name}` | {i.meaning} | {i.low:g} to {i.high:g} | {i.unit} |" for i in card.columns)
    outputs = "\n".join(f"| `{o.name}` | {o.meaning} | {o.unit} |" for o in card.central_outputs)
    checks = "\n".join(
        f"| {c.name} | {'pass' if c.passed else 'fail'} | {c.figure} | {c.criterion} |" for c in card.checks
    )
    return f"""
({card.name})=
## {card.name}

**{card.title}.** {card.description}

Truth: {card.truth.program} {card.truth.version}. Data set: `{card.data.name}`. Made by {card.training.method}
({card.training.framework} {card.training.framework_version}); again by `lhnets train {card.name}`.

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


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the page."""
    app.connect("builder-inited", write_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
