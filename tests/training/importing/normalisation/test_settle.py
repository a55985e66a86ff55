"""Each mistake of the wild, found and named; each right normalisation, accepted and proven."""

import json
from dataclasses import replace

import numpy as np
import pytest
import toy_models as toy
from toy_models import HIGH, LOW, NAMES, SIDECAR

from lhnets.format import Input, Output
from lhnets_training.importing.errors import NormalisationError
from lhnets_training.importing.frameworks import onnx as onnx_source
from lhnets_training.importing.normalisation import sidecar
from lhnets_training.importing.normalisation.evidence import TestPoints
from lhnets_training.importing.normalisation.settle import ReadingQuestion, settle

INPUTS = tuple(
    Input(name=n, meaning=n, unit="GeV", low=low, high=high)
    for n, low, high in zip(NAMES, LOW, HIGH, strict=True)
)
OUTPUTS = (Output(name="sigma", unit="pb", meaning="cross section", scale="log"),)
CORE = toy.core()


def table(noise=1e-3, **reading):
    x = toy.points()
    y = toy.truth(CORE, x, **reading) * (1 + noise * np.random.default_rng(3).normal(size=len(x)))
    return TestPoints(x, y[:, None])


def question(text=SIDECAR, *, points=True, model=CORE, convention=None, inputs=INPUTS, **more):
    found = None if text is None else sidecar.parse(text, "norm.json", convention)
    given = (table() if points is True else points) or None
    return ReadingQuestion(
        source=onnx_source.from_object(model, ()),
        inputs=inputs,
        outputs=OUTPUTS,
        sidecar=found,
        points=given,
        **more,
    )


def listed(first="mean", second="std", *, means=toy.MEAN, stds=toy.STD, names=NAMES, **more):
    """A file of three lists, and the outputs undone as `SIDECAR` does."""
    entries = [
        {"name": n, first: float(a), second: float(b)}
        for n, a, b in zip(names, means, stds, strict=True)
    ]
    outputs = [{"name": "sigma", first: toy.OUT_MEAN, second: toy.OUT_STD, "then": "exp"}]
    return json.dumps({"inputs": entries, "outputs": outputs, **more})


def test_a_right_normalisation_is_settled():
    found = settle(question())
    assert found.misfit < 0.01
    assert [c.name for c in found.reading.columns] == list(NAMES)
    assert any("stated" in line for line in found.because)


def test_one_mean_and_std_exchanged():
    means, stds = toy.MEAN.copy(), toy.STD.copy()
    means[1], stds[1] = stds[1], means[1]
    with pytest.raises(
        NormalisationError, match=r"mean and std of width are exchanged \(mean 60, std 20\)"
    ):
        settle(question(listed(means=means, stds=stds, convention="subtract-divide")))


def test_one_mean_and_std_exchanged_without_test_points_contradicts_the_range():
    means, stds = toy.MEAN.copy(), toy.STD.copy()
    means[0], stds[0] = 400.0, 1700.0
    with pytest.raises(
        NormalisationError,
        match=r"m_go: mean 400 and std 1700 .* range \[500, 3000\]: the two are exchanged",
    ):
        settle(question(listed(means=means, stds=stds, convention="subtract-divide"), points=None))


def test_a_wrong_order_of_the_columns():
    text = listed(
        names=("width", "m_go", "ratio"), means=toy.MEAN[[1, 0, 2]], stds=toy.STD[[1, 0, 2]]
    )
    with pytest.raises(
        NormalisationError, match="takes its columns in the order m_go, width, ratio"
    ):
        settle(question(text, convention="subtract-divide"))


def test_a_wrong_order_of_the_card_without_names_in_the_file():
    text = json.dumps(
        {
            "x_mean": toy.MEAN.tolist(),
            "x_std": toy.STD.tolist(),
            "y_mean": -4,
            "y_std": 2.5,
            "convention": "subtract-divide",
        }
    )
    content = json.loads(text)
    content = {
        "convention": "subtract-divide",
        "inputs": {"mean": content["x_mean"], "std": content["x_std"]},
        "outputs": [{"mean": -4, "std": 2.5, "then": "exp"}],
    }
    points = table()
    swapped = replace(points, x=points.x[:, [1, 0, 2]])
    with pytest.raises(
        NormalisationError, match=r"order m_go, width, ratio, and the normalisation keeps its own"
    ):
        settle(
            question(
                json.dumps(content), points=swapped, inputs=tuple(INPUTS[k] for k in (1, 0, 2))
            )
        )


def test_a_missing_logarithm_of_the_output():
    text = listed(convention="subtract-divide").replace(', "then": "exp"', "")
    with pytest.raises(NormalisationError, match="the model gives ln sigma"):
        settle(question(text))


def test_a_missing_logarithm_of_an_input():
    x = toy.points()
    mean, std = toy.MEAN.copy(), toy.STD.copy()
    mean[0], std[0] = 7.4, 0.5
    logs = x.copy()
    logs[:, 0] = np.log(logs[:, 0])
    points = TestPoints(x, toy.truth(CORE, logs, mean=mean, std=std)[:, None])
    with pytest.raises(NormalisationError, match="the model takes the natural logarithm of m_go"):
        settle(question(listed(means=mean, stds=std, convention="subtract-divide"), points=points))
    right = listed(means=mean, stds=std, convention="subtract-divide").replace(
        '"m_go"', '"m_go", "log": "ln"'
    )
    assert settle(question(right, points=points)).misfit < 1e-4


