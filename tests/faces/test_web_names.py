"""The rules and situations that we ship, on the pages of readers and before the public: called as their
readers call them, and as an editor does who has changed the name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from public_pages import own_page
from situation_world import ATOLL, SHELLING, STRAIT, TRUCE, Followed, with_accounts
from web_client import ask
from web_world import LAUNCH, NOW, TRADE, World, add_feed, add_match, make_app

from alerts.app import App
from alerts.model import Grant, Item, Scope
from alerts.services import own_rules
from alerts.store import rules, situations
from alerts.store.unit import writing
from alerts.web.site import make_web

FAMINE, TALKS = "مجاعة", "محادثات بين الخصوم"
TAIWAN_STRAIT, IRAN = "مضيق تايوان", "إيران"


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = make_app(tmp_path)
    with_accounts(app)
    return app


@pytest.fixture
def world(app: App) -> World:
    """One rule has a name of ours, the other one that an editor gave it."""
    world = World(app)
    with writing(app.engine) as tx:
        rules.save(tx, replace(LAUNCH, name="Famine"), author="test", now=NOW)
        rules.save(tx, replace(TRADE, name="Famine in the north"), author="test", now=NOW)
        for situation, name in ((STRAIT, "Taiwan Strait"), (ATOLL, "The Atoll")):
            situations.kept.save(tx, replace(situation, name=name), author="test", now=NOW)
    return world


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


@pytest.mark.usefixtures("world")
def test_who_signs_up_chooses_by_names_in_their_language(web: FastAPI) -> None:
    page = ask(web, "/subscribe?lang=ar").text
    for name in (FAMINE, "Famine in the north", TAIWAN_STRAIT, "The Atoll"):
        assert f"<bdi>{name}</bdi>" in page
    assert "<bdi>Famine</bdi>" not in page and "Taiwan Strait" not in page
    assert "<bdi>Famine</bdi>" in ask(web, "/subscribe?lang=en").text


def test_a_reader_sees_and_leaves_what_they_follow_by_its_name_in_their_language(
    app: App, world: World, web: FastAPI
) -> None:
    leave = f"/u/{app.signer.token(Grant(world.arabic, Scope.RULE, world.launch))}"
    for page in (own_page(app, world.arabic), leave):
        told = ask(web, page).text
        assert f"<bdi>{FAMINE}</bdi>" in told and "<bdi>Famine in the north</bdi>" in told
        assert "<bdi>Famine</bdi>" not in told
    done = ask(web, leave, "POST", b"leave=yes", {"content-type": "application/x-www-form-urlencoded"})
    assert f"<bdi>{FAMINE}</bdi>" in done.text


def test_the_query_of_an_own_rule_stays_as_it_was_written(app: App, world: World, web: FastAPI) -> None:
    with writing(app.engine) as tx:
        own_rules.give(tx, world.arabic, world.daily, "Famine", NOW)
    page = ask(web, own_page(app, world.arabic)).text
    assert "<bdi>Famine</bdi>" in page and ">Famine</textarea>" in page.replace("\n", "")


def test_a_feed_names_rules_in_the_language_of_its_reader(app: App, world: World, web: FastAPI) -> None:
    with writing(app.engine) as tx:
        feed = add_feed(tx, "Wire", "en")
        for number, rule in enumerate((LAUNCH, TRADE)):
            item = Item(str(number), f"https://en.example/{number}", "News of ships", language="en")
            add_match(tx, feed, item, rule, "ships")
    told = ask(web, f"/a/{app.signer.feed_token(world.arabic)}.xml").text
    assert f'term="launch" label="{FAMINE}"' in told
    assert 'term="trade" label="Famine in the north"' in told


# --- before the public ----------------------------------------------------------------------


@pytest.fixture
def followed(app: App) -> Followed:
    followed = Followed(app)
    with writing(app.engine) as tx:
        rules.save(tx, replace(SHELLING, name="Talks between adversaries"), author="test", now=NOW)
        rules.save(tx, replace(TRUCE, name="Truce at last"), author="test", now=NOW)
        for situation, name in ((STRAIT, "Taiwan Strait"), (ATOLL, "Iran")):
            situations.kept.save(tx, replace(situation, name=name), author="test", now=NOW)
    return followed


def test_the_page_of_a_situation_names_it_and_its_rules_in_the_language_of_the_page(
    web: FastAPI, followed: Followed
) -> None:
    followed.surge()
    page = ask(web, "/situations/strait?lang=ar").text
    for name in (TAIWAN_STRAIT, TALKS, "Truce at last"):
        assert name in page
    assert "Taiwan Strait" not in page and "Talks between" not in page
    assert "Taiwan Strait" in ask(web, "/situations/strait?lang=en").text


@pytest.mark.usefixtures("followed")
def test_situations_that_are_equally_calm_stand_by_their_names_as_the_page_calls_them(web: FastAPI) -> None:
    def order(language: str, *names: str) -> list[str]:
        page = ask(web, f"/situations?lang={language}").text
        return sorted(names, key=page.index)

    assert order("en", "Taiwan Strait", "Iran") == ["Iran", "Taiwan Strait"]
    assert order("fr", "Détroit de Taïwan", "Iran") == ["Détroit de Taïwan", "Iran"]
    assert order("ar", TAIWAN_STRAIT, IRAN) == [IRAN, TAIWAN_STRAIT]
