"""What every page of the public keeps: looking changes nothing, and nothing about anybody gets out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from public_pages import FILLED, NEW, confirm_link, own_page, public_pages
from web_client import active_parts, ask, post
from web_world import ENGLISH, NOW, SECRET, World, make_app, rows

from alerts.app import App
from alerts.config import Settings
from alerts.model import Grant, Scope
from alerts.web.site import make_web

WAY_BACK = re.compile(r'href="([^"]+)"|action="([^"]+)"')


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_app(tmp_path)


@pytest.fixture
def world(app: App) -> World:
    return World(app)


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


# --- looking changes nothing (R14) ----------------------------------------------------------


@pytest.fixture
def both(database_url: str, tmp_path: Path) -> Iterator[App]:
    """The same service on SQLite and on PostgreSQL."""
    settings = Settings(home=tmp_path, database_url=database_url, secret_key=SECRET)
    app = App(settings, clock=lambda: NOW)
    yield app
    app.engine.dispose()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_a_hundred_times_at_every_page_of_the_public_changes_no_row(both: App, method: str) -> None:
    """R14: row for row, on both databases."""
    world = World(both)
    web = make_web(both)
    assert post(web, "/subscribe", FILLED).status == 200
    pages = [
        "/subscribe",
        "/subscribe?lang=ar",
        "/p",
        own_page(both, world.english),
        own_page(both, world.arabic),
        confirm_link(both),
        confirm_link(both, days=-1),
        confirm_link(both, request_id=999),
        f"/u/{both.signer.token(Grant(world.english, Scope.RULE, world.trade))}",
        f"/u/{both.signer.token(Grant(world.english, Scope.DIGEST, world.weekly))}",
        f"/u/{both.signer.token(Grant(world.english, Scope.EVERYTHING, 0))}",
    ]
    before = rows(both)
    for number in range(100):
        assert ask(web, pages[number % len(pages)], method).status == 200
    for path in pages:
        ask(web, path, method)
    assert rows(both) == before


# --- what every page of the public keeps (R17) -----------------------------------------------


def test_every_page_is_private_runs_nothing_and_loads_nothing_from_elsewhere(
    app: App, world: World, web: FastAPI
) -> None:
    """R17."""
    post(web, "/subscribe", FILLED)
    for path in public_pages(app, world):
        answer = ask(web, path)
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "set-cookie" not in answer.headers
        assert active_parts(answer.text) == []
        for found in WAY_BACK.finditer(answer.text):
            assert re.match(r"[/#]", found[1] or found[2]), "every address is our own"


def test_no_address_stands_in_a_url_or_on_a_page_behind_a_link(app: App, world: World, web: FastAPI) -> None:
    """R18."""
    post(web, "/subscribe", FILLED)
    for path in public_pages(app, world):
        page = ask(web, path).text
        assert ENGLISH not in page and NEW not in page
        assert "@" not in path


@pytest.mark.parametrize("path", ["/subscribe", "/p"])
def test_a_page_speaks_the_language_that_is_asked_for(web: FastAPI, path: str) -> None:
    """R43."""
    assert '<html lang="ar" dir="rtl">' in ask(web, f"{path}?lang=ar-EG").text
    assert '<html lang="ar" dir="rtl">' in ask(web, path, headers={"accept-language": "ar-EG"}).text
    assert '<html lang="en" dir="ltr">' in ask(web, f"{path}?lang=tlh").text


def test_every_field_has_a_label_and_every_page_one_heading(app: App, world: World, web: FastAPI) -> None:
    for path in public_pages(app, world):
        page = ask(web, path).text
        assert page.count("<h1") == 1
        ids = re.findall(r'<(?:input|select)[^>]*\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        for tag in re.findall(r"<(?:input|select)\b[^>]*>", page):
            if 'type="hidden"' in tag or 'type="checkbox"' in tag or 'type="radio"' in tag:
                continue
            (named,) = re.findall(r'\bid="([^"]+)"', tag)
            assert f'for="{named}"' in page, tag
