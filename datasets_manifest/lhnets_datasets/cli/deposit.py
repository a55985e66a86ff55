"""`lhnets data deposit` and `lhnets deposit`: a draft by default; a DOI only after it was typed
out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from rich.markup import escape

from lhnets.cli.terminal import console, echo, json_option, print_json, table
from lhnets.mirrors import Site
from lhnets.networks import default_zoo
from lhnets_datasets.dataset import dataset
from lhnets_datasets.depositing import deposit as steps
from lhnets_datasets.depositing.archive import Archive
from lhnets_datasets.depositing.deposit import Prepared, Subject
from lhnets_datasets.depositing.ledger import DepositedVersion, Ledger
from lhnets_datasets.depositing.subjects import (
    data_doi,
    data_subject,
    network_dois,
    network_subject,
)


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that both commands have."""
    for option in (
        json_option,
        click.option("--community", help="Zenodo community to submit to"),
        click.option(
            "--new-version",
            is_flag=True,
            help="add a version to the record that is published already",
        ),
        click.option(
            "--publish", is_flag=True, help="publish, after a confirmation that has to be typed"
        ),
        click.option(
            "--sandbox",
            is_flag=True,
            help="sandbox.zenodo.org, whose DOIs lead nowhere: for trying out",
        ),
    ):
        command = option(command)
    return command


@click.command("deposit")
@click.argument("name")
@_options
def deposit_data(
    name: str, sandbox: bool, publish: bool, new_version: bool, community: str | None, as_json: bool
) -> None:
    """Archive a data set on Zenodo: makes a draft and shows it; run again, it goes on with the same
    draft.

    The token is read from ZENODO_TOKEN, or ZENODO_SANDBOX_TOKEN with --sandbox.
    """
    archive, ledger = Archive(Site.of(sandbox=sandbox)), Ledger()
    cards = [default_zoo().card(e.identity) for e in default_zoo().entries]
    subject = data_subject(
        dataset(name),
        ledger.folder / "files" / name,
        community=community,
        networks=network_dois(name, cards, ledger, archive.site.origin),
    )
    published = _run(
        subject, archive, ledger, publish=publish, new_version=new_version, as_json=as_json
    )
    if published is not None:
        written = steps.write_back(name, published, archive)
        if as_json:
            return
        echo(
            f"doi written into {written.name}"
            if written
            else "the manifest keeps no DOI of this archive"
        )


@click.command("deposit")
@click.argument("name")
@_options
def deposit(
    name: str, sandbox: bool, publish: bool, new_version: bool, community: str | None, as_json: bool
) -> None:
    """Archive the network NAME@VERSION on Zenodo with its card, linked to its data set. See also
    `lhnets data deposit`."""
    archive, ledger = Archive(Site.of(sandbox=sandbox)), Ledger()
    network = default_zoo().load(name)
    subject = network_subject(
        network.card,
        network.path,
        ledger.folder / "files" / network.card.identity,
        community=community,
        data_doi=data_doi(network.card, ledger, archive.site.origin),
    )
    _run(subject, archive, ledger, publish=publish, new_version=new_version, as_json=as_json)


def _run(
    subject: Subject,
    archive: Archive,
    ledger: Ledger,
    *,
    publish: bool,
    new_version: bool,
    as_json: bool,
) -> DepositedVersion | None:
    """Prepare, show, and publish if that was asked for and confirmed."""
    prepared = steps.prepare(subject, archive, ledger, new_version=new_version)
    if isinstance(prepared, DepositedVersion):
        if as_json:
            print_json({"name": subject.name, "status": "unchanged", "doi": prepared.doi})
        else:
            echo(f"{subject.name} is published as {prepared.doi}; nothing has changed since")
        return prepared
    if not as_json:
        _print(prepared, archive)
    if not publish:
        if as_json:
            print_json(_describe_draft(subject, prepared))
        else:
            echo(
                f"a draft, to look at on {prepared.draft.page}; nothing is published. Add "
                "--publish to publish it"
            )
        return None
    published = _publish(prepared, subject, archive, ledger)
    if as_json:
        print_json({"name": subject.name, "status": "published", "doi": published.doi})
    else:
        echo(f"published: {published.doi}")
    return published


def _publish(
    prepared: Prepared, subject: Subject, archive: Archive, ledger: Ledger
) -> DepositedVersion:
    """Publish a draft, after the name was typed out. What is asked goes to standard error."""
    echo(f"Publishing at {archive.site.origin} gives a DOI and cannot be undone.", err=True)
    typed = click.prompt(
        f"Type {subject.name} to publish", default="", show_default=False, err=True
    )
    if typed != subject.name:
        raise click.Abort
    return steps.publish(prepared, subject, archive, ledger)


def _describe_draft(subject: Subject, prepared: Prepared) -> dict[str, Any]:
    files = {file.name: file.md5 for file in prepared.draft.files}
    return {
        "name": subject.name,
        "status": "draft",
        "page": prepared.draft.page,
        "metadata": prepared.metadata,
        "files": files,
    }


def _print(prepared: Prepared, archive: Archive) -> None:
    facts = table("", "", title=f"draft {prepared.draft.id} at {archive.site.origin}")
    for key, value in prepared.metadata.items():
        facts.add_row(key, escape(_shown(value)))
    files = table("file", "bytes|right", "MD5, as the archive found it")
    for file in prepared.draft.files:
        files.add_row(escape(file.name), str(file.size), file.md5)
    console.print(facts, "", files)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_shown(v) for v in value)
    return " ".join(map(str, value.values())) if isinstance(value, dict) else str(value)
