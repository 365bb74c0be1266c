from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette import types as asgi
from web_client import active_parts, ask, post
from web_world import NOW, SECRET, make_app

from alerts.app import App
from alerts.config import Settings
from alerts.model import Grant, Scope
from alerts.web.pages import STATIC
from alerts.web.site import make_web

CSS = (STATIC / "alerts.css").read_text()


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_app(tmp_path, maildir=tmp_path / "mail")


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


@pytest.fixture
def bare(tmp_path: Path) -> App:
    """An app whose database is an empty file."""
    return App(Settings(home=tmp_path / "bare", secret_key=SECRET), clock=lambda: NOW)


def test_the_process_lives_even_without_a_database(bare: App) -> None:
    assert ask(make_web(bare), "/healthz").body == b"ok"


def test_it_is_ready_when_the_database_has_this_programs_schema(web: FastAPI, bare: App) -> None:
    assert (ask(web, "/readyz").status, json.loads(ask(web, "/readyz").body)) == (200, {"ready": True})
    answer = ask(make_web(bare), "/readyz")
    assert answer.status == 503
    assert "alerts db upgrade" in json.loads(answer.body)["reason"]


def test_it_is_not_ready_when_the_database_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = Settings(database_url=f"sqlite:///{tmp_path}/file/x.db", secret_key=SECRET)
    answer = ask(make_web(App(settings)), "/readyz")
    assert answer.status == 503
    assert str(tmp_path) not in answer.text


@pytest.mark.parametrize("path", ["/", "/u/{token}"])
def test_without_its_database_a_page_is_one_sentence_and_no_trace(bare: App, path: str) -> None:
    token = bare.signer.token(Grant(1, Scope.EVERYTHING, 0))
    answer = ask(make_web(bare), path.format(token=token))
    assert answer.status == 503
    assert answer.headers["retry-after"]
    assert "cannot reach its database" in answer.text
    assert not re.search("Traceback|no such table|alerts.db", answer.text)


def test_leaving_without_a_database_asks_the_provider_to_try_again(bare: App) -> None:
    token = bare.signer.token(Grant(1, Scope.EVERYTHING, 0))
    assert post(make_web(bare), f"/u/{token}", {"List-Unsubscribe": "One-Click"}).status == 503


def test_an_unforeseen_failure_shows_no_trace(web: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.web.desk.today.read_today", lambda *_: 1 / 0)

    async def server(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        with pytest.raises(ZeroDivisionError):  # handed on to the server's own log
            await web(scope, receive, send)

    answer = ask(server, "/")
    assert answer.status == 500
    assert "Something went wrong here" in answer.text
    assert not re.search("Traceback|ZeroDivision", answer.text)
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/inbox"),
        ("GET", "/inbox/x"),
        ("GET", "/u/x"),
        ("POST", "/u/x"),
        ("POST", "/inbox"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/static/alerts.css"),
        ("GET", "/static/nothing"),
        ("GET", "/static/../pages.py"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
    ],
)
def test_every_answer_is_guarded_and_sets_no_cookie(web: FastAPI, method: str, path: str) -> None:
    answer = ask(web, path, method)
    policy = answer.headers["content-security-policy"].split("; ")
    wanted = {"default-src 'none'", "img-src 'none'", "form-action 'self'", "frame-ancestors 'none'"}
    assert wanted < set(policy)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex"
    kept = "no-cache" if answer.status == 200 and path.startswith("/static/") else "no-store"
    assert answer.headers["cache-control"] == kept
    assert "set-cookie" not in answer.headers


def test_there_is_no_interface_description_by_accident(web: FastAPI) -> None:
    assert {ask(web, path).status for path in ("/docs", "/redoc", "/openapi.json")} == {404}


@pytest.mark.parametrize("path", ["/", "/inbox", "/u/x"])
def test_a_page_loads_and_runs_nothing_but_what_is_ours(web: FastAPI, path: str) -> None:
    page = ask(web, path).text
    assert re.findall(r'<link [^>]*href="([^"]*)"', page) == ["/static/alerts.css"]
    assert not active_parts(page)
    assert not re.search(r"url\(|@import", CSS)
    assert 'href="#main"' in page
    assert 'id="main"' in page
    assert page.count("<h1") == 1


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *((name, "paper") for name in ("ink", "soft", "link", "ok", "warn", "bad")),
        ("hit-ink", "hit"),
        ("button-ink", "button"),
    ],
)
def test_words_stand_out_from_their_ground_in_both_schemes(scheme: str, ink: str, ground: str) -> None:
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light if scheme == "light" else dark))
    darker, lighter = sorted((luminance(colours[ink]), luminance(colours[ground])))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
