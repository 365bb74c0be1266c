"""The pages of the rules: what they show, what Check, Try and Save answer, and who may do what."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from rule_world import DAY, PASSWORD, entered, form, in_force, keep, press, staffed, words, write
from web_client import Browser, active_parts, values
from web_world import NOW, rows

from alerts.app import App
from alerts.model import Concept, Polarity, Rule, Severity
from alerts.rules.toml_tables import KEY
from alerts.services.accounts import IDLE
from alerts.services.concepts import import_concepts
from alerts.services.rules import Edit, retire_rule
from alerts.store import audit, rules
from alerts.store.unit import reading
from alerts.web.desk.query_words import signs
from alerts.web.desk.rule_changes import differences
from alerts.web.desk.rule_form import Draft, draft_of, proposed_key, read_draft
from alerts.web.desk.rule_trial import bars
from alerts.web.headers import PAGE_POLICY
from alerts.web.site import make_web

LAUNCH = Rule(
    "launch",
    "Ballistic <launch>",
    "missile NEAR/5 launch",
    Severity.CRITICAL,
    match=("Missile launch seen", "fr: Le launch du missile"),
    no_match=("Missile museum opens",),
    owner="Asia desk",
    review_at=date(2026, 1, 31),
    polarity=Polarity.ESCALATION,
)
TRADE = Rule("trade", "Trade", "@sanctions", Severity.LOW, sources=("Wire & Co",))
NEW = {
    "key": "border-closure",
    "name": "Border closure",
    "query": "border close",
    "severity": "high",
    "polarity": "escalation",
    "languages": "en, fr",
    "match": "Country closes its border\nfr: La border se close",
    "no_match": "Border talks resume",
    "owner": "Anna",
    "review_at": "2030-06-30",
    "why": "Asked for by the desk",
}


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = staffed(tmp_path)
    write(app, LAUNCH, TRADE, author="cli", now=NOW - 100 * DAY)
    return app


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


@pytest.fixture
def anna(web: FastAPI) -> Browser:
    return entered(web, "anna")


@pytest.fixture
def victor(web: FastAPI) -> Browser:
    return entered(web, "victor")


# The list


def test_the_list_tells_every_rule_with_its_matches_and_what_to_look_at(app: App, victor: Browser) -> None:
    keep(app, "Missile launch seen", "Another missile launch", at=NOW - DAY)
    keep(app, "Missile launch long ago", at=NOW - 29 * DAY)
    page = victor.get("/rules")
    assert page.status == 200
    first, second = map(words_of, re.findall(r'<tr role="row">(.*?)</tr>', page.text, re.DOTALL)[1:])
    assert first.startswith(
        "Ballistic &lt;launch&gt; launch critical 2 3 4 Mar 14:30 Asia desk review 2026-01-31"
    )
    assert "review is due" in first
    assert "no match in 90 days" not in first
    assert second.startswith("Trade trade low 0 0 never")
    assert "no match in 90 days" in second
    assert 'href="/rules/launch"' in page.text


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_young_rule_is_not_called_silent(app: App, victor: Browser) -> None:
    write(app, Rule("young", "Young", "volcano"), now=NOW - 2 * DAY)
    rows_ = re.findall(r"<tr role=\"row\">(.*?)</tr>", victor.get("/rules").text, re.DOTALL)
    (young,) = [row for row in rows_ if "Young" in row]
    assert "no match" not in young


def test_without_rules_the_list_says_where_they_come_from(tmp_path: Path) -> None:
    page = words(entered(make_web(staffed(tmp_path)), "anna").get("/rules"))
    assert "No rule is in force" in page
    assert "alerts rules import catalog" in page


def test_a_long_list_is_cut_into_pages_that_follow_one_another(app: App, victor: Browser) -> None:
    write(app, *(Rule(f"r{number}", f"R {number}", "volcano") for number in range(120)))
    seen: list[str] = []
    path = "/rules?severity=medium"
    while path:
        answer = victor.get(path)
        assert len(answer.body) < 100_000
        seen += re.findall(r'href="/rules/(r\d+)"', answer.text)
        following = re.search(r'rel="next" href="([^"]*)"', answer.text)
        path = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 120
    for hostile in ("x", "0.", "9.a", "0.%00", "0.A"):
        assert victor.get(f"/rules?after={hostile}&q=%00&owner=%00&severity=grave").status == 200


# One rule


def test_a_rule_is_told_with_the_signs_of_its_query_and_its_latest_matches_marked(
    app: App, victor: Browser
) -> None:
    keep(app, "Missile launch seen")
    page = victor.get("/rules/launch")
    assert '<code class="query">missile <span class="op">NEAR/5</span> launch</code>' in page.text
    assert "<mark>Missile</mark> <mark>launch</mark> seen" in page.text
    told = words(page)
    for part in (
        "Asia desk",
        "2026-01-31",
        "critical",
        "escalation",
        "1 in 7 days, 1 in 30",
        "Wire en · English",
    ):
        assert part in told
    assert "Ballistic &lt;launch&gt;" in page.text
    assert "<launch>" not in page.text


@pytest.mark.parametrize(
    ("language", "title", "marked", "direction"),
    [
        ("ar", "الاتحاد الأوروبي يفرض عقوبات جديدة", "عقوبات", "rtl"),
        ("zh", "欧盟对航运业实施新的制裁", "制裁", "ltr"),
    ],
)
def test_evidence_is_marked_in_its_own_script_and_direction(
    app: App, victor: Browser, language: str, title: str, marked: str, direction: str
) -> None:
    write(app, replace(TRADE, sources=()))
    keep(app, title, language=language)
    page = victor.get("/rules/trade").text
    assert re.search(rf'<h3 lang="{language}" dir="{direction}">', page)
    assert marked in "".join(re.findall(r"<mark>(.*?)</mark>", page))


def test_the_languages_that_a_concept_speaks_are_told_and_those_it_lacks(app: App, victor: Browser) -> None:
    written = [Concept("quake", "Earthquakes", terms=(("en", ("earthquake",)), ("fr", ("séisme",))))]
    import_concepts(app.engine, written, Edit("cli", NOW), app.settings.languages)
    write(app, Rule("quake", "Quake", "@quake", languages=("en", "fr", "ar")))
    told = words(victor.get("/rules/quake"))
    assert "@quake Earthquakes English, French no terms in Arabic" in told
    assert "W4" in told


def test_the_history_tells_who_wrote_what_when_and_why(app: App, anna: Browser) -> None:
    wider = replace(LAUNCH, query="missile NEAR/8 launch", severity=Severity.HIGH)
    write(app, replace(wider, polarity=Polarity.NEUTRAL), reason="Wider <b>")
    page = anna.get("/rules/launch")
    told = words(page)
    assert "Version 2 in force" in told
    assert "berta ·" in told
    assert "Wider &lt;b&gt;" in page.text
    assert "<span>missile </span><del>NEAR/5</del> <ins>NEAR/8</ins><span> launch</span>" in page.text
    assert "<del>critical</del><ins>high</ins>" in page.text
    assert "<del>escalation</del><ins>neutral</ins>" in page.text


def test_an_older_version_comes_back_with_a_reason_and_by_whom(app: App, anna: Browser) -> None:
    write(app, replace(LAUNCH, query="rocket", match=(), no_match=()))
    answer = anna.fill(anna.get("/rules/launch"), "/rules/launch/restore", {"why": "It was better"})
    assert (answer.status, answer.headers["location"]) == (303, "/rules/launch?saved=restored")
    assert in_force(app, "launch").query == LAUNCH.query
    page = words(anna.get("/rules/launch?saved=restored"))
    assert "The version is back in force" in page
    assert "Version 3 in force anna" in page
    assert "It was better" in page
    with reading(app.engine) as tx:
        assert audit.latest(tx, 1)[0].actor == "anna"


def test_a_retired_rule_can_be_seen_and_brought_back_but_not_edited(app: App, anna: Browser) -> None:
    retire_rule(app.engine, "launch", Edit("cli", NOW))
    page = anna.get("/rules/launch")
    assert "This rule is retired" in page.text
    assert anna.get("/rules/launch/edit").status == 404
    assert anna.fill(page, "/rules/launch/restore").status == 303
    assert in_force(app, "launch").query == LAUNCH.query


@pytest.mark.parametrize("path", ["/none", "/N%00", "/none/edit", "/..%2F", "/A", "/A/edit", "/%F0%9F"])
def test_an_unknown_rule_is_not_found(anna: Browser, path: str) -> None:
    assert anna.get(f"/rules{path}").status == 404


@pytest.mark.parametrize("number", ["9", "0", "x", "", "-1", "99999999999", "²"])
def test_a_version_that_there_is_not_is_not_brought_back(app: App, anna: Browser, number: str) -> None:
    word = form(anna, "/rules/launch/edit")["word"]
    answer = anna.post("/rules/launch/restore", {"word": word, "number": number})
    assert answer.status in (400, 404)
    assert in_force(app, "launch").query == LAUNCH.query


# Check


def test_check_shows_how_the_query_is_read_and_changes_nothing(app: App, anna: Browser) -> None:
    before = rows(app)
    answer = press(anna, "/rules/new", "check", {**NEW, "query": "border close OR frontier"})
    assert answer.status == 200
    assert "The query can be read and its 3 examples hold" in words(answer)
    shown = re.search(r'<p class="box"><code class="query">(.*?)</code>', answer.text)
    assert shown
    assert re.sub("<[^>]+>", "", shown[1]) == "(border AND close) OR frontier"
    assert "W2" in words(answer)
    assert rows(app) == before


def test_a_query_that_cannot_be_read_is_told_with_code_caret_and_hint(anna: Browser) -> None:
    answer = press(anna, "/rules/new", "check", {**NEW, "query": "border close) x"})
    assert 'border close<span class="here">)</span> x' in answer.text
    assert re.search(r"E\d\d</b> at column 13", answer.text)
    assert 'id="query" name="query" rows="5"' in answer.text
    assert 'aria-invalid="true" aria-describedby="query-fault' in answer.text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("border\nclose OR)\nshut", 'close OR<span class="here">)</span></bdi>'),
        ("(border", '<span class="here">(</span>border</bdi>'),
        ("حدود )", 'حدود <span class="here">)</span></bdi>'),
        ("border OR", 'border OR<span class="here">\u00a0</span></bdi>'),
        ("border \u202e)", 'border  <span class="here">)</span></bdi>'),
    ],
)
def test_the_place_is_shown_in_its_line_whatever_the_script(anna: Browser, query: str, shown: str) -> None:
    assert shown in press(anna, "/rules/new", "check", {"query": query}).text


def test_a_concept_that_does_not_exist_is_told_with_one_that_does(anna: Browser) -> None:
    told = words(press(anna, "/rules/new", "check", {**NEW, "query": "@sanctoins"}))
    assert "E11" in told
    assert "Did you mean @sanctions" in told


def test_every_example_that_does_not_hold_is_named(anna: Browser) -> None:
    fields = {**NEW, "match": "Cats sleep\nCountry closes its border", "no_match": "Border <b>closed</b>"}
    told = press(anna, "/rules/new", "check", fields)
    assert "2 examples do not hold" in words(told)
    assert "<bdi>Cats sleep</bdi>" in told.text
    assert "<bdi>Border &lt;b&gt;closed&lt;/b&gt;</bdi>" in told.text
    assert "Country closes" in told.text


def test_a_query_can_be_checked_before_the_rule_has_a_key(anna: Browser) -> None:
    assert "can be read" in words(press(anna, "/rules/new", "check", {"query": "border"}))
    assert "Write what to look for" in words(press(anna, "/rules/new", "check", {"key": "a"}))


# Try


def test_try_shows_days_mails_samples_and_near_misses_and_changes_nothing(app: App, anna: Browser) -> None:
    keep(app, "Country closes its border", "Border closed again", "Border stays open", at=NOW - DAY)
    keep(app, "Cats sleep", at=NOW - 3 * DAY)
    before = rows(app)
    answer = press(anna, "/rules/new", "try", {**NEW, "match": "", "no_match": ""})
    told = words(answer)
    assert answer.status == 200
    assert "It matches 2 of 4 items" in told
    assert "on 1 of 31 days, at most 2, on 4 March" in told
    assert re.search(r"Nobody has asked for it yet", told)
    assert answer.text.count("<rect") == 1
    assert "<mark>" in answer.text
    assert "Near misses" in told
    assert "Border stays open" in told
    assert rows(app) == before


def test_try_of_an_edit_shows_the_items_added_and_removed(app: App, anna: Browser) -> None:
    keep(app, "Missile launch seen", "Rocket launch seen", "Cats sleep")
    fields = {"query": "rocket NEAR/5 launch", "match": "", "no_match": ""}
    answer = press(anna, "/rules/launch/edit", "try", fields)
    told = words(answer)
    assert "Compared with version 1" in told
    added, removed = re.findall(r"<details open>\s*<summary>(.*?)</details>", answer.text, re.DOTALL)
    assert ("+ 1 item more" in added, "Rocket launch seen" in added) == (True, True)
    assert ("− 1 item fewer" in removed, "Missile launch seen" in removed) == (True, True)
    same = words(press(anna, "/rules/launch/edit", "try"))
    assert "It matches exactly the same items" in same


def test_a_query_that_cannot_be_read_is_not_tried(anna: Browser) -> None:
    answer = press(anna, "/rules/new", "try", {**NEW, "query": "(border"})
    assert "cannot be read" in words(answer)
    assert "Tried on" not in answer.text


def test_a_rule_whose_examples_fail_can_be_tried_but_not_saved(app: App, anna: Browser) -> None:
    fields = {**NEW, "match": "Cats sleep"}
    assert "Tried on the last 30 days" in press(anna, "/rules/new", "try", fields).text
    assert press(anna, "/rules/new", "save", fields).status == 422
    with reading(app.engine) as tx:
        assert rules.kept.find(tx, "border-closure") is None


# Save


def test_a_new_rule_is_saved_as_it_was_typed(app: App, anna: Browser) -> None:
    answer = press(anna, "/rules/new", "save", NEW)
    assert (answer.status, answer.headers["location"]) == (303, "/rules/border-closure?saved=saved")
    assert replace(in_force(app, "border-closure"), version=0) == Rule(
        "border-closure",
        "Border closure",
        "border close",
        Severity.HIGH,
        languages=("en", "fr"),
        match=("Country closes its border", "fr: La border se close"),
        no_match=("Border talks resume",),
        owner="Anna",
        review_at=date(2030, 6, 30),
        polarity=Polarity.ESCALATION,
    )
    with reading(app.engine) as tx:
        (version,) = rules.history(tx, "border-closure")
        event = audit.latest(tx, 1)[0]
    assert (version.author, version.reason, version.created_at) == ("anna", "Asked for by the desk", NOW)
    assert (event.actor, event.action, event.subject) == ("anna", "rule written", "border-closure")
    assert "Saved. It applies to what is found from now on" in words(anna.get(answer.headers["location"]))


@pytest.mark.parametrize(
    ("name", "key"), [("Border closure!", "border-closure"), ("  Évacuation à 5 km ", "evacuation-a-5-km")]
)
def test_a_rule_saved_without_a_key_gets_one_made_of_its_name(
    app: App, anna: Browser, name: str, key: str
) -> None:
    answer = press(anna, "/rules/new", "save", {**NEW, "name": name, "key": ""})
    assert answer.headers["location"] == f"/rules/{key}?saved=saved"
    with reading(app.engine) as tx:
        assert key in {rule.key for rule in rules.current(tx)}


@given(st.text())
def test_a_key_made_of_a_name_is_a_key_or_nothing(name: str) -> None:
    assert KEY.fullmatch(proposed_key(name) or "nothing")


def test_an_admin_is_led_from_a_rule_that_nobody_gets_to_where_a_reader_is_added(
    web: FastAPI, victor: Browser
) -> None:
    page = entered(web, "berta").get("/rules/launch").text
    assert '0 people · <a href="/subscribers/new">add one</a>' in page
    assert "/subscribers/new" not in victor.get("/rules/launch").text


def test_a_change_of_a_query_is_shown_in_the_type_of_code() -> None:
    old = Rule("a", "A", "port")
    marked = {each.label: each.code for each in differences(old, replace(old, query="harbour", name="B"))}
    assert marked == {"Name": False, "Query": True}


def test_an_edit_is_a_new_version_and_leaves_the_rest_as_it_was(app: App, anna: Browser) -> None:
    assert press(anna, "/rules/launch/edit", "save", {"owner": "Europe desk"}).status == 303
    assert replace(in_force(app, "launch"), version=0) == replace(LAUNCH, owner="Europe desk")


def test_saving_what_is_in_force_already_says_so(app: App, anna: Browser) -> None:
    before = in_force(app, "launch")
    answer = press(anna, "/rules/launch/edit", "save")
    assert answer.headers["location"] == "/rules/launch?saved=same"
    assert in_force(app, "launch") == before


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"key": "", "name": "Граница"}, "key"),
        ({"key": "Border Closure"}, "key"),
        ({"key": "new"}, "key"),
        ({"key": "../x"}, "key"),
        ({"query": " "}, "query"),
        ({"severity": "grave"}, "severity"),
        ({"polarity": "worse"}, "polarity"),
        ({"languages": "english"}, "languages"),
        ({"review_at": "tomorrow"}, "review_at"),
        ({"name": "n" * 1001}, "name"),
        ({"match": "m" * 1001}, "match"),
    ],
)
def test_a_field_that_will_not_do_is_named_and_everything_typed_stays(
    app: App, anna: Browser, fields: dict[str, str], field: str
) -> None:
    typed = {**NEW, **fields}
    answer = press(anna, "/rules/new", "save", typed)
    assert answer.status == 422
    assert f'id="{field}-wrong"' in answer.text
    back = values(answer.text)
    kept = {name: value for name, value in typed.items() if name not in ("query", "severity", "polarity")}
    assert {name: back[name] for name in kept} == kept
    with reading(app.engine) as tx:
        assert {rule.key for rule in rules.current(tx)} == {"launch", "trade"}


def test_a_key_that_is_taken_shows_the_rule_that_has_it(app: App, anna: Browser) -> None:
    answer = press(anna, "/rules/new", "save", {**NEW, "key": "launch"})
    assert answer.status == 409
    assert "there is a rule with this key already, now at version 1" in words(answer)
    assert in_force(app, "launch").query == LAUNCH.query


def test_a_save_over_a_newer_version_is_refused_with_both_texts_shown(app: App, anna: Browser) -> None:
    fields = form(anna, "/rules/launch/edit")
    write(app, replace(LAUNCH, query="missile NEAR/9 launch"), reason="Wider")
    answer = anna.post("/rules/launch/edit", {**fields, "query": "missile NEAR/2 launch", "act": "save"})
    assert answer.status == 409
    told = words(answer)
    for part in (
        "Not saved: version 2 was saved while you were writing",
        "berta",
        "Wider",
        "NEAR/9",
        "NEAR/2",
    ):
        assert part in told
    assert in_force(app, "launch").query == "missile NEAR/9 launch"
    again = anna.fill(answer, "/rules/launch/edit#result", {"act": "save"})
    assert again.status == 303
    assert in_force(app, "launch").query == "missile NEAR/2 launch"


def test_a_save_over_a_rule_that_was_retired_meanwhile_is_refused(app: App, anna: Browser) -> None:
    fields = form(anna, "/rules/launch/edit")
    retire_rule(app.engine, "launch", Edit("berta", NOW))
    answer = anna.post("/rules/launch/edit", {**fields, "act": "save"})
    assert answer.status == 409
    assert "was taken out of force" in words(answer)
    assert anna.fill(answer, "/rules/new#result", {"act": "save"}).status == 303
    assert in_force(app, "launch").query == LAUNCH.query


@pytest.mark.parametrize("began", ["", "x", "-1", "99999999999999999", "0", "²"])
def test_a_form_that_does_not_say_rightly_where_it_began_saves_nothing(
    app: App, anna: Browser, began: str
) -> None:
    answer = press(anna, "/rules/launch/edit", "save", {"began": began, "query": "missile", "no_match": ""})
    assert answer.status == 409
    assert in_force(app, "launch").query == LAUNCH.query


def test_a_rule_that_many_people_get_mail_for_is_saved_after_a_second_confirmation(
    app: App, anna: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "readers", lambda _tx, _key: 101)
    answer = press(anna, "/rules/launch/edit", "save", {"query": "missile NEAR/9 launch"})
    assert answer.status == 409
    assert "101 people get mail for this rule" in words(answer)
    assert in_force(app, "launch").query == LAUNCH.query
    assert anna.fill(answer, "/rules/launch/edit#result", {"act": "confirm"}).status == 303
    assert in_force(app, "launch").query == "missile NEAR/9 launch"
    answer = anna.fill(anna.get("/rules/launch"), "/rules/launch/restore", {"why": "Too wide"})
    assert (answer.status, "101 people" in words(answer)) == (409, True)
    assert anna.fill(answer, "/rules/launch/restore", {"confirm": "yes"}).status == 303
    assert in_force(app, "launch").query == LAUNCH.query


# Who may


def test_a_viewer_looks_at_everything_and_writes_nothing(app: App, victor: Browser) -> None:
    assert [victor.get(path).status for path in ("/", "/feeds", "/rules", "/rules/launch")] == [200] * 4
    page = victor.get("/rules/launch").text
    assert not re.search("/rules/launch/(edit|restore)|/rules/new", page + victor.get("/rules").text)
    before = rows(app)
    for path in ("/rules/new", "/rules/launch/edit"):
        answer = victor.get(path)
        assert (answer.status, "A viewer may look" in answer.text) == (403, True)
    word = re.search(r'name="word" value="([\w.]+)"', page)
    assert word
    for path, act in (("/rules/new", "try"), ("/rules/launch/edit", "save"), ("/rules/launch/restore", "")):
        assert victor.post(path, {**NEW, "word": word[1], "number": "1", "act": act}).status == 403
    assert rows(app) == before


@pytest.mark.parametrize("path", ["/rules/new", "/rules/launch/edit", "/rules/launch/restore"])
def test_a_form_of_another_session_or_site_changes_nothing(app: App, web: FastAPI, path: str) -> None:
    anna, berta = entered(web, "anna"), entered(web, "berta")
    theirs = form(berta, "/rules/new")["word"]
    mine = form(anna, "/rules/new")["word"]
    before = rows(app)
    fields = {**NEW, "number": "1", "began": "0", "act": "save"}
    for word in (theirs, "", "0" * 64):
        assert anna.post(path, {**fields, "word": word}).status in (400, 403)
    answer = anna.post(path, {**fields, "word": mine}, sec_fetch_site="cross-site")
    assert (answer.status, "Border closure" in answer.text) == (403, False)
    assert rows(app) == before


def test_looking_changes_nothing(app: App, anna: Browser) -> None:
    before = rows(app)
    for path in ("/rules", "/rules/launch", "/rules/new", "/rules/launch/edit"):
        for method in ("GET", "HEAD"):
            assert anna.get(path, method).status == 200
    assert anna.get("/rules/launch/restore").status == 405
    assert rows(app) == before


def test_what_was_typed_when_the_login_had_ended_goes_on_after_the_next_one(app: App, anna: Browser) -> None:
    fields = form(anna, "/rules/launch/edit")
    app.clock = lambda: NOW + IDLE
    typed = {**fields, "query": 'missile NEAR/7 "launch"\nOR <b>rocket</b>', "act": "save"}
    answer = anna.post("/rules/launch/edit", typed)
    assert (answer.status, "no longer logged in" in answer.text) == (403, True)
    wrong = anna.fill(answer, "/login", {"name": "anna", "password": "another grey heron"})
    assert wrong.status == 403
    answer = anna.fill(wrong, "/login", {"name": " Anna", "password": PASSWORD})
    assert "Nothing has been saved yet" in words(answer)
    answer = anna.fill(answer, "/rules/launch/edit")
    assert answer.status == 422
    assert "missile NEAR/7 &#34;launch&#34;\nOR &lt;b&gt;rocket&lt;/b&gt;" in answer.text


def test_the_pages_of_rules_are_guarded_as_all_others(app: App, anna: Browser) -> None:
    keep(app, "Missile launch seen")
    answers = [anna.get(path) for path in ("/rules", "/rules/launch", "/rules/new", "/rules/launch/edit")]
    answers.append(press(anna, "/rules/launch/edit", "try"))
    for answer in answers:
        assert answer.headers["content-security-policy"] == PAGE_POLICY
        assert not active_parts(answer.text)
        assert answer.text.count("<h1") == 1
        ids = re.findall(r'\sid="([^"]*)"', answer.text)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'for="([^"]*)"', answer.text)) <= set(ids)
        described = " ".join(re.findall(r'aria-describedby="([^"]*)"', answer.text)).split()
        assert set(described) <= set(ids)


def test_a_rule_with_hostile_words_in_every_field_is_shown_as_text(anna: Browser) -> None:
    nasty = '"><script>alert(1)</script>\u202e'
    typed = {**NEW, "name": nasty, "owner": nasty, "why": nasty, "match": f"close border {nasty}"}
    assert press(anna, "/rules/new", "save", {**typed, "sources": ""}).status == 303
    for path in ("/rules", "/rules/border-closure", "/rules/border-closure/edit"):
        page = anna.get(path).text
        assert not active_parts(page)
        assert "&lt;script&gt;" in page


# The parts


@given(st.text(max_size=60) | st.from_regex(r'([a-z]{1,5}|"a b"|@kp|AND|OR|NOT|NEAR/3|title:|\(|\)| ){1,12}'))
def test_the_signs_of_a_query_add_up_to_it(query: str) -> None:
    assert "".join(sign.text for sign in signs(query)) == query


def test_the_signs_of_a_query_are_told_apart() -> None:
    told = [(sign.text, sign.kind) for sign in signs('title:@kp NEAR/3 "a b" OR -x') if sign.kind]
    assert told == [
        ("title:", "field"),
        ("@kp", "concept"),
        ("NEAR/3", "op"),
        ('"a b"', "phrase"),
        ("OR", "op"),
        ("-", "op"),
    ]


texts = st.lists(st.text("ab ", min_size=1, max_size=4), max_size=4, unique=True).map(tuple)


@given(st.text("ab( )\n", max_size=20), st.text("ab( )\n", max_size=20), texts, texts)
def test_each_text_can_be_read_from_the_difference(one: str, other: str, before: Any, after: Any) -> None:
    old, new = Rule("k", "n", one, match=before), Rule("k", "n", other, match=after)
    for each in differences(old, new):
        was = [change.text for change in each.changes if change.kind != "new"]
        now = [change.text for change in each.changes if change.kind != "gone"]
        if each.lines:
            assert (tuple(was), tuple(now)) == (before, after)
        else:
            assert ("".join(was), "".join(now)) == (one, other)
    assert bool(differences(old, new)) == ((one, before) != (other, after))


@pytest.mark.parametrize(
    ("one", "other", "runs"),
    [
        ("artillery", "artillery OR mortar", ["artillery", "+ OR mortar"]),
        ("tank NEAR/5 fire", "tank NEAR/8 fire", ["tank ", "-NEAR/5", "+NEAR/8", " fire"]),
        ("old words (here)", "new terms (here)", ["-old words", "+new terms", " (here)"]),
        ("a b", "a  b", ["a", "- ", "+  ", "b"]),
    ],
)
def test_a_difference_shows_words_that_changed_and_no_others(one: str, other: str, runs: list[str]) -> None:
    (found,) = differences(Rule("k", "n", one), Rule("k", "n", other))
    signs = {"kept": "", "gone": "-", "new": "+"}
    assert [f"{signs[change.kind]}{change.text}" for change in found.changes] == runs


def test_the_words_about_bars_are_right_for_a_single_day() -> None:
    assert bars({"2026-03-04": 2}).said == "Matches on 4 March: 2."
    assert bars({"2026-03-04": 0, "2026-03-05": 2}).said.endswith("on 1 of 2 days, at most 2, on 5 March.")


def test_the_form_of_a_rule_says_the_rule() -> None:
    for rule in (LAUNCH, TRADE):
        assert read_draft(draft_of(rule)) == (rule, {})


@given(st.builds(Draft, *(st.text(max_size=12) for _ in range(12))))
def test_whatever_is_typed_is_a_rule_or_told_what_is_wrong_with_it(draft: Draft) -> None:
    rule, wrong = read_draft(draft)
    assert rule.query or "query" in wrong
    assert rule.name or "key" in wrong


@given(st.dictionaries(st.dates().map(date.isoformat), st.integers(0, 10_000), max_size=40))
def test_bars_stay_within_the_drawing_and_every_day_with_a_match_is_seen(per_day: dict[str, int]) -> None:
    drawn = bars(per_day)
    assert [bar.matches for bar in drawn.bars] == [per_day[day] for day in sorted(per_day)]
    for bar in drawn.bars:
        assert (bar.tall > 0) == (bar.matches > 0)
        assert bar.y >= 0 and bar.y + bar.tall == drawn.tall
        assert bar.x >= 0 and bar.x + bar.wide <= drawn.wide
    assert drawn.said
