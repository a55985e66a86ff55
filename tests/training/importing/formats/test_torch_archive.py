from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from lhnets_training.importing.formats.identify import identify
from lhnets_training.importing.formats.torch_archive import code_in_program

Members = dict[str, bytes]


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Members:
    path = tmp_path_factory.mktemp("program") / "model.pt2"
    dims = ({0: torch.export.Dim("N")},)
    program = torch.export.export(torch.nn.Linear(3, 1), (torch.zeros(2, 3),), dynamic_shapes=dims)
    torch.export.save(program, path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


class Masked(torch.nn.Module):
    def forward(self, jets: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return (jets * mask[..., None]).reshape(jets.shape[0], -1, 2).sum(1)


def test_sizes_that_belong_together_are_no_code(tmp_path: Path) -> None:
    n, p = torch.export.Dim("N"), torch.export.Dim("P", min=2, max=64)
    example = torch.zeros(3, 5, 4), torch.zeros(3, 5)
    program = torch.export.export(Masked(), example, dynamic_shapes=({0: n, 1: p}, {0: n, 1: p}))
    torch.export.save(program, tmp_path / "model.pt2")
    with zipfile.ZipFile(tmp_path / "model.pt2") as archive:
        graph = json.loads(archive.read("model/models/model.json"))
    assert graph["guards_code"]
    assert code_in_program(tmp_path / "model.pt2") == ""


def written(members: Members, folder: Path) -> Path:
    path = folder / "model.pt2"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_program_of_plain_weights_is_data(members: Members, tmp_path: Path) -> None:
    path = written(members, tmp_path)
    assert code_in_program(path) == ""
    assert identify(path).what == "an exported program of torch"
    identify(path).require(trust=False, name="model.pt2")


def edited(name: str, change: Callable[[Any], None]) -> Callable[[Members], None]:
    def apply(members: Members) -> None:
        full = next(n for n in members if n.endswith(name))
        value = json.loads(members[full])
        change(value)
        members[full] = json.dumps(value).encode()

    return apply


def replaced(name: str, content: bytes) -> Callable[[Members], None]:
    return lambda members: members.update({next(n for n in members if n.endswith(name)): content})


def inner_pickle() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(print, protocol=2))
    return content.getvalue()


def pickled_weight(config: Any) -> None:
    next(iter(config["config"].values()))["use_pickle"] = True


def opaque_constant(config: Any) -> None:
    config["config"]["own"] = {"path_name": "opaque_obj_0", "use_pickle": False}


def expression(graph: Any) -> None:
    graph["graph_module"]["expr_str"] = "__import__('os').getcwd()"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (edited("model_weights_config.json", pickled_weight), "is a pickle"),
        (edited("model_constants_config.json", opaque_constant), "'own' is a pickle"),
        (edited("model.json", expression), "is Python code"),
        (
            edited("model.json", lambda g: g.update(guards_code=["print()"])),
            "guards are Python code",
        ),
        (
            edited("model.json", lambda g: g.update(range_constraints={"print()": {}})),
            "names of its sizes are Python",
        ),
        (replaced("model.json", b"{"), "cannot be read"),
        (replaced("sample_inputs/model.pt", inner_pickle()), "names __builtin__ print"),
        (lambda m: m.update({"model/data/aotinductor/model/x.so": b""}), "compiled code"),
        (lambda m: m.update({"other/models/model.json": b"{}"}), "cannot be read"),
        (
            lambda m: m.update({n.upper(): b"{}" for n in list(m) if n.endswith("model.json")}),
            "cannot be read",
        ),
        (
            lambda m: m.update({"model/serialized_exported_program.json": b"{}"}),
            "whose parts are pickles",
        ),
    ],
    ids=[
        "pickled weight",
        "opaque constant",
        "expression",
        "guards",
        "sizes",
        "broken",
        "example inputs",
        "compiled",
        "two roots",
        "two cases",
        "older",
    ],
)
def test_what_would_run_is_named(change: Any, said: str, members: Members, tmp_path: Path) -> None:
    changed = dict(members)
    change(changed)
    assert said in code_in_program(written(changed, tmp_path))


def test_no_archive_at_all(tmp_path: Path) -> None:
    (tmp_path / "model.pt2").write_bytes(b"PK nothing")
    assert "cannot be read" in code_in_program(tmp_path / "model.pt2")
