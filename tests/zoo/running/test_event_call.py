import warnings

import msgspec
import numpy as np
import pytest

import lhnets as ml
from lhnets._fetching.cache import Cache
from lhnets._finding import zoo as _zoo
from lhnets._running.generating import noise
from lhnets.format import AnomalyValidation, Card, Figure, Lock, VariableValidation


def truth(jets, leptons, mu=1.0):
    """What tagger.onnx computes, event by event, from the entries alone."""
    s = np.array([np.hypot(j[:, 1], j[:, 2]).sum(dtype=np.float64) for j in jets])
    logit = (s - 500) / 100 * mu + np.sum(leptons, axis=(1, 2))
    return 1 / (1 + np.exp(-logit))


@pytest.fixture
def jets(make_events):
    return make_events(40)


@pytest.fixture
def leptons():
    return np.random.default_rng(5).normal(size=(40, 2, 3)).astype(np.float32)


def test_classify_by_subject_and_by_name(event_zoo, jets, leptons):
    inputs = {"constituents": jets, "leptons": leptons}
    found = ml.Classify("signal | background", inputs)
    assert isinstance(found, ml.ClassPrediction)
    np.testing.assert_allclose(found.value[:, 0], truth(jets, leptons), rtol=1e-5)
    np.testing.assert_allclose(found.value.sum(axis=1), 1.0)
    for question in ("tagger", "tagger@1"):
        np.testing.assert_array_equal(ml.Classify(question, inputs).value, found.value)
    np.testing.assert_array_equal(
        ml.Classify("signal | background", inputs, network="tagger").value, found.value
    )
    assert (found.names, found.unit, found.network) == (("signal", "background"), "1", "tagger@1")
    assert (found.uncertainty == 0.01).all()
    assert (found.reach < 1).all()


def test_classes_go_by_name_and_events_by_number(event_zoo, jets, leptons):
    found = ml.Classify("tagger", {"constituents": jets, "leptons": leptons})
    signal = found["signal"]
    np.testing.assert_array_equal(signal.value, found.value[:, 0])
    low, high = signal.interval(0.95)
    np.testing.assert_allclose(high - low, 2 * 2.2 * 0.01)
    assert found.interval(0.95)[0].shape == (40, 2)
    assert len(found[3:7]) == 4
    np.testing.assert_array_equal(
        found[signal.value > 0.5].value, found.value[found.value[:, 0] > 0.5]
    )
    assert (found.likeliest == np.where(found.value[:, 0] > 0.5, "signal", "background")).all()
    with pytest.raises(KeyError, match="it has signal, background"):
        found["top"]
    assert "40 events, each signal, background [tagger@1]" in repr(found)
    assert "<th>signal</th>" in found._repr_html_()


def test_one_event_gives_its_probabilities(event_zoo, jets, leptons):
    found = ml.Classify(
        "tagger", {"constituents": jets[0], "leptons": leptons[0], "mask": np.ones(len(jets[0]))}
    )
    assert found.value.shape == (2,)
    assert isinstance(found["signal"].value, float)
    assert found["signal"].value == pytest.approx(truth(jets[:1], leptons[:1])[0], rel=1e-5)
    assert found.likeliest in ("signal", "background")
    assert isinstance(found.reach, float)
    assert str(found).startswith("signal 0.")
    with pytest.raises(TypeError, match="no length"):
        len(found)
    with pytest.raises(TypeError, match="no items but its outputs"):
        found[0]


def test_padding_and_order_do_not_matter(event_zoo, jets, leptons):
    few = ml.Classify("tagger", {"constituents": jets, "leptons": leptons})
    wide = np.full((40, 50, 4), 7.0)
    mask = np.zeros((40, 50), dtype=bool)
    for row, kept, jet in zip(wide, mask, jets, strict=True):
        row[: len(jet)] = jet[::-1]
        kept[: len(jet)] = True
    many = ml.Classify("tagger", {"constituents": wide, "mask": mask, "leptons": leptons})
    np.testing.assert_allclose(many.value, few.value, rtol=1e-5)


