"""A form that is sent after the login has ended waits for whoever sent it, and for nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from staff_world import PASSWORD, audited, logged_in, make_staffed
from web_client import Answer, Browser, post
from web_world import NOW

from alerts.app import App
from alerts.model import Role
from alerts.services.account_changes import end_sessions
from alerts.services.accounts import IDLE, LONGEST_SESSION, listed, log_in, log_out, set_password
from alerts.store import accounts
from alerts.store.unit import reading
from alerts.web.login import sealed
from alerts.web.site import make_web

PROMOTION = {"act": "role", "name": "bert", "role": "admin"}
KEPT, NOT_KEPT = "What you typed is kept", "What you typed is not kept"


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_staffed(tmp_path)


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


def enter(browser: Browser, page: Answer, name: str) -> Answer:
    return browser.fill(page, "/login", {"name": name, "password": PASSWORD})


def role(app: App, name: str) -> Role:
    return next(each.role for each in listed(app.engine, NOW) if each.name == name)


def test_what_its_owner_typed_goes_on_after_their_login(app: App, web: FastAPI) -> None:
    anna = logged_in(web, "anna")
    app.clock = lambda: NOW + IDLE
    closed = anna.post("/accounts", PROMOTION)
    assert (closed.status, KEPT in closed.text) == (403, True)
    on = enter(anna, closed, " Anna")
    assert "What you typed is still here" in on.text
    assert role(app, "bert") is Role.EDITOR, "nothing is done before the button is pressed"
    assert anna.fill(on, "/accounts").status == 303
    assert ("role changed", "bert") in audited(app, "anna")


def test_it_still_goes_on_when_somebody_else_has_logged_in_elsewhere_meanwhile(
    app: App, web: FastAPI
) -> None:
    anna = logged_in(web, "anna")
    app.clock = lambda: NOW + IDLE
    logged_in(web, "bert")
    closed = anna.post("/accounts", PROMOTION)
    assert anna.fill(enter(anna, closed, "anna"), "/accounts").status == 303


def test_what_one_typed_is_thrown_away_when_another_logs_in(app: App, web: FastAPI) -> None:
    browser = logged_in(web, "bert")
    app.clock = lambda: NOW + IDLE
    on = enter(browser, browser.post("/accounts", PROMOTION), "anna")
    assert "It is not kept, and nothing has been saved." in on.text
    assert 'action="/accounts"' not in on.text and 'value="role"' not in on.text
    assert browser.get("/accounts").status == 200, "anna is logged in all the same"


@pytest.mark.parametrize("ended", ["never begun", "by logging out", "by an admin", "by another password"])
def test_nothing_is_kept_of_who_is_not_known_or_was_put_out(app: App, web: FastAPI, ended: str) -> None:
    browser = Browser(web) if ended == "never begun" else logged_in(web, "bert")
    token = browser.cookies.get("alerts", "")
    match ended:
        case "by logging out":
            log_out(app.engine, token, now=NOW)
        case "by an admin":
            assert end_sessions(app.engine, "bert", actor="anna", now=NOW) == 1
        case "by another password":
            told = {"secret": app.secret, "actor": "cli", "now": NOW}
            set_password(app.engine, app.passwords, "bert", PASSWORD, **told)  # type: ignore[arg-type]
    closed = browser.post("/accounts", PROMOTION)
    assert (closed.status, NOT_KEPT in closed.text) == (403, True)
    assert "held." not in closed.text and 'value="role"' not in closed.text
    assert enter(browser, closed, "anna").headers["location"] == "/accounts"
    assert role(app, "bert") is Role.EDITOR


@pytest.mark.parametrize(
    "forged",
    [
        {"seal": ""},
        {"seal": "é"},
        {"after": "/suppressions"},
        {"held.role": "viewer"},
        {"held.more": "1"},
    ],
)
def test_a_form_that_was_changed_while_it_waited_does_not_go_on(
    app: App, web: FastAPI, forged: dict[str, str]
) -> None:
    anna = logged_in(web, "anna")
    app.clock = lambda: NOW + IDLE
    closed = anna.post("/accounts", PROMOTION)
    on = anna.fill(closed, "/login", {"name": "anna", "password": PASSWORD, **forged})
    assert "It is not kept" in on.text


def test_lines_and_any_letters_are_sealed_as_browsers_send_them() -> None:
    sent, back = ("q", "a\r\nb \u2028 é\ud800"), ("q", "a\nb \u2028 é\ud800")
    assert sealed(b"s", "anna", "/", (sent,)) == sealed(b"s", "anna", "/", (back,))
    assert sealed(b"s", "anna", "/", (sent,)) != sealed(b"s", "anna", "/", (("q", "a b"),))


def test_a_session_that_ended_idle_opens_nothing_and_is_forgotten_when_it_would_have_ended_anyway(
    app: App, web: FastAPI
) -> None:
    anna, later = logged_in(web, "anna"), Browser(web)
    at = NOW + IDLE
    app.clock = lambda: at
    assert anna.get("/accounts").status == 303
    enter(later, later.get("/login"), "bert")
    assert {each.name: each.sessions for each in listed(app.engine, at)} == {"anna": 0, "bert": 1, "carl": 0}
    assert end_sessions(app.engine, "anna", actor="bert", now=at) == 0, "none was in force"
    anna = logged_in(web, "anna")
    told = {"secret": app.secret, "now": at + LONGEST_SESSION}
    log_in(app.engine, app.passwords, "carl", PASSWORD, "10.1.1.1", **told)  # type: ignore[arg-type]
    with reading(app.engine) as tx:
        assert accounts.sessions_of(tx, "anna", "", made_after=NOW, used_after=NOW) == ()


def test_a_form_of_a_stranger_is_not_kept_without_a_cookie(web: FastAPI) -> None:
    assert NOT_KEPT in post(web, "/rules/new", {"name": "x"}).text
