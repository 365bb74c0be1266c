"""The login: who gets in, who does not, and that nothing tells a guesser how near they are."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from typer.testing import CliRunner
from web_client import Answer, Browser, active_parts, ask, post
from web_world import NOW, World, make_app, rows

from alerts.app import App
from alerts.cli import cli
from alerts.model import Grant, Role, Scope
from alerts.services.accounts import TRIES_HERE, add_account, remove_account, set_password
from alerts.store import audit
from alerts.store.passwords import Passwords
from alerts.store.unit import reading
from alerts.typed import typed
from alerts.web.guard import own_path
from alerts.web.headers import PAGE_POLICY
from alerts.web.origin import is_foreign
from alerts.web.site import make_web, serve

RIGHT = "grey heron on the pier"
STAFF = (
    "/",
    "/feeds",
    "/feeds/1",
    "/inbox",
    "/inbox/x",
    "/inbox/x/raw",
    "/rules",
    "/templates",
    "/templates/x",
)


def open_house(home: Path, public_url: str = "") -> App:
    """An app without accounts, whose passwords are hashed as cheaply as can be."""
    app = make_app(home, maildir=home / "mail", public_url=public_url)
    app.passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return app


def add(app: App, name: str, role: Role) -> None:
    add_account(app.engine, app.passwords, name, role, RIGHT, actor="cli", now=NOW)


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = open_house(tmp_path)
    add(app, "anna", Role.EDITOR)
    return app


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


@pytest.fixture
def browser(web: FastAPI) -> Browser:
    return Browser(web)


def log_in(browser: Browser, name: str = "anna", password: str = RIGHT, after: str = "/") -> Answer:
    page = browser.get(f"/login?after={quote(after, safe='')}")
    return browser.fill(page, "/login", {"name": name, "password": password})


def is_in(browser: Browser) -> bool:
    return browser.get("/").status == 200


# What is behind the login


def test_without_accounts_all_may_look_and_what_writes_says_how_to_make_one(tmp_path: Path) -> None:
    house = open_house(tmp_path)
    web = make_web(house)
    assert {ask(web, path).status for path in ("/", "/feeds", "/rules", "/concepts", "/inbox")} == {200}
    for path in ("/rules/new", "/login"):
        page = ask(web, path)
        assert page.status == 403
        assert f"<pre>{escape(typed(house.settings, 'users add NAME --role admin'))}</pre>" in page.text
        assert "set-cookie" not in page.headers


def test_as_soon_as_there_is_an_account_every_staff_page_leads_to_the_login(tmp_path: Path) -> None:
    app = open_house(tmp_path)
    web = make_web(app)
    assert ask(web, "/").status == 200
    add(app, "anna", Role.VIEWER)
    for path in STAFF:
        answer = ask(web, path)
        assert (answer.status, answer.headers["location"]) == (303, f"/login?after={quote(path, safe='')}")
        assert answer.body == b""
        assert ask(web, path, "HEAD").status == 303


def test_a_stranger_finds_the_readers_pages_from_the_login_in_the_language_of_their_browser(
    app: App, web: FastAPI
) -> None:
    for public in (True, False):
        app.settings = app.settings.model_copy(update={"public_pages": "on" if public else "off"})
        page = ask(make_web(app), "/login", headers={"accept-language": "ar-EG"}).text
        assert 'lang="ar" dir="rtl"' in page and "تسجيل الدخول" in page and "Log in" not in page
        assert '<a class="button" href="/subscribe?lang=ar">الاشتراك</a>' in page
        assert ('<a class="button" href="/situations?lang=ar">الأوضاع</a>' in page) is public
    app.settings = app.settings.model_copy(update={"sign_up": "off"})
    assert "/subscribe" not in ask(make_web(app), "/login").text
    assert "This is for those who run the service." in ask(web, "/login").text


def test_pages_for_everybody_lead_to_the_login_in_their_own_language(app: App) -> None:
    app.settings = app.settings.model_copy(update={"public_pages": "on"})
    page = ask(make_web(app), "/situations?lang=ar").text
    assert '<p class="enter"><a href="/login?after=/situations">تسجيل الدخول</a></p>' in page


def test_readers_and_monitoring_need_no_login(app: App, web: FastAPI) -> None:
    world = World(app)
    link = f"/u/{app.signer.token(Grant(world.english, Scope.EVERYTHING, 0))}"
    assert ask(web, link).status == 200
    assert post(web, link, {"List-Unsubscribe": "One-Click"}).status == 200
    assert [ask(web, path).status for path in ("/healthz", "/readyz", "/static/alerts.css")] == [200] * 3


def test_when_the_last_account_is_removed_the_pages_are_open_again(app: App, browser: Browser) -> None:
    log_in(browser)
    remove_account(app.engine, "anna", actor="cli", now=NOW)
    assert ask(browser.web, "/").status == 200


# Logging in and out


def test_the_right_name_and_password_lead_where_one_wanted_to_go(browser: Browser) -> None:
    answer = log_in(browser, " Anna ", after="/feeds?show=trouble&page=2")
    assert (answer.status, answer.headers["location"]) == (303, "/feeds?show=trouble&page=2")
    page = browser.get("/feeds")
    assert page.status == 200
    assert "<bdi>anna</bdi>" in page.text
    assert "You are logged in as" in browser.get("/login").text


def test_logging_out_ends_the_session_and_takes_the_cookie(browser: Browser) -> None:
    log_in(browser)
    stolen = Browser(browser.web, cookies=dict(browser.cookies))
    answer = browser.fill(browser.get("/"), "/logout")
    assert (answer.status, answer.headers["location"]) == (303, "/login")
    assert set(browser.cookies) == {"alerts-known"}
    assert not is_in(stolen)


@pytest.mark.parametrize("ending", ["password", "removal"])
def test_a_changed_password_and_a_removed_account_end_the_session(
    app: App, browser: Browser, ending: str
) -> None:
    add(app, "berta", Role.ADMIN)
    log_in(browser)
    assert is_in(browser)
    if ending == "password":
        settings = {"secret": app.secret, "actor": "cli", "now": NOW}
        set_password(app.engine, app.passwords, "anna", "another heron", **settings)  # type: ignore[arg-type]
    else:
        remove_account(app.engine, "anna", actor="cli", now=NOW)
    assert not is_in(browser)


def test_the_token_is_another_after_the_login_than_before(browser: Browser) -> None:
    browser.get("/login")
    before = dict(browser.cookies)
    log_in(browser)
    assert browser.cookies.keys() == {*before, "alerts-known"}
    assert browser.cookies["alerts"] != before["alerts"]
    assert not is_in(Browser(browser.web, cookies=before))


def test_a_second_login_ends_the_session_of_the_first(browser: Browser) -> None:
    page = browser.get("/login")
    log_in(browser)
    first = Browser(browser.web, cookies=dict(browser.cookies))
    word = re.search(r'name="word" value="([\w.]+)"', browser.get("/").text)
    assert word
    browser.fill(page, "/login", {"name": "anna", "password": RIGHT, "word": word[1]})
    assert is_in(browser)
    assert not is_in(first)


@pytest.mark.parametrize(
    ("public_url", "name", "secure"),
    [
        ("", "alerts", False),
        ("http://localhost", "alerts", False),
        ("https://localhost/watch", "__Host-alerts", True),
    ],
)
def test_the_cookie_can_be_read_by_no_script_and_goes_to_no_other_site(
    tmp_path: Path, public_url: str, name: str, secure: bool
) -> None:
    app = open_house(tmp_path, public_url)
    add(app, "anna", Role.VIEWER)
    answer = ask(make_web(app), "/login")
    cookie, *parts = answer.headers["set-cookie"].split("; ")
    assert re.fullmatch(rf"{name}=[\w-]{{43}}", cookie)
    wanted = {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=604800", *(["Secure"] if secure else [])}
    assert set(parts) == wanted
    assert app.settings.pages.endswith("/watch") == ('action="/watch/login"' in answer.text)


def test_looking_at_the_login_changes_nothing(app: App, browser: Browser) -> None:
    before = rows(app)
    for method in ("GET", "HEAD"):
        assert browser.get("/login", method).status == 200
        assert browser.get("/logout", method).status == 405
    assert rows(app) == before


# Where a login leads


@pytest.mark.parametrize(
    "wanted",
    [
        "/",
        "/feeds",
        "/feeds/3",
        "/feeds?show=trouble&page=2",
        "/rules/border-closure/edit",
        "/feeds?tag=Two+%26+more",
    ],
)
def test_a_page_of_ours_is_where_a_login_leads(wanted: str) -> None:
    assert own_path(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "/%5cevil.example",
        "/.evil",
        "/a//evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\tevil",
        "/a\nSet-Cookie: a=b",
        " /feeds",
        "/feeds#a",
        "/\u2044evil",
        "/" + "a" * 600,
    ],
)
def test_a_login_leads_nowhere_else(browser: Browser, wanted: str) -> None:
    assert own_path(wanted) == "/"
    answer = browser.fill(
        browser.get("/login"), "/login", {"name": "anna", "password": RIGHT, "after": wanted}
    )
    assert answer.headers["location"] == "/"


# Guessing


def test_an_unknown_name_is_answered_as_a_wrong_password_is(web: FastAPI) -> None:
    def answered(name: str) -> tuple[int, dict[str, str], str]:
        browser = Browser(web)
        page = browser.get("/login")
        answer = browser.fill(page, "/login", {"name": name, "password": "wrong wrong wrong"})
        text = re.sub(r'name="word" value="[\w.]+"', "", answer.text).replace(name, "NAME")
        return answer.status, {**answer.headers, "set-cookie": "", "content-length": ""}, text

    known, unknown = answered("anna"), answered("nobody")
    assert known == unknown
    assert known[0] == 403
    assert "There is no account with this name and password" in known[2]


def test_what_was_typed_is_kept_but_the_password_is_not(browser: Browser) -> None:
    page = log_in(browser, 'an"na', "wrong wrong wrong").text
    assert 'value="an&#34;na"' in page
    assert "wrong wrong" not in page
    assert not is_in(browser)


def test_after_too_many_tries_even_the_right_password_has_to_wait(browser: Browser) -> None:
    for _ in range(TRIES_HERE):
        assert log_in(browser, password="wrong wrong wrong").status == 403
    answer = log_in(browser)
    assert (answer.status, answer.headers["retry-after"]) == (429, "3600")
    assert "wait an hour" in answer.text
    assert not is_in(browser)


def test_only_the_proxies_that_are_named_say_whom_a_request_comes_from(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: dict[str, Any] = {}
    monkeypatch.setattr("uvicorn.run", lambda _web, **options: started.update(options))
    monkeypatch.setattr("alerts.web.site.warm", lambda _app: None)
    serve(app)
    assert started["forwarded_allow_ips"] == ["127.0.0.0/8", "::1/128"]


def test_tries_and_logins_are_in_the_audit(app: App, browser: Browser) -> None:
    log_in(browser, password="wrong wrong wrong")
    log_in(browser)
    browser.fill(browser.get("/"), "/logout")
    with reading(app.engine) as tx:
        told = [(each.actor, each.action, each.subject) for each in audit.latest(tx, 3)]
    assert told[::-1] == [
        ("web 127.0.0.1", "login failed", "anna"),
        ("anna", "logged in", "anna"),
        ("anna", "logged out", "anna"),
    ]


# Forms of others


def test_a_form_without_the_word_of_this_browser_logs_nobody_in(web: FastAPI) -> None:
    mine, yours = Browser(web), Browser(web)
    fields = {"name": "anna", "password": RIGHT}
    theirs = re.search(r'name="word" value="([\w.]+)"', yours.get("/login").text)
    assert theirs
    mine.get("/login")
    for word in ({}, {"word": ""}, {"word": theirs[1]}, {"word": "é"}):
        answer = mine.post("/login", {**fields, **word})
        assert answer.status == 403
        assert "Please try again" in answer.text
    assert Browser(web).post("/login", fields).status == 403
    assert not is_in(mine)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site", "origin": "http://localhost"},
    ],
)
def test_a_form_that_another_site_sent_is_refused_whatever_it_carries(
    browser: Browser, headers: dict[str, str]
) -> None:
    word = re.search(r'name="word" value="([\w.]+)"', browser.get("/login").text)
    assert word
    answer = browser.post("/login", {"name": "anna", "password": RIGHT, "word": word[1]}, **headers)
    assert answer.status == 403
    log_in(browser)
    word = re.search(r'name="word" value="([\w.]+)"', browser.get("/").text)
    assert word
    assert browser.post("/logout", {"word": word[1]}, **headers).status == 403
    assert browser.post("/logout", {"word": "0" * 64}).status == 403
    assert is_in(browser)


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://localhost:8000"}, False),
        ({"origin": "http://LOCALHOST:8000"}, False),
        ({"origin": "http://localhost:8001"}, True),
        ({"origin": "https://evil.example"}, True),
        ({"origin": "http://[oops"}, True),
        ({"origin": "https://evil.example", "sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site"}, True),
    ],
)
def test_where_a_form_comes_from_is_as_the_browser_says(headers: dict[str, str], foreign: bool) -> None:
    assert is_foreign({"host": "localhost:8000", **headers}) is foreign


def test_a_form_as_long_as_a_book_is_refused(browser: Browser) -> None:
    page = browser.get("/login")
    assert browser.fill(page, "/login", {"name": "a" * 300_000}).status == 413
    assert browser.post("/logout", {"word": "a" * 20_000}).status == 413


def test_the_login_is_guarded_as_all_other_pages(browser: Browser) -> None:
    for answer in (browser.get("/login"), log_in(browser, password="wrong wrong wrong"), log_in(browser)):
        assert answer.headers["content-security-policy"] == PAGE_POLICY
        assert answer.headers["cache-control"] == "no-store"
        assert not active_parts(answer.text)


# The commands


def run(*words: str, typed: str = "") -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, ["users", *words], input=typed)
    if done.exception and not isinstance(done.exception, SystemExit):
        return getattr(done.exception, "exit_code", 1), done.stdout, f"{done.stderr}{done.exception}"
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("alerts.store.passwords.PasswordHasher", lambda: PasswordHasher(1, 8, 1))


@pytest.mark.usefixtures("home")
def test_an_account_is_made_listed_given_another_password_and_removed() -> None:
    assert run("add", "Anna", "--role", "admin", "--password-stdin", typed=f"{RIGHT}\n")[0] == 0
    status, listed, _ = run("list")
    assert (status, listed.split()[:3], "anna  admin" in listed) == (0, ["name", "role", "made"], True)
    assert '"role": "admin"' in run("list", "--json")[1]
    assert run("password", "anna", "--password-stdin", typed="another grey heron\n")[0] == 0
    status, _, words = run("remove", "anna")
    assert (status, "it was the last account" in words) == (0, True)
    assert run("list")[1].count("\n") == 1


@pytest.mark.parametrize(
    ("words", "typed", "status", "told"),
    [
        (("add", "anna", "--role", "admin", "--password-stdin"), "short\n", 2, "too short"),
        (("add", "anna", "--role", "admin", "--password-stdin"), "", 2, "too short"),
        (("add", "anna", "--role", "admin"), f"{RIGHT}\n{RIGHT}\n", 2, "--password-stdin"),
        (("add", "an na", "--role", "admin", "--password-stdin"), f"{RIGHT}\n", 2, "name of an account"),
        (("add", "anna", "--role", "boss", "--password-stdin"), f"{RIGHT}\n", 2, "boss"),
        (("add", "anna", "--password-stdin"), f"{RIGHT}\n", 2, "--role"),
        (("add", "anna", RIGHT, "--role", "admin"), "", 2, "unexpected extra argument"),
        (("password", "anna", "--password-stdin"), f"{RIGHT}\n", 3, "no account"),
        (("remove", "anna"), "", 3, "no account"),
    ],
)
@pytest.mark.usefixtures("home")
def test_what_will_not_do_makes_no_account(
    words: tuple[str, ...], typed: str, status: int, told: str
) -> None:
    code, _, said = run(*words, typed=typed)
    assert code == status
    assert told in said
    assert RIGHT not in said or RIGHT in words
    assert run("list", "--json")[1].strip() == "[]"


@pytest.mark.usefixtures("home")
def test_at_a_terminal_the_password_is_typed_twice_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter([RIGHT, "another heron", RIGHT, RIGHT])
    monkeypatch.setattr("alerts.cli.users._at_a_terminal", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))
    status, _, words = run("add", "anna", "--role", "viewer")
    assert (status, "differ" in words) == (2, True)
    assert run("add", "anna", "--role", "viewer")[0] == 0
