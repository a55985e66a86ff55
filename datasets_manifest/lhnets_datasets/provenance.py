"""From a network back to where its numbers come from: card, data set, recipe, generator. `lhnets
show NAME --provenance`."""

from __future__ import annotations

from msgspec import Struct
from rich.markup import escape
from rich.tree import Tree

from lhnets.errors import Error
from lhnets.format import Card, Data
from lhnets_datasets.fetching.fetch import REBUILT, Fetcher
from lhnets_datasets.library import collection as library
from lhnets_datasets.library.manifest import Manifest
from lhnets_datasets.library.recorded import load


class Step(Struct, frozen=True):
    """One link of the chain: what it is, and what is known of it by name."""

    kind: str
    name: str
    facts: dict[str, str]


class Provenance(Struct, frozen=True):
    """The chain behind one network, and where it has gaps. Printing it with rich draws a tree."""

    network: str
    steps: tuple[Step, ...]
    gaps: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every link is there and agrees with its neighbours."""
        return not self.gaps

    def __rich__(self) -> Tree:
        root = branch = Tree(f"[bold]{escape(self.network)}[/]")
        for step in self.steps:
            branch = branch.add(f"{step.kind} [bold]{escape(step.name)}[/]")
            for key, value in step.facts.items():
                branch.add(f"{escape(key)}: {escape(value)}", style="dim")
        for gap in self.gaps:
            root.add(f"[red]gap[/]: {escape(gap)}")
        return root

    def __str__(self) -> str:
        lines = [self.network]
        for depth, step in enumerate(self.steps, 1):
            lines.append("  " * depth + f"{step.kind} {step.name}")
            lines += ["  " * (depth + 1) + f"{k}: {v}" for k, v in step.facts.items()]
        return "\n".join([*lines, *(f"  gap: {gap}" for gap in self.gaps)])


def provenance(card: Card, *, fetcher: Fetcher | None = None) -> Provenance:
    """The chain behind the network of ``card``. Nothing is downloaded; a file that is here is
    hashed.

    Examples
    --------
    ``print(ml.provenance(ml.load("cs-gluino-pair-lo").card))``
    """
    gaps, data = _training_gaps(card), card.data
    if data is None:
        return Provenance(
            card.identity,
            (_training(card),),
            (*gaps, "the training data are not published, or not known"),
        )
    manifest = library.find(data.doi or data.name) or library.find(data.name)
    steps = [_training(card), _data(data, manifest)]
    if manifest is None:
        gaps.append(f"no manifest describes the data set {data.name}")
    else:
        gaps += _data_gaps(data, manifest, fetcher or Fetcher()) + _generator_gaps(card, manifest)
        steps += [_generator(manifest)] if manifest.generator else []
    return Provenance(card.identity, tuple(steps), tuple(gaps))


def _training(card: Card) -> Step:
    made = card.training
    facts = {
        "method": made.method,
        "framework": f"{made.framework} {made.framework_version}",
        "seed": "" if made.seed is None else str(made.seed),
        "settings": ", ".join(f"{k} = {_brief(v)}" for k, v in made.hyperparameters.items()),
        "again by": f"lhnets train {made.recipe.replace('_', '-')}" if made.recipe else "",
        "imported from": f"{made.source.format}, SHA-256 {made.source.sha256}"
        if made.source
        else "",
    }
    stated = {k: v for k, v in facts.items() if v}
    if made.recipe is None and made.source is not None:
        return Step("imported from", made.source.file, stated)
    return Step("trained by recipe", made.recipe or "", stated)


def _data(data: Data, manifest: Manifest | None) -> Step:
    facts = {
        "DOI": (manifest.doi if manifest else None) or data.doi or "not archived yet",
        "SHA-256": data.sha256,
        "rows": f"{data.rows} ({', '.join(f'{k} {v}' for k, v in data.split.items())})",
    }
    if manifest is not None:
        facts |= {"licence": manifest.licence, "available": manifest.available}
        facts["again by"] = f"lhnets data rebuild {manifest.name}"
    return Step("on data set", data.name, facts)


def _generator(manifest: Manifest) -> Step:
    made = manifest.generator
    assert made is not None
    facts = {
        "version": made.version,
        "seed": "none: the rows are not random" if made.seed is None else str(made.seed),
        "recipe": made.recipe or "",
        **made.settings,
    }
    return Step("made by", made.program, {k: v for k, v in facts.items() if v})


def _brief(value: object) -> str:
    """A setting in a few words; the card has the whole of a long list."""
    return f"{len(value)} values" if isinstance(value, list) and len(value) > 8 else str(value)


def _training_gaps(card: Card) -> list[str]:
    made = card.training
    wanted = {
        "recipe": made.recipe,
        "framework": made.framework,
        "framework version": made.framework_version,
    }
    if made.source is not None:
        del wanted["recipe"]
    return [
        f"the card does not name the {what} of the training"
        for what, value in wanted.items()
        if not value
    ]


def _data_gaps(data: Data, manifest: Manifest, fetcher: Fetcher) -> list[str]:
    """What the card says of its data set, held against the manifest and against the file itself,
    where that is here."""
    gaps = []
    rebuilt = (
        load(fetcher.cache, REBUILT + manifest.name) if manifest.available == "rebuilt" else None
    )
    known = {f.sha256 for f in (*manifest.files, *(rebuilt.files if rebuilt else ()))}
    if data.sha256 not in known:
        gaps.append(
            f"the card's data has SHA-256 {data.sha256}, the manifest of {manifest.name} names "
            "another"
        )
    if manifest.rows is not None and manifest.rows != data.rows:
        gaps.append(
            f"the card's data has {data.rows} rows, the manifest of {manifest.name} says "
            f"{manifest.rows}"
        )
    if data.doi and manifest.doi and data.doi != manifest.doi:
        gaps.append(f"the card's data has the DOI {data.doi}, the manifest says {manifest.doi}")
    if manifest.available == "bundled":
        try:
            fetcher.files(manifest)
        except Error as error:
            gaps.append(str(error))
    return gaps


def _generator_gaps(card: Card, manifest: Manifest) -> list[str]:
    made = manifest.generator
    if made is None:
        return [f"the manifest of {manifest.name} does not say what made the rows"]
    wanted = {
        "version of the generator": made.version,
        "recipe": made.recipe or card.training.recipe,
    }
    return [
        f"the manifest of {manifest.name} does not name the {what}"
        for what, value in wanted.items()
        if not value
    ]
