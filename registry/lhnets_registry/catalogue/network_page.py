"""The page of one version of a network: everything that its card says, its figures, and code to
call it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from msgspec import Struct

from lhnets.format import (
    Card,
    Entry,
    Figure,
    FigureValidation,
    Input,
    NetworkFile,
    Output,
    Validation,
    describe_sources,
    list_figures,
)
from lhnets.networks import bibtex
from lhnets.physics import speak_energy
from lhnets_registry.catalogue import figures
from lhnets_registry.catalogue.calls import Snippet, file_name, snippets
from lhnets_registry.catalogue.coverage import CoveragePart, describe_coverage
from lhnets_registry.catalogue.curves import draw_curves
from lhnets_registry.catalogue.diagram import diagram
from lhnets_registry.catalogue.evaluation import (
    TableNetwork,
    UnseenErrors,
    evaluation,
    is_logarithmic,
)
from lhnets_registry.catalogue.particles import is_process
from lhnets_registry.catalogue.tables import manifests
from lhnets_registry.catalogue.typeset import bound, math_of, processes, symbol, unit

KINDS = {
    "cross_section": "Cross section",
    "branching_ratio": "Branching ratio",
    "width": "Width",
    "efficiency": "Efficiency",
    "likelihood": "Likelihood",
    "loop_integral": "Loop integral",
    "observable": "Observable",
    "classifier": "Classifier",
    "anomaly_score": "Anomaly score",
    "event_variable": "Event variable",
    "unfolding": "Unfolding",
    "generator": "Generator",
}
_SYMBOLS = {
    "cross_section": r"\sigma",
    "branching_ratio": r"\mathrm{BR}",
    "width": r"\Gamma",
    "efficiency": r"\varepsilon",
    "likelihood": r"\ln L",
}
_LEVELS = (0.68, 0.95)


class Page(Struct, frozen=True):
    """What the template of a network's page is given."""

    card: Card
    entry: Entry
    versions: tuple[Entry, ...]
    kind: str
    formula: Markup
    diagram: Markup | None
    conditions: dict[str, str]
    figures: dict[str, Any]
    errors: Validation | None
    """Of a network that is compared with a truth row by row."""
    others: FigureValidation | None
    """Of a network that is judged by figures of another kind."""
    listed: dict[str, Figure]
    """These figures by their names, that of the baseline last."""
    sources: dict[str, str]
    """Of the uncertainty of the truth of the default output, and how each is evaluated."""
    coverage: CoveragePart | None
    snippets: list[Snippet]
    cite: str
    data: str | None
    live: dict[str, Any] | None
    file: str


def page_of(file: NetworkFile, entry: Entry, versions: Sequence[Entry]) -> Page:
    """The page of the version ``entry`` among all ``versions`` of its network."""
    card = file.card
    ready = evaluation(file.content, card)
    start = (
        ready.start(np.array(file.reference.inputs["parameters"], dtype=float)) if ready else None
    )
    return Page(
        card=card,
        entry=entry,
        versions=tuple(versions),
        kind=KINDS[card.kind],
        formula=_formula(card),
        diagram=_diagram(card),
        conditions=_conditions(card),
        figures=_figures(card, ready, start),
        errors=v if isinstance(v := card.validation, Validation) else None,
        others=v if isinstance(v, FigureValidation) else None,
        listed=list_figures(v),
        sources=describe_sources(card, card.default_output),
        coverage=describe_coverage(card),
        snippets=snippets(card, start),
        cite=bibtex([card]),
        data=card.data.name if card.data and card.data.name in manifests() else None,
        live=_live(card, entry, start) if start else None,
        file=file_name(card),
    )


def factor(card: Card, output: str, level: float) -> float | None:
    """How many standard deviations hold the truth with probability ``level``; None beyond the
    card's calibration."""
    levels = card.calibration.levels
    if not levels or level > levels[-1]:
        return None
    return float(np.interp(level, (0.0, *levels), (0.0, *card.calibration.factors[output])))


def _formula(card: Card) -> Markup:
    """What is computed, as a formula: a sum over the processes of the default output, or the
    subject of its inputs."""
    subject = card.output(card.default_output).subject or card.subject
    parts = processes(subject)
    head = math_of(_SYMBOLS[card.kind]) if card.kind in _SYMBOLS else Markup("")
    if parts and parts[0].startswith("<math"):
        return Markup(' <span class="plus">+</span> ').join(
            Markup('<span class="term">{}<span class="paren">(</span>{}<span '
                   'class="paren">)</span></span>').format(head, p)
            for p in parts
        )  # fmt: skip
    integral = re.fullmatch(r"(Re |Im )?(m\^2 )?([A-D])0( .*)?", subject)
    if integral:
        real = r"\mathrm{" + integral[1].strip() + r"}\," if integral[1] else ""
        square = "m^2 " if integral[2] else ""
        named = math_of(rf"{real}{square}{integral[3]}_0")
        return Markup('<span class="term">{}</span>{}').format(named, integral[4] or "")
    return Markup('<span class="term">{} <span class="subject">{}</span></span>').format(
        head, subject
    )


