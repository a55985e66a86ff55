"""What an operator starts from is read by the programs that it is for."""

from __future__ import annotations

import datetime
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID

from lhnets.cli import group
from lhnets_registry.location import ARTIFACTS_VARIABLE, STORE_VARIABLE, Location
from lhnets_registry.mirror.export import KEYS_VARIABLE

DEPLOY = Path(__file__).parents[3] / "registry" / "deploy"
pytestmark = pytest.mark.skipif(not DEPLOY.is_dir(), reason="the source tree is not here")


def options_exist(arguments: list[str]) -> None:
    """Every option of a command line stands in the help of its command."""
    told = CliRunner().invoke(group, [arguments[0], "--help"]).output
    for option in (a.partition("=")[0] for a in arguments if a.startswith("--")):
        assert re.search(rf"{option}\b", told), option


def certificate(folder: Path) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "networks.example.org")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    )
    made = (
        made.serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=3650))
    )
    (folder / "fullchain.pem").write_bytes(
        made.sign(key, None).public_bytes(serialization.Encoding.PEM)
    )
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def test_nginx_reads_its_configuration(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    certificate(tmp_path)
    site = (
        (DEPLOY / "nginx.conf").read_text().replace("/etc/ssl/networks.example.org", str(tmp_path))
    )
    (tmp_path / "site.conf").write_text(site)
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid;\nerror_log {tmp_path}/error.log;\nevents {{}}\nhttp {{ access_log "
        f"off; client_body_temp_path {tmp_path}/body; proxy_temp_path {tmp_path}/proxy; "
        f"fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; scgi_temp_path "
        f"{tmp_path}/s; include {tmp_path}/site.conf; }}\n"
    )
    done = subprocess.run(
        [nginx, "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "test is successful" in done.stderr
    assert "[warn]" not in done.stderr


def test_systemd_reads_its_unit(tmp_path: Path) -> None:
    unit = (DEPLOY / "lhnets.service").read_text()
    (command,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    program, *arguments = shlex.split(command)
    assert program.endswith("/lhnets")
    options_exist(arguments)
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    (tmp_path / "lhnets.service").write_text(
        unit.replace(program, str(Path(sys.executable).with_name("lhnets")))
    )
    done = subprocess.run(
        [analyze, "verify", tmp_path / "lhnets.service"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "lhnets.service" not in done.stderr, done.stderr


def test_the_compose_file_starts_what_there_is() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    options_exist(services["registry"]["command"])
    environment = services["registry"]["environment"]
    assert Location.of(environment["LHNETS_STORE"], environment["LHNETS_ARTIFACTS"]).folder is None
    assert (DEPLOY / "../.." / services["registry"]["build"]["dockerfile"]).is_file()
    (start,) = re.findall(r"^CMD (\[.*\])$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    options_exist(yaml.safe_load(start))


def test_the_settings_are_those_that_are_read() -> None:
    text = (DEPLOY / "settings.env.example").read_text()
    names = set(re.findall(r"^#?([A-Z0-9_]+)=", text, re.MULTILINE))
    assert {n for n in names if n.startswith("LHNETS_")} == {
        STORE_VARIABLE,
        ARTIFACTS_VARIABLE,
        KEYS_VARIABLE,
    }
    values = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", text, re.MULTILINE))
    assert (
        Location.of(values[STORE_VARIABLE], values[ARTIFACTS_VARIABLE]).artifacts
        == "/var/lib/lhnets/artifacts"
    )
