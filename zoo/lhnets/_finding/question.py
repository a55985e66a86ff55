"""A question as the user put it."""

from __future__ import annotations

from msgspec import Struct

from lhnets._running.outside import Outside
from lhnets.format import Kind


class Question(Struct, frozen=True, gc=False):
    """What a user asks for, all but the parameters. Equal questions have the same answer.

    Attributes
    ----------
    kind : Kind
        Such as ``"cross_section"``.
    subject : str
        In any spelling, such as ``"pp -> gluino gluino"``.
    energy : str or float, optional
        Centre-of-mass energy: ``"13 TeV"``, or a number in GeV.
    order : str, optional
        Perturbative order, such as ``"LO"``.
    network : str, optional
        ``NAME`` or ``NAME@VERSION``.
    outside : {"raise", "nan", "warn"}, optional
        What to do with points outside the training region; None for what its kind does by default.
    output : str, optional
        An output by its name, instead of that of the subject.
    """

    kind: Kind
    subject: str
    energy: str | float | None = None
    order: str | None = None
    network: str | None = None
    outside: Outside | None = "raise"
    output: str | None = None