def _diagram(card: Card) -> Markup | None:
    """The diagram of the default output's process, where it is one process."""
    subject = card.output(card.default_output).subject or card.subject
    return diagram(subject) if is_process(subject) and " | " not in subject else None


def _conditions(card: Card) -> dict[str, str]:
    output, c = card.output(card.default_output), card.conditions
    energies = sorted({o.energy for o in card.central_outputs if o.energy})
    orders = list(dict.fromkeys(o.order for o in card.central_outputs if o.order))
    energy = ", ".join(speak_energy(e) for e in energies) or (
        speak_energy(c.energy) if c.energy else None
    )
    stated = {
        "Energy": energy or _input_range(card, "sqrt_s"),
        "Order": ", ".join(orders) or c.order,
        "PDF set": c.pdf,
        "Scheme": c.scheme,
        "Scale": c.scale,
        "Working point": c.working_point,
        "Default output": f"{output.name}: {output.meaning}"
        if len(card.central_outputs) > 1
        else None,
    }
    return {k: v for k, v in stated.items() if v}


def _input_range(card: Card, name: str) -> str | None:
    for i in card.columns:
        if i.name == name:
            return f"{speak_energy(i.low or 0.0)} to {speak_energy(i.high or 0.0)}"
    return None


def _figures(
    card: Card, ready: TableNetwork | None, start: Mapping[str, float] | None
) -> dict[str, Any]:
    v = card.validation
    found: dict[str, Any] = {"slice": None, "curves": draw_curves(v)}
    if isinstance(v, Validation):
        found |= _error_figures(card, v, ready.unseen() if ready else None)
    if ready and start:
        along = card.columns[0]
        output = card.output(card.default_output)
        found["slice"] = figures.slice_of(
            output, along, ready.line(dict(start), along), factor(card, output.name, _LEVELS[1])
        )
    return found


def _error_figures(card: Card, v: Validation, unseen: UnseenErrors | None) -> dict[str, Any]:
    own = v.classification
    drawn = (figures.roc(own), figures.calibration(own)) if own else ()
    return {
        "errors": figures.error_distribution(v, unseen) if unseen else figures.error_quantiles(v),
        "residuals": figures.residuals(card, v.metric, unseen) if unseen else [],
        "classification": [figure for figure in drawn if figure is not None],
    }


def _live(card: Card, entry: Entry, start: Mapping[str, float]) -> dict[str, Any]:
    """What the page's script needs to evaluate the file itself."""
    return {
        "identity": card.identity,
        "blob": f"../../{entry.blob}",
        "sha256": entry.sha256,
        "size": entry.size,
        "inputs": [_live_input(i, start[i.name]) for i in card.columns],
        "outputs": [_live_output(card, o) for o in card.central_outputs],
        "chosen": [o.name for o in card.central_outputs].index(card.default_output),
    }


def _live_input(i: Input, start: float) -> dict[str, Any]:
    return {
        "name": i.name,
        "unit": i.unit,
        "low": i.low,
        "high": i.high,
        "log": is_logarithmic(i),
        "start": start,
    }


def _live_output(card: Card, o: Output) -> dict[str, Any]:
    return {
        "name": o.name,
        "unit": o.unit,
        "meaning": o.meaning,
        "log": o.scale == "log",
        "column": card.output_index(o.name),
        "factor95": factor(card, o.name, _LEVELS[1]),
    }


def symbol_of(i: Input) -> Markup:
    """The symbol of an input, its name where it has none."""
    return symbol(i.symbol, i.name)


def inequality(card: Card, coefficients: Mapping[str, float], limit: float) -> Markup:
    """A half-space of the region as a formula of symbols."""
    inputs = {i.name: i for i in card.inputs}
    terms = []
    for k, (name, c) in enumerate(coefficients.items()):
        sign = "− " if c < 0 else "+ " if k else ""
        size = "" if abs(c) == 1 else f"{bound(abs(c))} "
        terms.append(Markup("{}{}{}").format(sign, size, symbol_of(inputs[name])))
    units = {inputs[n].unit for n in coefficients}
    return Markup("{} ≤ {} {}").format(
        Markup(" ").join(terms), bound(limit), unit(units.pop()) if len(units) == 1 else ""
    )
