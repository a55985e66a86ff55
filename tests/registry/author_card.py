"""An author's card without a defect, and the same with ten."""

from __future__ import annotations

GOOD = """\
# The card of a network that an author made elsewhere.
name: cs-gluino-pair-imported
version: 1
kind: cross_section
title: Gluino pairs at the LHC
description: Total cross section of gluino pairs, trained elsewhere.
subject: p p > go go
conditions:
  energy: 13000
  order: LO
inputs:
  - name: m_go
    meaning: gluino mass
    unit: GeV
    low: 4e2
    high: 3000
    slha: {block: MASS, entry: [1000021]}
  - name: m_sq
    meaning: squark mass
    unit: GeV
    low: 300
    high: 6000
    default: 3000
outputs:
  - name: sigma
    unit: pb
    meaning: cross section
    scale: log
region:
  - coefficients: {m_sq: 1, m_go: -2}
    bound: 4000
    meaning: m_sq - 2 m_go <= 4000 GeV
truth:
  program: Prospino
  version: 2.10
  references: [Beenakker:1996ch]
training:
  method: neural network
  framework: keras
  framework_version: 3.15.1
authors:
  - name: A. Author
    orcid: 0000-0002-1825-0097
licence: CC-BY-4.0
references:
  Beenakker:1996ch: |
    @article{Beenakker:1996ch,
      title = "Squark and gluino production at hadron colliders"
    }
"""

TEN = (
    ("version: 1\n", "versoin: 1\n"),
    ("kind: cross_section", "kind: crosssection"),
    ("    unit: GeV\n    low: 4e2", "    unit: GeV\n    low: 400 GeV"),
    ("default: 3000", "default: 9000"),
    ("scale: log", "scale: logarithmic"),
    ("{m_sq: 1, ", "{m_squark: 1, "),
    ("[Beenakker:1996ch]", "[Beenakker:1996]"),
    ("    orcid: 0000-0002-1825-0097", "    orcid: 0000-0002-1825-0098"),
    ("licence: CC-BY-4.0\n", ""),
    ("  framework: keras\n", "  framework: keras\n  framework: tensorflow\n"),
)
"""Ten slips, each made once in `GOOD`."""


def spoiled(*slips: tuple[str, str]) -> str:
    """`GOOD` with ``slips``, pairs of what stands there and what takes its place."""
    text = GOOD
    for right, wrong in slips:
        assert text.count(right) == 1, right
        text = text.replace(right, wrong)
    return text
