"""The catalogue as the registry's service shows it, and the code for HTTP on its pages."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn

import lhnets as ml
from lhnets_registry.catalogue import calls
from lhnets_registry.catalogue.evaluation import evaluation
from lhnets_registry.service.app import create_app
from lhnets_registry.service.settings import Settings


@pytest.fixture(scope="module")
def service(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the application over the mirror."""
    settings = Settings(mirror=str(site), store=str(tmp_path_factory.mktemp("store") / "none"))
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(30)


@pytest.mark.parametrize(
    "name", ["cs-gluino-pair-lo", "cs-wino-c1n2", "loop-c0", "efficiency-llp-higgs-tracker"]
)
def test_the_code_for_http_gives_the_numbers_of_the_network(name: str, service: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    network = ml.load(name)
    ready = evaluation(network.file.content, network.card)
    assert ready is not None
    point = ready.start(np.array(network.file.reference.inputs["parameters"]))
    command = shlex.split(
        calls.http(network.card, point).replace("https://SERVICE", service).replace("\\\n", " ")
    )
    done = subprocess.run(
        [*command, "--silent", "--show-error"], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    arrays = network.predict(np.array([list(point.values())]))
    column = network.card.output_index(network.card.default_output)
    assert found["value"] == pytest.approx(float(arrays.value[0, column]), rel=1e-9)
    assert found["uncertainty"] == pytest.approx(float(arrays.uncertainty[0, column]), rel=1e-9)


def test_sliders_run_under_the_headers_of_the_service(service: str, browse: Any) -> None:
    seen = browse(f"{service}/networks/cs-gluino-pair-lo/index.html")
    seen.page.fill("#number-0", "1500")
    seen.page.wait_for_selector("html[data-ready=network]")
    assert re.match(r"^\d", seen.page.get_attribute("#answer", "data-value"))
    assert seen.messages == []
    assert seen.elsewhere(service) == []
