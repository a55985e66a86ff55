"""Event networks of others: a small tagger of constituents with a mask, as its author may have
exported it."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import lhnets as ml
from lhnets.networks import Network
from lhnets_training.importing.errors import ImportingError, NormalisationError
from lhnets_training.importing.importer import import_model
from lhnets_training.importing.source import ConvertedModel, tensors
from lhnets_training.pipeline.parity import ParityError
from lhnets_training.pipeline.reach import find_ranges

WEIGHTS = np.array([[1.2], [-0.8], [0.5]], dtype=np.float32)
CARD = """name: toy-tagger
version: 1
kind: classifier
title: A toy tagger
description: Tells two kinds of jets apart.
subject: signal | background
inputs:
  - name: constituents
    meaning: constituents of the jet
    unit: "1"
    shape: [N, 6, 3]
    dtype: float32
    padding: 0
    features:
      - {name: a, meaning: a, unit: GeV, low: -40, high: 60}
      - {name: b, meaning: b, unit: "1", low: -4, high: 4}
      - {name: c, meaning: c, unit: "1", low: -4, high: 4}
  - {name: mask, meaning: true for a constituent, unit: "1", shape: [N, 6], dtype: bool,
     mask_of: [constituents]}
outputs:
  - {name: signal, meaning: probability of signal, unit: "1"}
  - {name: background, meaning: probability of background, unit: "1"}
truth: {program: a formula, version: "1"}
training: {method: deep sets, framework: numpy, framework_version: "2"}
authors: [{name: A. Physicist}]
licence: CC-BY-4.0
"""
SCALING = """convention: subtract-divide
inputs:
  - {name: constituents.a, mean: 10, std: 10}
  - {name: constituents.b, mean: 0, std: 1}
  - {name: constituents.c, mean: 0, std: 1}
