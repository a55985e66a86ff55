"""What `lhnets new` writes passes the schema, and says nothing that the card's own descriptions do
not say."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from lhnets.cli import group
from lhnets.errors import CardError
from lhnets.format import Card, contents, inputs, origin, outputs, read_path, region, variations
from lhnets_registry.cards import card_file
from lhnets_registry.cards.new import KINDS, card_text, new, recipe_text


@pytest.mark.parametrize("kind", KINDS)
def test_the_card_of_every_kind_passes_its_schema(kind: str) -> None:
    draft = card_file.parse(card_text("a-network", kind))
    assert (draft.name, draft.kind, draft.version) == ("a-network", kind, 1)
    assert "import MODEL --card card.yaml" in card_text("a-network", kind)


@pytest.mark.parametrize("kind", ["cross_section", "classifier"])
def test_every_comment_is_a_description_of_the_card(kind: str) -> None:
    body = card_text("a-network", kind).split("\n\n", 1)[1]
    pattern = r" *# (.+?) \[(?:text|a |one of |fields|list|true or |any ).*\]"
    comments = [re.fullmatch(pattern, line) for line in body.splitlines()]
    told = {m[1] for m in comments if m}
    sources = map(inspect.getsource, (contents, inputs, origin, outputs, region, variations))
    nodes = (node for source in sources for node in ast.walk(ast.parse(source)))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant)}
    assert told - texts == set()
    assert len(told) > 40
    others = [
        line
        for line in body.splitlines()
        if "#" in line and not re.fullmatch(r" *# (.+ \[.+\]|-? ?\w+:)", line)
    ]
    assert others in ([], ["      # - name:"])


def test_every_field_of_an_authors_card_is_there() -> None:
    text = card_text("a-network", "cross_section")
    for field in set(Card.__struct_encode_fields__) - set(card_file.COMPUTED):
        assert re.search(rf"^(# )?{field}:", text, re.MULTILINE), field


def test_the_comments_taken_away_leave_plain_yaml() -> None:
    text = card_text("a-network", "classifier")
    assert yaml.safe_load(text)["inputs"][0]["shape"] == ["N", "P", 2]


def test_what_is_left_to_replace_is_refused_by_the_admission(good: bytes) -> None:
    from lhnets_registry.admission.envelope import envelope_checks
    from lhnets_registry.admission.limits import Limits

    from ..conftest import sealed

    finding = next(
        f
        for f in envelope_checks(sealed(title="Replace: a title"), Limits())[0]
        if f.item == "text"
    )
    assert finding.outcome == "fail"
    assert "card.title still says" in finding.figure


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    made = new("a-network", folder=tmp_path / "x")
    assert made.recipe == tmp_path / "x" / "a_network.py"
    with pytest.raises(CardError, match="nothing is overwritten"):
        new("a-network", folder=tmp_path / "x")
    assert new("a-tagger", "classifier", tmp_path / "y").recipe is None


@pytest.mark.parametrize("name", ["A_Network", "../up", "", "a" * 81, "-", "a--b"])
def test_names_that_cannot_be(name: str, tmp_path: Path) -> None:
    with pytest.raises(CardError, match="lower-case words joined by hyphens"):
        new(name, folder=tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CardError, match="cannot write"):
        new("a-network", folder=tmp_path / "file" / "x")


def test_the_recipe_runs_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    said = runner.invoke(group, ["new", "cs-own-network"], catch_exceptions=False)
    assert said.exit_code == 0
    assert "lhnets check cs-own-network/card.yaml" in said.output
    arguments = ["train", "cs-own-network/cs_own_network.py", "--rows", "300", "--effort", "0.02"]
    trained = runner.invoke(group, arguments, catch_exceptions=False)
    assert trained.exit_code == 0, trained.output
    card = read_path(tmp_path / "build" / "cs-own-network" / "cs-own-network.onnx").card
    assert card.subject == "2212 2212 > 1000021 1000021"
    assert card.training.recipe == "cs_own_network"


def test_the_recipe_says_its_name() -> None:
    assert recipe_text("cs-own-network").startswith('"""cs-own-network:')
    assert "NETWORK" not in recipe_text("cs-own-network")
