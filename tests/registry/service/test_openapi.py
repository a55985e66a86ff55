"""Schemathesis against the OpenAPI description: no request makes the service fail, and every answer
is as described."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from service_process import LHNETS, ServiceProcess

pytestmark = pytest.mark.service
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "unsupported_method",
)
EXAMPLES = 15


def schemathesis(
    folder: Path,
    address: str,
    *options: str,
    phases: str = "examples,coverage,fuzzing",
    least: int = 100,
) -> None:
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("run", f"{address}/openapi.json", "--checks", ",".join(CHECKS), "--phases", phases),
        *(
            "--max-examples",
            str(EXAMPLES),
            "--workers",
            "1",
            "--no-color",
            "--seed",
            "20261122",
            *options,
        ),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=folder)
    assert done.returncode == 0, done.stdout[-6000:]
    ran = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert ran is not None, done.stdout[-2000:]
    assert int(ran[1]) == int(ran[2]) > least


@pytest.mark.long
def test_no_request_makes_the_service_fail(served: ServiceProcess, tmp_path: Path) -> None:
    schemathesis(
        tmp_path,
        served.address,
        "--include-path-regex",
        "^/(v1/(predict|search|networks)|health|metrics)",
    )


@pytest.mark.long
def test_no_request_with_a_token_makes_publication_and_review_fail(
    store_folder: Path, tmp_path: Path
) -> None:
    made = subprocess.run(
        [
            str(LHNETS),
            "token",
            "create",
            "--name",
            "tester",
            "--scope",
            "publish",
            "--scope",
            "review",
            "--store",
            str(store_folder),
        ],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true"},
    )
    token = re.search(r"lhnets_\S+", made.stdout)
    assert token is not None, made.stdout
    with ServiceProcess(tmp_path, store=str(store_folder)) as service:
        schemathesis(
            tmp_path,
            service.address,
            "--include-path-regex",
            "^/v1/(publish|review)",
            "-H",
            f"Authorization: Bearer {token[0]}",
            phases="examples,fuzzing",
            least=40,
        )
        assert httpx.get(f"{service.address}/health/ready", timeout=60).status_code == 200


@pytest.fixture(scope="module")
def description(served: ServiceProcess) -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = httpx.get(
        f"{served.address}/openapi.json", timeout=60
    ).json()
    return found


def test_the_examples_of_the_description_are_answered(
    served: ServiceProcess, description: dict[str, dict[str, dict[str, object]]]
) -> None:
    asked = 0
    for path, methods in description["paths"].items():
        if not path.startswith("/v1/predict"):
            continue
        content = json.loads(json.dumps(methods["post"]))["requestBody"]["content"]
        for example in content["application/json"]["examples"].values():
            answer = httpx.post(
                served.address + path.replace("{name}", "cs-gluino-pair-lo"),
                json=example["value"],
                timeout=60,
            )
            assert answer.status_code == 200, answer.text
            asked += 1
    assert asked >= 3


def test_every_operation_says_what_it_refuses(
    description: dict[str, dict[str, dict[str, object]]],
) -> None:
    for path, methods in description["paths"].items():
        if path.startswith("/v1/"):
            for operation in methods.values():
                assert "422" in operation["responses"], path  # type: ignore[operator]
                assert operation["summary"], path
