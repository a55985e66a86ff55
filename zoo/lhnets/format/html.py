"""A card as HTML, for notebooks. Cards are strangers' text: every word is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from lhnets.format.contents import Contents

MOST_OUTPUTS = 12


def card_to_html(card: Contents) -> str:
    """Title, subject, inputs with ranges and outputs of a card, as one HTML fragment."""
    heads = ("input", "meaning", "from", "to", "unit")
    inputs = [(i.name, i.meaning, _bound(i.low), _bound(i.high), i.unit) for i in card.inputs]
    outputs = [(o.name, o.meaning, o.unit) for o in card.outputs[:MOST_OUTPUTS]]
    left = len(card.outputs) - len(outputs)
    more = f"<p>and {left} more outputs</p>" if left > 0 else ""
    return (
        f"<div><p><b>{escape(card.name)}@{card.version}</b>: {escape(card.title)}</p>"
        f"<p>{escape(card.kind)} of {escape(card.subject)}</p>"
        f"{_table(heads, inputs)}{_table(('output', 'meaning', 'unit'), outputs)}{more}</div>"
    )


def _bound(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{escape(h)}</th>" for h in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"
