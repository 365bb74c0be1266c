"""Acknowledging and muting a story in the browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from situation_world import Followed, entered, with_accounts
from web_client import Browser
from web_world import make_app, rows

from alerts.app import App
from alerts.model import StoryState
from alerts.store import acknowledgements, audit
from alerts.store.acknowledgements import Stand
from alerts.store.unit import reading
from alerts.web.desk.stories import after
from alerts.web.site import make_web


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = make_app(tmp_path)
    followed = Followed(app)
    followed.story("Shells hit the pier", told_by=[followed.other])
    followed.story("Shells hit the bridge")
    with_accounts(app)
    return app


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


@pytest.fixture
def anna(web: FastAPI) -> Browser:
    return entered(web, "anna")


def stand(app: App, story: int = 1) -> Stand | None:
    with reading(app.engine) as tx:
        return acknowledgements.of_stories(tx, [story]).get(story)


def test_the_page_of_a_story_shows_who_tells_it_and_why_they_belong_together(anna: Browser) -> None:
    page = anna.get("/stories/1").text
    assert "2 items of 2 publishers, 1 independent" in page
    assert "Words of <bdi>wire</bdi>" in page
    assert "بريد الميناء" in page
    assert "Nobody has seen to it yet." in page


def test_a_story_of_one_item_is_not_called_independent_of_itself(anna: Browser) -> None:
    page = anna.get("/stories/2").text
    assert "Story 2 · 1 item · all times" in page
    assert "independent" not in page


def test_acknowledging_on_the_page_of_today_marks_the_story_and_lets_it_sink(anna: Browser, app: App) -> None:
    page = anna.get("/")
    first = page.text.index("hit the pier"), page.text.index("hit the bridge")
    answer = anna.fill(page, "/stories/1", {"state": "acknowledged"})
    assert (answer.status, answer.headers["location"]) == (303, "/#item-1")
    now = anna.get("/").text
    assert "Seen to by <bdi>anna</bdi>" in now
    assert first[0] < first[1]
    assert now.index("hit the pier") > now.index("hit the bridge")
    found = stand(app)
    assert found is not None and (found.state, found.by) == (StoryState.ACKNOWLEDGED, "anna")


def test_muting_asks_for_a_reason_and_keeps_what_was_chosen(anna: Browser, app: App) -> None:
    page = anna.get("/stories/1")
    refused = anna.fill(page, "/stories/1", {"state": "muted", "reason": "  "})
    assert refused.status == 422
    assert "needed to mute" in page.text
    assert "Say why" in refused.text
    assert stand(app) is None
    answer = anna.fill(refused, "/stories/1", {"state": "muted", "reason": "the <navy> has it"})
    assert answer.headers["location"] == "/stories/1"
    shown = anna.get("/stories/1").text
    assert "Muted by <bdi>anna</bdi>" in shown
    assert "the &lt;navy&gt; has it" in shown
    assert re.findall(r'<button name="state" value="(\w+)">([^<]+)', shown) == [("open", "Unmute")]
    assert "has it</span>. <span" in shown
    assert "Muted by" in anna.get("/items/1").text


def test_what_was_said_can_be_taken_back_and_all_of_it_stays_in_the_audit(anna: Browser, app: App) -> None:
    for state in ("muted", "open", "acknowledged", "open"):
        anna.fill(anna.get("/items/1"), "/stories/1", {"state": state, "reason": "because"})
    found = stand(app)
    assert found is not None and found.state is StoryState.OPEN
    with reading(app.engine) as tx:
        said = audit.latest(tx, 4, audit.Which(subject="story 1"))
    assert [each.action for each in said] == [
        "story reopened",
        "story acknowledged",
        "story reopened",
        "story muted",
    ]
    page = anna.get("/stories/1").text
    assert "Nobody has seen to it yet." in page
    assert "story muted: " in page


def test_a_viewer_sees_what_was_said_and_has_no_form(anna: Browser, web: FastAPI, app: App) -> None:
    anna.fill(anna.get("/stories/1"), "/stories/1", {"state": "acknowledged"})
    victor = entered(web, "victor")
    page = victor.get("/stories/1").text
    assert "Seen to by" in page
    assert "<textarea" not in page and 'name="state"' not in page
    assert 'name="state"' not in victor.get("/").text + victor.get("/items/1").text
    before = rows(app)
    assert victor.post("/stories/1", {"state": "muted", "reason": "x"}).status == 403
    assert rows(app)["acknowledgements"] == before["acknowledgements"]


def test_a_form_of_another_session_changes_nothing_and_keeps_the_reason(anna: Browser, app: App) -> None:
    answer = anna.post("/stories/1", {"state": "muted", "reason": "the navy has it", "word": "stale"})
    assert answer.status == 403
    assert 'value="the navy has it"' in answer.text
    assert stand(app) is None
    assert anna.post("/stories/1", {"state": "muted"}, sec_fetch_site="cross-site").status == 403


@pytest.mark.parametrize(
    ("path", "state", "status"),
    [("/stories/99", "acknowledged", 404), ("/stories/x", "acknowledged", 400), ("/stories/1", "loud", 400)],
)
def test_what_no_page_of_ours_sends_is_refused(anna: Browser, path: str, state: str, status: int) -> None:
    word = {"word": anna.get("/stories/1").text.split('name="word" value="')[1].split('"')[0]}
    assert anna.post(path, {**word, "state": state}).status == status


@pytest.mark.parametrize("path", ["/stories/99", "/stories/x", "/stories/-1"])
def test_a_story_that_never_was_is_not_found(anna: Browser, path: str) -> None:
    assert anna.get(path).status == 404


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/#item-12", "/#item-12"),
        ("/items/3", "/items/3"),
        ("", "/stories/7"),
        ("//evil.example", "/stories/7"),
        ("https://evil.example", "/stories/7"),
        ("/#x y<z>", "/"),
    ],
)
def test_after_a_form_one_is_where_one_was_and_never_elsewhere(wanted: str, path: str) -> None:
    assert after(wanted, "7") == path
