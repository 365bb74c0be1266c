"""Accounts on pages: an admin's of all, and everybody's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from staff_world import PASSWORD, logged_in, make_staffed, send
from web_client import Browser, ask
from web_world import NOW, rows

from alerts.app import App
from alerts.model import Role
from alerts.services.accounts import TRIES_HERE, listed
from alerts.store import audit
from alerts.store.unit import reading
from alerts.web.site import make_web

NEW = "brown heron in the reeds"


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_staffed(tmp_path)


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


@pytest.fixture
def anna(web: FastAPI) -> Browser:
    return logged_in(web, "anna")


def roles(app: App) -> dict[str, Role]:
    return {each.name: each.role for each in listed(app.engine, NOW)}


def test_accounts_are_for_admins_and_ones_own_for_everybody(web: FastAPI, anna: Browser) -> None:
    assert ask(web, "/accounts").status == ask(web, "/account").status == 303
    assert anna.get("/accounts").status == 200
    for name in ("bert", "carl"):
        browser = logged_in(web, name)
        assert browser.get("/accounts").status == 403
        assert send(browser, "/account", "role", name=name, role="admin").status in (404, 405)
        assert browser.post("/accounts", {"act": "role", "name": name, "role": "admin"}).status == 403
        page = browser.get("/account")
        assert page.status == 200
        assert "this browser" in page.text


def test_an_account_is_made_and_can_log_in(app: App, web: FastAPI, anna: Browser) -> None:
    answer = send(anna, "/accounts", "add", name="Dora", role="editor", password=NEW)
    assert answer.headers["location"] == "/accounts?done=added"
    assert roles(app)["dora"] is Role.EDITOR
    browser = Browser(web)
    browser.fill(browser.get("/login"), "/login", {"name": "dora", "password": NEW})
    assert browser.get("/account").status == 200


@pytest.mark.parametrize(
    "wrong", [{"name": "anna"}, {"name": "d d"}, {"password": "short"}, {"role": "king"}, {"role": ""}]
)
def test_an_account_that_cannot_be_is_refused(app: App, anna: Browser, wrong: dict[str, str]) -> None:
    before = rows(app)["users"]
    fields = {"name": "dora", "role": "editor", "password": NEW} | wrong
    answer = send(anna, "/accounts", "add", **fields)
    assert answer.status == 400
    assert 'role="alert"' in answer.text
    assert rows(app)["users"] == before


def test_a_role_is_changed_and_holds_at_once(app: App, web: FastAPI, anna: Browser) -> None:
    bert = logged_in(web, "bert")
    assert bert.get("/accounts").status == 403
    assert send(anna, "/accounts", "role", name="bert", role="admin").headers["location"].endswith("=role")
    assert bert.get("/accounts").status == 200
    with reading(app.engine) as tx:
        event = audit.latest(tx, 1)[0]
    assert (event.actor, event.action, event.subject) == ("anna", "role changed", "bert")


@pytest.mark.parametrize("fields", [{"act": "role", "role": "viewer"}, {"act": "remove"}])
def test_the_last_admin_stays(app: App, anna: Browser, fields: dict[str, str]) -> None:
    answer = send(anna, "/accounts", fields.pop("act"), name="anna", **fields)
    assert answer.status == 400
    assert "last admin" in answer.text
    assert roles(app)["anna"] is Role.ADMIN


def test_an_account_is_removed_and_its_browsers_are_out(app: App, web: FastAPI, anna: Browser) -> None:
    bert = logged_in(web, "bert")
    assert send(anna, "/accounts", "remove", name="bert").status == 303
    assert "bert" not in roles(app)
    assert bert.get("/account").status == 303
    assert send(anna, "/accounts", "remove", name="bert").status == 404


def test_somebody_is_logged_out_everywhere(web: FastAPI, anna: Browser) -> None:
    bert = logged_in(web, "bert")
    assert "1 browser" in anna.get("/accounts").text
    assert send(anna, "/accounts", "end", name="bert").status == 303
    assert bert.get("/account").status == 303


def test_a_form_of_another_session_changes_nothing(app: App, anna: Browser) -> None:
    before = rows(app)
    for path, fields in (
        ("/accounts", {"act": "remove", "name": "bert"}),
        ("/account/password", {"password_now": PASSWORD, "password": NEW, "password_again": NEW}),
        ("/account/browsers", {"browser": "1"}),
    ):
        assert anna.post(path, {"word": "old", **fields}).status == 400
    assert rows(app) == before


def change(browser: Browser, now: str = PASSWORD, new: str = NEW, again: str | None = None) -> int:
    fields = {"password_now": now, "password": new, "password_again": again if again is not None else new}
    return browser.fill(browser.get("/account"), "/account/password", fields).status


def test_ones_own_password_changes_and_only_this_browser_stays_in(web: FastAPI, anna: Browser) -> None:
    elsewhere, before = logged_in(web, "anna"), dict(anna.cookies)
    assert change(anna) == 303
    assert anna.cookies["alerts"] != before["alerts"]
    assert anna.get("/account").status == 200
    assert elsewhere.get("/account").status == Browser(web, cookies=before).get("/account").status == 303
    fresh = Browser(web)
    assert fresh.fill(fresh.get("/login"), "/login", {"name": "anna", "password": NEW}).status == 303


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (("wrong wrong wrong", NEW, NEW), 403),
        ((PASSWORD, "short", "short"), 400),
        ((PASSWORD, NEW, "x"), 400),
    ],
)
def test_a_password_that_will_not_do_changes_nothing(
    app: App,
    anna: Browser,
    fields: tuple[str, str, str],
    status: int,
) -> None:
    before = rows(app)["users"], rows(app)["sessions"]
    assert change(anna, *fields) == status
    assert (rows(app)["users"], rows(app)["sessions"]) == before


def test_the_old_password_cannot_be_guessed_for_ever(anna: Browser) -> None:
    found = [change(anna, "wrong wrong wrong") for _ in range(2 * TRIES_HERE + 1)]
    assert found == [403] * 2 * TRIES_HERE + [429], "those of a known browser, then those of any"


def test_one_of_ones_own_browsers_is_logged_out(web: FastAPI, anna: Browser) -> None:
    elsewhere, bert = logged_in(web, "anna"), logged_in(web, "bert")
    page = anna.get("/account").text
    (number,) = re.findall(r'name="browser" value="(\d+)"', page)
    word = re.search(r'name="word" value="([^"]*)"', page)
    assert word
    for one in range(1, 9):  # whoever's it is
        anna.post("/account/browsers", {"word": word[1], "browser": number if one == 1 else str(one + 99)})
    assert elsewhere.get("/account").status == 303
    assert bert.get("/account").status == anna.get("/account").status == 200


def test_a_password_never_waits_in_a_form_for_a_login(web: FastAPI) -> None:
    browser = Browser(web)
    answer = browser.post("/account/password", {"password_now": PASSWORD, "password": NEW})
    assert answer.status == 403
    assert PASSWORD not in answer.text
    assert NEW not in answer.text
