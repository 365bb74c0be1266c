"""Who is let in: each address of the API for each scope, bad tokens, and what a token leaves behind."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from api_world import ALL, Program, api_alone, fill, program
from sqlalchemy import select
from web_client import ask
from web_world import NOW, make_app

from alerts.app import App
from alerts.errors import BadInput, NotFound
from alerts.services import tokens
from alerts.services.tokens import Opens, WrongToken, admit, make_token, revoke_token
from alerts.store import audit
from alerts.store.face_schema import Token
from alerts.store.unit import reading
from alerts.web.api.site import make_api

READ, WRITE, PEOPLE = Opens.READ, Opens.WRITE, Opens.PEOPLE
RULE = {"query": "ballistic missile"}

TABLE: dict[tuple[str, str], tuple[Opens, Any]] = {
    ("GET", "/v1/rules"): (READ, None),
    ("GET", "/v1/rules/launch"): (READ, None),
    ("PUT", "/v1/rules/launch"): (WRITE, RULE),
    ("DELETE", "/v1/rules/launch"): (WRITE, None),
    ("GET", "/v1/rules/launch/versions"): (READ, None),
    ("POST", "/v1/query/check"): (READ, RULE),
    ("POST", "/v1/query/try"): (READ, RULE),
    ("GET", "/v1/concepts"): (READ, None),
    ("GET", "/v1/concepts/harbour"): (READ, None),
    ("PUT", "/v1/concepts/harbour"): (WRITE, {"terms": {"en": ["port"]}}),
    ("DELETE", "/v1/concepts/harbour"): (WRITE, None),
    ("GET", "/v1/concepts/harbour/versions"): (READ, None),
    ("GET", "/v1/situations"): (READ, None),
    ("GET", "/v1/situations/korea"): (READ, None),
    ("PUT", "/v1/situations/korea"): (WRITE, {"places": ["kr"]}),
    ("DELETE", "/v1/situations/korea"): (WRITE, None),
    ("GET", "/v1/situations/korea/versions"): (READ, None),
    ("GET", "/v1/situations/korea/calls"): (READ, None),
    ("POST", "/v1/situations/korea/decision"): (WRITE, {"draft": 1}),
    ("GET", "/v1/feeds"): (READ, None),
    ("POST", "/v1/feeds"): (WRITE, {"url": "https://new.example/feed"}),
    ("GET", "/v1/feeds/1"): (READ, None),
    ("PATCH", "/v1/feeds/1"): (WRITE, {"state": "paused"}),
    ("DELETE", "/v1/feeds/1"): (WRITE, None),
    ("POST", "/v1/feeds/1/poll"): (WRITE, None),
    ("GET", "/v1/items"): (READ, None),
    ("POST", "/v1/items"): (WRITE, {"items": [{"id": "1"}]}),
    ("GET", "/v1/items/1"): (READ, None),
    ("GET", "/v1/items/1/why?rule=launch"): (READ, None),
    ("GET", "/v1/matches"): (READ, None),
    ("GET", "/v1/subscribers"): (PEOPLE, None),
    ("POST", "/v1/subscribers"): (
        PEOPLE,
        {"address": "new@example.org", "consent": "on paper", "rules": ["launch"]},
    ),
    ("GET", "/v1/subscribers/1"): (PEOPLE, None),
    ("PATCH", "/v1/subscribers/1"): (PEOPLE, {"language": "fr"}),
    ("DELETE", "/v1/subscribers/1"): (PEOPLE, None),
    ("GET", "/v1/subscribers/1/export"): (PEOPLE, None),
    ("PUT", "/v1/subscribers/1/subscriptions/daily"): (PEOPLE, {"rules": ["launch"]}),
    ("DELETE", "/v1/subscribers/1/subscriptions/weekly"): (PEOPLE, None),
    ("GET", "/v1/deliveries"): (PEOPLE, None),
    ("GET", "/v1/deliveries/1"): (PEOPLE, None),
    ("GET", "/v1/ledger"): (READ, None),
}
"""Method and address → the scope that opens it, and what is sent. Every route of the API is here."""


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = make_app(tmp_path)
    fill(app)
    return app


def test_the_table_has_every_route_and_its_scope_is_the_documented_one(app: App) -> None:
    document = make_api(app, "").openapi()
    routes = {
        (method.upper(), path): [Opens(scope) for each in told["security"] for scope in each["token"]]
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    }
    shapes = {re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$"): path for _, path in routes}
    table = {
        (method, next(path for shape, path in shapes.items() if shape.match(asked.partition("?")[0]))): [
            scope
        ]
        for (method, asked), (scope, _) in TABLE.items()
    }
    assert table == routes


@pytest.mark.parametrize("opens", ALL)
def test_a_scope_opens_its_routes_and_no_others(app: App, opens: Opens) -> None:
    """Each route with a token of this scope only: those that change something in a database of their own."""
    tester = program(app, [opens])
    for (method, path), (needed, body) in TABLE.items():
        if method != "GET" and needed is opens:
            continue
        answer = tester.ask(f"/api{path}", method, body)
        assert (answer.status == 200) is (needed is opens), (method, path, answer.text)
        if needed is not opens:
            assert answer.status == 403
            assert f"scope {needed.value}" in json.loads(answer.body)["detail"]
            assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("method", "path"), [each for each in TABLE if each[0] != "GET"], ids=lambda each: str(each)
)
def test_what_changes_something_is_done_with_its_scope_and_told_to_the_audit(
    app: App, method: str, path: str
) -> None:
    needed, body = TABLE[method, path]
    answer = program(app, [needed]).ask(f"/api{path}", method, body)
    assert answer.status in (200, 201, 202, 204), answer.text
    if not path.startswith("/v1/query/"):
        with reading(app.engine) as tx:
            assert audit.latest(tx, 1)[0].actor == "api tester"


def test_without_a_token_there_is_nothing_but_the_description(app: App) -> None:
    web = api_alone(app)
    for method, path in [*TABLE, ("GET", "/nothing"), ("TRACE", "/v1/rules")]:
        answer = ask(web, f"/api{path}", method)
        assert answer.status == 401, path
        assert answer.headers["www-authenticate"] == 'Bearer realm="alerts"'
        assert json.loads(answer.body)["status"] == 401
    assert ask(web, "/api/v1/openapi.json").status == 200


@pytest.mark.parametrize(
    "said",
    [
        "Bearer",
        "Bearer ",
        "Bearer alerts_",
        "Bearer alerts_" + "A" * 43,
        "Bearer " + "ä" * 30,
        "Basic YWxlcnRzOmFsZXJ0cw==",
        "{token}",
        "Bearer {token}x",
        "Bearer {token} x",
    ],
)
def test_what_is_no_token_in_force_opens_nothing(app: App, said: str) -> None:
    tester = program(app)
    told = {"authorization": said.format(token=tester.token).encode("latin-1").decode("latin-1")}
    try:
        answer = ask(tester.web, "/api/v1/rules", headers=told)
    except UnicodeEncodeError:  # no such header can be sent
        return
    assert answer.status == 401


def test_a_token_in_an_address_or_a_cookie_is_not_looked_at(app: App) -> None:
    tester = program(app)
    for path in ("/api/v1/rules?token={}", "/api/v1/rules?access_token={}"):
        assert ask(tester.web, path.format(tester.token)).status == 401
    assert ask(tester.web, "/api/v1/rules", headers={"cookie": f"alerts={tester.token}"}).status == 401
    assert tester.ask(f"/rules?token={tester.token}").status == 422


def test_an_expired_or_revoked_token_opens_nothing(app: App) -> None:
    token = make_token(app.engine, "short", [READ], days=1, actor="test", now=NOW)
    late = NOW + timedelta(days=1)
    assert admit(app.engine, token, "::1", late - timedelta(seconds=1)).opens == {READ}
    with pytest.raises(WrongToken):
        admit(app.engine, token, "::1", late)
    tester = program(app)
    assert tester.ask("/rules").status == 200
    revoke_token(app.engine, "tester", actor="test", now=NOW)
    assert tester.ask("/rules").status == 401
    with pytest.raises(NotFound):
        revoke_token(app.engine, "tester", actor="test", now=NOW)


def test_bad_tokens_are_counted_for_each_network_and_lock_no_good_one_out(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "BAD_TOKENS", 3)
    tester = program(app)
    bad = {"authorization": "Bearer alerts_" + "x" * 43}
    assert [ask(tester.web, "/api/v1/rules", headers=bad).status for _ in range(5)] == [401] * 3 + [429] * 2
    answer = ask(tester.web, "/api/v1/rules", headers=bad)
    assert answer.headers["retry-after"] == "3600"
    assert tester.ask("/rules").status == 200
    assert ask(tester.web, "/api/v1/rules", headers=bad, address="192.0.2.7").status == 401


def test_of_a_token_only_a_hash_is_kept_and_when_it_was_used_to_the_minute(app: App) -> None:
    token = make_token(app.engine, "kept", [READ, PEOPLE], days=None, actor="test", now=NOW)
    assert re.fullmatch(r"alerts_[A-Za-z0-9_-]{43}", token)
    used = []
    for seconds in (0, 30, 59, 60, 61, 200):
        admit(app.engine, token, "::1", NOW + timedelta(seconds=seconds))
        with reading(app.engine) as tx:
            (row,) = tx.execute(select(Token))
        used.append((row.used_at - NOW).total_seconds())
    assert used == [0, 0, 0, 60, 60, 200]
    assert (row.scopes, row.made_by, len(row.token_hash)) == (("read", "people"), "test", 64)
    assert all(token not in str(value) and token[7:] not in str(value) for value in row)


@pytest.mark.parametrize(
    ("name", "opens", "days"),
    [("x", [READ], None), ("a b", [READ], None), ("ok", [], None), ("ok", [READ], 0), ("ok", [READ], 3_651)],
)
def test_a_token_that_will_not_do_is_not_made(
    app: App, name: str, opens: list[Opens], days: int | None
) -> None:
    with pytest.raises(BadInput):
        make_token(app.engine, name, opens, days=days, actor="test", now=NOW)
    with reading(app.engine) as tx:
        assert tx.execute(select(Token)).all() == []


def test_a_name_is_used_once_so_that_the_audit_knows_who_it_was(app: App) -> None:
    make_token(app.engine, "Twice ", [READ], days=None, actor="test", now=NOW)
    revoke_token(app.engine, "twice", actor="test", now=NOW)
    with pytest.raises(BadInput, match="is, or was"):
        make_token(app.engine, "twice", [READ], days=None, actor="test", now=NOW)


def test_making_and_revoking_is_told_to_the_audit_without_the_token(app: App) -> None:
    token = make_token(app.engine, "told", [READ], days=3, actor="anna", now=NOW)
    revoke_token(app.engine, "told", actor="bert", now=NOW)
    with reading(app.engine) as tx:
        revoked, made = audit.latest(tx, 2)
    assert (made.actor, made.action, made.subject) == ("anna", "token made", "told")
    assert made.detail == "read; until 2026-03-08"
    assert (revoked.actor, revoked.action) == ("bert", "token revoked")
    assert token not in f"{made}{revoked}"


def test_while_there_are_no_accounts_a_token_is_asked_for_all_the_same(tmp_path: Path) -> None:
    assert ask(api_alone(make_app(tmp_path)), "/api/v1/rules").status == 401


def test_with_the_scope_people_only_it_is_said_who_was_told(app: App) -> None:
    path = "/items/1/why?rule=launch"
    (counted,) = {each["subscriber"] for each in program(app, [READ]).get(path)}
    assert counted is None
    named = program(app, [READ, PEOPLE], "both").get(path)
    assert {each["subscriber"] for each in named} >= {"duty.officer@crisis-room.example.org"}
    asked = Program(api_alone(app), program(app, [READ], "third").token).ask(f"{path}&subscriber=a@b.org")
    assert asked.status == 403
