"""What a training refuses."""

from __future__ import annotations

from lhnets.errors import Error


class TrainingError(Error, RuntimeError):
    """A step of a training whose result cannot be used."""


class RefreshError(Error, RuntimeError):
    """A network whose next version cannot be made from its file and its recipe."""
