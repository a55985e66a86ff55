"""Everything that the zoo offers for a spectrum file: value, or why there is none.

    python benchmarks/spectrum_table.py FILE [--energy "13 TeV"]

One line for each cross section, decay, width and efficiency of the networks that read such files.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator

import lhnets as ml
from lhnets._asking.process import spoken
from lhnets._asking.taken import slha_places
from lhnets._finding.zoo import default
from lhnets.format import Kind

ASK = {
    "cross_section": ml.CS,
    "branching_ratio": ml.BR,
    "width": ml.Width,
    "efficiency": ml.Efficiency,
}


def find_questions() -> Iterator[tuple[Kind, str]]:
    """Each kind and subject that some network answers from a spectrum."""
    found = {
        (entry.kind, subject): None
        for entry in default().entries
        if entry.kind in ASK
        for output in entry.outputs
        for subject in sorted(entry.subjects_of(output))
        if slha_places(entry, subject)
    }
    yield from found


def tell(kind: Kind, subject: str, path: str, energy: str) -> str:
    """The answer in a line, with warnings; or the reasons of the refusal."""
    conditions = {"energy": energy} if kind == "cross_section" else {}
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            text = str(ASK[kind](subject, path, **conditions)).splitlines()
        except ml.Error as error:
            text = [f"refused: {line}" for line in str(error).splitlines() if line.strip()]
    return "\n      ".join([*text, *(f"warning: {w.message}" for w in warned)])


def main(arguments: list[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--energy", default="13 TeV")
    given = parser.parse_args(arguments)
    for kind, subject in find_questions():
        name = subject if kind == "efficiency" else spoken(subject)
        name = name if len(name) < 120 else name[:100] + " ..."
        print(f"{kind}  {name}\n      {tell(kind, subject, given.file, given.energy)}")


if __name__ == "__main__":
    main(sys.argv[1:])
