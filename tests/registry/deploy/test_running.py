"""The deployment as shipped, without containers: the unit's command and modes as a user without
rights, nginx with its configuration in front of it, PostgreSQL behind it."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import msgspec
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from lhnets.format import read, seal
from lhnets.format.index import blob_path
from lhnets_registry.mirror.export import bundled_mirror

from .test_deploy import DEPLOY, certificate

NOBODY = 65534
AS_NOBODY = (
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"),
)
"""A user who may write nothing; it may read, for the Python of these tests can lie in a folder of
root's."""
LHNETS = Path(sys.executable).with_name("lhnets")
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(not DEPLOY.is_dir(), reason="the source tree is not here"),
    pytest.mark.skipif(os.getuid() != 0, reason="only root can start it as other users"),
    pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed"),
]


def find_nginx() -> str:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    return nginx


def find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class Deployment:
    """The unit and nginx, as systemd and a system's nginx would start them, at free ports."""

    def __init__(self, folder: Path, store: str, nginx: str) -> None:
        self.folder, self.state = folder, folder / "lib"
        self.unit = (DEPLOY / "lhnets.service").read_text()
        self.inner, self.outer = find_port(), find_port()
        self.state.mkdir()
        self.state.chmod(int(self._setting("StateDirectoryMode"), 8))
        os.chown(self.state, NOBODY, NOBODY)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.state),
            "LHNETS_STORE": store,
            "LHNETS_ARTIFACTS": str(self.state / "artifacts"),
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }
        subprocess.run([*AS_NOBODY, *self._command("ExecStartPre")], check=True)
        self._nginx, self._stack = nginx, ExitStack()

    def __enter__(self) -> Deployment:
        certificate(self.folder)
        try:
            self._start([*AS_NOBODY, *self._command("ExecStart")], "service")
            self._start([self._nginx, "-c", str(self._configure()), "-g", "daemon off;"], "nginx")
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def run(self, *arguments: str) -> str:
        """A command of lhnets as the service's user."""
        done = subprocess.run(
            [*AS_NOBODY, str(LHNETS), *arguments],
            env=self.environment,
            cwd=self.state,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def wait(self, client: httpx.Client) -> None:
        """Until the service answers through nginx."""
        for _ in range(240):
            try:
                if client.get("/health/ready").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.25)
        raise AssertionError(self.read_log())

    def read_log(self) -> str:
        """The end of what the service said."""
        return (self.folder / "service.log").read_text()[-3000:]

    def _setting(self, name: str) -> str:
        (value,) = re.findall(rf"^{name}=(.*)$", self.unit, re.MULTILINE)
        return str(value)

    def _command(self, name: str) -> list[str]:
        text = self._setting(name).replace("/var/lib/lhnets", str(self.state))
        text = text.replace("/opt/lhnets/bin/lhnets", str(LHNETS)).replace("8000", str(self.inner))
        return shlex.split(text.replace("--workers 4", "--workers 1"))

    def _start(self, command: list[str], name: str) -> None:
        log = self._stack.enter_context((self.folder / f"{name}.log").open("w"))
        process = subprocess.Popen(
            command,
            env=self.environment,
            cwd=self.state,
            stdout=log,
            stderr=log,
            umask=int(self._setting("UMask"), 8),
        )
        self._stack.callback(process.wait, 60)
        self._stack.callback(process.terminate)

    def _configure(self) -> Path:
        site = (DEPLOY / "nginx.conf").read_text()
        site = re.sub(r"server \{\n    listen 80;.*?\n\}\n", "", site, flags=re.DOTALL)
        for old, new in (
            ("    listen [::]:443 ssl;\n", ""),
            ("listen 443 ssl", f"listen 127.0.0.1:{self.outer} ssl"),
            ("127.0.0.1:8000", f"127.0.0.1:{self.inner}"),
            ("/etc/ssl/networks.example.org", str(self.folder)),
            ("/var/lib/lhnets", str(self.state)),
        ):
            assert old in site, old
            site = site.replace(old, new)
        (self.folder / "site.conf").write_text(site)
        path, at = self.folder / "nginx.conf", self.folder
        kept = "".join(f"{n}_temp_path {at}/{n};" for n in ("client_body", "proxy", "fastcgi"))
        kept += "".join(f"{n}_temp_path {at}/{n};" for n in ("uwsgi", "scgi"))
        path.write_text(
            f"user www-data;\npid {at}/pid;\nerror_log {at}/error.log;\nevents {{}}\n"
            f"http {{ access_log off; {kept} include {at}/site.conf; }}\n"
        )
        return path


