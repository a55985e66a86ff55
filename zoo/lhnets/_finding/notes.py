"""What is worth knowing about a choice; it goes onto the prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lhnets._asking.process import spoken
from lhnets._finding.candidates import Choice


def note_passed_over(broken: Mapping[str, Sequence[str]]) -> list[str]:
    """Which networks of higher preference the spectrum contradicts, and in what."""
    return [
        f"{name} was passed over: {found[0]}"
        + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")
        for name, found in broken.items()
    ]


def note_alias(choice: Choice) -> list[str]:
    """That the output computes something else, which has the same value."""
    if choice.subject == choice.own_subject:
        return []
    return [
        f"{choice.entry.identity} computes {spoken(choice.own_subject)}; its card says that "
        f"{spoken(choice.subject)} has the same value"
    ]


def list_broken(broken: Mapping[str, Sequence[str]]) -> str:
    """A line for each network with everything that the spectrum contradicts."""
    return "\n".join(f"  {name}: {'; '.join(found)}" for name, found in broken.items())
