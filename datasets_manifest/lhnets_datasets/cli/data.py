"""`lhnets data` and `lhnets deposit`."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from msgspec import structs
from rich.markup import escape

from lhnets.cli.terminal import console, echo, json_option, print_json, table
from lhnets_datasets.checks import FileReport, check_files
from lhnets_datasets.cli.deposit import deposit, deposit_data
from lhnets_datasets.dataset import dataset
from lhnets_datasets.describing.croissant import croissant
from lhnets_datasets.describing.metadata import datacite
from lhnets_datasets.errors import TableError
from lhnets_datasets.fetching.fetch import Fetcher
from lhnets_datasets.library import collection as library
from lhnets_datasets.library.manifest import Manifest, json_schema

__all__ = ["data", "deposit"]

NOT_ARCHIVED = "not archived yet"
UNKNOWN = "unknown"
LONGEST_CELL = 32


@click.group()
def data() -> None:
    """Training data: list, fetch, verify, archive, rebuild. A set is given by its name or DOI."""


@data.command("list")
@click.argument("words", nargs=-1)
@json_option
def list_(words: tuple[str, ...], as_json: bool) -> None:
    """The data sets there are; WORDS must all stand in name, title or description."""
    found = [m for m in library.manifests().values() if all(w.lower() in _text(m) for w in words)]
    if as_json:
        print_json([_describe(m) for m in found])
        return
    rows = table("data set", "rows|right", "size|right", "columns|right", "licence", "DOI")
    for manifest in found:
        rows.add_row(
            manifest.name,
            f"{manifest.rows:,}" if manifest.rows is not None else UNKNOWN,
            _size(manifest.size),
            str(len(manifest.columns)) if manifest.columns else UNKNOWN,
            escape(_short(manifest.licence)),
            escape(manifest.doi or NOT_ARCHIVED),
        )
    console.print(rows)
    console.print(f"{len(found)} data set{'' if len(found) == 1 else 's'}")


@data.command()
@click.argument("name")
@click.option("--yaml", "form", flag_value="yaml", help="the manifest itself")
@click.option("--croissant", "form", flag_value="croissant", help="Croissant JSON-LD")
@click.option("--datacite", "form", flag_value="datacite", help="DataCite metadata")
@click.option("--bibtex", "form", flag_value="bibtex", help="how to cite it")
@json_option
def show(name: str, form: str | None, as_json: bool) -> None:
    """What is known of a data set; with --json the whole manifest."""
    found = dataset(name)
    manifest = found.manifest
    if as_json:
        print_json(manifest)
    elif form == "yaml":
        echo(manifest.to_yaml().decode(), nl=False)
    elif form in {"croissant", "datacite"}:
        described = croissant(manifest) if form == "croissant" else datacite(manifest)
        print_json(described)
    elif form == "bibtex":
        echo(found.cite())
    else:
        _print(manifest)


@data.command()
@click.argument("names", nargs=-1, required=True)
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    help="copy the files to this folder too",
)
@click.option("--latest", is_flag=True, help="look again which version a concept DOI stands for")
@json_option
def get(names: tuple[str, ...], to: Path | None, latest: bool, as_json: bool) -> None:
    """Fetch data sets, verified; prints the paths of their files."""
    fetched = []
    for name in names:
        for file, path in dataset(name, latest=latest).files.items():
            kept = _copied(path, to / file) if to else path
            fetched.append({"data_set": name, "file": file, "path": str(kept)})
            if not as_json:
                echo(f"{file}  {kept}")
    if as_json:
        print_json(fetched)


@data.command()
@click.argument("names", nargs=-1, required=True)
@json_option
def verify(names: tuple[str, ...], as_json: bool) -> None:
    """Hash the files that are here, by SHA-256 and MD5. Nothing is fetched; what is missing
    fails."""
    reports = [
        report for name in names for report in check_files(Fetcher().resolve(name), Fetcher())
    ]
    if as_json:
        print_json([{**structs.asdict(r), "passed": r.passed} for r in reports])
    else:
        _print_reports(reports)
    if not all(r.passed for r in reports):
        sys.exit(1)


def _print_reports(reports: Sequence[FileReport]) -> None:
    rows = table("data set", "file", "SHA-256", "MD5", "")
    for report in reports:
        rows.add_row(
            report.dataset,
            escape(report.file),
            report.sha256[:16] or "-",
            report.md5[:16] or "-",
            "[green]right[/]" if report.passed else f"[red]{escape(report.finding)}[/]",
        )
    console.print(rows)


@data.command()
@click.argument("name")
@click.argument("file", required=False)
@json_option
def path(name: str, file: str | None, as_json: bool) -> None:
    """The path of a data set's FILE, fetched if need be; for scripts."""
    found = dataset(name)
    if file is not None and file not in found.files:
        raise TableError(
            f"the data set {found.name} has no file {file!r}; it has {', '.join(found.files)}"
        )
    place = found.path if file is None else found.files[file]
    if as_json:
        print_json({"data_set": found.name, "path": str(place)})
    else:
        echo(place)


