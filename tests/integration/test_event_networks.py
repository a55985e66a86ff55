"""A jet tagger by someone else enters the zoo without new code: bare ONNX, sealed with a card,
published, classified."""

import json
import os
import subprocess
import sys

import figure_kinds
import numpy as np
import onnx
import pytest
import toy_events

from lhnets._asking.events import to_events
from lhnets._running.outputs import OUTPUTS
from lhnets._running.session import Session
from lhnets.format import Reference, seal
from lhnets_registry.mirror.export import export
from lhnets_registry.publishing.publication import publish

ASK = """
import json, sys
import numpy as np
import lhnets as ml
with np.load(sys.argv[1]) as events:
    jets = np.split(events["constituents"], np.cumsum(events["lengths"])[:-1])
    found = ml.Classify("signal | background", {"constituents": jets, "leptons": events["leptons"]})
answer = {"value": found.value.tolist(), "network": found.network, "kind": type(found).__name__}
print(json.dumps(answer))
"""


@pytest.fixture(scope="module")
def mirror(tmp_path_factory):
    folder = tmp_path_factory.mktemp("theirs")
    model = figure_kinds.honest(onnx.load(toy_events.TAGGER)).SerializeToString()
    ranged = tuple(figure_kinds.ranged(i) for i in toy_events.tagger_card().inputs)
    card = toy_events.tagger_card(name="jet-tagger-by-someone-else", inputs=ranged)
    inputs = to_events(
        {"constituents": toy_events.jets(64), "leptons": np.zeros((64, 2, 3))}, card
    ).arrays
    answers = Session(model, card).run(inputs)
    path = folder / "tagger.onnx"
    path.write_bytes(
        seal(model, card, Reference.of(inputs, dict(zip(OUTPUTS, answers, strict=True))))
    )
    done = publish(path, folder / "store", approve=True)
    assert (done.identity, done.status) == ("jet-tagger-by-someone-else@1", "verified")
    export(folder / "mirror", folder / "store", bundled=False)
    return folder / "mirror"


def test_a_second_process_classifies_with_it(mirror, tmp_path):
    jets = toy_events.jets(30, seed=9)
    events = tmp_path / "events.npz"
    lengths = [len(j) for j in jets]
    np.savez(
        events, constituents=np.concatenate(jets), lengths=lengths, leptons=np.zeros((30, 2, 3))
    )
    environment = {
        **os.environ,
        "LHNETS_REGISTRY": str(mirror),
        "LHNETS_CACHE": str(tmp_path / "cache"),
    }
    out = subprocess.run(
        [sys.executable, "-c", ASK, str(events)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(out.stdout)
    assert (found["network"], found["kind"]) == ("jet-tagger-by-someone-else@1", "ClassPrediction")
    s = np.array([np.hypot(j[:, 1], j[:, 2]).sum(dtype=np.float64) for j in jets])
    np.testing.assert_allclose(
        np.array(found["value"])[:, 0], 1 / (1 + np.exp(-(s - 500) / 100)), rtol=1e-4
    )
