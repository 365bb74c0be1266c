"""Bringing back a version and taking out of force begin from what the page showed, as every edit does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rule_world import entered, staffed, words, write
from web_client import Browser
from web_world import NOW

from alerts.app import App
from alerts.model import Concept, Rule, Situation
from alerts.services.concepts import import_concepts
from alerts.services.situations import import_situations
from alerts.services.texts import Edit
from alerts.store import concepts, rules, situations
from alerts.store.unit import reading
from alerts.web.site import make_web

BERTA = Edit("berta", NOW, "Hers")
RULE = Rule("launch", "Launch", "missile launch")
CONCEPT = Concept("quake", "Quakes", terms=(("en", ("earthquake",)),))
SITUATION = Situation("strait", "The strait", ("kp",), ("launch",))


def save_rule(app: App, name: str) -> None:
    write(app, replace(RULE, name=name))


def save_concept(app: App, name: str) -> None:
    import_concepts(app.engine, [replace(CONCEPT, name=name)], BERTA, app.settings.languages)


def save_situation(app: App, name: str) -> None:
    import_situations(app.engine, [replace(SITUATION, name=name)], BERTA, app.settings.languages)


PAGES = {
    "rule": ("/rules/launch", "/rules/launch/retire", "/rules/launch/restore", "/rules/launch/retire"),
    "concept": ("/concepts/quake", "/concepts/quake", "/concepts/quake/restore", "/concepts/quake/reset"),
    "situation": (
        "/situations/strait/edit",
        "/situations/strait/edit",
        "/situations/strait/restore",
        "/situations/strait/retire",
    ),
}
SAVE = {"rule": save_rule, "concept": save_concept, "situation": save_situation}


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = staffed(tmp_path)
    for name in ("First", "Second"):
        for save in SAVE.values():
            save(app, name)
    return app


@pytest.fixture
def anna(app: App) -> Browser:
    return entered(make_web(app), "anna")


def in_force(app: App, kind: str) -> str:
    with reading(app.engine) as tx:
        found = {
            "rule": rules.kept.find(tx, "launch"),
            "concept": concepts.kept.find(tx, "quake"),
            "situation": situations.kept.find(tx, "strait"),
        }[kind]
    return found.name if found else ""


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("act", ["restore", "retire"])
def test_an_edit_that_was_not_seen_is_shown_and_not_written_over(
    app: App, anna: Browser, kind: str, act: str
) -> None:
    restore_page, retire_page, restore, retire = PAGES[kind]
    page, to = (restore_page, restore) if act == "restore" else (retire_page, retire)
    old = anna.get(page)
    SAVE[kind](app, "Unseen")
    answer = anna.fill(old, to, {"why": "Over"})
    assert (answer.status, in_force(app, kind)) == (409, "Unseen")
    told = words(answer)
    assert "somebody else changed this since the page was made" in told
    assert "berta" in told and "Unseen" in told
    again = anna.fill(anna.get(page), to, {"why": "Over"})
    assert (again.status, in_force(app, kind) == "Unseen") == (303, False), "who has seen it may"


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("began", ["", "x", "-1", "0", "999999", "²"])
def test_a_form_that_does_not_say_where_it_began_changes_nothing(
    app: App, anna: Browser, kind: str, began: str
) -> None:
    restore_page, retire_page, restore, retire = PAGES[kind]
    for page, to in ((restore_page, restore), (retire_page, retire)):
        assert anna.fill(anna.get(page), to, {"why": "Over", "began": began}).status == 409
    assert in_force(app, kind) == "Second"


@pytest.mark.parametrize("kind", ["rule", "concept"])
def test_what_was_brought_back_meanwhile_is_not_brought_back_again(
    app: App, anna: Browser, kind: str
) -> None:
    restore_page, retire_page, restore, retire = PAGES[kind]
    anna.fill(anna.get(retire_page), retire, {"why": "Over"})
    retired = anna.get(restore_page)
    SAVE[kind](app, "Unseen")
    assert anna.fill(retired, restore).status == 409
    assert in_force(app, kind) == "Unseen"
