"""A registry in git: the steps of its pipelines, run on a bare repository."""

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import yaml
from click.testing import CliRunner

from lhnets._fetching.cache import Cache
from lhnets._finding.zoo import Zoo
from lhnets.cli import group
from lhnets.format import seal, strip
from lhnets.mirrors import BUNDLED
from lhnets_registry.maintenance.git_registry import write_template
from lhnets_registry.mirror.keys import Keys

CURL = """#!/bin/sh
for word in "$@"; do
  case "$word" in body=*) cp report.md "$COMMENT" ;; esac
done
"""


class Repository:
    """A bare repository, a clone of it, and what its pipelines know."""

    def __init__(self, folder: Path) -> None:
        self.bare, self.clone, self.comment = (
            folder / "bare.git",
            folder / "clone",
            folder / "comment",
        )
        self.keys = Keys.new(folder / "keys")
        tools = folder / "tools"
        tools.mkdir()
        (tools / "curl").write_text(CURL)
        (tools / "curl").chmod(0o755)
        path = f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.environment = {
            "PATH": path,
            "HOME": str(folder),
            "LHNETS_CACHE": str(folder / "cache"),
            "LHNETS_ONLINE_KEY": str(next((folder / "keys").glob("online-*.pem"))),
            "LHNETS_OFFLINE": "1",
            "REPORT_TOKEN": "token",
            "COMMENT": str(self.comment),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "OMP_NUM_THREADS": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            **{
                f"GIT_{who}_{what}": "x@x"
                for who in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")
            },
        }
        self.run(f"git init -q --bare -b main {self.bare}", folder)
        self.run(f"git clone -q {self.bare} {self.clone}", folder)
        self.run("git checkout -q -b main")
        write_template(self.clone)
        for file in (folder / "keys" / "metadata").iterdir():
            (self.clone / "keys" / "metadata" / file.name).write_bytes(file.read_bytes())
        self.commit("Start")
        self.run("git push -q origin main")

    def run(
        self, command: str, folder: Path | None = None, **more: str
    ) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["sh", "-ec", command],
            cwd=folder or self.clone,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )

    def commit(self, message: str) -> None:
        done = self.run(f"git add -A && git commit -q -m '{message}'")
        assert done.returncode == 0, done.stderr

    def job(self, name: str, **more: str) -> subprocess.CompletedProcess:
        """Run the steps of a job of .gitlab-ci.yml as they stand there, but for the address."""
        steps = yaml.safe_load((self.clone / ".gitlab-ci.yml").read_text())[name]
        script = "\n".join(s for s in steps["script"] if "git remote add" not in s)
        done = self.run(script.replace("MIRROR_REMOTE=mirror ", ""), **more)
        after = self.run("\n".join(steps.get("after_script", [])), **more)
        assert after.returncode == 0, after.stderr
        return done

    def add(self, name: str, version: int = 1, changed: bool = False) -> None:
        path = self.clone / "networks" / f"{name}-{version}.onnx"
        path.write_bytes(b"no network" if changed else a_network(name, version))


def a_network(name: str, version: int) -> bytes:
    """A bundled network under another name."""
    file = Zoo([str(BUNDLED)], Cache.default()).load("cs-gluino-pair-decoupled-13tev@2").file
    return seal(
        strip(file.content),
        msgspec.structs.replace(file.card, name=name, version=version),
        file.reference,
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("git"))


def branch_base(repository: Repository) -> dict[str, str]:
    base = repository.run("git rev-parse origin/main").stdout.strip()
    return {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base}


