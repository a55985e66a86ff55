import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets import ParameterError
from lhnets._asking.event_ranges import outside_ranges
from lhnets._asking.events import to_events

LEPTONS = np.zeros((3, 2, 3))


@pytest.fixture
def card(make_event_card):
    return make_event_card()


@pytest.fixture
def jets(make_events):
    return make_events(3)


def change(card, name, **fields):
    inputs = tuple(
        msgspec.structs.replace(i, **fields) if i.name == name else i for i in card.inputs
    )
    return msgspec.structs.replace(card, inputs=inputs)


def test_lists_of_events_are_padded_and_masked(card, jets):
    arrays, total, single = to_events({"constituents": jets, "leptons": LEPTONS}, card)
    longest = max(map(len, jets))
    assert (total, single) == (3, False)
    assert arrays["constituents"].shape == (3, longest, 4)
    assert arrays["constituents"].dtype == np.float32
    assert arrays["mask"].dtype == np.bool_
    assert arrays["mask"].sum(axis=1).tolist() == [len(j) for j in jets]
    for row, jet in zip(arrays["constituents"], jets, strict=True):
        np.testing.assert_array_equal(row[: len(jet)], jet)
        assert not row[len(jet) :].any()
    np.testing.assert_array_equal(arrays["parameters"], np.ones((3, 1)))


@given(
    lengths=st.lists(st.integers(0, 6), min_size=1, max_size=5),
    marks=st.sampled_from(["entries", "padding"]),
)
def test_a_mask_says_where_the_entries_are(make_event_card, lengths, marks):
    card = change(make_event_card(), "mask", mask_marks=marks, dtype="int64")
    events = [np.ones((n, 4)) for n in lengths]
    arrays = to_events(
        {"constituents": events, "leptons": np.zeros((len(lengths), 2, 3))}, card
    ).arrays
    entries = arrays["mask"] if marks == "entries" else 1 - arrays["mask"]
    assert entries.sum(axis=1).tolist() == lengths
    np.testing.assert_array_equal(arrays["constituents"][..., 0], entries)


def test_arrays_are_taken_as_they_are(card):
    given_ = {
        "constituents": np.ones((3, 5, 4)),
        "mask": np.ones((3, 5)),
        "leptons": LEPTONS,
        "mu": np.array([0.5, 1.0, 2.0]),
    }
    arrays = to_events(given_, card).arrays
    assert {k: (v.shape, str(v.dtype)) for k, v in arrays.items()} == {
        "constituents": ((3, 5, 4), "float32"),
        "mask": ((3, 5), "bool"),
        "leptons": ((3, 2, 3), "float32"),
        "parameters": ((3, 1), "float64"),
    }
    np.testing.assert_array_equal(arrays["parameters"][:, 0], given_["mu"])


def test_one_event_needs_no_first_axis(card, jets):
    from_array = to_events(
        {"constituents": jets[0], "mask": [True] * len(jets[0]), "leptons": LEPTONS[0]}, card
    )
    from_list = to_events(
        {"constituents": jets[0].tolist(), "leptons": LEPTONS[0].tolist(), "mu": 1}, card
    )
    assert from_array.single
    assert from_list.single
    for name, array in from_array.arrays.items():
        np.testing.assert_array_equal(array, from_list.arrays[name])


def test_a_fixed_axis_is_filled_up(card, jets):
    arrays = to_events(
        {"constituents": jets, "leptons": [np.ones((n, 3)) for n in (0, 1, 2)]}, card
    ).arrays
    assert arrays["leptons"].sum(axis=(1, 2)).tolist() == [0, 3, 6]
    shorter = to_events({"constituents": jets, "leptons": np.ones((3, 1, 3))}, card).arrays
    assert shorter["leptons"].sum(axis=(1, 2)).tolist() == [3, 3, 3]


