"""What is wrong with a HistFactory workspace, with channel, sample and bin.

pyhf's schema and models refuse much of it too, though without the place, and some of it not at
all.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lhnets_training.labels.likelihoods.workspace_file import WorkspaceError

KINDS = ("normfactor", "normsys", "histosys", "staterror", "shapesys", "shapefactor", "lumi")
PER_BIN = frozenset({"staterror", "shapesys", "shapefactor"})
LUMI = "lumi"
_ONE_PLACE = frozenset({"staterror", "shapesys"})
_TOGETHER = frozenset({"normsys", "histosys"})
LARGEST = 1e12
"""Above any count or factor: larger numbers are a mistake, and no fit can deal with them."""
_SHOWN = 5


def require_sound(spec: Mapping[str, Any]) -> None:
    """Refuse a workspace with flaws.

    Raises
    ------
    WorkspaceError
        If there is one, with its place.
    """
    for group in (_channel_flaws, _name_flaws, _observation_flaws, _measurement_flaws):
        found = list(group(spec))
        if found:
            more = f" (and {len(found) - _SHOWN} more)" if len(found) > _SHOWN else ""
            raise WorkspaceError("the workspace is flawed: " + "; ".join(found[:_SHOWN]) + more)


def _channel_flaws(spec: Mapping[str, Any]) -> Iterator[str]:
    yield from _list_flaws(spec["channels"], "the list of channels")
    for channel, where in _objects(spec["channels"], "channel"):
        yield from _list_flaws(channel.get("samples"), f"the list of samples of {where}")
        length = 0
        for sample, name in _objects(channel.get("samples"), "sample"):
            place = f"{name} of {where}"
            data = sample.get("data")
            yield from _number_flaws(data, f"data of {place}")
            if not isinstance(data, list):
                continue
            length = length or len(data)
            if len(data) != length:
                yield (f"{place} has {len(data)} bins, expected {length} as the first sample has")
            yield from _modifier_flaws(sample.get("modifiers"), place, len(data))


def _modifier_flaws(modifiers: Any, place: str, bins: int) -> Iterator[str]:
    if modifiers != []:
        yield from _list_flaws(modifiers, f"the list of modifiers of {place}", unique=False)
    seen = set()
    for modifier, name in _objects(modifiers, "modifier"):
        kind, where = modifier.get("type"), f"{name} of {place}"
        if kind not in KINDS:
            yield f"{where} is of the type {kind!r}, expected {', '.join(KINDS)}"
            continue
        if (modifier["name"], kind) in seen:
            yield f"{where} appears twice with the type {kind}"
        seen.add((modifier["name"], kind))
        if kind == LUMI and modifier["name"] != LUMI:
            yield f"{where} is of the type lumi, expected the name {LUMI!r}"
        yield from _data_flaws(kind, modifier.get("data"), where, bins)


def _data_flaws(kind: str, data: Any, where: str, bins: int) -> Iterator[str]:
    if kind == "normsys":
        yield from _pair_flaws(data, ("hi", "lo"), where)
        if isinstance(data, dict):
            for key in ("hi", "lo"):
                if _is_number(data.get(key)) and data[key] <= 0:
                    yield f"{key} of {where} is {data[key]:g}, expected a positive factor"
    elif kind == "histosys":
        yield from _pair_flaws(data, ("hi_data", "lo_data"), where, bins)
    elif kind in _ONE_PLACE:
        yield from _number_flaws(data, f"data of {where}", bins, negative=False)
    elif data is not None:
        yield f"{where} has data of its own, expected null for the type {kind}"


def _pair_flaws(
    data: Any, keys: tuple[str, str], where: str, bins: int | None = None
) -> Iterator[str]:
    if not isinstance(data, dict):
        yield f"{where} has no data, expected an object with {keys[0]} and {keys[1]}"
        return
    for key in keys:
        if key not in data:
            yield f"{where} lacks {key}"
        elif bins is not None:
            yield from _number_flaws(data[key], f"{key} of {where}", bins)
        elif not _is_number(data[key]):
            yield f"{key} of {where} is {_shown(data[key])}, expected a finite number"


def _name_flaws(spec: Mapping[str, Any]) -> Iterator[str]:
    """Parameters that several modifiers share though they cannot."""
    kinds: dict[str, set[str]] = defaultdict(set)
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    lengths: dict[str, set[int]] = defaultdict(set)
    for channel in spec["channels"]:
        for sample in channel["samples"]:
            for modifier in sample["modifiers"]:
                name, kind = modifier["name"], modifier["type"]
                kinds[name].add(kind)
                if kind in PER_BIN:
                    lengths[name].add(len(sample["data"]))
                    place = channel["name"] + (
                        f", sample {sample['name']}" if kind == "shapesys" else ""
                    )
                    places[name, kind].append(place)
    for name, found in kinds.items():
        if len(found) > 1 and found != _TOGETHER:
            yield (
                f"the parameter {name!r} is shared by the types {', '.join(sorted(found))}: give "
                "them different names"
            )
    for (name, kind), found_in in places.items():
        told = "; ".join(sorted(set(found_in)))
        if kind in _ONE_PLACE and len(set(found_in)) > 1:
            yield f"the {kind} {name!r} is in {told}: expected a name of its own for each"
        elif len(lengths[name]) > 1:
            yield f"the {kind} {name!r} is in channels of different lengths: {told}"


def _observation_flaws(spec: Mapping[str, Any]) -> Iterator[str]:
    yield from _list_flaws(spec["observations"], "the list of observations")
    bins = {c["name"]: len(c["samples"][0]["data"]) for c in spec["channels"]}
    seen = set()
    for observation, where in _objects(spec["observations"], "observation"):
        name = observation["name"]
        seen.add(name)
        if name not in bins:
            yield f"{where} is of no channel; the channels are {', '.join(bins)}"
            continue
        yield from _number_flaws(
            observation.get("data"),
            f"the observation of channel {name!r}",
            bins[name],
            negative=False,
        )
    yield from (f"channel {name!r} has no observation" for name in bins if name not in seen)


def _measurement_flaws(spec: Mapping[str, Any]) -> Iterator[str]:
    yield from _list_flaws(spec["measurements"], "the list of measurements")
    sizes = parameter_sizes(spec)
    for measurement, where in _objects(spec["measurements"], "measurement"):
        config = measurement.get("config")
        if not isinstance(config, dict):
            yield f"{where} has no config, expected an object with poi and parameters"
            continue
        if not isinstance(config.get("poi", ""), str):
            yield f"the poi of {where} is {_shown(config['poi'])}, expected the name of a parameter"
        if not isinstance(config.get("parameters", []), list):
            yield f"the parameters of {where} are {_shown(config['parameters'])}, expected a list"
            continue
        if config.get("parameters"):
            yield from _list_flaws(config["parameters"], f"the list of parameters of {where}")
        for parameter, name in _objects(config.get("parameters", []), "parameter"):
            yield from _parameter_flaws(parameter, f"{name} of {where}", sizes)
        set_keys: set[str] = set()
        for parameter, _ in _objects(config.get("parameters", []), "parameter"):
            set_keys |= parameter.keys() if parameter["name"] == LUMI else set()
        if varies_luminosity(spec["channels"]) and not {"auxdata", "sigmas"} <= set_keys:
            yield (
                f"{where} does not say how well the luminosity is known, though samples have a "
                "lumi modifier: its parameters need {'name': 'lumi', 'auxdata': [1.0], "
                "'sigmas': [...], 'bounds': [[...]], 'inits': [1.0]}"
            )


def _parameter_flaws(
    parameter: Mapping[str, Any], where: str, sizes: Mapping[str, int]
) -> Iterator[str]:
    if not isinstance(parameter.get("fixed", False), bool):
        yield f"fixed of {where} is {_shown(parameter['fixed'])}, expected true or false"
    size = sizes.get(parameter["name"])
    for key in ("inits", "auxdata", "sigmas"):
        if key in parameter:
            yield from _number_flaws(parameter[key], f"{key} of {where}", size)
    if "factors" in parameter:
        yield from _number_flaws(parameter["factors"], f"factors of {where}", size)
    sigmas = parameter.get("sigmas")
    if isinstance(sigmas, list) and any(_is_number(s) and s <= 0 for s in sigmas):
        yield f"sigmas of {where} are {_shown(sigmas)}, expected positive numbers"
    yield from _bound_flaws(parameter, where, size)


def _bound_flaws(parameter: Mapping[str, Any], where: str, size: int | None) -> Iterator[str]:
    bounds = parameter.get("bounds")
    if bounds is None:
        return
    if not isinstance(bounds, list) or (size is not None and len(bounds) != size):
        yield f"bounds of {where} are {_shown(bounds)}, expected {size or 'some'} pairs [low, high]"
        return
    if not all(map(_is_range, bounds)):
        yield (
            f"bounds of {where} are {_shown(bounds)}, expected pairs [low, high] with low below "
            "high"
        )
        return
    inits = parameter.get("inits")
    for (low, high), init in zip(bounds, inits if isinstance(inits, list) else (), strict=False):
        if _is_number(init) and not low <= init <= high:
            yield f"inits of {where} are {_shown(inits)}, outside the bounds {_shown(bounds)}"


def _is_range(pair: Any) -> bool:
    return (
        isinstance(pair, list)
        and len(pair) == 2
        and all(map(_is_number, pair))
        and pair[0] < pair[1]
    )


def varies_luminosity(channels: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the luminosity is a parameter; a modifier of another type may have its name."""
    return any(m["type"] == LUMI for c in channels for s in c["samples"] for m in s["modifiers"])