"""


def tagger(names=("constituents", "mask")):
    """softmax(s, -s) with s the sum of tanh(W z) over the constituents that the mask shows."""
    points, mask = names
    nodes = [
        helper.make_node("MatMul", [points, "w"], ["h"]),
        helper.make_node("Tanh", ["h"], ["t"]),
        helper.make_node("Unsqueeze", [mask, "last"], ["m"]),
        helper.make_node("Mul", ["t", "m"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "middle"], ["s"], keepdims=0),
        helper.make_node("Neg", ["s"], ["n"]),
        helper.make_node("Concat", ["s", "n"], ["logits"], axis=1),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    arrays = {"w": WEIGHTS, "last": np.array([2]), "middle": np.array([1])}
    graph = helper.make_graph(
        nodes,
        "tagger",
        [
            helper.make_tensor_value_info(points, TensorProto.FLOAT, ["batch", 6, 3]),
            helper.make_tensor_value_info(mask, TensorProto.FLOAT, ["batch", 6]),
        ],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 2])],
        [numpy_helper.from_array(a, n) for n, a in arrays.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def events(rows=2000, seed=0):
    rng = np.random.default_rng(seed)
    mask = np.arange(6) < rng.integers(1, 7, rows)[:, None]
    z = rng.normal(size=(rows, 6, 3)).clip(-4, 4)
    x = (np.where(mask[..., None], z * [10, 1, 1] + [10, 0, 0], 0)).astype(np.float32)
    return {"constituents": x, "mask": mask}


def probability(arrays):
    """Of signal, by numpy."""
    z = (arrays["constituents"] - [10, 0, 0]) / [10, 1, 1]
    s = (np.tanh(z @ WEIGHTS)[..., 0] * arrays["mask"]).sum(axis=1)
    return 1 / (1 + np.exp(-2 * s))


@pytest.fixture
def author(tmp_path):
    arrays = events()
    label = (np.random.default_rng(1).uniform(size=2000) > probability(arrays)).astype(np.int64)
    np.savez(tmp_path / "events.npz", **arrays, label=label)
    (tmp_path / "card.yaml").write_text(CARD)
    (tmp_path / "scaling.yaml").write_text(SCALING)
    return tmp_path


def imported(folder, model=None, **options):
    given = {
        "normalisation": folder / "scaling.yaml",
        "test": folder / "events.npz",
        "output": folder / "tagger.onnx",
    }
    return import_model(model or tagger(), folder / "card.yaml", **{**given, **options})


def test_a_tagger_is_called_by_name_with_arrays(author):
    done = imported(author)
    arrays = events(50, seed=7)
    network = Network(done.path.read_bytes(), done.path)
    found = network.predict(arrays)
    np.testing.assert_allclose(found.value[:, 0], probability(arrays), rtol=1e-5)
    np.testing.assert_allclose(found.value.sum(axis=1), 1, rtol=1e-6)
    assert found.reach.max() <= 1
    assert ml.load(str(done.path)).card.identity == "toy-tagger@1"


def test_its_card_tells_how_well_classes_are_told_apart(author):
    card = imported(author).card
    assert card.validation.metric == "of_probability"
    assert card.validation.rows == 1000
    assert 0.7 < card.validation.classification.auc < 1
    assert card.validation.coverage_68 > 0.5
    assert card.parity.max_relative <= 1e-5
    assert "random events" in card.parity.against


def test_what_is_hidden_or_padding_does_not_count(author):
    done = imported(author)
    network = Network(done.path.read_bytes(), done.path)
    arrays = events(20, seed=8)
    before = network.predict(arrays)
    changed = {
        **arrays,
        "constituents": np.where(arrays["mask"][..., None], arrays["constituents"], 1e6).astype(
            np.float32
        ),
    }
    after = network.predict(changed)
    np.testing.assert_array_equal(before.value, after.value)
    np.testing.assert_array_equal(before.reach, after.reach)
    beyond = {**arrays, "constituents": arrays["constituents"].copy()}
    beyond["constituents"][:, 0, 1] = 4.5
    assert (network.predict(beyond).reach > 1).all()


def test_tensors_by_their_shapes_where_the_names_differ(author):
    done = imported(author, tagger(("input_1", "input_2")))
    assert "by their shapes" in done.because[0]


def test_a_normalisation_that_is_missing_or_of_other_features(author):
    arrays = dict(np.load(author / "events.npz"))
    arrays["constituents"] = arrays["constituents"][::-1]
    np.savez(author / "mixed.npz", **arrays)
    with pytest.raises(NormalisationError, match="does not describe the events"):
        imported(author, test=author / "mixed.npz")
    (author / "scaling.yaml").write_text(SCALING.replace("constituents.c", "constituents.d"))
    with pytest.raises(
        NormalisationError, match=r"scales constituents.a, constituents.b, but not constituents.c"
    ):
        imported(author)
    (author / "scaling.yaml").write_text(SCALING.replace("convention: subtract-divide\n", ""))
    with pytest.raises(NormalisationError, match="does not say what its numbers mean"):
        imported(author)


def test_classes_in_another_order(author):
    text = (
        CARD.replace("name: signal", "name: x")
        .replace("name: background", "name: signal")
        .replace("name: x", "name: background")
    )
    (author / "card.yaml").write_text(text)
    arrays = dict(np.load(author / "events.npz"))
    arrays["label"] = 1 - arrays["label"]
    np.savez(author / "events.npz", **arrays)
    with pytest.raises(
        NormalisationError, match="if the model gives signal, background, in this order"
    ):
        imported(author)


def test_own_truth_needs_events_but_no_labels(author):
    np.savez(author / "events.npz", **events())
    done = imported(author, own_truth=True)
    assert done.card.validation.max < 1e-5
    with pytest.raises(ImportingError, match=r"has neither `label` nor signal, background"):
        imported(author)


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"label": None}, "neither `label`"),
        ({"mask": None}, "lacks the arrays mask"),
        ({"mask": np.ones((2000, 5), bool)}, r"mask of .* has shape \[2000, 5\]"),
        ({"label": np.full(2000, 7)}, "whole numbers from 0 to 1"),
        ({"label": np.zeros(10, int)}, "different numbers of events"),
        ({"constituents": np.full((2000, 6, 3), np.nan)}, "expected finite numbers"),
        ({"label": np.array([{}] * 2000)}, "cannot read the events"),
    ],
)
def test_events_that_do_not_do(author, change, finding):
    arrays = {**np.load(author / "events.npz"), **change}
    np.savez(author / "events.npz", **{k: v for k, v in arrays.items() if v is not None})
    with pytest.raises(ImportingError, match=finding):
        imported(author)


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("N, 6", "N, P", r"shape \['N', 'P', 3\] in the card, but \['N', 6, 3\] in the model"),
        ("low: -40, high: 60", "", "NOTHING"),
        (
            "outputs:",
            "  - {name: mu, meaning: mu, unit: '1', low: 0, high: 1}\noutputs:",
            "mixes tensors with the plain inputs mu",
        ),
    ],
)
def test_cards_that_do_not_fit(author, old, new, finding):
    text = CARD.replace(old, new)
    if finding == "NOTHING":
        text = CARD.replace(", low: -40, high: 60", "").replace(", low: -4, high: 4", "")
        finding = "no input of the card has ranges"
    (author / "card.yaml").write_text(text)
    with pytest.raises(ImportingError, match=finding):
        imported(author)


def test_ranges_of_a_tensor():
    from lhnets.format import Feature, Input

    features = (
        Feature(name="a", meaning="a", unit="1", low=0.0, high=1.0),
        Feature(name="b", meaning="b", unit="1"),
    )
    low, high = find_ranges(
        Input(name="x", meaning="x", unit="1", shape=("N", 2), features=features)
    )
    assert (low.tolist(), high.tolist()) == ([0, -np.inf], [1, np.inf])
    assert find_ranges(Input(name="x", meaning="x", unit="1", shape=("N", 2))) is None


def turned_tagger():
    """The tagger with features along the second axis, a mask (N, 1, P), and a second output."""
    made = tagger()
    inputs = [
        helper.make_tensor_value_info("constituents", TensorProto.FLOAT, ["batch", 3, 6]),
        helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["batch", 1, 6]),
    ]
    nodes = [
        helper.make_node("Transpose", ["constituents"], ["rows"], perm=[0, 2, 1]),
        helper.make_node("Squeeze", ["mask", "one"], ["flat"]),
        helper.make_node("Neg", ["s"], ["mass"]),
    ]
    graph = made.graph
    old = list(graph.node)
    for node in old:
        for k, name in enumerate(node.input):
            node.input[k] = {"constituents": "rows", "mask": "flat"}.get(name, name)
    del graph.node[:], graph.input[:]
    graph.node.extend([*nodes[:2], *old, nodes[2]])
    graph.input.extend(inputs)
    graph.initializer.append(numpy_helper.from_array(np.array([1]), "one"))
    graph.output.append(helper.make_tensor_value_info("mass", TensorProto.FLOAT, ["batch", 1]))
    return made


@pytest.mark.parametrize("author_turns", [False, True])
def test_axes_and_outputs_are_those_of_the_card(author, author_turns):
    if author_turns:
        card = CARD.replace("shape: [N, 6, 3]", "shape: [N, 3, 6]")
        (author / "card.yaml").write_text(card.replace("shape: [N, 6]", "shape: [N, 1, 6]"))
        given = dict(np.load(author / "events.npz"))
        given["constituents"] = given["constituents"].transpose(0, 2, 1)
        given["mask"] = given["mask"][:, None]
        np.savez(author / "events.npz", **given)
    done = imported(author, turned_tagger())
    assert [i.shape for i in done.card.inputs] == [("N", 6, 3), ("N", 6)]
    assert "outputs left out, which the card does not have: mass" in done.because
    assert any("turned constituents as ['N', 3, 6], mask as ['N', 1, 6]" in b for b in done.because)
    arrays = events(50, seed=7)
    found = ml.load(str(done.path)).predict(arrays)
    np.testing.assert_allclose(found.value[:, 0], probability(arrays), rtol=1e-5)


def test_a_column_is_left_out_by_name(author):
    (author / "card.yaml").write_text(
        CARD.replace('  - {name: background, meaning: probability of background, unit: "1"}\n', "")
    )
    (author / "scaling.yaml").write_text(
        SCALING + "outputs:\n  - {name: signal}\n  - {name: background, drop: true}\n"
    )
    given = dict(np.load(author / "events.npz"))
    np.savez(author / "events.npz", **given | {"label": 1 - given["label"]})
    done = imported(author)
    assert [o.name for o in done.card.outputs] == ["signal"]
    arrays = events(50, seed=7)
    found = ml.load(str(done.path)).predict(arrays)
    np.testing.assert_allclose(np.ravel(found.value), probability(arrays), rtol=1e-5)


def test_what_stands_behind_the_mask_is_the_padding(author):
    done = imported(author)
    arrays = events(50, seed=7)
    network = ml.load(str(done.path))
    plain = network.predict(arrays).value
    hidden = np.where(arrays["mask"][..., None], arrays["constituents"], np.float32(50))
    np.testing.assert_array_equal(network.predict(arrays | {"constituents": hidden}).value, plain)


MASSES = """name: toy-masses
version: 1
kind: event_variable
title: Masses of pairs
description: The mass of two particles, of which single precision keeps few digits.
subject: pairs
inputs:
  - name: momenta
    meaning: four-momenta
    unit: GeV
    shape: [N, 2, 4]
    dtype: float32
    features:
      - {name: E, meaning: energy, unit: GeV, low: 0, high: 2000}
      - {name: px, meaning: momentum along x, unit: GeV, low: -1000, high: 1000}
      - {name: py, meaning: momentum along y, unit: GeV, low: -1000, high: 1000}
      - {name: pz, meaning: momentum along z, unit: GeV, low: -1000, high: 1000}