@data.command()
@click.argument("names", nargs=-1)
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="folder to write to; here by default",
)
@json_option
def describe(names: tuple[str, ...], to: Path, as_json: bool) -> None:
    """Write NAME.croissant.json and NAME.datacite.json; without NAMES, of all sets."""
    to.mkdir(parents=True, exist_ok=True)
    paths = []
    for manifest in [library.get(n) for n in names] or library.manifests().values():
        for kind, described in (
            ("croissant", croissant(manifest)),
            ("datacite", datacite(manifest)),
        ):
            written = to / f"{manifest.name}.{kind}.json"
            written.write_text(json.dumps(described, indent=2, ensure_ascii=False) + "\n")
            paths.append(str(written))
            if not as_json:
                echo(written)
    if as_json:
        print_json(paths)


@data.command()
def schema() -> None:
    """The JSON schema of a manifest."""
    print_json(json_schema())


@data.command()
@click.argument("name")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="folder; build/data/NAME by default",
)
@json_option
def rebuild(name: str, out: Path | None, as_json: bool) -> None:
    """Make a data set again by its recipe and compare it with the published one (extra
    [training])."""
    from lhnets_datasets.rebuilding.rebuild import rebuild as make_again

    result = make_again(library.get(name), out or Path("build") / "data" / name, Fetcher())
    if as_json:
        print_json({**structs.asdict(result), "path": str(result.path), "passed": result.passed})
    elif result.identical:
        echo("identical to the published set, bit for bit")
    elif not result.published:
        echo("there is no published set to compare with; this one is kept in the cache")
    else:
        rows = table("column", "compared by", "found|right", "bound|right", "")
        for f in result.findings:
            rows.add_row(
                f.name,
                f.what,
                f"{f.figure:.3g}",
                f"{f.bound:.3g}",
                "right" if f.passed else "[red]differs[/]",
            )
        console.print(rows)
    if not result.passed:
        sys.exit(1)


data.add_command(deposit_data)


def _describe(manifest: Manifest) -> dict[str, Any]:
    """What a list shows of a data set."""
    return {
        "name": manifest.name,
        "title": manifest.title,
        "rows": manifest.rows,
        "size": manifest.size,
        "columns": [c.name for c in manifest.columns],
        "licence": manifest.licence,
        "doi": manifest.doi,
        "available": manifest.available,
    }


def _copied(path: Path, target: Path) -> Path:
    """A copy under the file's own name, whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    shutil.copyfile(path, partial)
    return partial.replace(target)


def _print(manifest: Manifest) -> None:
    console.print(f"[bold]{manifest.name}[/]  {escape(manifest.title)}\n")
    if manifest.description:
        console.print(escape(manifest.description) + "\n")
    facts = table("", "")
    made = manifest.generator
    known = {
        "DOI": manifest.doi or NOT_ARCHIVED,
        "all versions": manifest.concept_doi,
        "version": manifest.version,
        "licence": manifest.licence,
        "authors": "; ".join(a.name for a in manifest.authors),
        "available": manifest.available,
        "rows": f"{manifest.rows:,}" if manifest.rows is not None else UNKNOWN,
        "made by": f"{made.program} {made.version}" if made else None,
        "seed": str(made.seed) if made and made.seed is not None else None,
        **(made.settings if made else {}),
    }
    for key, value in known.items():
        if value:
            facts.add_row(escape(key), escape(value))
    console.print(facts)
    _print_parts(manifest)


def _print_parts(manifest: Manifest) -> None:
    files = table("file", "size|right", "SHA-256", "MD5")
    for f in manifest.files:
        files.add_row(escape(f.name), _size(f.size), f.sha256 or UNKNOWN, f.md5 or UNKNOWN)
    console.print(
        "",
        files if manifest.files else "files: all of the record, recorded with the first download",
    )
    if manifest.columns:
        columns = table("column", "unit", "role", "meaning")
        for c in manifest.columns:
            columns.add_row(escape(c.name), escape(c.unit), c.role, escape(c.meaning))
        console.print("", columns)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1].rstrip()}…"


def _size(size: int | None) -> str:
    if size is None:
        return UNKNOWN
    for unit, one in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= one:
            return f"{size / one:.1f} {unit}"
    return f"{size} B"


def _text(manifest: Manifest) -> str:
    return f"{manifest.name} {manifest.title} {manifest.description}".lower()
