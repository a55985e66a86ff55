"""The commands, as a user types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lhnets.cli import group
from lhnets.errors import MirrorError
from lhnets_registry.errors import ReviewError

from ..conftest import sealed, small_model

Make = Callable[..., bytes]


@pytest.fixture
def lhnets(store_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("LHNETS_STORE", str(store_folder))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(group, [str(a) for a in arguments])


def test_from_a_file_to_a_mirror(
    lhnets: Callable[..., Result], good: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(good)
    published = lhnets("publish", path, "--no-bundled")
    assert published.exit_code == 0
    assert "cs-gluino-pair-lo@1" in published.output
    assert "candidate" in published.output
    assert "1 in" in lhnets("review", "list", "--status", "candidate").output
    assert "sample_points" in published.output
    assert "sample_points" in lhnets("review", "show", "cs-gluino-pair-lo@1").output
    shown = json.loads(lhnets("review", "show", "--json", "cs-gluino-pair-lo@1").output)
    assert shown["items"]
    assert shown["admission"]["findings"]
    assert "is verified" in lhnets("review", "approve", "cs-gluino-pair-lo@1").output
    assert "nothing changed" in lhnets("publish", path, "--no-bundled").output
    exported = lhnets("mirror", "export", tmp_path / "out", "--no-bundled")
    assert "1 networks" in exported.output
    assert "all as the index says" in lhnets("mirror", "check", tmp_path / "out").output
    retracted = lhnets(
        "review", "retract", "cs-gluino-pair-lo@1", "--reason", "alpha_s [b]wrong[/b]"
    )
    assert "alpha_s [b]wrong[/b]" in retracted.output


def test_refused_files_are_told_one_by_one_and_the_others_published(
    lhnets: Callable[..., Result], good: bytes, tmp_path: Path
) -> None:
    (tmp_path / "good.onnx").write_bytes(good)
    (tmp_path / "bad.onnx").write_bytes(sealed(small_model(slope=3.0)))
    (tmp_path / "pickle.onnx").write_bytes(b"\x80\x04\x95")
    done = lhnets(
        "publish",
        *(tmp_path / f"{n}.onnx" for n in ("bad", "pickle", "good")),
        "--approve",
        "--no-bundled",
    )
    assert done.exit_code == 1
    assert "reference_points" in done.output
    assert "a pickle" in done.output
    assert "verified" in done.output
    assert "Traceback" not in done.output


def test_another_file_for_a_bundled_version_is_refused(
    lhnets: Callable[..., Result], good: bytes, tmp_path: Path
) -> None:
    (tmp_path / "good.onnx").write_bytes(good)
    done = lhnets("publish", tmp_path / "good.onnx")
    assert done.exit_code == 1
    assert "cs-gluino-pair-lo@1 comes with lhnets, with SHA-256" in " ".join(done.output.split())
    assert "0 in" in lhnets("review", "list").output


def test_errors_are_lhnets_errors(lhnets: Callable[..., Result], tmp_path: Path) -> None:
    assert isinstance(lhnets("review", "approve", "nothing@1").exception, ReviewError)
    assert isinstance(lhnets("mirror", "check", tmp_path).exception, MirrorError)
    assert lhnets("review", "reject", "nothing@1").exit_code == 2


def test_from_a_file_to_a_mirror_in_json(
    lhnets: Callable[..., Result], good: bytes, tmp_path: Path
) -> None:
    path, name = tmp_path / "network.onnx", "cs-gluino-pair-lo@1"
    path.write_bytes(good)

    def ask(*arguments: object, code: int = 0) -> Any:
        done = lhnets(*arguments, "--json")
        assert done.exit_code == code, done.output
        return json.loads(done.stdout)

    (published,) = ask("publish", path, "--no-bundled")
    assert (published["network"], published["status"], published["created"]) == (
        name,
        "candidate",
        True,
    )
    assert published["checklist"]["items"]
    assert [v["status"] for v in ask("review", "list")] == ["candidate"]
    assert ask("review", "show", name)["admission"]["findings"]
    assert [v["status"] for v in ask("review", "approve", name)] == ["verified"]
    exported = ask("mirror", "export", tmp_path / "out", "--no-bundled", "--no-pages")
    assert exported["networks"] == [name]
    assert ask("mirror", "check", tmp_path / "out")["faults"] == []
    next((tmp_path / "out" / "blobs").rglob("*/*/*")).write_bytes(b"damaged")
    assert ask("mirror", "check", tmp_path / "out", code=1)["faults"]
    assert len(ask("mirror", "keys", "new", tmp_path / "keys")["root"]) == 64
    assert ask("registry", "check")["faults"] == []
    assert [e["result"] for e in ask("registry", "audit")] == ["created", "verified"]
    assert ask("registry", "backup", tmp_path / "saved.zip")["versions"] == 1
    made = ask("token", "create", "--scope", "publish", "--name", "a group")
    assert made["token"].startswith("lhnets_")
    assert [(t["id"], t["state"]) for t in ask("token", "list")] == [(made["id"], "valid")]
    assert "digest" not in ask("token", "list")[0]
    assert ask("token", "revoke", made["id"])["state"] == "revoked"
    (retracted,) = ask("review", "retract", name, "--reason", "alpha_s")
    assert (retracted["status"], retracted["reason"]) == ("retracted", "alpha_s")


def test_a_refused_file_leaves_json_of_the_others(
    lhnets: Callable[..., Result], good: bytes, tmp_path: Path
) -> None:
    (tmp_path / "good.onnx").write_bytes(good)
    (tmp_path / "pickle.onnx").write_bytes(b"\x80\x04\x95")
    done = lhnets(
        "publish", tmp_path / "pickle.onnx", tmp_path / "good.onnx", "--no-bundled", "--json"
    )
    assert done.exit_code == 1
    assert [p["network"] for p in json.loads(done.stdout)] == ["cs-gluino-pair-lo@1"]
    assert "a pickle" in done.stderr
