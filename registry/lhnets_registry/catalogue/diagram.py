"""A process as a diagram: incoming legs, a blob, outgoing legs, drawn as in textbooks by what the
particles are.

Quarks and leptons are straight with an arrow, gluons curly, the other gauge bosons wavy, scalars
dashed; gauginos have a straight line through their curl or wave. What happens in the blob is not
said.
"""

from __future__ import annotations

import math

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from lhnets_registry.catalogue.particles import neat, particle_latex
from lhnets_registry.catalogue.typeset import math_of

Point = NDArray[np.float64]

WIDTH, HEIGHT = 280, 130
_CENTRE = np.array([140.0, 65.0])
_RADIUS = 15.0
_LEFT, _RIGHT = 44.0, 236.0
_MOST_LEGS = 5
_STEPS_PER_TURN = 12

_CURLY, _GAUGINO_CURLY = {21}, {1000021}
_WAVY = {22, 23, 24, 32, 34}
_GAUGINO_WAVY = {1000022, 1000023, 1000024, 1000025, 1000035, 1000037}
_STRAIGHT = {*range(1, 7), *range(11, 17)}


def diagram(process: str) -> Markup | None:
    """The diagram of one canonical process or decay; None where it has too many legs."""
    initial, _, final = process.partition(" > ")
    incoming, outgoing = initial.split(), neat(final).split()
    if len(outgoing) > _MOST_LEGS:
        return None
    legs = [
        _leg(word, end, entering=True)
        for word, end in zip(incoming, _ends(len(incoming), _LEFT), strict=True)
    ]
    if outgoing == ["all"]:
        legs += [_lines(_CENTRE, end) for end in _ends(_MOST_LEGS, _RIGHT)]
    else:
        legs += [
            _leg(word, end, entering=False)
            for word, end in zip(outgoing, _ends(len(outgoing), _RIGHT), strict=True)
        ]
    blob = f'<circle class="blob" cx="{_CENTRE[0]:g}" cy="{_CENTRE[1]:g}" r="{_RADIUS:g}"/>'
    return Markup(
        f'<svg class="diagram" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'aria-hidden="true">{"".join(legs)}{blob}</svg>'
    )


def _ends(count: int, x: float) -> list[Point]:
    heights = [HEIGHT / 2] if count == 1 else np.linspace(22, HEIGHT - 22, count).tolist()
    return [np.array([x, y]) for y in heights]


def _leg(word: str, end: Point, *, entering: bool) -> str:
    start, stop = (end, _CENTRE) if entering else (_CENTRE, end)
    pdg = int(word) if word.lstrip("-").isdigit() else 0
    if pdg == 2212:
        drawn = "".join(
            _lines(start + shift, stop + shift) for shift in _across(start, stop, (-3.0, 0.0, 3.0))
        )
    elif abs(pdg) in _CURLY:
        drawn = _path(_curl(start, stop))
    elif abs(pdg) in _GAUGINO_CURLY:
        drawn = _path(_curl(start, stop)) + _lines(start, stop)
    elif abs(pdg) in _WAVY:
        drawn = _path(_wave(start, stop))
    elif abs(pdg) in _GAUGINO_WAVY:
        drawn = _path(_wave(start, stop)) + _lines(start, stop)
    elif abs(pdg) in _STRAIGHT:
        drawn = _lines(start, stop) + _arrow(start, stop, backwards=pdg < 0)
    else:
        drawn = _lines(start, stop, "leg scalar")
    return drawn + _label(word, end)


def _across(start: Point, stop: Point, distances: tuple[float, ...]) -> list[Point]:
    """Shifts by some distances at right angles to a line."""
    along = (stop - start) / np.linalg.norm(stop - start)
    return [np.array([-along[1], along[0]]) * d for d in distances]


def _lines(start: Point, stop: Point, name: str = "leg") -> str:
    return f'<path class="{name}" d="M{start[0]:.1f} {start[1]:.1f}L{stop[0]:.1f} {stop[1]:.1f}"/>'


def _arrow(start: Point, stop: Point, *, backwards: bool) -> str:
    along = (stop - start) / np.linalg.norm(stop - start) * (-1 if backwards else 1)
    middle = start + 0.5 * (stop - start)
    side = np.array([-along[1], along[0]])
    tip, *tail = middle + 5 * along, middle - 5 * along + 4 * side, middle - 5 * along - 4 * side
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (tip, *tail))
    return f'<polygon class="arrow" points="{points}"/>'


def _angle(start: Point, stop: Point, pitch: float) -> Point:
    """The angle along a line with a whole number of turns of about ``pitch``."""
    turns = max(1, round(float(np.linalg.norm(stop - start)) / pitch))
    return np.linspace(0, 2 * math.pi * turns, turns * _STEPS_PER_TURN + 1)


def _wave(start: Point, stop: Point, amplitude: float = 4.0) -> Point:
    angle = _angle(start, stop, 13.0)
    (side,) = _across(start, stop, (amplitude,))
    return np.asarray(
        start + np.outer(angle / angle[-1], stop - start) + np.outer(np.sin(angle), side)
    )


def _curl(start: Point, stop: Point, radius: float = 4.6) -> Point:
    angle = _angle(start, stop, 8.5)
    along = (stop - start) / np.linalg.norm(stop - start)
    (side,) = _across(start, stop, (radius,))
    back = np.outer(radius * (np.cos(angle) - 1), along)
    return np.asarray(
        start + np.outer(angle / angle[-1], stop - start) + back + np.outer(np.sin(angle), side)
    )


def _path(points: Point) -> str:
    d = "".join(f"{'L' if k else 'M'}{x:.1f} {y:.1f}" for k, (x, y) in enumerate(points))
    return f'<path class="leg" d="{d}"/>'


def _label(word: str, end: Point) -> str:
    left = end[0] < WIDTH / 2
    x = end[0] - 46 if left else end[0] + 4
    side = "before" if left else "after"
    box = f'<foreignObject x="{x:.1f}" y="{end[1] - 15:.1f}" width="42" height="30">'
    return f'{box}<div class="{side}">{math_of(particle_latex(word))}</div></foreignObject>'
