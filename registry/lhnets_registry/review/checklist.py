"""What a reviewer looks at: the recommendations of Les Houches on reusable machine-learning models,
as items with figures.

After arXiv:2312.14575: inputs and outputs named and defined, processing inside the file, points to
compare with, the region of use, versions, data, licence, validation and uncertainty. An item that
does not apply says why.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt

import msgspec
from msgspec import Struct
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from lhnets.format import Card, OtherValidation, Validation, list_figures
from lhnets_registry.admission.envelope import TO_REPLACE, texts
from lhnets_registry.cards.card_file import Draft
from lhnets_registry.report import Finding, Report, failed, judged, not_applicable, passed
from lhnets_registry.review.names import similar

PARITY = 1e-5
"""Largest relative difference to the original model that needs no explanation: a single-precision
core."""
_COVERAGE = {"coverage_68": (0.68, 0.03), "coverage_95": (0.95, 0.02)}
_EXACT = 1e-11
"""Largest error of an exact evaluation: its uncertainty is its rounding; most rows have less."""
_SIGMAS = 2.0
_ROWS_IN_A_BIN = 25
"""Of a reliability bin, as `lhnets_training.judging.classification` makes them."""
_REMEDY = "Fix the card."
_MOST_LISTED = 6


class Checklist(Struct, frozen=True):
    """The items for one network, and the admission that they rest on where there was one."""

    identity: str
    items: tuple[Finding, ...]
    admission: Report | None = None

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The items that fail, those of the admission last."""
        own = [f for f in self.items if f.outcome == "fail"]
        return (*own, *(self.admission.failures if self.admission else ()))

    def __getitem__(self, item: str) -> Finding:
        """The item called ``item``."""
        for finding in self.items:
            if finding.item == item:
                return finding
        raise KeyError(item)

    def to_json(self) -> bytes:
        """The checklist as JSON."""
        return msgspec.json.encode(self)


def of_network(card: Card, report: Report, taken: Iterable[str] = ()) -> Checklist:
    """The checklist for a network file with the ``report`` of its admission; ``taken`` are the
    names of others."""
    items = [
        _admitted(report),
        *_of_card(card, taken),
        _rests(report, "processing_inside", ("interface", "positive"), _parity(card)),
        _rests(
            report,
            "sample_points",
            ("reference", "reference_points", "deterministic", "batch"),
            None,
        ),
        _rests(report, "applicability", ("reach_inside", "reach_outside"), _region(card)),
        _versions(card, report),
        _validation(card),
        _baseline(card),
        _rests(report, "uncertainty", ("uncertainty", "coverage"), _coverage(card)),
        _checks(card),
    ]
    return Checklist(card.identity, tuple(items), report)


def of_draft(draft: Draft, taken: Iterable[str] = ()) -> Checklist:
    """The checklist for an author's card, before there is a file."""
    why = "there is no network file yet: `lhnets import` or `lhnets train` makes it"
    later = (
        "admission",
        "processing_inside",
        "sample_points",
        "validation",
        "baseline",
        "uncertainty",
        "checks",
    )
    items = [
        _filled_in(draft),
        *_of_card(draft, taken),
        _region(draft),
        _versions(draft, None),
        *not_applicable(later, why),
    ]
    return Checklist(draft.identity, tuple(items))


def _filled_in(draft: Draft) -> Finding:
    left = [where for where, text in texts(draft, "card") if text.startswith(TO_REPLACE)]
    return judged(
        "filled_in",
        left,
        "nothing of the skeleton is left",
        "texts of the author's own",
        f"Replace what begins with {TO_REPLACE!r}.",
    )


def _of_card(card: Card | Draft, taken: Iterable[str]) -> list[Finding]:
    """What an author's card and a whole one have in common."""
    return [
        _name(card, taken),
        _inputs(card),
        _defaults(card),
        _outputs(card),
        _truth(card),
        _data(card),
        _archive(card),
        _licence(card),
        _authors(card),
    ]


def _admitted(report: Report) -> Finding:
    looked_at = [f for f in report.findings if f.outcome != "not_applicable"]
    figure = (
        f"{len(looked_at) - len(report.failures)} of {len(looked_at)} checks pass, "
        f"{report.seconds:.1f} s"
    )
    criterion = "one self-contained ONNX file that passes every check of the admission"
    if report.admitted:
        return passed("admission", figure, criterion)
    return failed("admission", figure, criterion, "See the items of the admission.")


def _name(card: Card | Draft, taken: Iterable[str]) -> Finding:
    others = sorted(set(taken))
    alike = [] if card.name in others else similar(card.name, others)
    good = f"{card.name}, no other looks like it among {len(others)}"
    return judged(
        "name",
        [f"{card.name} could be taken for {a}" for a in alike],
        good,
        "no name that looks like another's",
        "Choose a name that differs by more than a slip of the pen.",
    )