def test_events_outside_the_region(event_zoo, jets, leptons):
    jets[4][0, 1] = 3000.0
    inputs = {"constituents": jets, "leptons": leptons}
    match = (
        r"1 of 40 events.*the first of them event 4 \(reach 3.*constituents.px = 3000 lies "
        r"outside \[-1000, 1000\]"
    )
    with pytest.raises(ml.OutsideRegionError, match=match):
        ml.Classify("tagger", inputs, outside="raise")
    with pytest.warns(ml.OutsideRegionWarning, match=match):
        ml.Classify("tagger", inputs, outside="warn")
    kept = ml.Classify("tagger", inputs, outside="nan")
    assert np.isnan(kept.value[4]).all()
    assert np.isnan(kept.uncertainty[4]).all()
    assert np.isfinite(np.delete(kept.value, 4, axis=0)).all()
    with pytest.warns(ml.OutsideRegionWarning, match=match + ".*Their values are NaN") as given:
        blanked = ml.Classify("tagger", inputs)
    assert len(given) == 1
    assert given[0].filename == __file__
    np.testing.assert_array_equal(blanked.value, kept.value)
    with pytest.raises(ml.ParameterError, match="outside must be"):
        ml.Classify("tagger", inputs, outside="clip")


@pytest.mark.filterwarnings("ignore::lhnets.OutsideRegionWarning")
def test_jets_without_the_name_of_the_input():
    z = np.random.default_rng(3).normal(0, 20, (6, 30, 3))
    jets = np.concatenate([np.linalg.norm(z, axis=-1, keepdims=True), z], axis=-1)
    columns = [{n: j[:, k] for k, n in enumerate(("E", "px", "py", "pz"))} for j in jets]
    expected = ml.Classify("classifier-top-qcd", {"constituents": jets}, outside="warn").value
    for given in (jets, list(jets), columns):
        found = ml.Classify("classifier-top-qcd", given, outside="warn").value
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    one = ml.load("classifier-top-qcd")(columns[0], outside="warn")
    np.testing.assert_allclose(one.value, expected[0], rtol=1e-5)


def test_questions_that_nothing_answers(event_zoo, jets):
    with pytest.raises(
        ml.NetworkNotFoundError,
        match=r"no network gives the classifier of 'signal \| b'; the nearest",
    ):
        ml.Classify("signal | b", {"constituents": jets})
    with pytest.raises(ml.NetworkNotFoundError, match="does not compute the classifier"):
        ml.Classify("cs-exponential", {"m_a": 1.0})
    with pytest.raises(
        ml.ParameterError, match=r"'images' is none of them.*tagger@1 takes constituents"
    ):
        ml.Classify("signal | background", {"images": jets})
    with pytest.raises(ml.ParameterError, match="energy= and order= select nothing"):
        ml.load("tagger")({"constituents": jets}, energy="13 TeV")


def test_a_loaded_network_takes_the_same_inputs(event_zoo, jets, leptons):
    net = ml.load("tagger")
    inputs = {"constituents": jets, "leptons": leptons, "mu": 2.0}
    np.testing.assert_allclose(net(inputs)["signal"].value, truth(jets, leptons, 2.0), rtol=1e-4)
    np.testing.assert_array_equal(net(inputs, output="background").value, net(inputs).value[:, 1])
    empty = net({"constituents": [], "leptons": np.zeros((0, 2, 3))})
    assert empty.value.shape == (0, 2)


def test_many_events_are_evaluated_in_parts(event_zoo, make_events):
    jets = make_events(5000)
    leptons = np.zeros((5000, 2, 3))
    found = ml.Classify("tagger", {"constituents": jets, "leptons": leptons})
    np.testing.assert_allclose(found.value[:, 0], truth(jets, leptons), rtol=1e-4)


@pytest.mark.parametrize(
    ("function", "kind"), [(ml.AnomalyScore, "anomaly_score"), (ml.EventVariable, "event_variable")]
)
def test_scores_and_variables_have_one_value_an_event(
    function, kind, make_event_card, make_mirror, make_network, tmp_path, monkeypatch, jets, leptons
):
    figure = Figure(value=2.5, error=0.1)
    validation = (
        AnomalyValidation(rows=20, significance_improvement=figure)
        if kind == "anomaly_score"
        else VariableValidation(rows=20, information_ratio=figure)
    )
    card = make_event_card(name="score", kind=kind, subject="odd events", validation=validation)
    zoo = _zoo.Zoo([str(make_mirror(tmp_path / "m", make_network(card)))], Cache(tmp_path / "c"))
    monkeypatch.setattr(_zoo, "default", lambda: zoo)
    found = function("odd events", {"constituents": jets, "leptons": leptons})
    assert type(found) is ml.Prediction
    np.testing.assert_allclose(found.value, truth(jets, leptons), rtol=1e-5)
    assert isinstance(
        function("score", {"constituents": jets[0].tolist(), "leptons": leptons[0]}).value, float
    )


