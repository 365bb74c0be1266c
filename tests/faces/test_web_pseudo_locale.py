"""Nothing on a reader's page is said past the catalogues (R41): in a language that nobody speaks no Latin
letter is seen, data apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import web_world
from fastapi import FastAPI
from lxml import html as lxml_html
from pseudo import LOCALE, VeilingRenderer, catalogue, latin, seen_and_spoken, veiled
from sqlalchemy import update
from web_client import Answer, ask
from web_world import World, make_app

from alerts.app import App
from alerts.model import Grant, Scope
from alerts.store.mail_schema import Subscriber
from alerts.store.unit import writing
from alerts.web.site import make_web

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the catalogue of the language that nobody speaks."""
    folder = tmp_path_factory.mktemp("locale")
    catalogue(folder)
    return folder


@pytest.fixture
def app(tmp_path: Path, locales: Path) -> App:
    app = make_app(tmp_path)
    app.__dict__["renderer"] = VeilingRenderer(app.settings.template_folder, locales)
    app.settings = app.settings.model_copy(update={"service_name": veiled("Harbour Watch")})
    return app


@pytest.fixture
def world(app: App, monkeypatch: pytest.MonkeyPatch) -> World:
    """Rules whose names have no Latin letter, and readers of the language that nobody speaks."""
    for name in ("LAUNCH", "TRADE"):
        rule = getattr(web_world, name)
        monkeypatch.setattr(web_world, name, replace(rule, name=veiled(rule.name)))
    world = World(app)
    with writing(app.engine) as tx:
        tx.execute(update(Subscriber).values(language=LOCALE))
    return world


@pytest.fixture
def web(world: World, app: App) -> FastAPI:
    assert world.english
    return make_web(app)


def words_past_the_catalogues(answer: Answer) -> list[str]:
    page = lxml_html.document_fromstring(answer.text)
    assert page.get("lang") == LOCALE
    for zone in page.xpath("//option[contains(@value, '/')]"):
        zone.text = ""  # CLDR does not have the names of all zones in every language
    return [word for text in seen_and_spoken(page) for word in latin(text)]


@pytest.mark.parametrize("scope", [Scope.RULE, Scope.DIGEST, Scope.EVERYTHING])
def test_pages_to_leave(app: App, world: World, web: FastAPI, scope: Scope) -> None:
    """R41."""
    target = {Scope.RULE: world.trade, Scope.DIGEST: world.weekly}.get(scope, 0)
    path = f"/u/{app.signer.token(Grant(world.english, scope, target))}"
    assert words_past_the_catalogues(ask(web, path)) == []
    assert words_past_the_catalogues(ask(web, path, "POST", b"leave=yes", FORM)) == []


@pytest.mark.parametrize("path", ["/subscribe", "/p", "/u/spoilt", "/p/spoilt", "/c/spoilt", "/nowhere"])
def test_pages_that_anybody_can_open(web: FastAPI, path: str) -> None:
    """R41. A link that was spoilt on its way leads to a page of words too."""
    answer = ask(web, path, headers={"accept-language": LOCALE})
    assert words_past_the_catalogues(answer) == []


def test_the_page_of_preferences(app: App, world: World, web: FastAPI) -> None:
    """R41. Also when nothing that was sent can be taken."""
    path = f"/p/{app.signer.preferences_token(world.english)}"
    assert words_past_the_catalogues(ask(web, path)) == []
    assert words_past_the_catalogues(ask(web, path, "POST", b"part=habits&timezone=Mars", FORM)) == []


def test_a_form_that_is_not_filled_in(web: FastAPI) -> None:
    """R41."""
    headers = FORM | {"accept-language": LOCALE}
    assert words_past_the_catalogues(ask(web, "/subscribe", "POST", b"address=none", headers)) == []
