"""How a workspace's file is read: which measurement, which parameter of interest, what is signal.

The signal that a file holds is left out, since the network takes yields of its own; what was left
out is kept by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from lhnets_training.labels.likelihoods.workspace_file import WorkspaceError, read_workspace
from lhnets_training.labels.likelihoods.workspace_flaws import require_sound, varies_luminosity

SIGNAL, MU = "signal", "mu_SIG"
"""Names of the sample and of its strength that are added, with a number if the file has them."""
_LIKE_SIGNAL = re.compile(r"(^|[^a-z])(sig|signal|susy|bsm)([^a-z]|$)|^mu$|^mu_?sig|sigxsec", re.I)


class WorkspaceChoice(NamedTuple):
    """A workspace's file, and which measurement and parameter of interest are meant."""

    path: Path
    measurement: str | None = None
    """None if the file has one only."""
    poi: str | None = None
    """None for that of the measurement."""


@dataclass(frozen=True)
class Workspace:
    """A workspace without signal, under one measurement."""

    channels: tuple[dict[str, Any], ...]
    """Without the samples that are signal."""
    observations: tuple[dict[str, Any], ...]
    measurement: str
    poi: str | None
    """The parameter whose samples were left out; None if the file names none."""
    parameters: tuple[dict[str, Any], ...]
    """How the measurement sets parameters, without those of the signal."""
    left_out: tuple[str, ...]
    """The samples that were left out, as text with their channels."""

    def with_signal(self, yields: Mapping[str, Sequence[float]]) -> dict[str, Any]:
        """The whole workspace as pyhf takes it, with signal yields in the bins of some channels.

        The signal's strength is the parameter of interest; the luminosity scales it if it scales
        any background.
        """
        signal, mu = self.signal, self.mu
        modifiers = [{"name": mu, "type": "normfactor", "data": None}]
        modifiers += (
            [{"name": "lumi", "type": "lumi", "data": None}] if self.varies_luminosity else []
        )
        channels = [
            {
                "name": c["name"],
                "samples": [
                    *c["samples"],
                    *(
                        [{"name": signal, "data": list(yields[c["name"]]), "modifiers": modifiers}]
                        if c["name"] in yields
                        else []
                    ),
                ],
            }
            for c in self.channels
        ]
        config = {"poi": mu, "parameters": list(self.parameters)}
        return {
            "version": "1.0.0",
            "channels": channels,
            "observations": list(self.observations),
            "measurements": [{"name": self.measurement, "config": config}],
        }

    @property
    def bins(self) -> dict[str, int]:
        """The number of bins of each channel."""
        return {c["name"]: len(c["samples"][0]["data"]) for c in self.channels}

    @property
    def varies_luminosity(self) -> bool:
        """Whether the luminosity is a parameter."""
        return varies_luminosity(self.channels)

    @property
    def signal(self) -> str:
        """A name for the signal sample that no sample has."""
        return _free_name(SIGNAL, {s["name"] for c in self.channels for s in c["samples"]})

    @property
    def mu(self) -> str:
        """A name for the signal strength that no parameter has."""
        return _free_name(MU, {*_kinds(self.channels)})


def open_workspace(reading: WorkspaceChoice) -> Workspace:
    """The workspace in a file; see `interpret`."""
    return interpret(read_workspace(reading.path), reading.measurement, reading.poi)


def interpret(
    spec: Mapping[str, Any], measurement: str | None = None, poi: str | None = None
) -> Workspace:
    """A workspace under the measurement and the parameter of interest that are named.

    Raises
    ------
    WorkspaceError
        If it is flawed, if it is unclear which measurement or parameter of interest is meant, or if
        a signal may be left among the background.
    """
    require_sound(spec)
    chosen = _choose_measurement(spec["measurements"], measurement)
    name, config = chosen["name"], chosen["config"]
    kinds = _kinds(spec["channels"])
    strength = _choose_poi(config.get("poi"), poi, kinds, name)
    channels, left_out = _split_signal(spec["channels"], strength)
    parameters = tuple(p for p in config.get("parameters", []) if p["name"] in _kinds(channels))
    found = Workspace(
        tuple(channels), tuple(spec["observations"]), name, strength, parameters, left_out
    )
    _require_background(found, spec["channels"])
    if poi is None:
        _require_signal_like(found, spec)
    _require_no_signal(found)
    return found


def _choose_measurement(
    measurements: Sequence[Mapping[str, Any]], wanted: str | None
) -> Mapping[str, Any]:
    told = "; ".join(
        f"{m['name']} (parameter of interest {m['config'].get('poi') or 'missing'})"
        for m in measurements
    )
    if wanted is None:
        if any(m["config"] != measurements[0]["config"] for m in measurements):
            raise WorkspaceError(
                f"the workspace has several measurements: {told}; say which one is meant by "
                "--measurement NAME"
            )
        return measurements[0]
    for found in measurements:
        if found["name"] == wanted:
            return found
    raise WorkspaceError(f"the workspace has no measurement {wanted!r}; it has {told}")