def _inputs(card: Card | Draft) -> Finding:
    problems = [f"{i.name} is not defined" for i in card.inputs if not _defined(i.name, i.meaning)]
    problems += [f"{i.name} has no unit" for i in card.inputs if not i.unit.strip()]
    problems += [
        f"{i.name} does not say what stands along its last axis"
        for i in card.inputs
        if i.shape is not None and len(i.shape) > 2 and not i.features and not i.noise
    ]
    good = _listed([f"{i.name} [{i.unit}]" for i in card.inputs])
    return judged(
        "inputs", problems, good, "named, in order, each with unit and definition", _REMEDY
    )


def _defaults(card: Card | Draft) -> Finding:
    stated = [f"{i.name} = {i.default:g}" for i in card.inputs if i.default is not None]
    stated += [f"{i.name} padded with {i.padding:g}" for i in card.inputs if i.padding is not None]
    if not stated:
        return not_applicable(["defaults"], "every input has to be given")[0]
    return passed("defaults", ", ".join(stated), "values where the user gives none")


def _outputs(card: Card | Draft) -> Finding:
    problems = [f"{o.name} is not defined" for o in card.outputs if not _defined(o.name, o.meaning)]
    problems += [f"{o.name} has no unit" for o in card.outputs if not o.unit.strip()]
    good = _listed([f"{o.name} [{o.unit}, {o.scale}]" for o in card.outputs])
    return judged("outputs", problems, good, "each with unit, definition and scale", _REMEDY)


def _listed(parts: list[str]) -> str:
    return ", ".join(parts[:_MOST_LISTED]) + (
        f" and {len(parts) - _MOST_LISTED} more" * (len(parts) > _MOST_LISTED)
    )


def _defined(name: str, meaning: str) -> bool:
    """Whether a meaning says more than the name."""
    return bool(meaning.strip()) and meaning.strip().lower() != name.lower()


def _truth(card: Card | Draft) -> Finding:
    cited = [r for r in card.truth.references if r in card.references]
    figure = f"{card.truth.program} {card.truth.version}, {len(cited)} references"
    problems = [] if cited else [f"{card.truth.program} {card.truth.version} without a reference"]
    return judged(
        "truth",
        problems,
        figure,
        "program, version and references of the labels",
        "Name under truth.references whom a user has to cite, with BibTeX under references.",
    )


def _data(card: Card | Draft) -> Finding:
    if card.data is None:
        return not_applicable(["data"], "the author does not publish the data")[0]
    figure = f"{card.data.name}, {card.data.rows:,} rows, SHA-256 {card.data.sha256[:12]}…"
    return passed("data", figure, "data set by name, checksum, rows and split")


def _archive(card: Card | Draft) -> Finding:
    if card.data is None or card.data.doi is None:
        return not_applicable(
            ["archive"], "the data have no DOI yet; `lhnets deposit` archives them"
        )[0]
    return passed("archive", f"doi:{card.data.doi}", "a DOI for the data")


def _licence(card: Card | Draft) -> Finding:
    criterion = "an SPDX identifier"
    try:
        canonicalize_license_expression(card.licence)
    except InvalidLicenseExpression:
        remedy = "Choose one of https://spdx.org/licenses, such as CC-BY-4.0."
        return failed("licence", repr(card.licence), criterion, remedy)
    return passed("licence", card.licence, criterion)


def _authors(card: Card | Draft) -> Finding:
    named = [a for a in card.authors if a.name.strip().lower() not in ("", "not stated")]
    orcids = sum(a.orcid is not None for a in named)
    return judged(
        "authors",
        [] if named else ["nobody is named"],
        f"{len(named)} named, {orcids} with ORCID",
        "whom to ask and to cite",
        "Name the authors in the card.",
    )


def _parity(card: Card) -> Finding:
    parity, v = card.parity, card.validation
    worst = v.max if isinstance(v, Validation) else 0.0
    figure = (
        f"differs from {parity.against} by {parity.max_relative:.1e} at most, "
        f"{parity.points:,} points"
    )
    problems = [] if parity.max_relative <= max(PARITY, worst) else [figure]
    return judged(
        "processing_inside",
        problems,
        figure,
        f"physical units in and out; the original model to {PARITY:g}, or below the network's own "
        "errors",
        "Put every step before and after the network into the graph.",
    )


def _region(card: Card | Draft) -> Finding:
    boxes = [
        f"{i.name} {i.low:g} to {i.high:g}"
        for i in card.columns
        if i.low is not None and i.high is not None
    ]
    boxes += [
        f"{i.name}.{f.name} {f.low:g} to {f.high:g}"
        for i in card.inputs
        for f in i.features
        if f.low is not None and f.high is not None
    ]
    limits = [*boxes, *(h.meaning for h in card.region)]
    return judged(
        "applicability",
        [] if limits else ["no input has a range"],
        "; ".join(limits),
        "a region outside which the network says so",
        "Give low and high to the inputs or features.",
    )


