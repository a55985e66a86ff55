"""What a network shows when it runs: the client's own session on its reference points and on random
points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from lhnets.format import Card, Distance, Hull, NetworkFile
from lhnets.networks import RELATIVE_TOLERANCE, Arrays, Session, differences, rows_at_once
from lhnets_registry.admission import event_changes, jumps, landmarks, region, tensors
from lhnets_registry.admission.coverage import coverage
from lhnets_registry.admission.envelope import reference_arrays
from lhnets_registry.admission.limits import Limits
from lhnets_registry.admission.rows import compare_rows
from lhnets_registry.admission.switches import find_absent
from lhnets_registry.report import TRIAL_ITEMS, Finding, failed, judged, not_applicable, passed

BATCH_TOLERANCE = 1e-5
"""Relative, of a value computed alone against the same in a batch."""
REACH_SLACK = 1e-9
EVENT_REACH_SLACK = 1e-6
"""Where tensors are single precision."""
_SINGLE_ROWS = 32
_EDGE_ROWS = 32
_PURE_ROWS = 16
_LEAST_SHARE = 0.1
"""Share of the wanted random points that the region must yield."""
_PLACED, _MIXED = 0.3, 0.1
"""Shares of the random points that have coordinates at landmarks, and that lie between two
reference points."""
_OUTSIDE = 0.3
"""Points beyond the region, as a share of those inside."""

Inputs = dict[str, NDArray[Any]]
Points = NDArray[np.float64]


class Trial:
    """One network under trial. `findings` yields each item as soon as it is known."""

    def __init__(
        self,
        network: NetworkFile,
        limits: Limits,
        seed: int,
        table: bytes | None = None,
        data: bytes | None = None,
    ) -> None:
        self._table, self._data = table, data
        self._card = network.card
        self._network = network
        self._limits = limits
        self._rng = np.random.default_rng(seed)
        self._tensors = any(i.shape is not None for i in network.card.inputs)

    def findings(self) -> Iterator[Finding]:
        """The findings of `TRIAL_ITEMS`, in their order; after a step that raises the rest is not
        applicable."""
        seen: list[str] = []
        try:
            for step in (
                self._loads,
                self._reference,
                self._runs,
                self._single,
                self._padding,
                self._reach,
                self._jumps,
                self._coverage,
                self._rows,
            ):
                for finding in step():
                    seen.append(finding.item)
                    yield finding
        except Exception as error:  # noqa: BLE001 - ONNX Runtime's errors share no base but Exception
            figure = " ".join(str(error).split())[:500] or type(error).__name__
            item = TRIAL_ITEMS[len(seen)]
            seen.append(item)
            yield failed(
                item, figure, "runs without an error", "Try the file with ONNX Runtime on the CPU."
            )
        yield from not_applicable(TRIAL_ITEMS[len(seen) :], "an earlier item failed")

    def _loads(self) -> Iterator[Finding]:
        self._session = Session(self._network.content, self._card)
        yield passed("loads", "a session on the CPU", "ONNX Runtime makes a session of it")

    def _reference(self) -> Iterator[Finding]:
        inputs, expected = reference_arrays(self._network)
        found = differences(self._card, self._session.run(inputs), Arrays(**expected))
        figure = ", ".join(f"{k} {d:.1e}" for k, d in found.items())
        yield judged(
            "reference_points",
            [] if max(found.values()) <= RELATIVE_TOLERANCE else [f"differ by {figure}"],
            f"differ by {figure}",
            f"relative differences up to {RELATIVE_TOLERANCE:g}, as `lhnets verify` finds them",
            "Make the reference points from the exported file itself.",
        )

    def _runs(self) -> Iterator[Finding]:
        self._inputs = self._sample()
        self._batch = first = self._session.run(self._inputs)
        head = {k: v[: rows_at_once(self._inputs)] for k, v in self._inputs.items()}
        once, again = self._session.run(head), self._session.run(head)
        what = "random events" if self._tensors else "random points"
        where = f"{len(first.reach):,} {what}"
        same = all(_bits(a) == _bits(b) for a, b in zip(once, again, strict=True))
        yield judged(
            "deterministic",
            [] if same else ["two runs differ"],
            f"the same bits twice at {len(again.reach):,} {what}",
            "the same answer each time",
            "Remove whatever keeps a state.",
        )
        bad = {k: int((~np.isfinite(a)).sum()) for k, a in first._asdict().items()}
        yield judged(
            "finite",
            [f"{b} of {k} at {where}" for k, b in bad.items() if b],
            f"finite at {where}",
            "finite values all over the region",
            "Cut the region, or fix the graph.",
        )
        yield self._positive(first)
        uncertain = [k for k, o in enumerate(self._card.outputs) if o.has_uncertainty]
        if not uncertain:
            yield from not_applicable(["uncertainty"], "no output has an uncertainty")
            return
        smallest = min(float(np.min(first.uncertainty[:, uncertain])), self._smallest_of_pure())
        yield judged(
            "uncertainty",
            [] if smallest > 0 else [f"smallest {smallest:g}"],
            f"smallest {smallest:.3g}",
            "positive all over the region, pure states of mixing matrices included",
            "Give the head an exponential, or let an exact evaluation state its rounding.",
        )

    def _smallest_of_pure(self) -> float:
        """The smallest uncertainty at pure states of mixing matrices inside the region."""
        if self._tensors:
            return np.inf
        points = region.pure(self._card, self._inputs["parameters"][:_PURE_ROWS])
        if not len(points):
            return np.inf
        found = self._session.run({"parameters": points})
        return float(np.min(found.uncertainty[found.reach <= 1], initial=np.inf))

    def _positive(self, arrays: Arrays) -> Finding:
        logs = [k for k, output in enumerate(self._card.outputs) if output.scale == "log"]
        if not logs:
            return not_applicable(["positive"], "no output has a logarithmic scale")[0]
        values = arrays.value[:, logs]
        signed = values * np.where(values[:1] < 0, -1.0, 1.0)
        smallest = float(np.min(signed))
        return judged(
            "positive",
            [] if smallest > 0 else [f"smallest {smallest:g}"],
            f"smallest {smallest:.3g}",
            "outputs of logarithmic scale are positive, or negative, at all points",
            "Declare the scale linear, or fix the graph.",
        )

    def _single(self) -> Iterator[Finding]:
        rows = min(_SINGLE_ROWS, len(self._batch.reach))
        alone = [
            self._session.run({k: v[r : r + 1] for k, v in self._inputs.items()})
            for r in range(rows)
        ]
        scale = _scale(self._card, self._batch.value)[:rows]
        difference = max(
            _relative(np.concatenate([a.value for a in alone]), self._batch.value[:rows], scale),
            _relative(
                np.concatenate([a.uncertainty for a in alone]),
                self._batch.uncertainty[:rows],
                np.abs(self._batch.uncertainty[:rows]),
            ),
            _relative(np.concatenate([a.reach for a in alone]), self._batch.reach[:rows], 1.0),
        )
        figure = f"{difference:.1e} between alone and in a batch, {rows} points"
        problems = [] if difference <= BATCH_TOLERANCE else [figure]
        criterion = f"relative difference up to {BATCH_TOLERANCE:g}"
        yield judged(
            "batch", problems, figure, criterion, "A row must not see the other rows of its batch."
        )

    def _padding(self) -> Iterator[Finding]:
        inputs, _ = reference_arrays(self._network)
        changed = {
            "other numbers behind the mask": event_changes.hidden(self._card, inputs),
            "more padding": event_changes.lengthened(self._card, inputs),
        }
        tried = {what: arrays for what, arrays in changed.items() if arrays is not None}
        if not tried:
            yield from not_applicable(["padding"], "no input has padding")
            return
        plain = self._session.run(inputs)
        scale = _scale(self._card, plain.value)
        found = {
            what: _relative(self._session.run(a).value, plain.value, scale)
            for what, a in tried.items()
        }
        listed = [f"{d:.1e} by {what}" for what, d in found.items()]
        problems = [
            text for text, d in zip(listed, found.values(), strict=True) if d > BATCH_TOLERANCE
        ]
        yield judged(
            "padding",
            problems,
            f"differs {', '.join(listed)}",
            f"relative difference up to {BATCH_TOLERANCE:g}",
            "Let the graph itself hide what is not an entry (Where, or a product with the mask).",
        )

    def _reach(self) -> Iterator[Finding]:
        if self._tensors:
            yield from self._event_reach()
            return
        few = self._inputs["parameters"][:_EDGE_ROWS]
        edge = region.scale_to_edge(self._card, region.edge(self._card, few), self._run_reach)
        reaches = [self._batch.reach] + (
            [self._session.run({"parameters": edge}).reach] if len(edge) else []
        )
        if any(isinstance(c, Hull | Distance) for c in self._card.region):
            yield self._near_rows()
        else:
            yield self._inside(float(np.max(np.concatenate(reaches))))
        further = region.beyond_depth(self._scaled[:_EDGE_ROWS])
        start = self._inputs["parameters"][: int(_OUTSIDE * self._limits.points)]
        stepped = landmarks.step_out(self._marks, start, self._rng)
        away = np.concatenate([region.outside(self._card, few), further, stepped])
        beyond = self._session.run({"parameters": away}).reach
        least = float(np.min(beyond))
        good = f"at least {least:.12g} at {len(beyond)} points"
        yield judged(
            "reach_outside",
            [] if least > 1 else [f"down to {least:.12g}"],
            good,
            "above 1 outside the region",
            "The card's region and the graph's reach disagree.",
        )

    def _inside(self, most: float) -> Finding:
        return judged(
            "reach_inside",
            [] if most <= 1 + REACH_SLACK else [f"up to {most:.12g}"],
            f"up to {most:.12g}",
            "at most 1 inside the region",
            "The card's region and the graph's reach disagree.",
        )

    def _near_rows(self) -> Finding:
        """Of a region that also ends where rows do, which ranges and half-spaces cannot say."""
        share = float((self._batch.reach <= 1 + REACH_SLACK).mean())
        figure = f"at most 1 at {share:.1%} of the points within its ranges and half-spaces"
        return judged(
            "reach_inside",
            [] if share >= _LEAST_SHARE else [figure],
            figure,
            f"at most 1 at {_LEAST_SHARE:.0%} of them or more",
            "Give ranges and half-spaces that fit the rows.",
        )

    def _event_reach(self) -> Iterator[Finding]:
        inputs, _ = reference_arrays(self._network)
        most = float(np.max(self._session.run(inputs).reach))
        figure = f"up to {most:.7g} at the reference events"
        yield judged(
            "reach_inside",
            [] if most <= 1 + EVENT_REACH_SLACK else [figure],
            figure,
            "at most 1 at the reference events",
            "Take reference events from inside the region.",
        )
        least: dict[str, float] = {}
        for name, arrays in event_changes.beyond(self._card, inputs):
            least[name] = min(
                least.get(name, np.inf), float(np.min(self._session.run(arrays).reach))
            )
        if not least:
            yield from not_applicable(["reach_outside"], "the card declares no range")
            return
        problems = [
            f"down to {r:.7g} with {name} outside" for name, r in least.items() if not r > 1
        ]
        good = f"at least {min(least.values()):.7g} with one number outside its range"
        yield judged(
            "reach_outside",
            problems,
            good,
            "above 1 outside each declared range",
            "Let the graph's reach see every declared range, or declare none.",
        )

    def _jumps(self) -> Iterator[Finding]:
        if self._tensors:
            yield from not_applicable([jumps.ITEM], "events have no neighbours")
            return
        points = self._inputs["parameters"]
        absent = find_absent(onnx.load_from_string(self._network.content), self._card)
        search = jumps.Search(self._card, self._run_points, self._rng, absent)
        yield search.find(points, self._batch, points[: int(_PLACED * len(points))])

    def _coverage(self) -> Iterator[Finding]:
        yield coverage(self._card, self._session, self._table)

    def _rows(self) -> Iterator[Finding]:
        points, reach = self._inputs.get("parameters"), self._batch.reach
        yield compare_rows(
            self._card, None if points is None else points[reach <= 1 + REACH_SLACK], self._data
        )

    def _sample(self) -> Inputs:
        """Random inputs: points of the region, or events as the card declares them."""
        wanted = self._limits.points
        if self._tensors:
            reference = reference_arrays(self._network)[0]
            count = tensors.affordable(self._network.content, reference, wanted)
            return tensors.sample(self._card, reference, count, self._rng)
        points = region.inside(self._card, wanted, self._rng)
        if len(points) < _LEAST_SHARE * wanted:
            raise ValueError(
                f"only {len(points)} random points of the box lie in the region: give a box that "
                "fits the region"
            )
        points = self._place(points)
        edges = region.scale_to_edge(self._card, points, self._run_reach)
        moved = (edges != points).any(axis=1)
        self._scaled = edges[moved]
        within = np.where(moved, self._rng.random(len(points)), 1.0)
        return {"parameters": edges * within[:, None]}

    def _place(self, points: Points) -> Points:
        """Random points, the first of them at landmarks, the next between reference points."""
        placed, mixed = (int(share * len(points)) for share in (_PLACED, _PLACED + _MIXED))
        rows = np.asarray(reference_arrays(self._network)[0]["parameters"], dtype=np.float64)
        model = onnx.load_from_string(self._network.content)
        self._marks = landmarks.Landmarks.of(self._card, rows, model)
        at_marks = landmarks.place(self._card, self._marks, points[:placed], self._rng)
        between = landmarks.mix_rows(self._card, self._marks, points[placed:mixed], self._rng)
        return np.concatenate([at_marks, between, points[mixed:]])

    def _run_points(self, points: Points) -> Arrays:
        return self._session.run({"parameters": points})

    def _run_reach(self, points: Points) -> Points:
        return self._run_points(points).reach


def _bits(array: NDArray[np.float64]) -> bytes:
    """The bits of an array, one NaN like any other."""
    return np.where(np.isnan(array), np.nan, array).tobytes()


def _scale(card: Card, value: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a difference of a value is divided by: the value where the scale is log, else the
    largest of its column."""
    scale = np.abs(value)
    for k, output in enumerate(card.outputs):
        if output.scale == "linear":
            scale[:, k] = scale[:, k].max(initial=0.0)
    return scale


def _relative(got: NDArray[np.float64], expected: NDArray[np.float64], scale: Any) -> float:
    """Largest difference over ``scale``; infinite where the shapes differ or a number is not
    finite."""
    if got.shape != expected.shape or not np.isfinite(got).all():
        return float("inf")
    difference = np.abs(got - expected)
    ratio = np.divide(
        difference, scale, out=np.full(difference.shape, np.inf), where=np.asarray(scale) > 0
    )
    return float(np.max(np.where(difference == 0, 0.0, ratio), initial=0.0))