@pytest.mark.long
def test_a_network_goes_from_a_merge_request_to_a_signed_mirror(repository: Repository) -> None:
    repository.run("git checkout -q -b mine")
    repository.add("cs-our-gluinos")
    repository.commit("Add our gluinos")
    checked = repository.job("check", **branch_base(repository))
    assert checked.returncode == 0, checked.stderr + checked.stdout
    report = repository.comment.read_text()
    assert "**Passes.**" in report
    assert "cs-our-gluinos@1: nothing fails" in report
    assert all(line[:4] == "    " or line[:2] in ("", "**") for line in report.splitlines())

    repository.run("git checkout -q main && git merge -q --ff-only mine && git push -q origin main")
    exported = repository.job("export")
    assert exported.returncode == 0, exported.stderr + exported.stdout
    served = repository.clone.parent / "served"
    assert repository.run(f"git clone -q -b mirror {repository.bare} {served}").returncode == 0
    address = f"{served}{repository.keys.pin}"
    network = Zoo([address], Cache(repository.clone.parent / "users")).load("cs-our-gluinos")
    assert float(network({"m_go": 2000.0})) == pytest.approx(1.01e-3, rel=0.01)

    again = repository.job("export")
    assert again.returncode == 0, again.stderr + again.stdout
    count = repository.run(f"git -C {repository.bare} rev-list --count mirror").stdout
    assert int(count) <= 2

    (repository.clone / "retracted.txt").write_text("# x\ncs-our-gluinos@1 wrong below 600 GeV\n")
    repository.add("cs-our-gluinos", 2)
    repository.commit("Retract a version")
    assert repository.job("export").returncode == 0
    repository.run(f"git -C {served} pull -q")
    index = json.loads((served / "index.json").read_text())
    status = {f"{n['name']}@{n['version']}": n["status"] for n in index["networks"]}
    assert status == {"cs-our-gluinos@1": "retracted", "cs-our-gluinos@2": "verified"}

    verified = repository.run("sh ci/verify.sh installed")
    assert verified.returncode == 0, verified.stderr
    page = repository.run(f"git -C {repository.bare} show verification:verification.html").stdout
    assert "cs-our-gluinos@1" in page
    assert "<td>pass</td>" in page


@pytest.mark.parametrize(
    ("path", "content", "reason"),
    [
        ("networks/cs-bad-1.onnx", b"no network", "**Fails.**"),
        ("networks/Bad Name.onnx", b"x", "expected a network file networks/NAME-VERSION.onnx"),
        ("networks/sub/cs-a-1.onnx", b"x", "expected a network file networks/NAME-VERSION.onnx"),
        ("networks/$(touch pwned)-1.onnx", b"x", "expected a network file"),
        ("networks/cs-other-1.onnx", None, "expected the name networks/cs-our-1.onnx"),
    ],
)
def test_what_must_not_be_published_fails(
    repository: Repository, path: str, content: bytes | None, reason: str
) -> None:
    repository.run("git checkout -q -B bad origin/main && git clean -fdq")
    target = repository.clone / path
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(a_network("cs-our", 1) if content is None else content)
    repository.commit("Add something")
    checked = repository.job("check", **branch_base(repository))
    assert checked.returncode == 1, checked.stderr
    assert reason in repository.comment.read_text()
    assert not (repository.clone / "pwned").exists()


def test_a_published_file_never_changes(repository: Repository) -> None:
    repository.run("git checkout -q -B base origin/main && git clean -fdq")
    (repository.clone / "networks" / "cs-a-1.onnx").write_bytes(b"1")
    repository.commit("Was published")
    base = repository.run("git rev-parse HEAD").stdout.strip()
    repository.run("git rm -q networks/cs-a-1.onnx && git commit -q -m Remove")
    checked = repository.job("check", CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert checked.returncode == 1
    assert "a published file never changes and never goes" in repository.comment.read_text()
    assert "    networks/cs-a-1.onnx" in repository.comment.read_text()


def test_both_pipelines_run_the_same_scripts_and_keep_secrets_from_strangers(
    tmp_path: Path,
) -> None:
    write_template(tmp_path)
    workflows = tmp_path / ".github" / "workflows"
    texts = {p.name: p.read_text() for p in workflows.iterdir()}
    gitlab = (tmp_path / ".gitlab-ci.yml").read_text()
    for script in ("ci/check.sh", "ci/export.sh", "ci/verify.sh"):
        assert script in gitlab
        assert any(script in text for text in texts.values())
        assert os.access(tmp_path / script, os.X_OK)
    assert "secrets." not in texts["check.yml"]
    assert yaml.safe_load(texts["check.yml"])["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in "".join(texts.values())
    assert "checkout" not in texts["comment.yml"]


def test_the_command_writes_the_template_once(tmp_path: Path) -> None:
    folder = str(tmp_path / "registry")
    made = CliRunner().invoke(group, ["registry", "init", "--git", folder, "--json"])
    assert made.exit_code == 0, made.output
    assert ".gitlab-ci.yml" in json.loads(made.output)["files"]
    again = CliRunner().invoke(group, ["registry", "init", "--git", folder])
    assert again.exit_code == 1
    assert "is not empty" in str(again.exception) + again.output
