"""From a key of one's own to names that nobody else can sign, on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lhnets._fetching.cache import Cache
from lhnets._finding.zoo import Zoo
from lhnets.cli import group
from lhnets.format import read, verify_signatures
from lhnets_registry.admission.admit import admit
from lhnets_registry.admission.envelope import envelope_checks
from lhnets_registry.admission.limits import Limits
from lhnets_registry.location import Location
from lhnets_registry.publishing.publication import register


def run(*arguments: Any) -> Any:
    done = CliRunner().invoke(group, [*map(str, arguments), "--json"])
    if done.exception is not None:
        raise done.exception
    return json.loads(done.stdout)


def test_names_are_given_signed_and_exported(
    store_folder: Path, make: Callable[..., bytes], tmp_path: Path
) -> None:
    store, keys, out = Location.of(store_folder), tmp_path / "keys", tmp_path / "out"
    root = run("mirror", "keys", "new", keys)["root"]
    assert run("mirror", "keys", "list", keys)["root"] == root
    public = run("mirror", "keys", "person", tmp_path / "ann.pem")["key"]
    file = tmp_path / "net.onnx"
    file.write_bytes(make())
    assert run("seal", file, "--sign", tmp_path / "ann.pem")[0]["key"] == public
    register(read(file.read_bytes()), admit(b"").report, store, approve=True)
    assert run("mirror", "keys", "give", keys, "cs-gluino-", public)["role"] == "names-cs-gluino-"
    export = ("mirror", "export", out, "--store", store_folder, "--sign", keys)
    plain = ("--no-bundled", "--no-pages")
    with pytest.raises(Exception, match="belongs to the owner of names-cs-gluino-, who has not"):
        run(*export, *plain)
    made = run(
        *("mirror", "keys", "vouch", file, "--prefix", "cs-gluino-"),
        *("--key", tmp_path / "ann.pem", "--out", keys / "metadata"),
    )
    assert Path(made["file"]).is_file()
    assert run(*export, *plain)["networks"] == ["cs-gluino-pair-lo@1"]
    assert run("mirror", "check", f"{out}#root={root}")["faults"] == []
    network = Zoo([f"{out}#root={root}"], Cache(tmp_path / "cache")).load("cs-gluino-pair-lo")
    assert verify_signatures(network.file.content) == (public,)
    with pytest.raises(Exception, match="does not begin with cs-other-"):
        run("mirror", "keys", "vouch", file, "--prefix", "cs-other-", "--key", tmp_path / "ann.pem")
    run("mirror", "keys", "renew", keys)
    assert run("mirror", "keys", "list", keys)["version"] == 2


def test_a_signature_that_does_not_fit_is_not_admitted(
    make: Callable[..., bytes], tmp_path: Path
) -> None:
    run("mirror", "keys", "person", tmp_path / "ann.pem")
    file = tmp_path / "net.onnx"
    file.write_bytes(make())
    run("seal", file, "--sign", tmp_path / "ann.pem")

    def metadata_of(content: bytes) -> Any:
        findings = envelope_checks(content, Limits())[0]
        return next(f for f in findings if f.item == "metadata")

    assert metadata_of(file.read_bytes()).outcome == "pass"
    changed = file.read_bytes().replace(b"Gluino pairs", b"Gluino  airs")
    finding = metadata_of(changed)
    assert (finding.outcome, "does not fit the network file" in finding.figure) == ("fail", True)
