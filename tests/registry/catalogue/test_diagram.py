"""Diagrams: one leg a particle, in the manner of its kind, and none where there are too many."""

from __future__ import annotations

import doctest
from xml.etree import ElementTree

import pytest

from lhnets._asking.particles import NAMES
from lhnets_registry.catalogue import particles
from lhnets_registry.catalogue.diagram import diagram


def parts(process: str) -> dict[str, int]:
    drawn = diagram(process)
    assert drawn is not None
    root = ElementTree.fromstring(drawn)
    names = [e.get("class", e.tag) for e in root.iter()]
    return {name: names.count(name) for name in set(names)}


@pytest.mark.parametrize(
    ("process", "labels", "lines", "scalars", "arrows"),
    [
        ("2212 2212 > 1000021 1000021", 4, 6 + 4, 0, 0),
        ("25 > -5 5", 3, 2, 1, 2),
        ("25 > 22 23", 3, 2, 1, 0),
        ("25 > 21 21", 3, 2, 1, 0),
        ("2212 2212 > -1000024 1000023", 4, 6 + 4, 0, 0),
        ("2212 2212 > sq sq~", 4, 6, 2, 0),
        ("25 > all", 1, 5, 1, 0),
        ("6 > 5 -11 12", 4, 4, 0, 4),
    ],
)
def test_legs_are_drawn_by_their_kind(
    process: str, labels: int, lines: int, scalars: int, arrows: int
) -> None:
    found = parts(process)
    assert found.get("before", 0) + found.get("after", 0) == labels
    assert found.get("leg", 0) == lines
    assert found.get("leg scalar", 0) == scalars
    assert found.get("arrow", 0) == arrows
    assert found["blob"] == 1


@pytest.mark.parametrize("pdg", sorted(NAMES.values()))
def test_every_known_particle_can_be_drawn(pdg: int) -> None:
    assert parts(f"2212 2212 > {pdg} 22")["blob"] == 1


def test_many_legs_have_no_diagram() -> None:
    assert diagram("2212 2212 > 5 5 5 -5 -5 -5") is None


def test_names_that_are_no_particle_stay_text() -> None:
    drawn = diagram('2212 2212 > <script> "x"')
    assert drawn is not None
    assert "<script" not in drawn


def test_particles_go_before_their_antiparticles() -> None:
    assert doctest.testmod(particles).failed == 0
    assert particles.process_letters("1000021 > -1000006 6") == "g̃ → tt̃₁*"
