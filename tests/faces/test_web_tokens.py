"""The page of tokens: an admin makes one, sees it once, and revokes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from web_client import Browser, active_parts, ask
from web_world import NOW, make_app

from alerts.app import App
from alerts.model import Role
from alerts.services.accounts import add_account
from alerts.store import audit, tokens
from alerts.store.unit import reading
from alerts.web.site import make_web

PASSWORD = "a long sentence about herons"


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = make_app(tmp_path)
    for name, role in (("ada", Role.ADMIN), ("eddy", Role.EDITOR)):
        add_account(app.engine, app.passwords, name, role, PASSWORD, actor="test", now=NOW)
    return app


def logged_in(app: App, name: str = "ada") -> Browser:
    browser = Browser(make_web(app))
    browser.fill(browser.get("/login"), "/login", {"name": name, "password": PASSWORD})
    return browser


def test_only_an_admin_sees_and_makes_tokens(app: App) -> None:
    editor = logged_in(app, "eddy")
    assert editor.get("/tokens").status == 403
    assert editor.post("/tokens", {"name": "mine", "scope": "read"}).status == 403
    assert Browser(make_web(app)).get("/tokens").status == 303
    assert 'href="/tokens"' not in editor.get("/").text


def test_a_token_is_shown_once_and_opens_the_api(app: App) -> None:
    browser = logged_in(app)
    made = browser.fill(browser.get("/tokens"), "/tokens", {"name": "dash", "scope": "read", "days": "30"})
    (token,) = re.findall(r"alerts_[A-Za-z0-9_-]{43}", made.text)
    assert made.headers["cache-control"] == "no-store"
    assert token not in browser.get("/tokens").text
    told = ask(browser.web, "/api/v1/rules", headers={"authorization": f"Bearer {token}"})
    assert told.status == 200
    with reading(app.engine) as tx:
        (kept,) = tokens.listed(tx)
        assert (audit.latest(tx, 1)[0].actor, audit.latest(tx, 1)[0].action) == ("ada", "token made")
    assert (kept.name, kept.scopes, (kept.expires_at - NOW).days) == ("dash", ("read",), 30)  # type: ignore[operator]


def test_a_token_is_revoked_at_once_and_stays_in_the_list_of_those_that_ended(app: App) -> None:
    browser = logged_in(app)
    made = browser.fill(browser.get("/tokens"), "/tokens", {"name": "dash", "scope": "read", "days": ""})
    (token,) = re.findall(r"alerts_[A-Za-z0-9_-]{43}", made.text)
    gone = browser.fill(browser.get("/tokens"), "/tokens/revoke")
    assert (gone.status, gone.headers["location"]) == (303, "/tokens?done=revoked")
    page = browser.get("/tokens?done=revoked").text
    assert "is revoked" in page
    assert "No token is in force" in page
    assert ask(browser.web, "/api/v1/rules", headers={"authorization": f"Bearer {token}"}).status == 401


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "a b", "scope": "read"}, "cannot be the name"),
        ({"name": "dash"}, "Choose what it may open"),
        ({"name": "dash", "scope": "everything"}, "Choose what it may open"),
        ({"name": "dash", "scope": "read", "days": "soon"}, "Write a number of days"),
        ({"name": "dash", "scope": "read", "days": "0"}, "0 days are not possible"),
        ({"name": "<script>x</script>", "scope": "read"}, "cannot be the name"),
    ],
)
def test_what_will_not_do_is_told_and_what_was_typed_stays(
    app: App, fields: dict[str, str], said: str
) -> None:
    browser = logged_in(app)
    word = {"word": re.findall(r'name="word" value="([^"]+)"', browser.get("/tokens").text)[-1]}
    answer = browser.post("/tokens", {**word, **fields})
    assert answer.status == 400
    assert said in answer.text
    assert active_parts(answer.text) == []
    with reading(app.engine) as tx:
        assert tokens.listed(tx) == ()


def test_a_form_of_another_session_makes_and_revokes_nothing(app: App) -> None:
    browser = logged_in(app)
    assert browser.post("/tokens", {"name": "dash", "scope": "read", "word": "x"}).status == 400
    assert (
        browser.post("/tokens", {"name": "dash", "scope": "read"}, sec_fetch_site="cross-site").status == 403
    )
    assert browser.post("/tokens/revoke", {"name": "dash", "word": "x"}).status == 400
    with reading(app.engine) as tx:
        assert tokens.listed(tx) == ()
