"""Tokens, on SQLite and PostgreSQL."""

from __future__ import annotations

import pytest

from lhnets_registry.errors import ScopeError, TokenError
from lhnets_registry.ledger import audit, tables, tokens
from lhnets_registry.location import Location

DAY = 86_400_000


def test_a_token_authenticates_for_its_scopes_and_only_its_hash_is_kept(location: Location) -> None:
    made, text = tokens.create(location, ["publish"], "a group")
    assert tokens.authenticate(location, text, ["publish"]) == made
    assert tokens.authenticate(location, text, ["review", "publish"]) == made
    assert tokens.listed(location) == [made]
    secret = text.split("_", 2)[2]
    with tables.reading(location) as connection:
        assert connection is not None
        rows = [
            tuple(row)
            for table in (tables.TOKENS, tables.AUDIT)
            for row in connection.execute(table.select())
        ]
    assert rows
    assert secret not in str(rows)
    with pytest.raises(ScopeError, match="may publish; this takes one that may review") as caught:
        tokens.authenticate(location, text, ["review"])
    assert secret not in str(caught.value)


def test_two_tokens_differ(location: Location) -> None:
    assert len({tokens.create(location, ["publish"])[1] for _ in range(3)}) == 3


def test_unknown_tokens_are_refused_without_being_told(location: Location) -> None:
    _, text = tokens.create(location, ["publish"])
    wrong = text[:-1] + ("A" if text[-1] != "A" else "B")
    for given in (
        wrong,
        "",
        "lhnets_",
        "nonsense",
        text + "x",
        text.upper(),
        "lhnets_" + "0" * 12 + "_" + "a" * 43,
    ):
        with pytest.raises(TokenError, match="not known") as caught:
            tokens.authenticate(location, given, ["publish"])
        assert not given or given not in str(caught.value)


def test_expiry_and_revocation(location: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    short, text = tokens.create(location, ["publish"], days=1)
    assert tokens.authenticate(location, text, ["publish"]).state == "valid"
    at = audit.now() + DAY
    with monkeypatch.context() as patch:
        patch.setattr(audit, "now", lambda: at)
        with pytest.raises(TokenError, match=f"{short.id} is expired"):
            tokens.authenticate(location, text, ["publish"])
    assert tokens.revoke(location, short.id).state == "revoked"
    assert tokens.revoke(location, short.id).state == "revoked"
    with pytest.raises(TokenError, match=f"{short.id} is revoked"):
        tokens.authenticate(location, text, ["publish"])
    with pytest.raises(TokenError, match="token list"):
        tokens.revoke(location, "000000000000")
    assert [e.action for e in audit.listed(location)] == ["token create", "token revoke"]


def test_scopes_and_names_are_checked(location: Location) -> None:
    for scopes in ([], ["admin"], ["publish", "admin"]):
        with pytest.raises(TokenError, match="publish, review"):
            tokens.create(location, scopes)  # type: ignore[arg-type]
    with pytest.raises(TokenError, match="200"):
        tokens.create(location, ["publish"], "x" * 201)
    assert tokens.create(location, ["review", "publish", "review"])[0].scopes == (
        "review",
        "publish",
    )
