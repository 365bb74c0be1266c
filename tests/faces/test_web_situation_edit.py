"""Writing situations in the browser: a new one, an edit, bringing back a version, taking one out of force."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from fastapi import FastAPI
from situation_world import STRAIT, Followed, entered, with_accounts
from web_client import Answer, Browser
from web_world import NOW, World, make_app, rows

from alerts.app import App
from alerts.errors import NotFound
from alerts.model import Rule, Situation
from alerts.store import audit, own_rules, rules, situations
from alerts.store.unit import reading, writing
from alerts.web.site import make_web

EDIT, NEW = "/situations/strait/edit", "/situations/new"
COAST = {"name": "The coast", "key": "coast", "places": "North Korea, FJ", "rules": "shelling\nTRUCE"}


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = make_app(tmp_path)
    with_accounts(app)
    return app


@pytest.fixture
def world(app: App) -> Followed:
    return Followed(app)


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


@pytest.fixture
def anna(world: Followed, web: FastAPI) -> Browser:
    assert world.strait
    return entered(web, "anna")


def words(answer: Answer) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2]).split()))


def in_force(app: App, key: str) -> Situation:
    with reading(app.engine) as tx:
        return situations.kept.get(tx, key)


def test_a_new_situation_takes_names_and_keys_of_countries_and_rules(app: App, anna: Browser) -> None:
    answer = anna.fill(anna.get(NEW), NEW, {**COAST, "why": "Asked for"})
    assert (answer.status, answer.headers["location"]) == (303, "/situations/coast?said=saved")
    found = in_force(app, "coast")
    assert (found.name, found.places, found.rules) == ("The coast", ("kp", "fj"), ("shelling", "truce"))
    assert "Saved." in words(anna.get("/situations/coast?said=saved"))
    with reading(app.engine) as tx:
        event = audit.latest(tx, 1)[0]
    assert (event.actor, event.action, event.subject) == ("anna", "situation written", "coast")
    assert "Asked for" in event.detail


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("places", "kp, Nort Korea", "There is no country “Nort Korea”; did you mean kp?"),
        ("places", " , ", "Write at least one."),
        ("rules", "shelling\nshellin", "There is no rule “shellin”; did you mean shelling?"),
        ("rules", "<script>alert(1)</script>", "There is no rule “<script>alert(1)</script>”."),
        ("key", "The Coast", "Write small letters, digits and hyphens"),
        ("key", "new", "This word is the address of the form"),
    ],
)
def test_a_field_that_cannot_be_taken_says_why_keeps_what_was_typed_and_changes_nothing(
    app: App, anna: Browser, field: str, typed: str, told: str
) -> None:
    before = rows(app)
    answer = anna.fill(anna.get(NEW), NEW, {**COAST, field: typed})
    assert answer.status == 422
    assert told in words(answer)
    assert "The coast" in answer.text
    assert "<script>alert" not in answer.text
    assert rows(app) == before


def test_a_rule_that_a_reader_wrote_is_not_told_of(app: App, anna: Browser) -> None:
    reader = World(app).english
    with writing(app.engine) as tx:
        rules.save(tx, Rule("own-1-1", "cholera AND goma", "cholera AND goma"), author="x", now=NOW)
        own_rules.add(tx, reader, rules.ids(tx, ["own-1-1"])["own-1-1"])
    for typed in ("own-1-1", "own-1-2", "cholera AND Goma"):
        answer = anna.fill(anna.get(NEW), NEW, {**COAST, "rules": typed})
        assert (answer.status, "did you mean" in answer.text) == (422, False)


def test_an_edit_is_a_version_with_its_difference_and_an_old_one_can_come_back(
    app: App, anna: Browser
) -> None:
    answer = anna.fill(anna.get(EDIT), EDIT, {"places": "kr, jp", "why": "The north is another"})
    assert answer.status == 303
    assert in_force(app, "strait").places == ("kr", "jp")
    page = anna.get(EDIT)
    assert "The north is another" in words(page)
    assert re.search(r"<del><bdi>kp</bdi></del>\s*<ins><bdi>jp</bdi></ins>", page.text)
    answer = anna.fill(page, "/situations/strait/restore")
    assert answer.status == 303
    assert in_force(app, "strait").places == STRAIT.places
    assert "version 1 again" in words(anna.get(EDIT))


def test_saving_what_is_in_force_already_writes_nothing(app: App, anna: Browser) -> None:
    before = rows(app)
    answer = anna.fill(anna.get(EDIT), EDIT)
    assert answer.headers["location"] == "/situations/strait?said=same"
    assert rows(app) == before


def test_of_two_editors_the_second_is_told_and_loses_no_word(app: App, web: FastAPI, anna: Browser) -> None:
    old = anna.get(EDIT)
    berta = entered(web, "berta")
    berta.fill(berta.get(EDIT), EDIT, {"name": "Hers"})
    answer = anna.fill(old, EDIT, {"name": "Mine"})
    assert answer.status == 409
    assert "somebody else saved while you were writing" in words(answer)
    assert 'value="Mine"' in answer.text
    assert in_force(app, "strait").name == "Hers"
    assert anna.fill(answer, EDIT).status == 303
    assert in_force(app, "strait").name == "Mine"


def test_a_new_situation_never_takes_the_place_of_one_there_is_unseen(app: App, anna: Browser) -> None:
    answer = anna.fill(anna.get(NEW), NEW, {**COAST, "key": "strait"})
    assert answer.status == 409
    assert "there is a situation with this key already" in words(answer)
    assert in_force(app, "strait").name == STRAIT.name


def test_taking_it_out_of_force_asks_why_and_its_key_can_come_back(app: App, anna: Browser) -> None:
    retire = "/situations/strait/retire"
    answer = anna.fill(anna.get(EDIT), retire)
    assert (answer.status, "Say why" in words(answer)) == (422, True)
    answer = anna.fill(anna.get(EDIT), retire, {"why": "The war is over"})
    assert (answer.status, answer.headers["location"]) == (303, "/situations")
    with pytest.raises(NotFound):
        in_force(app, "strait")
    assert {anna.get(path).status for path in (EDIT, "/situations/strait")} == {404}
    assert anna.fill(anna.get(NEW), NEW, {**COAST, "key": "strait"}).status == 303
    assert in_force(app, "strait").name == "The coast"


def test_an_edit_of_what_was_taken_out_meanwhile_says_so(app: App, web: FastAPI, anna: Browser) -> None:
    old, berta = anna.get(EDIT), entered(web, "berta")
    berta.fill(berta.get(EDIT), "/situations/strait/retire", {"why": "Over"})
    answer = anna.fill(old, EDIT)
    assert answer.status == 409
    assert "taken out of force while you were writing" in words(answer)
    assert anna.fill(answer, NEW).status == 303
    assert in_force(app, "strait").name == STRAIT.name


def test_only_those_who_may_write_come_to_the_forms(app: App, web: FastAPI, anna: Browser) -> None:
    victor, before = entered(web, "victor"), rows(app)
    forms = (NEW, EDIT, "/situations/strait/restore", "/situations/strait/retire")
    fields = {**COAST, "number": "1", "why": "x", "word": "x"}
    assert {victor.get(path).status for path in (NEW, EDIT)} == {403}
    assert {victor.post(path, fields).status for path in forms} == {403}
    assert {Browser(web).get(path).status for path in (NEW, EDIT)} == {303}
    assert {Browser(web).post(path, fields).status for path in forms} == {403}
    assert {anna.post(path, fields).status for path in forms} == {403}, "a form of another session"
    assert rows(app).keys() == before.keys()
    assert rows(app)["situation_versions"] == before["situation_versions"]


@pytest.mark.parametrize("number", ["", "x", "99", "٣", "9" * 20])
def test_a_version_that_there_is_not_cannot_come_back(app: App, anna: Browser, number: str) -> None:
    anna.fill(anna.get(EDIT), EDIT, {"name": "Other"})
    answer = anna.fill(anna.get(EDIT), "/situations/strait/restore", {"number": number})
    assert answer.status in (400, 404)
    assert in_force(app, "strait").name == "Other"
