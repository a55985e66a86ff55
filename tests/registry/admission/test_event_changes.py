import msgspec
import numpy as np
import onnx
import pytest
import toy_events
from onnx import helper, numpy_helper

from lhnets._asking.events import to_events
from lhnets_registry.admission import event_changes
from lhnets_registry.admission.admit import admit


@pytest.fixture(scope="module")
def card():
    return toy_events.tagger_card()


@pytest.fixture(scope="module")
def reference(card):
    return to_events(
        {"constituents": toy_events.jets(40), "leptons": np.ones((40, 2, 3))}, card
    ).arrays


def declared(card, name, **fields):
    """The card with other fields of one input."""
    inputs = tuple(
        msgspec.structs.replace(i, **fields) if i.name == name else i for i in card.inputs
    )
    return msgspec.structs.replace(card, inputs=inputs)


def test_one_number_lies_beyond_each_range(card, reference):
    made = event_changes.beyond(card, reference)
    names = [f"constituents.{n}" for n in ("E", "px", "py", "pz")]
    assert [name for name, _ in made] == [n for n in names for _ in range(4)] + ["a parameter"]
    for k, (_, arrays) in enumerate(made[:-1]):
        changed = arrays["constituents"] != reference["constituents"]
        assert (changed.sum(axis=(1, 2)) == 1).all()
        low, high = (0.0, 1000.0) if k < 4 else (-1000.0, 1000.0)
        assert (
            (arrays["constituents"][changed] < low) | (arrays["constituents"][changed] > high)
        ).all()
    mu = made[-1][1]["parameters"]
    assert ((mu < 0.5) | (mu > 2.0)).all()
    assert len(made[-1][1]["mask"]) == len(mu)


def test_only_what_a_mask_hides_is_changed(card, reference):
    changed = event_changes.hidden(card, reference)
    mask = reference["mask"]
    np.testing.assert_array_equal(changed["constituents"][mask], reference["constituents"][mask])
    assert (changed["constituents"][~mask] != 0).any(axis=1).all()
    full = {**reference, "mask": np.ones_like(mask)}
    assert event_changes.hidden(card, full) is None
    turned = declared(card, "mask", mask_marks="padding")
    again = event_changes.hidden(turned, {**reference, "mask": ~mask})
    np.testing.assert_array_equal(again["constituents"], changed["constituents"])


def test_padding_is_appended_where_an_axis_is_free(card, reference):
    longer = event_changes.lengthened(card, reference)
    entries = reference["mask"].shape[1]
    assert longer["constituents"].shape == (40, entries + 3, 4)
    assert not longer["constituents"][:, entries:].any()
    assert not longer["mask"][:, entries:].any()
    assert longer["leptons"] is reference["leptons"]
    assert event_changes.lengthened(declared(card, "constituents", padding=None), reference) is None


def spoiled(change):
    """The tagger with its nodes or constants changed."""
    model = onnx.load_from_string(toy_events.TAGGER.read_bytes())
    change(model.graph)
    return model.SerializeToString()


def ignores_the_mask(graph):
    next(n for n in graph.node if n.op_type == "Mul" and n.output[0] == "pt").input[1] = "ones_like"
    graph.initializer.append(numpy_helper.from_array(np.float32(1.0), "ones_like"))


def counts_the_entries(graph):
    """A mean over all entries instead of a sum: padding dilutes it."""
    node = next(n for n in graph.node if n.output[0] == "s32")
    node.op_type = "ReduceMean"


def sees_only_pt(graph):
    """The reach as it was."""


def sees_everything(graph):
    """A reach that is the largest number of all."""
    at = next(k for k, n in enumerate(graph.node) if n.output[0] == "hardest32")
    graph.node.insert(at, helper.make_node("Abs", ["constituents"], ["sizes"]))
    graph.node[at + 1].CopyFrom(
        helper.make_node("ReduceMax", ["sizes", "inner"], ["hardest32"], keepdims=0)
    )
    graph.initializer.append(numpy_helper.from_array(np.array([1, 2]), "inner"))
    last = graph.node[-1]
    last.output[0] = "reach_jet"
    graph.initializer.append(numpy_helper.from_array(np.array([1.25]), "middle_mu"))
    graph.initializer.append(numpy_helper.from_array(np.array([0.75]), "half_mu"))
    graph.node.extend(
        [
            helper.make_node("Sub", ["parameters", "middle_mu"], ["off_mu"]),
            helper.make_node("Abs", ["off_mu"], ["far_mu"]),
            helper.make_node("Div", ["far_mu", "half_mu"], ["box_mu"]),
            helper.make_node("Squeeze", ["box_mu", "one"], ["reach_mu"]),
            helper.make_node("Max", ["reach_jet", "reach_mu"], ["reach"]),
        ]
    )


@pytest.mark.parametrize(
    ("change", "failing"),
    [
        (sees_everything, {"reach_outside"}),
        (sees_only_pt, {"reach_outside"}),
        (ignores_the_mask, {"reach_outside", "padding"}),
        (counts_the_entries, {"reach_outside", "padding"}),
    ],
)
def test_the_admission_finds_what_depends_on_padding_or_overlooks_a_range(change, failing):
    report = admit(toy_events.tagger(model=spoiled(change))).report
    assert {f.item for f in report.failures} == failing
    if change is sees_everything:
        assert "constituents.E" in report["reach_outside"].figure


def test_an_event_network_is_admitted(card):
    symmetric = tuple(msgspec.structs.replace(f, low=-1000.0) for f in card.inputs[0].features)
    honest = declared(card, "constituents", features=symmetric)
    report = admit(toy_events.tagger(honest, model=spoiled(sees_everything))).report
    assert report.admitted, report.failures
    assert report["padding"].outcome == "pass"
    assert "one number outside its range" in report["reach_outside"].figure


def test_reference_events_lie_inside(card, reference):
    far = {**reference, "constituents": reference["constituents"] * 100}
    report = admit(toy_events.tagger(reference=far)).report
    assert report["reach_inside"].outcome == "fail"


def test_types_and_free_axes_are_those_of_the_graph(card):
    fixed = declared(card, "leptons", shape=("N", "L", 3))
    report = admit(toy_events.tagger(fixed)).report
    assert [f.item for f in report.failures] == ["interface"]
