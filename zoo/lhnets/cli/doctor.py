"""`lhnets doctor`: where answers come from here, and why a question is answered as it is."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from lhnets import __version__
from lhnets._fetching.cache import Cache
from lhnets._fetching.download import offline
from lhnets._finding import zoo as _zoo
from lhnets._finding.diagnosis import list_candidates
from lhnets._finding.question import Question
from lhnets._finding.resolve import canonicalize
from lhnets._running.engines import choose_engine
from lhnets.cli.asked import find_asked
from lhnets.cli.assignments import assignments_to_parameters
from lhnets.cli.evaluate import KINDS
from lhnets.cli.terminal import console, json_option, print_json, table
from lhnets.errors import Error, IntegrityError, MirrorError


@click.command()
@click.argument("kind", required=False, type=click.Choice(sorted(KINDS)))
@click.argument("subject", required=False)
@click.argument("assignments", nargs=-1, metavar="NAME=VALUE…")
@click.option("--energy", help='centre-of-mass energy: "13 TeV", or a number in GeV')
@click.option("--order", help='perturbative order, such as "LO"')
@click.option("--network", help="NAME or NAME@VERSION, to choose the network yourself")
@json_option
def doctor(
    kind: str | None,
    subject: str | None,
    assignments: tuple[str, ...],
    energy: str | None,
    order: str | None,
    network: str | None,
    as_json: bool,
) -> None:
    """Say where answers come from here: mirrors in their order, cache, lock file, engine.

    With a question, such as `lhnets doctor cs "p p > go go" m_go=2000`, also which networks compute
    that, which one answers, and why the others do not.
    """
    found: dict[str, Any] = {"here": _look_around()}
    if kind is not None and subject is None:
        raise click.UsageError(f'name what is asked for too: lhnets doctor {kind} "SUBJECT" …')
    if kind is not None and subject is not None:
        question = Question(KINDS[kind], subject, energy, order, network, "nan")
        found["question"] = _diagnose(question, assignments)
    if as_json:
        print_json(found)
    else:
        _print(found)


def _look_around() -> dict[str, Any]:
    zoo, folder = _zoo.default(), Cache.default().folder
    return {
        "lhnets": __version__,
        "mirrors": [_describe_mirror(mirror) for mirror in zoo.mirrors],
        "cache": {"folder": str(folder), "state": _describe_folder(folder)},
        "offline": offline(),
        "lock file": str(zoo.lock_file) if zoo.lock_file else None,
        "engine": choose_engine(None),
    }


def _describe_mirror(mirror: Any) -> dict[str, Any]:
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            count = len(mirror.index.networks)
        state = "; ".join(str(w.message) for w in told) or "read"
    except (MirrorError, IntegrityError) as error:
        count, state = 0, str(error)
    return {"mirror": mirror.name, "networks": count, "state": state}


def _describe_folder(folder: Path) -> str:
    nearest = next((p for p in (folder, *folder.parents) if p.exists()), folder)
    if not os.access(nearest, os.W_OK):
        return "cannot be written: networks of mirrors are fetched again each time"
    return "in use" if folder.exists() else "empty"


def _diagnose(question: Question, assignments: tuple[str, ...]) -> dict[str, Any]:
    zoo = _zoo.default()
    units = {
        i.name: i.unit
        for e in find_asked(question.kind, question.subject, question.network)
        for i in e.inputs
    }
    params = assignments_to_parameters(assignments, units.get)
    asked = canonicalize(question, _zoo.describe_given(params, []))
    answer, notes, problem = "", [], ""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            prediction = zoo.ask(question, params)(params)
            answer, notes = prediction.network, list(prediction.notes)
        except Error as error:
            problem = f"{type(error).__name__}: {error}"
    return {
        "kind": asked.kind,
        "subject": asked.subject,
        "answered by": answer,
        "refused": problem,
        "notes": notes,
        "warnings": [str(w.message) for w in told],
        "networks": list_candidates(asked, zoo.entries, zoo.listing),
    }


def _print(found: dict[str, Any]) -> None:
    here = found["here"]
    mirrors = table("", "mirror", "networks|right", "state")
    for number, mirror in enumerate(here["mirrors"], start=1):
        mirrors.add_row(
            str(number), escape(mirror["mirror"]), str(mirror["networks"]), escape(mirror["state"])
        )
    console.print(mirrors)
    cache = here["cache"]
    facts = table("", "")
    facts.add_row("cache", escape(f"{cache['folder']} ({cache['state']})"))
    facts.add_row("offline", "yes" if here["offline"] else "no")
    facts.add_row("lock file", escape(here["lock file"] or "none"))
    facts.add_row("engine", here["engine"])
    facts.add_row("lhnets", here["lhnets"])
    console.print(facts)
    if "question" in found:
        _print_question(found["question"])


def _print_question(asked: dict[str, Any]) -> None:
    console.print(f"\n[bold]{escape(asked['kind'])}[/]: {escape(asked['subject'])}")
    rows = table("", "network", "output", "order", "energy", "mirror")
    others = table("network", "why not", "mirror")
    for c in asked["networks"]:
        if c.verdict.isdigit():
            rows.add_row(
                c.verdict, c.network, escape(c.output), c.order, c.energy, escape(c.mirror)
            )
        else:
            others.add_row(c.network, escape(c.verdict), escape(c.mirror))
    for shown in (rows, others):
        if shown.row_count:
            console.print(shown)
    if asked["answered by"]:
        console.print(f"answered by [bold]{escape(asked['answered by'])}[/]")
    for line in (asked["refused"], *asked["notes"], *asked["warnings"]):
        if line:
            console.print(f"  {escape(line)}", highlight=False)