def _choose_poi(
    stated: str | None, wanted: str | None, kinds: Mapping[str, str], measurement: str
) -> str:
    """The parameter of interest: a free factor of the signal, or a name that nothing has."""
    scaling = sorted(name for name, kind in kinds.items() if kind == "normfactor")
    offered = f"the normalisations of the file are {', '.join(scaling) or 'none'}"
    if wanted is not None and stated and wanted not in kinds:
        raise WorkspaceError(f"no sample has the parameter {wanted!r} of --poi; {offered}")
    name = wanted or stated
    if not name:
        raise WorkspaceError(
            f"the measurement {measurement!r} names no parameter of interest (poi): give the one "
            f"that scales the signal by --poi NAME; {offered}. For a workspace of the background "
            "alone any other name serves, such as mu_SIG"
        )
    if kinds.get(name, "normfactor") != "normfactor":
        raise WorkspaceError(
            f"the parameter of interest {name!r} is a {kinds[name]}, expected the normfactor of "
            "the signal, or for a workspace of the background alone a name that no sample has: "
            f"give it by --poi NAME; {offered}"
        )
    return name


def _split_signal(
    channels: Sequence[Mapping[str, Any]], poi: str
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    kept, left_out = [], []
    for channel in channels:
        background = []
        for sample in channel["samples"]:
            if poi in {m["name"] for m in sample["modifiers"]}:
                left_out.append(f"{sample['name']} in {channel['name']}")
            else:
                background.append(sample)
        kept.append({"name": channel["name"], "samples": background})
    return kept, tuple(left_out)


def _require_background(workspace: Workspace, whole: Sequence[Mapping[str, Any]]) -> None:
    """Every bin expects events without the signal."""
    for channel, before in zip(workspace.channels, whole, strict=True):
        name, samples = channel["name"], channel["samples"]
        if not samples:
            told = ", ".join(s["name"] for s in before["samples"])
            raise WorkspaceError(
                f"the channel {name!r} has signal only ({told}, scaled by {workspace.poi!r}): "
                "expected a background in every channel; leave the channel out, or name another "
                "parameter of interest by --poi"
            )
        for b, values in enumerate(zip(*(s["data"] for s in samples), strict=True)):
            if sum(values) <= 0:
                told = ", ".join(f"{s['name']} {v:g}" for s, v in zip(samples, values, strict=True))
                raise WorkspaceError(
                    f"bin {b} of the channel {name!r} expects {sum(values):g} events of background "
                    f"({told}), expected more than zero: one event there would exclude the "
                    "background; merge the bin with its neighbour"
                )


def _require_signal_like(workspace: Workspace, spec: Mapping[str, Any]) -> None:
    """What the parameter of interest scales is not a background that the data need."""
    data = {o["name"]: o["data"] for o in spec["observations"]}
    for channel, before in zip(workspace.channels, spec["channels"], strict=True):
        for b, observed in enumerate(data[channel["name"]]):
            total, kept = (sum(s["data"][b] for s in c["samples"]) for c in (before, channel))
            if total > 2 * kept and abs(observed - total) < abs(observed - kept):
                raise WorkspaceError(
                    f"the parameter of interest {workspace.poi!r} of the measurement "
                    f"{workspace.measurement!r} scales {'; '.join(workspace.left_out)}, without "
                    f"which bin {b} of the channel {channel['name']!r} expects {kept:g} events for "
                    f"{observed:g} observed: is it the signal? Confirm it by --poi "
                    f"{workspace.poi}, or name the parameter that scales the signal"
                )


def _require_no_signal(workspace: Workspace) -> None:
    """No sample or normalisation that is named as a signal remains."""
    for channel in workspace.channels:
        for sample in channel["samples"]:
            scales = [m["name"] for m in sample["modifiers"] if m["type"] == "normfactor"]
            like = [n for n in (sample["name"], *scales) if _LIKE_SIGNAL.search(n)]
            if like:
                raise WorkspaceError(
                    f"the sample {sample['name']!r} of the channel {channel['name']!r} looks like "
                    f"signal ({', '.join(like)}), but the parameter of interest "
                    f"{workspace.poi!r} does not scale it: leave it out of the file or name the "
                    "parameter that scales it by --poi NAME; if it is a background, rename it"
                )


def _kinds(channels: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The type of each parameter of some channels."""
    return {m["name"]: m["type"] for c in channels for s in c["samples"] for m in s["modifiers"]}


def _free_name(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