def _versions(card: Card | Draft, report: Report | None) -> Finding:
    made = f"made with {card.training.framework} {card.training.framework_version}"
    found = {f.item: f.figure for f in report.findings} if report else {}
    figure = ", ".join([made, *(found[i] for i in ("opset", "checker") if found.get(i))])
    problems = (
        []
        if any(c.isdigit() for c in card.training.framework_version)
        else [f"{made}, which is not a version"]
    )
    return judged("versions", problems, figure, "versions of framework and format", _REMEDY)


def _validation(card: Card) -> Finding:
    v, criterion = card.validation, "figures on rows never seen, without a cut"
    if isinstance(v, OtherValidation):
        return failed("validation", "of an unknown kind", criterion, "Update lhnets.")
    if not v.rows:
        remedy = "Import with a table of test points: --test TABLE.parquet."
        return failed("validation", "no rows", criterion, remedy)
    if isinstance(v, Validation):
        figure = (
            f"{v.metric}: mean {v.mean:.1e}, 99.7 % {v.q997:.1e}, worst {v.max:.1e} on "
            f"{v.rows:,} rows"
        )
        return passed("validation", figure, "errors on rows never seen, without a cut")
    said = [
        f"{name.replace('_', ' ')} {f.value:.4g} ± {f.error:.1g}"
        for name, f in list_figures(v).items()
    ]
    return passed("validation", f"{_listed(said)} on {v.rows:,} rows", criterion)


def _baseline(card: Card) -> Finding:
    own = card.validation.headline
    if own is None or own.baseline is None:
        return not_applicable(["baseline"], "the author gives no simple method to compare with")[0]
    simple = own.baseline
    figure = f"{own.name} {own.value:.4g} against {simple.value:.4g} ({simple.method})"
    return judged(
        "baseline",
        [] if own.score <= simple.score else [figure],
        figure,
        "not worse than a simple method on the same rows",
        "Publish the simple method.",
    )


def _coverage(card: Card) -> Finding:
    """Of probabilities, what is covered are the counts of reliability bins."""
    v = card.validation
    if not isinstance(v, Validation):
        why = f"the outputs of this {card.kind.replace('_', ' ')} have no intervals"
        return not_applicable(["uncertainty"], why)[0]
    counted = max(v.rows // _ROWS_IN_A_BIN if v.metric == "of_probability" else v.rows, 1)
    figure = f"{v.coverage_68:.1%} and {v.coverage_95:.1%} of {v.rows:,} rows"
    problems = []
    for name, (level, slack) in _COVERAGE.items():
        allowed = slack + _SIGMAS * sqrt(level * (1 - level) / counted)
        found = getattr(v, name)
        above = 1.0 if v.max <= _EXACT else allowed
        if not level - allowed <= found <= level + above:
            problems.append(f"{found:.1%} of {v.rows:,} rows lie in the interval of {level:.0%}")
    return judged(
        "uncertainty",
        problems,
        figure,
        "68 ± 3 % and 95 ± 2 %, and what so few rows leave open",
        "Calibrate on rows that served for nothing else.",
    )


def _checks(card: Card) -> Finding:
    if not card.checks:
        return not_applicable(["checks"], "the card holds no physics checks")[0]
    problems = [f"{c.name}: {c.figure}" for c in card.checks if not c.passed]
    return judged(
        "checks",
        problems,
        f"{len(card.checks)} of {len(card.checks)} pass",
        "every physics check passes",
        "Fix the network, or say in the description what it cannot do.",
    )


def _rests(report: Report, item: str, items: Iterable[str], own: Finding | None) -> Finding:
    """An item that holds where those of the admission hold that it rests on, and the card's own
    part does."""
    wrong = [f for f in report.failures if f.item in items]
    if wrong:
        return failed(
            item,
            "; ".join(f"{f.item}: {f.figure}" for f in wrong),
            wrong[0].criterion,
            wrong[0].remedy,
        )
    looked_at = [f for f in report.findings if f.item in items and f.outcome == "pass"]
    if own is None or own.outcome == "fail":
        return own or (
            _summed(item, looked_at) if looked_at else not_applicable([item], "not looked at")[0]
        )
    if not looked_at:
        return own
    return passed(
        item, "; ".join([own.figure, *(f"{f.item} {f.figure}" for f in looked_at)]), own.criterion
    )


def _summed(item: str, looked_at: list[Finding]) -> Finding:
    return passed(item, "; ".join(f.figure for f in looked_at), looked_at[0].criterion)