def test_a_generator_follows_its_seed(event_zoo):
    toys = ml.Generate("toys", 1000, {"m": 50.0}, seed=7)
    assert (toys.value.shape, toys.names) == ((1000, 2), ("x", "y"))
    z = noise(toys.card, 1000, 7)["z"]
    assert z.dtype == np.float32
    np.testing.assert_allclose(
        toys["x"].value, 50 * (1 + 0.1 * z[:, 0] + 0.05 * z[:, 2]), rtol=1e-5
    )
    np.testing.assert_array_equal(
        ml.Generate("toy-generator", 1000, {"m": 50.0}, seed=7).value, toys.value
    )
    np.testing.assert_array_equal(
        ml.Generate("toys", 10, {"m": 50.0}, seed=7).value, toys.value[:10]
    )
    assert not np.array_equal(ml.Generate("toys", 1000, {"m": 50.0}, seed=8).value, toys.value)
    each = ml.Generate("toys", 2, {"m": np.array([20.0, 80.0])}, seed=7)
    np.testing.assert_allclose(each.value / np.array([[20.0], [80.0]]), toys.value[:2] / 50)
    assert ml.Generate("toys", 0, {"m": 50.0}).value.shape == (0, 2)


def test_a_seed_gives_the_numbers_it_always_gave(event_zoo):
    """numpy's PCG64, a stream for each tensor: papers state seeds, so these numbers never
    change."""
    card = ml.load("toy-generator").card
    normal = [[-0.63006792, 1.46508463, -0.43929263], [2.13635728, 0.93346204, 0.67519285]]
    np.testing.assert_allclose(noise(card, 2, 7)["z"], normal, rtol=1e-6)
    z = next(i for i in card.inputs if i.name == "z")
    second = msgspec.structs.replace(z, name="u", noise="uniform", dtype="float64")
    both = msgspec.structs.replace(card, inputs=(*card.inputs, second))
    drawn = noise(both, 2, 7)
    np.testing.assert_allclose(drawn["z"], normal, rtol=1e-6)
    uniform = [[0.48058201, 0.05954181, 0.22268894], [0.133541, 0.09448578, 0.37874456]]
    np.testing.assert_allclose(drawn["u"], uniform, rtol=1e-6)


def test_what_a_generator_refuses(event_zoo):
    with pytest.raises(ml.ParameterError, match="'M' is none of them, did you mean 'm'"):
        ml.Generate("toys", 10, {"M": 50.0})
    with pytest.raises(ml.ParameterError, match=r"how many events .*, got -1"):
        ml.Generate("toys", -1, {"m": 50.0})
    with pytest.raises(ml.OutsideRegionError, match=r"m = 500 lies outside \[10, 100\]"):
        ml.Generate("toys", 1, {"m": 500.0}, seed=1)
    with pytest.raises(ml.ParameterError, match="has no input 'z'"):
        ml.Generate("toy-generator", 1, {"m": 50.0, "z": np.zeros((1, 3))})


def test_search_cite_verify_lock_and_cache_know_event_networks(event_zoo, jets, leptons, tmp_path):
    assert [e.name for e in ml.search(kind="classifier")] == ["tagger"]
    assert ml.search(text="constituents")[0].inputs[0].tensor
    net = ml.load("tagger")
    report = net.verify()
    assert report.passed
    assert [f.name for f in report.findings][1:] == [
        "reference value",
        "reference uncertainty",
        "reference reach",
    ]
    assert "lhnets:tagger-v1" in ml.cite()
    pinned = Lock.read(ml.lock(tmp_path / "lhnets.lock", networks=["tagger"]))
    assert [p.sha256 for p in pinned.networks] == [net.file.sha256]
    again = _zoo.Zoo(
        [m.location for m in event_zoo.mirrors], Cache(tmp_path / "cache"), tmp_path / "lhnets.lock"
    )
    assert again.load("tagger").file.content == net.file.content
    with pytest.raises(ml.NetworkNotFoundError, match="pins takes part"):
        again.load("toy-generator")


def test_the_file_alone_suffices(tagger_file, tmp_path, jets, leptons):
    path = tmp_path / "mine.onnx"
    path.write_bytes(tagger_file)
    net = ml.load(str(path))
    assert isinstance(net.card, Card)
    assert net.path == path
    np.testing.assert_allclose(
        net({"constituents": jets, "leptons": leptons})["signal"].value,
        truth(jets, leptons),
        rtol=1e-5,
    )
    tampered = bytearray(tagger_file)
    tampered[tampered.index(b"tagger")] ^= 1
    path.write_bytes(bytes(tampered))
    with pytest.raises(ml.Error), warnings.catch_warnings():
        ml.load(str(path))
