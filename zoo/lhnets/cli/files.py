"""`lhnets fetch`, `verify`, `seal`, `cite` and `lock`: network files, whole and credited."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Any

import click
from msgspec import structs
from rich.markup import escape

from lhnets._api.papers import cite as cite_networks
from lhnets._api.papers import lock as write_lock
from lhnets._finding import zoo as _zoo
from lhnets._finding.auditing import audit
from lhnets._finding.listing import list_networks
from lhnets._running.verify import Verification
from lhnets._running.verify import verify as verify_file
from lhnets.cli.completion import complete_networks
from lhnets.cli.terminal import console, echo, json_option, print_json, table
from lhnets.errors import NetworkFileError, NetworkNotFoundError
from lhnets.format import (
    LOCK_FILE,
    Lock,
    NetworkFile,
    key_text,
    read_path,
    read_private_key,
    sign,
)


@click.command()
@click.argument("names", nargs=-1, required=True)
@json_option
def fetch(names: tuple[str, ...], as_json: bool) -> None:
    """Bring networks into the cache, verified, for work without a network; prints their paths."""
    networks = [_zoo.default().load(name) for name in names]
    if as_json:
        print_json([{"network": n.name, "path": str(n.path), "source": n.source} for n in networks])
        return
    for network in networks:
        echo(f"{network.name}  {network.path}  from {network.source}")


@click.command()
@click.argument("targets", nargs=-1, required=True)
@json_option
def verify(targets: tuple[str, ...], as_json: bool) -> None:
    """Check network FILES or NAMES: digest, published SHA-256, and their reference points re-run
    here."""
    reports = [_verified(target) for target in targets]
    if as_json:
        print_json([_describe(t, r) for t, r in zip(targets, reports, strict=True)])
    else:
        for target, report in zip(targets, reports, strict=True):
            _print_report(target, report)
    if not all(r.passed for r in reports):
        sys.exit(1)


@click.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE…",
)
@click.option(
    "--sign",
    "key",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="KEY",
    help="private key of the author, as `lhnets mirror keys person KEY` makes it",
)
@json_option
def seal(files: tuple[Path, ...], key: Path, as_json: bool) -> None:
    """Sign sealed network FILES as their author, before they are published: their SHA-256
    changes."""
    private = read_private_key(key)
    public = key_text(private.public_key().public_bytes_raw())
    for path in files:
        _replace(path, sign(read_path(path).content, private))
    if as_json:
        print_json([{"path": str(path), "key": public} for path in files])
        return
    for path in files:
        echo(f"{path} is signed by {public}")


@click.command()
@click.argument("names", nargs=-1, required=True)
def cite(names: tuple[str, ...]) -> None:
    """BibTeX of networks: each network, its data, its generator and its PDF set."""
    echo(cite_networks(*names))


@click.command()
@click.argument("names", nargs=-1, shell_complete=complete_networks)
@click.option(
    "--output", "-o", default=LOCK_FILE, show_default=True, type=click.Path(dir_okay=False)
)
@click.option(
    "--audit",
    "audited",
    is_flag=False,
    flag_value=LOCK_FILE,
    metavar="[FILE]",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"say what became of the networks that FILE pins ({LOCK_FILE} if none is named)",
)
@json_option
def lock(names: tuple[str, ...], output: str, audited: Path | None, as_json: bool) -> None:
    """Pin networks by name, version and SHA-256 in a lock file, for a paper.

    With --audit, nothing is written: retracted, replaced and missing pins are listed. It exits with
    1 if a pin is retracted, has another file or is missing.
    """
    if audited is not None:
        _audit(audited, as_json)
        return
    if not names:
        raise click.UsageError("name the networks to pin, or check a lock file with --audit")
    path = write_lock(output, networks=list(names))
    if as_json:
        print_json(
            {"path": str(path), "networks": [_zoo.default().find(n).identity for n in names]}
        )
    else:
        echo(f"wrote {path}")


def _audit(path: Path, as_json: bool) -> None:
    pins = Lock.read(path).networks
    found = audit(pins, list_networks(_zoo.default().mirrors, {}).listed)
    if as_json:
        print_json(found)
    else:
        rows = table("network", "state", "reason", "newest version")
        for one in found:
            colour = "green" if one.is_sound else "bold red"
            rows.add_row(
                one.network, f"[{colour}]{one.state}[/]", escape(one.reason), one.replacement
            )
        console.print(rows)
    if not all(one.is_sound for one in found):
        sys.exit(1)


def _replace(path: Path, content: bytes) -> None:
    """Write a file at once or not at all."""
    made = path.with_name(f".{path.name[:40]}.{secrets.token_hex(8)}")
    try:
        made.write_bytes(content)
        made.replace(path)
    except OSError as error:
        raise NetworkFileError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        made.unlink(missing_ok=True)


def _verified(target: str) -> Verification:
    file = (
        read_path(target)
        if Path(target).exists() or target.endswith(".onnx")
        else _zoo.default().load(target).file
    )
    return verify_file(file, _published_sha256(file))


def _published_sha256(file: NetworkFile) -> str | None:
    try:
        return _zoo.default().find(file.card.identity).sha256
    except NetworkNotFoundError:
        return None


def _describe(target: str, report: Verification) -> dict[str, Any]:
    return {"target": target, "passed": report.passed, **structs.asdict(report)}


def _print_report(target: str, report: Verification) -> None:
    verdict = "[green]pass[/]" if report.passed else "[bold red]FAIL[/]"
    console.print(f"{verdict} {escape(report.identity)}  {escape(target)}")
    rows = table("", "", "")
    for finding in report.findings:
        mark = "[green]pass[/]" if finding.passed else "[red]FAIL[/]"
        rows.add_row("  " + escape(finding.name), mark, escape(finding.figure))
    console.print(rows)