def test_no_events_are_no_error(card):
    assert to_events({"constituents": [], "leptons": np.zeros((0, 2, 3))}, card).total == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"constituens": 1},
            r"'constituens' \(did you mean 'constituents'\?\).*constituents \(N, P, 4\) float32",
        ),
        ({"leptons": None}, r"misses leptons \(two leptons, 1\)"),
        ({"constituents": np.ones((3, 5, 3))}, r"shape \(3, 5, 3\), expected \(N, P, 4\)"),
        ({"constituents": [np.ones((2, 3))] * 3}, r"event 0 .*shape \(2, 3\), expected \(P, 4\)"),
        (
            {"constituents": [[[1.0] * 4], [[1.0] * 4, [1.0] * 3], []]},
            "event 1 .* not a regular array",
        ),
        (
            {"constituents": "jets.h5"},
            r"an array of shape \(N, P, 4\) or a list of events, got str",
        ),
        ({"constituents": np.array([["a"]])}, "must hold numbers"),
        (
            {"constituents": np.full((3, 5, 4), np.nan), "mask": np.ones((3, 5))},
            r"nan in event 0, entry \(0, 0\)",
        ),
        (
            {"constituents": np.full((3, 5, 4), 1e39), "mask": np.ones((3, 5))},
            "which float32 cannot hold",
        ),
        ({"mask": np.full((3, 5), 0.5)}, r"0\.5 at \(0, 0\), which bool cannot hold"),
        (
            {"mask": np.ones((3, 4)), "constituents": np.ones((3, 5, 4))},
            "axis P .* constituents 5, mask 4",
        ),
        ({"leptons": np.zeros((2, 2, 3))}, "numbers of events: constituents 3, leptons 2"),
        ({"leptons": np.zeros((3, 3, 3))}, r"shape \(3, 3, 3\), expected \(N, 2, 3\)"),
        (
            {"leptons": [np.ones((n, 3)) for n in (0, 3, 1)]},
            "has 3 entries in event 1, it takes at most 2",
        ),
        ({"mu": np.ones(2)}, "numbers of events"),
        ({"mu": "strong"}, "mu of .* must be a number"),
        ({"mu": np.ones((3, 1))}, r"mu of .* has shape \(3, 1\)"),
    ],
)
def test_what_does_not_fit_is_named(card, jets, changes, message):
    inputs = {"constituents": jets, "leptons": LEPTONS, **changes}
    with pytest.raises(ParameterError, match=message):
        to_events({k: v for k, v in inputs.items() if v is not None}, card)


def test_nothing_is_padded_but_as_the_card_says(card, jets):
    with pytest.raises(ParameterError, match="declares no padding"):
        to_events(
            {"constituents": jets, "leptons": LEPTONS}, change(card, "constituents", padding=None)
        )


def test_a_mask_is_not_guessed_from_numbers_that_may_be_zero(card):
    bare = change(card, "constituents", features=())
    with pytest.raises(ParameterError, match=r"misses mask.*or give constituents as a list"):
        to_events({"constituents": np.ones((3, 5, 4)), "leptons": LEPTONS}, bare)


def test_entries_without_energy_and_momentum_are_padding(card, jets):
    listed = to_events({"constituents": jets, "leptons": LEPTONS}, card).arrays
    dense = to_events({"constituents": listed["constituents"], "leptons": LEPTONS}, card).arrays
    np.testing.assert_array_equal(dense["mask"], listed["mask"])


def test_tensors_that_share_a_mask_have_the_same_lengths(make_event_card):
    card = change(make_event_card(), "mask", mask_of=("constituents", "leptons"))
    card = change(card, "leptons", shape=("N", "P", 3))
    given_ = {
        "constituents": [np.ones((n, 4)) for n in (1, 2)],
        "leptons": [np.ones((n, 3)) for n in (1, 1)],
    }
    with pytest.raises(
        ParameterError, match="event 1 has 2 entries in constituents and 1 in leptons"
    ):
        to_events(given_, card)


def test_a_mapping_is_expected(card):
    with pytest.raises(ParameterError, match="takes a mapping of arrays by name"):
        to_events(np.ones((3, 4)), card)


def test_the_ranges_that_an_event_leaves_are_named(card, jets):
    jets[1][0, 1] = -2000.0
    events = to_events({"constituents": jets, "leptons": LEPTONS, "mu": 3.0}, card)
    assert outside_ranges(events.arrays, 1, card) == [
        "constituents.px = -2000 lies outside [-1000, 1000]",
        "mu = 3 lies outside [0.5, 2]",
    ]
    assert outside_ranges(events.arrays, 0, card) == ["mu = 3 lies outside [0.5, 2]"]