def test_the_convention_is_proven_by_the_ranges():
    text = listed("offset", "scale")
    found = settle(question(text, points=None))
    assert found.reading.columns[0].shift == 1700
    assert any("proven by the card's ranges" in line for line in found.because)
    other = listed("offset", "scale", means=-toy.MEAN, stds=1 / toy.STD).replace(
        '"offset": -4.0, "scale": 2.5', '"offset": 4.0, "scale": 0.4'
    )
    assert settle(question(other)).reading.columns[0].shift == pytest.approx(1700)


def test_the_convention_is_proven_by_the_test_points_or_refused():
    mean, std = np.array([0.1, 0.2, 0.3]), np.array([0.9, 1.1, 1.3])
    inputs = tuple(Input(name=n, meaning=n, unit="1", low=-1.0, high=1.0) for n in NAMES)
    x = np.random.default_rng(4).uniform(-1, 1, (300, 3))
    text = listed("offset", "scale", means=mean, stds=std)
    points = TestPoints(x, toy.truth(CORE, x, mean=mean, std=std)[:, None])
    found = settle(question(text, points=points, inputs=inputs))
    assert any("proven by the test points" in line for line in found.because)
    with pytest.raises(
        NormalisationError,
        match=r"does not say what its two numbers mean.*convention: add-multiply",
    ):
        settle(question(text, points=None, inputs=inputs))


def test_a_stated_convention_that_is_wrong():
    with pytest.raises(
        NormalisationError, match=r"normalisation is \(x - mean\) / std, not \(x \+ mean\) \* std"
    ):
        settle(question(listed(convention="add-multiply")))


def test_a_file_that_mixes_conventions():
    means, stds = toy.MEAN.copy(), toy.STD.copy()
    means[0], stds[0] = -1700.0, 1 / 700
    with pytest.raises(NormalisationError, match=r"no one convention fits all its entries.*m_go"):
        settle(question(listed("offset", "scale", means=means, stds=stds)))


def test_names_that_the_card_does_not_have():
    with pytest.raises(NormalisationError, match="m_gluino that the card lacks, the card has m_go"):
        settle(question(listed(names=("m_gluino", "width", "ratio"), convention="subtract-divide")))


def test_too_few_entries():
    with pytest.raises(NormalisationError, match="has 2 inputs, but the model takes 3 columns"):
        settle(
            question('{"inputs": {"mean": [1, 2], "std": [1, 2]}, "convention": "subtract-divide"}')
        )


def test_units_of_the_table():
    points = table()
    with pytest.raises(
        NormalisationError, match=r"sigma of the table is 1e\+3 times what the model gives"
    ):
        settle(question(points=replace(points, y=points.y * 1000)))


def test_a_table_of_something_else():
    points = table()
    with pytest.raises(NormalisationError, match="does not describe the test points"):
        settle(question(points=replace(points, y=np.random.default_rng(5).permutation(points.y))))


def test_a_model_that_standardises_itself_needs_no_file():
    with pytest.raises(NormalisationError, match="test points"):
        settle(question(None))


def with_metadata(**entries):
    model = toy.core()
    for k, (name, mean, std) in enumerate(zip(NAMES, toy.MEAN, toy.STD, strict=True)):
        kept = {
            f"input_{k}": name,
            f"{name}_mean": repr(float(-mean)),
            f"{name}_std": repr(float(1 / std)),
        }
        for key, value in (kept | entries).items():
            if key in kept:
                model.metadata_props.add(key=key, value=value)
    return model


def test_the_metadata_of_the_model_agree():
    found = settle(question(listed("offset", "scale"), model=with_metadata(), points=None))
    assert any("give the same map for all 3 inputs" in line for line in found.because)


def test_the_metadata_of_the_model_contradict_one_entry():
    model = with_metadata(width_mean="-20.0", width_std=repr(1 / 60))
    with pytest.raises(
        NormalisationError, match=r"1 of 3 inputs: width: .*are exchanged in one of them"
    ):
        settle(question(listed("offset", "scale"), model=model))


def test_the_metadata_of_the_model_know_the_order():
    text = listed(
        names=("width", "m_go", "ratio"), means=toy.MEAN[[1, 0, 2]], stds=toy.STD[[1, 0, 2]]
    )
    with pytest.raises(
        NormalisationError, match=r"column 0 is width by the file and m_go by the model's own names"
    ):
        settle(question(text, model=with_metadata(), convention="subtract-divide"))


def test_a_hidden_normalisation_is_not_ignored():
    with pytest.raises(NormalisationError, match="metadata hold a normalisation"):
        settle(question(None, model=with_metadata()))
    made = sidecar.from_metadata(onnx_source.from_object(with_metadata(), ()).metadata)
    assert made.conventions == ("subtract-divide", "add-multiply")