outputs:
  - {name: mass, meaning: mass of both, unit: GeV}
truth: {program: a formula, version: "1"}
training: {method: none, framework: numpy, framework_version: "2"}
authors: [{name: A. Physicist}]
licence: CC-BY-4.0
"""


def masses(arrays, dtype=np.float32, wrong=0.0):
    """Of the sum of the momenta, square by square; ``wrong`` by a share at few events."""
    energy, *momentum = (arrays["momenta"].astype(dtype).sum(axis=1) ** 2).T
    mass = np.sqrt(np.abs(energy - momentum[0] - momentum[1] - momentum[2]))
    high = energy > np.float32(3900.0**2)
    return {"mass": (mass * np.where(high, dtype(1 + wrong), dtype(1)))[:, None]}


def mass_graph():
    """The same from (E - p_z) (E + p_z)."""
    nodes = [
        helper.make_node("ReduceSum", ["momenta", "middle"], ["p"], keepdims=0),
        helper.make_node("Split", ["p"], ["E", "x", "y", "z"], axis=1, num_outputs=4),
        helper.make_node("Sub", ["E", "z"], ["less"]),
        helper.make_node("Add", ["E", "z"], ["more"]),
        helper.make_node("Mul", ["less", "more"], ["along"]),
        helper.make_node("Mul", ["x", "x"], ["xx"]),
        helper.make_node("Mul", ["y", "y"], ["yy"]),
        helper.make_node("Add", ["xx", "yy"], ["across"]),
        helper.make_node("Sub", ["along", "across"], ["square"]),
        helper.make_node("Abs", ["square"], ["positive"]),
        helper.make_node("Sqrt", ["positive"], ["mass"]),
    ]
    graph = helper.make_graph(
        nodes,
        "masses",
        [helper.make_tensor_value_info("momenta", TensorProto.FLOAT, ["N", 2, 4])],
        [helper.make_tensor_value_info("mass", TensorProto.FLOAT, ["N", 1])],
        [numpy_helper.from_array(np.array([1]), "middle")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


@pytest.fixture
def import_masses(tmp_path):
    momentum = np.random.default_rng(3).normal(0, 200, (1000, 2, 3)).clip(-1000, 1000)
    momentum[::2, 1] = 0.5 * momentum[::2, 0] + np.random.default_rng(4).normal(size=(500, 3))
    energy = np.linalg.norm(momentum, axis=-1, keepdims=True)
    momenta = np.concatenate([energy, momentum], axis=-1).astype(np.float32)
    np.savez(tmp_path / "events.npz", momenta=momenta)
    (tmp_path / "card.yaml").write_text(MASSES)

    def imported(wrong=0.0, exact=lambda arrays: masses(arrays, np.float64)):
        graph = mass_graph()
        source = ConvertedModel(
            model=graph,
            predict=lambda arrays: masses(arrays, wrong=wrong),
            exact=exact,
            inputs=tensors(graph.graph.input),
            outputs=tensors(graph.graph.output),
            framework="torch",
            version="2",
            method="a formula",
        )
        return import_model(
            source,
            tmp_path / "card.yaml",
            test=tmp_path / "events.npz",
            own_truth=True,
            output=tmp_path / "masses.onnx",
        )

    return imported


def test_a_file_may_differ_by_the_rounding_of_the_original(import_masses):
    assert import_masses().card.parity.max_relative > 2e-5


def test_a_wrong_constant_at_few_events_is_no_rounding(import_masses):
    wrong = 1e-4
    with pytest.raises(ParityError, match=r"value of the file differs .* 3 times the rounding"):
        import_masses(wrong, lambda arrays: masses(arrays, np.float64, wrong))


def test_without_double_precision_the_limit_is_flat(import_masses):
    with pytest.raises(ParityError, match=r"expected at most 1.0e-05: .* import it in float64"):
        import_masses(exact=None)
