"""The editor while somebody writes in it: what it finds at once, suggestions, examples; copies, retiring."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from fastapi import FastAPI
from rule_world import DAY, entered, form, in_force, keep, press, staffed, words, write
from web_client import Answer, Browser, active_parts, values
from web_world import NOW, rows

from alerts.app import App
from alerts.model import Polarity, Rule, Severity
from alerts.rules.short_guide import SHORT_GUIDE
from alerts.store import audit, rules
from alerts.store.unit import reading
from alerts.web.site import make_web

LAUNCH = Rule(
    "launch", "Ballistic launch", "missile NEAR/5 launch", Severity.CRITICAL, polarity=Polarity.ESCALATION
)


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = staffed(tmp_path)
    write(app, LAUNCH, now=NOW - 100 * DAY)
    return app


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


@pytest.fixture
def anna(web: FastAPI) -> Browser:
    return entered(web, "anna")


def live(browser: Browser, path: str, query: str, **fields: str) -> Answer:
    return press(browser, path, "live", {"query": query, **fields})


def text(answer: Answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_what_a_rule_finds_is_shown_while_it_is_written_and_nothing_changes(app: App, anna: Browser) -> None:
    keep(app, "Border closed at noon", "Border talks", "Cats sleep", "Border, they say, is not closed")
    before = rows(app)
    answer = live(anna, "/rules/new", "border NEAR/1 closed")
    assert answer.status == 200
    assert not active_parts(answer.text)
    assert "<html" not in answer.text
    told = text(answer)
    assert "It matches 1 of 4 items of the last 30 days" in told
    assert "<mark>Border</mark> <mark>closed</mark> at noon" in answer.text
    assert "Near misses" in told
    assert "Mails a week to expect" in told
    assert 'id="query-said" hx-swap-oob' in answer.text
    assert "It matches none of 4 items of the last 30 days." in text(live(anna, "/rules/new", "zebra"))
    assert rows(app) == before


def test_a_fault_is_told_with_its_place_while_it_is_written(anna: Browser) -> None:
    answer = live(anna, "/rules/new", "border close)")
    assert "E04</b> at column 13" in answer.text
    assert 'border close<span class="here">)</span>' in answer.text
    assert "Tried on" not in answer.text


def test_what_can_be_written_stands_beside_the_query_with_an_example_of_each(anna: Browser) -> None:
    told = unescape(re.sub("<[^>]+>", "", anna.get("/rules/new").text))
    for hint in SHORT_GUIDE:
        assert f"{hint.what}{hint.example} {hint.finds}" in told


def test_an_empty_form_finds_nothing_and_says_what_will_come(anna: Browser) -> None:
    assert "shows here" in text(live(anna, "/rules/new", " "))


def test_an_edit_shows_at_once_what_comes_and_goes(app: App, anna: Browser) -> None:
    keep(app, "Missile launch seen", "Rocket launch seen")
    told = text(live(anna, "/rules/launch/edit", "rocket NEAR/5 launch"))
    assert "+ 1 item more Rocket launch seen" in told
    assert "− 1 item fewer Missile launch seen" in told


def test_a_preview_for_another_session_says_so_and_shows_nothing(web: FastAPI, anna: Browser) -> None:
    fields = {**form(anna, "/rules/new"), "query": "border", "act": "live", "word": "0.0"}
    assert "logged in anew" in anna.post("/rules/new", fields).text
    assert entered(web, "victor").post("/rules/new", fields).status == 403


@pytest.mark.parametrize(("button", "field"), [("example_match", "match"), ("example_no_match", "no_match")])
def test_a_headline_becomes_an_example_by_its_button(anna: Browser, button: str, field: str) -> None:
    for _ in range(2):
        answer = press(anna, "/rules/new", "", {"query": "border", field: "One", button: "Border  closed"})
    assert values(answer.text)[field] == "One\nBorder closed"


def test_a_headline_in_another_language_is_offered_with_its_code(app: App, anna: Browser) -> None:
    keep(app, "La border est closed", language="fr")
    answer = press(anna, "/rules/new", "try", {"query": "border"})
    assert 'name="example_match" value="fr: La border est closed"' in answer.text


def test_suggestions_are_options_of_a_list(anna: Browser) -> None:
    answer = anna.get("/rules/new/complete?q=%40missil&at=7")
    assert answer.status == 200
    assert re.search(
        r'<li role="option"[^>]*data-typed="@missil" data-text="@missile" data-sure', answer.text
    )
    for asked in ("", "?q=%00&at=9999999", "?q=<b>&at=-1", "?q=%22missi&at=6"):
        answer = anna.get(f"/rules/new/complete{asked}")
        assert (answer.status, answer.text.strip()) == (200, "")


def test_only_those_who_write_get_suggestions(web: FastAPI) -> None:
    assert entered(web, "victor").get("/rules/new/complete?q=@a").status == 403
    assert Browser(web).get("/rules/new/complete?q=@a").status == 303


def test_a_copy_begins_with_what_the_other_says_and_is_a_rule_of_its_own(app: App, anna: Browser) -> None:
    fields = values(anna.get("/rules/new?from=launch").text)
    assert (fields["query"], fields["name"]) == (LAUNCH.query, "Copy of Ballistic launch")
    assert (fields["key"], fields["owner"], fields["severity"]) == ("", "anna", "critical")
    answer = anna.post("/rules/new", {**fields, "key": "launch-2", "act": "save"})
    assert answer.headers["location"] == "/rules/launch-2?saved=saved"
    assert in_force(app, "launch").name == "Ballistic launch"
    assert anna.get("/rules/new?from=none").status == 200


def test_a_rule_is_retired_after_a_page_that_says_what_that_means(app: App, anna: Browser) -> None:
    before = rows(app)
    page = anna.get("/rules/launch/retire")
    assert "Nobody gets mail for this rule" in words(page)
    assert rows(app) == before
    answer = anna.fill(page, "/rules/launch/retire", {"why": "No longer followed"})
    assert answer.headers["location"] == "/rules/launch?saved=retired"
    with reading(app.engine) as tx:
        assert rules.kept.find(tx, "launch") is None
        event = audit.latest(tx, 1)[0]
    assert (event.actor, event.action, event.detail) == ("anna", "rule retired", "No longer followed")
    assert anna.get("/rules/launch/retire").status == 404
    shown = anna.get("/rules/launch")
    assert "launch" in anna.get("/rules?show=retired").text
    assert "/rules/launch" not in anna.get("/rules").text
    assert anna.fill(shown, "/rules/launch/restore").status == 303
    assert in_force(app, "launch").query == LAUNCH.query


def test_a_viewer_or_a_form_of_another_session_retires_nothing(app: App, web: FastAPI, anna: Browser) -> None:
    assert entered(web, "victor").get("/rules/launch/retire").status == 403
    assert anna.post("/rules/launch/retire", {"word": "0.0"}).status == 400
    assert in_force(app, "launch")


def test_the_list_is_narrowed_by_words_severity_owner_and_review(app: App, anna: Browser) -> None:
    write(app, Rule("port", "Port closed", "port", Severity.LOW, owner="Asia <desk>", review_at=NOW.date()))
    for asked in ("q=PORT", "severity=low", "owner=Asia+%3Cdesk%3E", "due=yes"):
        page = anna.get(f"/rules?{asked}").text
        assert ("/rules/port" in page, "/rules/launch" in page) == (True, False), asked
    assert "No rule is like that" in words(anna.get("/rules?q=nothing"))
    assert not active_parts(anna.get("/rules?q=%3Cscript%3E").text)
