"""The same jets in every form that people have give the same arrays, or a `ParameterError`."""

import msgspec
import numpy as np
import pytest

from lhnets import ParameterError
from lhnets._asking.events import to_events

NAMES = ("E", "px", "py", "pz")


@pytest.fixture
def card(make_event_card):
    card = make_event_card()
    inputs = tuple(i for i in card.inputs if i.name in ("constituents", "mask"))
    return msgspec.structs.replace(card, inputs=inputs)


@pytest.fixture
def jets(make_events):
    found = [j.astype(np.float64) for j in make_events(4)]
    for j in found:
        j[:, 0] = np.hypot(np.linalg.norm(j[:, 1:], axis=1), 0.14)
    return [*found, np.zeros((0, 4))]


def cylindrical(jet):
    e, px, py, pz = jet.T
    pt = np.hypot(px, py)
    mass = np.sqrt(np.maximum(e**2 - px**2 - py**2 - pz**2, 0))
    return {"pt": pt, "eta": np.arcsinh(pz / pt), "phi": np.arctan2(py, px), "mass": mass}


def forms_of_awkward(jets):
    ak = pytest.importorskip("awkward")
    lengths = [len(j) for j in jets]

    def jagged(columns):
        return ak.zip({k: ak.unflatten(np.concatenate(c), lengths) for k, c in columns.items()})

    plain = jagged({n: [j[:, k] for j in jets] for k, n in enumerate(NAMES)})
    turned = {k: [cylindrical(j)[k] for j in jets] for k in ("pt", "eta", "phi", "mass")}
    yield "records", plain
    yield "records in another order", plain[["pz", "px", "E", "py"]]
    yield "pt, eta, phi, mass", jagged(turned)
    yield "Momentum4D", ak.with_name(jagged({**turned, "charge": turned["pt"]}), "Momentum4D")
    yield "a record of lists", ak.Array([{n: j[:, k] for k, n in enumerate(NAMES)} for j in jets])
    yield "numbers", ak.unflatten(np.concatenate(jets), lengths)
    yield "a mapping of columns", {n: plain[n] for n in reversed(NAMES)}
    yield "a list of records", [plain[k] for k in range(len(jets))]


def forms_of_vector(jets):
    vector = pytest.importorskip("vector")
    yield "vector.array", [vector.array({n: j[:, k] for k, n in enumerate(NAMES)}) for j in jets]
    yield "vector.array in pt, eta, phi, mass", [vector.array(cylindrical(j)) for j in jets]
    yield (
        "vector.obj",
        [[vector.obj(**dict(zip(NAMES, p, strict=True))) for p in j.tolist()] for j in jets],
    )


def forms_of_others(jets):
    structured = [np.zeros(len(j), dtype=[(n, float) for n in reversed(NAMES)]) for j in jets]
    for target, jet in zip(structured, jets, strict=True):
        for k, name in enumerate(NAMES):
            target[name] = jet[:, k]
    yield "structured arrays", structured
    yield "mappings", [{n: j[:, k] for k, n in enumerate(NAMES)} for j in jets]
    yield "lists", [j.tolist() for j in jets]
    longest = max(map(len, jets))
    dense = np.zeros((len(jets), longest, 4))
    for row, jet in zip(dense, jets, strict=True):
        row[: len(jet)] = jet
    yield "a dense array", dense
    yield "a masked array", np.ma.masked_where(dense == 0, dense, copy=True)


def forms_of_fastjet(jets):
    fastjet = pytest.importorskip("fastjet")
    yield "PseudoJets", [[fastjet.PseudoJet(*map(float, p[[1, 2, 3, 0]])) for p in j] for j in jets]


def forms_of_torch(jets):
    torch = pytest.importorskip("torch")
    yield "a list of tensors", [torch.tensor(j, requires_grad=True) for j in jets]


@pytest.mark.parametrize(
    "forms", [forms_of_awkward, forms_of_vector, forms_of_others, forms_of_fastjet, forms_of_torch]
)
def test_every_form_gives_the_same_arrays(card, jets, forms):
    expected = to_events({"constituents": jets}, card).arrays
    for form, given in forms(jets):
        for inputs in ({"constituents": given}, given):
            found = to_events(inputs, card)
            assert (found.total, found.single) == (len(jets), False), form
            assert set(found.arrays) == set(expected)
            np.testing.assert_array_equal(found.arrays["mask"], expected["mask"], err_msg=form)
            np.testing.assert_allclose(
                found.arrays["constituents"], expected["constituents"], 1e-5, 1e-4, err_msg=form
            )