def parameter_sizes(spec: Mapping[str, Any]) -> dict[str, int]:
    """How many numbers the parameter of each name stands for."""
    return {
        m["name"]: len(sample["data"]) if m["type"] in PER_BIN else 1
        for channel in spec["channels"]
        for sample in channel["samples"]
        for m in sample["modifiers"]
    }


def _list_flaws(value: Any, what: str, *, unique: bool = True) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{what} is {_shown(value)}, expected a list"
    elif not value:
        yield f"{what} is empty"
    else:
        for k, item in enumerate(value):
            if not isinstance(item, dict):
                yield f"number {k} in {what} is {_shown(item)}, expected an object"
            elif not isinstance(item.get("name"), str) or not item["name"].strip():
                yield f"number {k} in {what} has the name {_shown(item.get('name'))}, expected text"
        names = [i["name"] for i in value if isinstance(i, dict) and isinstance(i.get("name"), str)]
        for name in sorted({n for n in names if unique and names.count(n) > 1}):
            yield f"{what} has the name {name!r} twice"


def _objects(value: Any, what: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The named objects of a list; what is not one is told by `_list_flaws`."""
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict) and isinstance(item.get("name"), str):
            yield item, f"{what} {item['name']!r}"


def _number_flaws(
    values: Any, what: str, count: int | None = None, *, negative: bool = True
) -> Iterator[str]:
    if not isinstance(values, list):
        yield f"{what} is {_shown(values)}, expected a list of numbers"
        return
    if not values:
        yield f"{what} is empty"
    elif count is not None and len(values) != count:
        yield f"{what} has {len(values)} numbers, expected {count}"
    for k, value in enumerate(values):
        if not _is_number(value):
            yield f"bin {k} in {what} is {_shown(value)}, expected a finite number"
        elif value < 0 and not negative:
            yield f"bin {k} in {what} is {value:g}, expected zero or more"


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(float(value)) and abs(value) < LARGEST
    except OverflowError:
        return False


def _shown(value: Any) -> str:
    if value is None:
        return "missing"
    try:
        text = repr(value)
    except ValueError:
        return "an integer of thousands of digits"
    return text if len(text) <= 60 else text[:57] + "..."
