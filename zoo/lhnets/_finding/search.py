"""Finding networks by what they compute."""

from __future__ import annotations

import difflib
import html
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args, overload

from lhnets._asking.energy import ENERGY_INPUT, speak_energy
from lhnets._asking.process import canonical, spoken
from lhnets._finding.versions import EntryPool
from lhnets.errors import ParameterError
from lhnets.extras import import_optional
from lhnets.format import Entry, Kind

KINDS: tuple[Kind, ...] = get_args(Kind)
_COLUMNS = ("network", "computes", "order", "energy", "parameters", "mean_error")
_WIDEST = 48
"""Characters of a cell in the text of a result."""


class SearchResults(Sequence[Entry]):
    """The entries that a search found, ordered by name.

    It is a sequence: ``len``, indices and loops work as for a list, a slice is a result too.

    Parameters
    ----------
    entries : iterable of Entry
        In their order.
    """

    __slots__ = ("_entries",)

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = tuple(entries)

    @overload
    def __getitem__(self, index: int) -> Entry: ...

    @overload
    def __getitem__(self, index: slice) -> SearchResults: ...

    def __getitem__(self, index: int | slice) -> Entry | SearchResults:
        if isinstance(index, slice):
            return SearchResults(self._entries[index])
        return self._entries[index]

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (SearchResults, list, tuple)):
            return self._entries == tuple(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(e.sha256 for e in self._entries))

    def to_dicts(self) -> list[dict[str, Any]]:
        """A mapping for each network, with everything that ``lhnets list`` shows; see
        `describe_entry`."""
        return [describe_entry(e) for e in self]

    def to_pandas(self) -> Any:
        """A pandas table with a row for each network.

        Returns
        -------
        pandas.DataFrame
            The columns are the keys of `describe_entry`; lists are joined by commas.

        Raises
        ------
        MissingExtraError
            If pandas is not installed.
        """
        rows = [{k: _as_text(v) for k, v in row.items()} for row in self.to_dicts()]
        return import_optional("pandas", "to_pandas").DataFrame(rows, columns=list(_KEYS))

    def __repr__(self) -> str:
        rows = [_COLUMNS, *(_cells(e) for e in self)]
        widths = [min(_WIDEST, max(map(len, column))) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(_cut(c, w).ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join([*(lines if len(self) else []), _count(len(self))])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{c}</th>" for c in _COLUMNS)
        body = "".join(
            f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in _cells(e))}</tr>"
            for e in self
        )
        return f"<table><caption>{_count(len(self))}</caption><tr>{head}</tr>{body}</table>"


def find_matching(
    entries: Iterable[Entry],
    text: str | None = None,
    *,
    kind: Kind | None = None,
    process: str | None = None,
) -> SearchResults:
    """The newest verified version of each network that fits, by name.

    Raises
    ------
    ParameterError
        If the kind does not exist, with those that do.
    ProcessError
        If the process cannot be read.
    """
    if kind is not None and kind not in KINDS:
        near = difflib.get_close_matches(str(kind), KINDS, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ParameterError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}{hint}")
    subject = canonical(process) if process is not None else None
    words = (text or "").lower().split()
    pool = entries if isinstance(entries, EntryPool) else EntryPool(entries)
    found = [
        e
        for e in pool.newest
        if (kind is None or e.kind == kind)
        and (subject is None or subject in e.subjects)
        and (not words or _holds_all(_find_text(e, pool), words))
    ]
    return SearchResults(sorted(found, key=lambda e: e.name))


def describe_entry(entry: Entry) -> dict[str, Any]:
    """What a list shows of a network, as plain values.

    ``computes``, ``orders``, ``energies`` and ``parameters`` are lists; ``mean_error`` is the mean
    error on unseen rows, of classifiers the log loss.
    """
    return {
        "network": entry.identity,
        "kind": entry.kind,
        "title": entry.title,
        "computes": sorted(map(spoken, entry.subjects)),
        "orders": orders_of(entry),
        "energies": energies_of(entry),
        "parameters": [i.name for i in entry.inputs],
        "mean_error": entry.score,
        "status": entry.status,
        "sha256": entry.sha256,
        "size": entry.size,
    }


_KEYS = (
    "network",
    "kind",
    "title",
    "computes",
    "orders",
    "energies",
    "parameters",
    "mean_error",
    "status",
    "sha256",
    "size",
)


def orders_of(entry: Entry) -> list[str]:
    """The perturbative orders of a network's outputs, each once."""
    orders = [o.order or entry.conditions.order for o in entry.outputs]
    return list(dict.fromkeys(o for o in orders if o))


def energies_of(entry: Entry) -> list[str]:
    """The energies that a network knows, as users write them: ``13 TeV``, or a range if it is an
    input."""
    fixed = {e for o in entry.outputs if (e := o.energy or entry.conditions.energy)}
    ranges = [
        f"{(i.low or 0) / 1000:g}-{(i.high or 0) / 1000:g} TeV"
        for i in entry.inputs
        if i.name == ENERGY_INPUT
    ]
    return [*(speak_energy(e) for e in sorted(fixed)), *ranges]


def _cells(entry: Entry) -> tuple[str, ...]:
    shown = describe_entry(entry)
    keys = ("network", "computes", "orders", "energies", "parameters")
    return (*(_as_text(shown[k]) for k in keys), f"{entry.score:.1e}")


def _as_text(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, list) else value


def _cut(cell: str, width: int) -> str:
    return cell if len(cell) <= width else f"{cell[: width - 1]}…"


def _count(n: int) -> str:
    return f"{n} network{'' if n == 1 else 's'}"


def _find_text(entry: Entry, pool: EntryPool) -> str:
    """What is searched of an entry, made once."""
    text = pool.texts.get(entry.identity)
    if text is None:
        text = pool.texts[entry.identity] = _text(entry)
    return text


def _holds_all(text: str, words: Sequence[str]) -> bool:
    return all(word in text for word in words)


def _text(entry: Entry) -> str:
    inputs = " ".join(i.name for i in entry.inputs)
    subjects = " ".join(f"{s} {spoken(s)}" for s in entry.subjects)
    return f"{entry.identity} {entry.kind} {entry.title} {subjects} {inputs}".lower()