@pytest.mark.parametrize(
    "forms", [forms_of_awkward, forms_of_vector, forms_of_others, forms_of_fastjet, forms_of_torch]
)
def test_one_event_of_every_form_is_one_event(card, jets, forms):
    expected = to_events({"constituents": jets[0]}, card).arrays["constituents"]
    for form, given in forms(jets):
        single = {k: v[0] for k, v in given.items()} if isinstance(given, dict) else given[0]
        found = to_events(single, card)
        assert found.single, form
        entries = found.arrays["constituents"][found.arrays["mask"]]
        np.testing.assert_allclose(entries, expected[0], 1e-5, 1e-4, err_msg=form)


def test_clustered_pseudojets_are_jets(card, jets):
    fastjet = pytest.importorskip("fastjet")
    particles = [fastjet.PseudoJet(*map(float, p[[1, 2, 3, 0]])) for p in jets[0]]
    sequence = fastjet.ClusterSequence(
        particles, fastjet.JetDefinition(fastjet.antikt_algorithm, 1.5)
    )
    found = sequence.inclusive_jets()
    events = to_events(list(found), card)
    assert (events.total, events.single) == (len(found), False)
    assert events.arrays["mask"].sum() == len(jets[0])
    assert to_events(found[0], card).single


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"px": [1.0], "py": [1.0], "pz": [1.0]}, r"E \(energy\).*does not follow.*px, py, pz"),
        ({"pt": [1.0], "PT": [1.0], "phi": [0.0]}, "two columns that are the pt: 'pt' and 'PT'"),
        ({"E": ["a"], "px": [1.0], "py": [1.0], "pz": [1.0]}, "must hold numbers"),
        ({"E": [5.0], "px": [1.0, 2.0], "py": [1.0], "pz": [1.0]}, "cannot be read from"),
        ({"x": [1.0], "y": [1.0], "px": [1.0]}, "does not follow"),
    ],
)
def test_columns_that_do_not_do_are_named(card, columns, message):
    given = {k: np.array(v) for k, v in columns.items()}
    with pytest.raises(ParameterError, match=message):
        to_events({"constituents": given}, card)


def test_positions_are_not_momenta(card):
    given = {n: np.ones(3) for n in ("x", "y", "z", "t", "px", "py", "pz", "mass")}
    found = to_events(given, card).arrays["constituents"]
    np.testing.assert_allclose(found[0, :, 0], 2.0)


def test_jagged_columns_of_other_lengths_are_refused(card):
    ak = pytest.importorskip("awkward")
    columns = {n: ak.Array([[1.0], [1.0, 2.0]]) for n in NAMES}
    columns["E"] = ak.Array([[1.0, 2.0], [1.0]])
    with pytest.raises(ParameterError, match="do not belong together"):
        to_events(columns, card)
    with pytest.raises(ParameterError, match="cannot be read from awkward"):
        to_events(ak.Array([[dict.fromkeys(NAMES)]]), card)


def test_numbers_that_are_masked_one_by_one_are_refused(card):
    given = np.ma.masked_array(np.ones((1, 2, 4)), mask=False)
    given[0, 0, 1] = np.ma.masked
    with pytest.raises(ParameterError, match="masked one by one"):
        to_events({"constituents": given}, card)


def test_features_that_may_be_relative_are_not_computed(card):
    features = tuple(
        msgspec.structs.replace(f, name=n, unit="1")
        for f, n in zip(card.inputs[0].features, ("pt", "eta", "phi", "mass"), strict=True)
    )
    inputs = (msgspec.structs.replace(card.inputs[0], features=features), card.inputs[1])
    relative = msgspec.structs.replace(card, inputs=inputs)
    with pytest.raises(ParameterError, match=r"pt .* does not follow"):
        to_events({n: np.ones(3) for n in NAMES}, relative)
    stated = tuple(msgspec.structs.replace(f, quantity=f.name) for f in features)
    inputs = (msgspec.structs.replace(card.inputs[0], features=stated), card.inputs[1])
    absolute = msgspec.structs.replace(card, inputs=inputs)
    found = to_events({n: np.full(3, 2.0 if n == "E" else 1.0) for n in NAMES}, absolute)
    np.testing.assert_allclose(
        found.arrays["constituents"][0, 0], [2**0.5, np.arcsinh(0.5**0.5), np.pi / 4, 1], 1e-6
    )
