"""Whatever goes wrong, and whatever is sent, the answer is a problem (RFC 9457) that says what to do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from api_world import Program, api_alone, fill, program
from starlette import types as asgi
from web_client import Answer, ask
from web_world import NOW, make_app

from alerts.app import App
from alerts.config import Settings
from alerts.store.rules import kept
from alerts.store.unit import reading, writing

HERE = {"type", "title", "status", "detail"}


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = make_app(tmp_path)
    fill(app)
    return app


@pytest.fixture
def tester(app: App) -> Program:
    return program(app)


def problem(answer: Answer, status: int) -> dict[str, Any]:
    assert answer.status == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = json.loads(answer.body)
    assert set(found) >= HERE
    assert found["status"] == status
    assert not re.search('Traceback|File "|sqlalchemy|pydantic', answer.text)
    return found


def test_an_unknown_address_and_an_unknown_method_are_problems(tester: Program) -> None:
    for path in (
        "/api/v1/nothing",
        "/api/v2/rules",
        "/api/",
        "/api/v1/rules/",
        "/api/v1/x%0Ay",
        "/api/v1/a\nb",
    ):
        problem(tester.ask(path), 404)
    told = tester.ask("/rules/launch", "POST", {})
    problem(told, 405)
    assert told.headers["allow"] == "DELETE, GET, PUT"
    problem(tester.ask("/rules", "TRACE"), 405)


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/rules/none", "there is no rule 'none'"),
        ("/concepts/none", "there is no concept 'none'"),
        ("/situations/none", "there is no situation 'none'"),
        ("/situations/none/calls", "there is no situation 'none'"),
        ("/feeds/99", "there is no feed 99"),
        ("/items/99", "there is no item 99"),
        ("/items/99/why?rule=launch", "there is no item 99"),
        ("/matches?rule=none", "there is no rule 'none'"),
        ("/subscribers/99", "there is no subscriber 99"),
        ("/subscribers/99/export", "there is no subscriber 99"),
        ("/deliveries/99", "there is no delivery 99"),
    ],
)
def test_what_is_not_there_is_named(tester: Program, path: str, what: str) -> None:
    assert problem(tester.ask(path), 404)["detail"].startswith(what)


def test_a_body_that_is_no_json_is_refused_before_anything_is_done(tester: Program) -> None:
    for body in (b"{", b"nothing", b"\xff\xfe\x00", b'{"query": "a"', b"[" * 100_000, b"9" * 5_000):
        problem(
            tester.ask("/rules/launch", "PUT", body), 422 if body.isdigit() and len(body) < 4_000 else 400
        )
    problem(tester.ask("/rules/launch", "PUT", b"query=a", content_type="text/plain"), 415)
    problem(tester.ask("/rules/launch", "PUT", b"query=a", content_type="multipart/form-data"), 415)
    assert tester.get("/rules/launch")["query"] == '"ballistic missile"'


def test_a_body_that_is_too_long_is_refused_whether_it_says_so_or_not(tester: Program) -> None:
    long = json.dumps({"query": "a" * 1_000_000}).encode()
    problem(tester.ask("/rules/launch", "PUT", long), 413)
    problem(tester.ask("/rules/launch", "PUT", long, content_length="10"), 413)
    problem(tester.ask("/rules/launch", "PUT", long, content_length="nonsense"), 413)


@pytest.mark.parametrize(
    ("method", "path", "body", "place"),
    [
        ("PUT", "/rules/launch", {}, "#/query"),
        ("PUT", "/rules/launch", {"query": ""}, "#/query"),
        ("PUT", "/rules/launch", {"query": 1}, "#/query"),
        ("PUT", "/rules/launch", {"query": "a", "sevrity": "high"}, "#/sevrity"),
        ("PUT", "/rules/launch", {"query": "a", "severity": "severe"}, "#/severity"),
        ("PUT", "/rules/launch", {"query": "a", "languages": ["en", "english"]}, "#/languages/1"),
        ("PUT", "/rules/launch", {"query": "a", "review_at": "soon"}, "#/review_at"),
        ("PUT", "/rules/launch", {"query": "a", "review_at": 20300101}, "#/review_at"),
        ("PUT", "/rules/launch", {"query": "a", "a/b~c": 1}, "#/a~1b~0c"),
        ("PUT", "/rules/launch", [1], "#"),
        ("PUT", "/rules/launch", {"query": "a (b"}, "#/query"),
        ("POST", "/subscribers", {"address": "a@b.example", "consent": True}, "#/consent"),
        ("POST", "/subscribers", {"address": "a@b.example", "hour": "8"}, "#/hour"),
        ("POST", "/subscribers", {"address": "a@b.example", "hour": 24}, "#/hour"),
        ("PATCH", "/subscribers/1", {"paused_until": "2026-01-01"}, "#/paused_until"),
        ("PATCH", "/subscribers/1", {"paused_until": "2026-01-01T00:00:00"}, "#/paused_until"),
        ("PATCH", "/subscribers/1", {"paused_until": "0001-01-01T00:00:00+23:00"}, "#/paused_until"),
        ("PATCH", "/subscribers/1", {"paused_until": 1767225600}, "#/paused_until"),
    ],
)
def test_a_fault_in_a_body_is_pointed_at(
    tester: Program, method: str, path: str, body: Any, place: str
) -> None:
    found = problem(tester.ask(path, method, body), 422)
    assert place in [each["pointer"] for each in found["errors"]]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/rules?limit=0", "limit"),
        ("/rules?limit=201", "limit"),
        ("/rules?limit=ten", "limit"),
        ("/rules?limt=10", "limt"),
        ("/rules/Launch", "key"),
        ("/feeds/0", "id"),
        ("/feeds/9223372036854775808", "id"),
        ("/feeds/١", "id"),
        ("/matches?since=yesterday", "since"),
        ("/deliveries?state=lost", "state"),
        ("/items?q=(missile", "q"),
        ("/items?q=%00", "q"),
    ],
)
def test_a_fault_in_an_address_names_the_parameter(tester: Program, path: str, name: str) -> None:
    assert name in [each["parameter"] for each in problem(tester.ask(path), 422)["errors"]]


def test_a_query_that_cannot_be_read_says_where_and_what_to_do(tester: Program) -> None:
    found = problem(tester.ask("/rules/new-one", "PUT", {"query": "missile NEAR/99 launch"}), 422)
    assert found["type"] == "urn:problem-type:alerts:query"
    (fault,) = found["errors"]
    assert (fault["pointer"], fault["column"]) == ("#/query", 9)
    assert fault["code"].startswith("E")


def test_without_its_database_it_says_when_to_try_again(tmp_path: Path) -> None:
    bare = App(Settings(home=tmp_path / "bare", secret_key="x" * 40), clock=lambda: NOW)
    told = ask(api_alone(bare), "/api/v1/rules", headers={"authorization": "Bearer alerts_" + "x" * 43})
    found = problem(told, 503)
    assert told.headers["retry-after"] == "30"
    assert str(tmp_path) not in f"{found}"


def test_a_database_that_goes_away_later_is_told_in_the_same_way(app: App, tester: Program) -> None:
    tester.get("/ledger")
    with writing(app.engine) as tx:
        tx.exec_driver_sql("DROP TABLE brakes")
    assert "alerts.db" not in str(problem(tester.ask("/ledger"), 503))


def test_an_unforeseen_failure_shows_no_trace(tester: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.web.api.ledger.ledger.read", lambda _tx: 1 / 0)

    async def server(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        with pytest.raises(ZeroDivisionError):  # handed on to the server's own log
            await tester.web(scope, receive, send)

    answer = Program(server, tester.token).ask("/ledger")
    assert "ZeroDivision" not in str(problem(answer, 500))


def test_what_was_kept_of_hostile_words_is_handed_out_letter_by_letter(app: App, tester: Program) -> None:
    name = "<script>run()</script> \u202eegats ﷽ 👩‍👩‍👧‍👦"
    assert tester.ask("/rules/hostile", "PUT", {"query": "a b", "name": name}).status == 201
    assert tester.get("/rules/hostile")["name"] == name
    with reading(app.engine) as tx:
        assert kept.get(tx, "hostile").name == name
