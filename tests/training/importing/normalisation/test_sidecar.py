import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets_training.importing.errors import NormalisationError
from lhnets_training.importing.normalisation.sidecar import (
    FORMULAE,
    SidecarEntry,
    from_metadata,
    parse,
)


def test_lists_beside_names():
    made = parse('{"variables": ["a", "b"], "scale": [3.0, 4], "offset": [1, 2]}', "v.json")
    assert [(e.name, e.first, e.second) for e in made.inputs] == [("a", 1, 3), ("b", 2, 4)]
    assert made.conventions == ("subtract-divide", "add-multiply"), (
        "words do not settle what the numbers mean"
    )
    assert made.named


def test_mean_and_std_by_name():
    made = parse('{"m_go": {"mean": 1.5, "std": 2}, "m_sq": {"mean": 1, "variance": 4}}', "v.json")
    assert [(e.name, e.first, e.second) for e in made.inputs] == [("m_go", 1.5, 2), ("m_sq", 1, 2)]


def test_sides_by_prefix():
    made = parse('{"x_mean": [1, 2], "x_std": [3, 4], "y_mean": 5, "y_std": 6}', "v.json")
    assert [(e.name, e.first, e.second) for e in made.inputs] == [(None, 1, 3), (None, 2, 4)]
    assert [(e.first, e.second) for e in made.outputs] == [(5, 6)]


def test_what_stands_beside_lists_belongs_to_each_or_to_all():
    made = parse(
        '{"inputs": {"mean": [1, 2], "std": [3, 4], "log": ["ln", null]}, "outputs": {"mean": 0, '
        '"std": 1, "then": "exp"}}',
        "v",
    )
    assert [e.log for e in made.inputs] == ["ln", "none"]
    assert made.outputs[0].then == "exp"


def test_our_own_form_with_logarithms_masks_and_transforms():
    made = parse(
        "convention: (x - mean) / std\ninputs:\n  - {name: a, log: ln, mean: 7, std: 1, mask: "
        "-999, masked: 0}\noutputs:\n  - {name: s, then: exp, times: 1000}\n  - {name: s, "
        "spread: true}\n",
        "n.yaml",
    )
    assert made.stated == "subtract-divide"
    assert made.conventions == ("subtract-divide",)
    (a,), (s, error) = made.inputs, made.outputs
    assert (a.log, a.mask, a.masked) == ("ln", -999, 0)
    assert (s.then, s.times, s.bare, error.spread) == ("exp", 1000, True, True)


def test_minimum_and_maximum_leave_open_which_interval():
    assert parse('{"min": [0], "max": [5]}', "m").conventions == ("zero-to-one", "minus-one-to-one")


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ('{"mean": [1, 2], "std": [1]}', "contradicts itself: it has 2 mean, 1 std"),
        ('{"variables": ["a"], "mean": [1, 2], "std": [1, 2]}', "1 names"),
        ('{"a": {"mean": 1, "std": 0}}', "a has std 0, expected a positive number"),
        ('{"a": {"mean": 1, "std": -3}}', r"std -3.*exchanged"),
        ('{"a": {"mean": 1}}', "gives mean alone"),
        ('{"a": {"mean": NaN, "std": 1}}', "mean is nan, expected a finite number"),
        ('{"a": {"mean": "x", "std": 1}}', "expected a finite number"),
        ('{"a": {"min": 5, "max": 1}}', "min 5 not below max 1"),
        ('{"a": {"mean": 1, "offset": 2, "std": 1}}', "which two are meant"),
        ('{"mean": [1], "std": [1], "wobble": 2}', "unknown fields.*wobble"),
        ('{"mean": [1, 2], "std": [1, 2], "log": ["ln"]}', "log has 1 entries, fewer"),
        ('{"a": {"mean": 1, "std": 1, "wobble": 2}}', "unknown fields.*wobble"),
        (
            '{"inputs": [{"name": "a", "mean": 1, "std": 1}, {"name": "a", "mean": 1, "std": 1}]}',
            "a stands twice",
        ),
        (
            '{"inputs": [{"name": "a", "mean": 1, "std": 1}, {"mean": 1, "std": 1}]}',
            "some have none",
        ),
        (
            '{"inputs": [{"name": "a", "log": "log7", "mean": 1, "std": 1}]}',
            "log 'log7' is none of",
        ),
        (
            '{"convention": "backwards", "mean": [1], "std": [1]}',
            "cannot read the convention 'backwards'",
        ),
        ("[1, 2]", "holds a list"),
        ("{", "neither JSON nor YAML"),
        ("a: &x 1\nb: *x\n", "neither JSON nor YAML"),
        ("{}", "no normalisation in a known form"),
    ],
)
def test_files_that_say_too_little_or_contradict_themselves(text, finding):
    with pytest.raises(NormalisationError, match=finding):
        parse(text, "f.json")


def test_a_convention_said_twice_must_agree():
    text = '{"convention": "add-multiply", "mean": [1], "std": [1]}'
    assert parse(text, "f", "(x + mean) * std").stated == "add-multiply"
    with pytest.raises(NormalisationError, match="which is right"):
        parse(text, "f", "subtract-divide")


def test_metadata_of_tf2onnx_models():
    made = from_metadata(
        {
            "input_0": "a",
            "a_mean": "-2",
            "a_std": "0.5",
            "input_1": "b",
            "b_mean": "1",
            "b_std": "2",
        }
    )
    assert [(e.name, e.first, e.second) for e in made.inputs] == [("a", -2, 0.5), ("b", 1, 2)]
    assert from_metadata({"author": "me"}) is None


@given(
    first=st.floats(-1e3, 1e3),
    second=st.floats(1e-3, 1e3),
    x=st.floats(-1e3, 1e3),
    convention=st.sampled_from(sorted(FORMULAE)),
)
def test_shift_and_width_do_what_the_formula_says(first, second, x, convention):
    if convention in ("zero-to-one", "minus-one-to-one"):
        second += first
        if not second - first > 1e-4:
            return
    shift, width = SidecarEntry("a", first, second, ("mean", "std")).affine(convention)
    formula = FORMULAE[convention].format(repr(first), repr(second)).replace("2 (", "2 * (")
    expected = eval(formula.replace("- -", "+ "), {"x": x})
    assert (x - shift) / width == pytest.approx(
        expected, rel=1e-6, abs=1e-6 * max(1, abs(second), 1 / abs(width))
    )


def test_json_and_yaml_read_alike():
    content = {"variables": ["a"], "mean": [1.5], "std": [2.5]}
    assert (
        parse(json.dumps(content), "f").inputs
        == parse("variables: [a]\nmean: [1.5]\nstd: [2.5]\n", "f").inputs
    )