@pytest.fixture
def deployment(empty_postgres: str) -> Iterator[Deployment]:
    nginx = find_nginx()
    with tempfile.TemporaryDirectory(prefix="lhnets-deploy-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with Deployment(folder, empty_postgres, nginx) as made:
            yield made


def tagger() -> bytes:
    """A tagger of 5 MB."""
    mirror = bundled_mirror()
    entries = [e for e in mirror.index.networks if e.name == "classifier-top-qcd"]
    network = read(mirror.fetch(max(entries, key=lambda e: e.version))[1])
    model = onnx.load_from_string(network.content)
    del model.metadata_props[:]
    noise = np.random.default_rng(1).normal(size=(5, 250_000)).astype(np.float32)
    model.graph.initializer.extend(
        numpy_helper.from_array(part, f"more_{k}") for k, part in enumerate(noise)
    )
    card = msgspec.structs.replace(network.card, name="classifier-w-boson-jets", version=1)
    return seal(model.SerializeToString(), card, network.reference)


def test_a_tagger_of_5_mb_is_published_approved_and_downloaded(deployment: Deployment) -> None:
    content = tagger()
    assert 5_000_000 < len(content) < 6_000_000
    author = deployment.run("token", "create", "--scope", "publish", "--name", "author").split()[0]
    other = deployment.run("token", "create", "--scope", "review", "--name", "other").split()[0]
    address = f"https://127.0.0.1:{deployment.outer}"
    with httpx.Client(base_url=address, verify=False, timeout=240) as client:
        deployment.wait(client)
        published = client.post(
            "/v1/publish",
            content=content,
            headers={
                "Authorization": f"Bearer {author}",
                "Content-Type": "application/octet-stream",
            },
        )
        assert published.status_code == 201, published.text[:2000]
        reviewer = {"Authorization": f"Bearer {other}"}
        approved = client.post("/v1/review/classifier-w-boson-jets/1/approve", headers=reviewer)
        assert approved.status_code == 200, deployment.read_log()
        sha256 = hashlib.sha256(content).hexdigest()
        assert sha256 in {e["sha256"] for e in client.get("/index.json").json()["networks"]}
        got = client.get(f"/{blob_path(sha256)}")
        assert got.status_code == 200, got.text[:500]
        assert got.headers["server"] == "nginx"
        assert "immutable" in got.headers["cache-control"]
        assert hashlib.sha256(got.content).hexdigest() == sha256
        assert client.get("/health").json()["status"] == "ready"
        assert client.get("/metrics").status_code in (200, 403)
        too_large = client.post("/v1/publish", content=bytes(17 * 2**20), headers=reviewer)
        assert too_large.status_code == 413
    held = deployment.state / "artifacts"
    assert held.stat().st_mode & 0o777 == 0o700


def test_the_limits_of_unit_compose_and_nginx_agree() -> None:
    unit = re.findall(r"--max-size[ =](\d+)", (DEPLOY / "lhnets.service").read_text())
    compose = re.findall(r"--max-size[ =](\d+)", (DEPLOY / "compose.yaml").read_text())
    allowed = re.findall(r"client_max_body_size (\d+)m;", (DEPLOY / "nginx.conf").read_text())
    assert unit == compose
    for size in allowed:
        assert int(unit[0]) <= int(size) * 2**20 <= 1.1 * int(unit[0])


def test_the_compose_file_names_its_secrets_and_what_stays_out_of_the_image() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    told = text.partition("\nname:")[0]
    secrets = re.findall(r"file: \./(secrets/\w+)", text)
    assert len(secrets) == 2
    assert all(f"./{secret}" in told for secret in secrets)
    ignored = (DEPLOY.parents[1] / ".dockerignore").read_text().split()
    assert {"registry/deploy/secrets", "registry/deploy/certificates", ".git"} <= set(ignored)


def test_images_are_pinned() -> None:
    texts = [(DEPLOY / name).read_text() for name in ("compose.yaml", "Dockerfile")]
    images = [i for text in texts for i in re.findall(r"^\s*(?:image:|FROM) (\S+)$", text, re.M)]
    assert len(images) == 3
    assert all(re.search(r":\d+\.\d+(\.\d+)?\S*$", image) for image in images), images
