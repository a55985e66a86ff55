"""Networks retrained from their data sets, beside what their cards say.

    python benchmarks/retrain.py [NAME …] [--tolerance 0.05]

Without names, one of each kind. Each is trained afresh as `lhnets train NAME` does it, in a
temporary folder, without anything that an earlier training left. A figure is reproduced where it
lies within the tolerance of the card's, relative; coverage within 0.02. Ends with 1 where one is
not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

import lhnets as ml
from lhnets.format import Card
from lhnets_training.pipeline.data_sets import label_data
from lhnets_training.pipeline.refresh import train_as_published
from lhnets_training.recipe import Run
from lhnets_training.recipes import find

ONE_OF_EACH = (
    "cs-gluino-pair-decoupled-13tev", "br-stop", "width-higgs-sm", "efficiency-gluino-stop-src",
    "likelihood-atlas-susy-2018-31-b", "loop-b0", "obs-p5p-4-6",
)  # fmt: skip
FIGURES = "mean", "q997", "max"
COVERAGE = "coverage_68", "coverage_95"
COVERAGE_TOLERANCE = 0.02
ROUNDING = 1e-11
"""Below it an error is that of rounding, which other processors round otherwise."""


@dataclass(frozen=True)
class Retrained:
    """The card of a network, that of the retrained one, and the time it took."""

    published: Card
    again: Card
    seconds: float

    def pairs(self) -> Iterator[tuple[str, float, float]]:
        """Figures by name: of the card, and found again."""
        for name in (*FIGURES, *COVERAGE):
            yield name, getattr(self.published.errors, name), getattr(self.again.errors, name)

    def holds(self, tolerance: float) -> bool:
        """Whether every figure is reproduced, and every check passes as before."""
        figures = all(_near(name, old, new, tolerance) for name, old, new in self.pairs())
        return figures and {c.name: c.passed for c in self.published.checks} == {
            c.name: c.passed for c in self.again.checks
        }


def retrain(name: str, console: Console) -> Retrained:
    """Train the network called ``name`` from its bundled data set."""
    recipe = find(name)
    with tempfile.TemporaryDirectory() as folder:
        run = Run(out=Path(folder), seed=recipe.seed, console=console)
        start = time.perf_counter()
        trained = train_as_published(recipe, run, label_data(recipe, run))
        return Retrained(ml.load(name).card, trained.card, time.perf_counter() - start)


def _near(name: str, old: float, new: float, tolerance: float) -> bool:
    if name in COVERAGE:
        return abs(new - old) <= COVERAGE_TOLERANCE
    return abs(new - old) <= tolerance * abs(old) or max(old, new) < ROUNDING


def main() -> int:
    """Print a line for each network; 1 where one is not reproduced."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=ONE_OF_EACH)
    parser.add_argument("--tolerance", type=float, default=0.05)
    given = parser.parse_args()
    console = Console(width=130)
    table = Table("network", "kind", "s", *FIGURES, *COVERAGE, "", title="retrained | card")
    missed = 0
    for name in given.names:
        found = retrain(name, Console(stderr=True))
        holds = found.holds(given.tolerance)
        missed += not holds
        cells = [f"{new:.3g} | {old:.3g}" for _, old, new in found.pairs()]
        kind = found.published.kind.replace("_", " ")
        table.add_row(
            name, kind, f"{found.seconds:.0f}", *cells, "reproduced" if holds else "NOT reproduced"
        )
    console.print(table)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
