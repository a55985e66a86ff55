"""What an author gives with a model, what an import gives back, and the last steps of every
import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from lhnets.format import Calibration, Card, Training, Validation
from lhnets.format import Source as Origin
from lhnets_registry.admission.admit import admit
from lhnets_registry.admission.limits import Limits
from lhnets_registry.cards.card_file import Draft
from lhnets_registry.report import Report
from lhnets_training.importing.source import ConvertedModel
from lhnets_training.pipeline.card import Measured, complete_card
from lhnets_training.pipeline.parity import Compared, describe_parity, require_parity

RANDOM_POINTS = 10_000
REFERENCE_POINTS = 64
SEED = 20_261_122
DEFAULT = Limits()
_REMEDY = (
    "Values may differ by 1e-5, or by 3 times the rounding of the original where it also runs in "
    "double precision. What differs by more is another function, if the original is exact there: "
    "export it to ONNX with another tool and import that; or one with no digits left in single "
    "precision: import it in float64"
)
_OWN_TRUTH = (
    "The network defines the quantity: there is no other truth. The figures compare the "
    "file with the original model."
)


@dataclass(frozen=True)
class Imported:
    """A network file that was written, and what was found on the way."""

    path: Path
    card: Card
    because: tuple[str, ...]
    """How order, convention and agreement with the test points were established."""
    compared: tuple[Compared, ...]
    admission: Report


@dataclass(frozen=True, kw_only=True)
class Order:
    """What an author gives with a model."""

    draft: Draft
    normalisation: str | Path | None = None
    """A file, or `metadata`, or `none`."""
    convention: str | None = None
    test: Path | None = None
    own_truth: bool = False
    trust: bool = False
    output: Path | None = None
    limits: Limits = DEFAULT


def training_of(stated: Training, source: ConvertedModel, origin: Origin) -> Training:
    """As the author states it; the framework is that which read the model, where the two differ."""
    known = {
        "tensorflow": "keras",
        "tf.keras": "keras",
        "pytorch": "torch",
        "sklearn": "scikit-learn",
    }
    said = stated.framework.lower()
    if source.framework in ("onnx", known.get(said, said)):
        return msgspec.structs.replace(stated, source=origin)
    return msgspec.structs.replace(
        stated,
        source=origin,
        framework=source.framework,
        framework_version=source.version,
        method=source.method,
    )


def finish_card(
    source: ConvertedModel,
    origin: Origin,
    draft: Draft,
    compared: Sequence[Compared],
    calibration: Calibration,
    validation: Validation,
) -> Card:
    """The author's card with what was measured, dated today.

    Raises
    ------
    ParityError
        if the file differs from the original.
    """
    require_parity(compared, "the original model", _REMEDY)
    measured = Measured(
        parity=describe_parity(compared, f"the original in {source.framework} {source.version}"),
        calibration=calibration,
        validation=validation,
    )
    stated = msgspec.structs.replace(draft, training=training_of(draft.training, source, origin))
    return complete_card(stated, measured, datetime.now(UTC).date().isoformat())


def note(order: Order) -> str:
    """What the card says of the rows behind its figures."""
    if order.own_truth or order.test is None:
        return _OWN_TRUTH
    return (
        f"Rows of {order.test.name}, which its author says the model never saw: half "
        "calibrate, "
        "half judge."
    )


def write(content: bytes, card: Card, order: Order) -> tuple[Path, Report]:
    """Admit the file as a registry would, then write it.

    Raises
    ------
    AdmissionError
        If it would not be taken; nothing is written.
    """
    path = order.output or Path(f"{card.name}.onnx")
    admission = admit(content, order.limits)
    admission.require(path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(path)
    return path, admission.report
