"""What adaptive refinement is worth: the errors of a plain and of a refined network from the same
number of labels.

    python benchmarks/refinement.py NAME ROWS SEED … [--rounds 4] [--source FILE] [--work FOLDER]

Each seed is a split and a fit of its own. The figures go into docs/figures/refinement.json, in
place of those of the same name, rows and seed, from which docs/figures/refinement.py draws.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from lhnets_training.pipeline.refine import compare, figures, refine
from lhnets_training.recipe import Run
from lhnets_training.recipes import find

FIGURES = Path(__file__).parents[1] / "docs" / "figures" / "refinement.json"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name")
    parser.add_argument("rows", type=int)
    parser.add_argument("seeds", type=int, nargs="+")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--source", type=Path)
    parser.add_argument("--work", type=Path, default=Path("build/refinement"))
    told = parser.parse_args()
    kept = json.loads(FIGURES.read_text()) if FIGURES.exists() else []
    for seed in told.seeds:
        run = Run(out=told.work / told.name, seed=seed, rows=told.rows, source=told.source)
        run.out.mkdir(parents=True, exist_ok=True)
        recipe = find(told.name)
        refined, data = refine(recipe, run, told.rounds)
        judged, found = compare(recipe, refined, data, run)
        run.console.print(figures(recipe, judged, found))
        key = {"name": told.name, "rows": told.rows, "seed": seed, "rounds": told.rounds}
        made = {
            design: {n: float(f"{v:.3g}") for n, v in asdict(e).items()}
            for design, e in found.items()
        }
        kept = [entry for entry in kept if any(entry[n] != key[n] for n in key)] + [{**key, **made}]
        FIGURES.write_text(
            json.dumps(sorted(kept, key=lambda e: (e["name"], e["rows"], e["seed"])), indent=1)
            + "\n"
        )


if __name__ == "__main__":
    main()
