import json
import struct

import msgspec
import numpy as np
import pytest

from lhnets import IntegrityError
from lhnets._running.outputs import OUTPUTS
from lhnets._running.verify import relative_difference, verify
from lhnets.format import Card, Reference, seal, strip
from lhnets.format.file import DIGEST_KEY, digest, encode_entry, metadata, read


def resealed(content: bytes) -> bytes:
    """The file with a digest that fits its bytes, as a forger would make it."""
    body = content.replace(encode_entry(DIGEST_KEY, metadata(content)[DIGEST_KEY]), b"")
    return body + encode_entry(DIGEST_KEY, digest(body).encode())


def failed(report):
    return [f.name for f in report.findings if not f.passed]


def with_a_changed_weight(content: bytes) -> bytes:
    return content.replace(struct.pack("<d", 0.25), struct.pack("<d", 0.2501), 1)


def test_an_untouched_file_passes(sealed_file):
    report = verify(read(sealed_file), read(sealed_file).sha256)
    assert report.passed
    report.raise_for_failure()
    assert len(report.findings) == 5


def test_a_changed_weight_fails_twice(sealed_file):
    report = verify(read(with_a_changed_weight(sealed_file)))
    assert failed(report) == ["digest", "reference value", "reference uncertainty"]
    with pytest.raises(IntegrityError, match="digest: the file says"):
        report.raise_for_failure()


@pytest.mark.parametrize("name", ["value", "uncertainty", "reach"])
def test_each_output_is_compared_with_its_reference(sealed_file, name):
    file = read(sealed_file)
    outputs = {k: np.array(v) for k, v in file.reference.outputs.items()}
    outputs[name] = outputs[name] * 1.01
    inputs = {k: np.array(v) for k, v in file.reference.inputs.items()}
    changed = msgspec.structs.replace(file, reference=Reference.of(inputs, outputs))
    assert failed(verify(changed)) == [f"reference {name}"]


def test_a_changed_card_value_fails(sealed_file):
    changed = sealed_file.replace(b'"high":1200.0', b'"high":1300.0')
    assert failed(verify(read(changed))) == ["digest"]


def test_a_forger_who_mends_the_digest_is_caught_by_the_points_and_the_index(sealed_file):
    forged = read(resealed(with_a_changed_weight(sealed_file)))
    assert failed(verify(forged, read(sealed_file).sha256)) == [
        "reference value",
        "reference uncertainty",
        "published file",
    ]


@pytest.mark.parametrize("output", OUTPUTS)
def test_every_output_is_compared_with_its_points(output, sealed_file):
    file = read(sealed_file)
    other = file.reference.outputs[output].copy()
    other[3] *= 1.01
    changed = Reference(file.reference.inputs, {**file.reference.outputs, output: other})
    assert failed(verify(read(seal(strip(sealed_file), file.card, changed)))) == [
        f"reference {output}"
    ]


def test_what_a_later_lhnets_wrote_is_told(sealed_file):
    file = read(sealed_file)
    assert "unknown fields" not in [f.name for f in verify(file).findings]
    card = json.loads(file.card.to_json())
    card["conditions"]["colour"] = "blue"
    newer = seal(strip(sealed_file), Card.from_json(json.dumps(card)), file.reference)
    report = verify(read(resealed(newer + encode_entry("lhnets.later", b"1"))))
    (told,) = [f for f in report.findings if f.name == "unknown fields"]
    assert report.passed
    assert told.figure == "kept and ignored: lhnets.later, card.conditions.colour"


def test_reference_points_that_cannot_be_run(sealed_file, make_card):
    file = read(sealed_file)
    for reference in (
        Reference.of({"x": [[1.0]] * 40}, file.reference.outputs),
        Reference.of(file.reference.inputs, {"value": [[1.0]] * 40}),
        Reference.of({"parameters": [[1.0]] * 3}, file.reference.outputs),
    ):
        report = verify(msgspec.structs.replace(file, reference=reference))
        assert not report.passed


def test_relative_differences():
    assert relative_difference(np.array([[1.0, 2.0]]), np.array([[1.0, 2.002]])) == pytest.approx(
        1e-3, rel=1e-2
    )
    assert relative_difference(np.array([[np.nan]]), np.array([[1.0]])) == float("inf")
    assert relative_difference(np.array([[0.0], [1.0]]), np.array([[1e-20], [1.0]])) < 1e-6
    crossing = np.array([[0.0], [1.0]]), np.array([[1e-8], [1.0]])
    assert relative_difference(*crossing) > 1e-3
    assert relative_difference(*crossing, linear=np.array([True])) == pytest.approx(1e-8)
    with pytest.raises(ValueError, match="shape"):
        relative_difference(np.zeros((2, 1)), np.zeros((2, 2)))
