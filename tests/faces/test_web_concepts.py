"""The pages of the concepts: list, terms with hits, form, history, reset, and who may do what."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from rule_world import entered, keep, press, staffed, words, write
from web_client import Answer, Browser, active_parts, values
from web_world import NOW, rows

from alerts.app import App
from alerts.model import Concept, Polarity, Rule
from alerts.services.concepts import concepts_in_force, import_concepts
from alerts.services.texts import Edit
from alerts.store import audit, concepts
from alerts.store.unit import reading
from alerts.web.desk.concept_form import ConceptDraft, draft_of, read_draft
from alerts.web.desk.rule_changes import concept_differences
from alerts.web.site import make_web

QUAKE = Concept(
    "quake",
    "Earthquakes <big>",
    Polarity.ESCALATION,
    terms=(("en", ("earthquake", "tremor")), ("fr", ("séisme",))),
    exclude=(("en", ("earthquake drill",)),),
)


@pytest.fixture
def app(tmp_path: Path) -> App:
    app = staffed(tmp_path)
    import_concepts(app.engine, [QUAKE], Edit("berta", NOW, "Asked for"), app.settings.languages)
    write(app, Rule("quakes", "Quakes", "@quake", match=("Earthquake in the east",)))
    return app


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


@pytest.fixture
def anna(web: FastAPI) -> Browser:
    return entered(web, "anna")


def in_force(app: App, key: str) -> Concept:
    with reading(app.engine) as tx:
        return concepts_in_force(tx, app.settings.languages).by_key[key]


def own(app: App, key: str) -> Concept | None:
    with reading(app.engine) as tx:
        return concepts.kept.find(tx, key)


def row(page: str, key: str) -> str:
    rows_ = re.findall(r'<tr role="row">(.*?)</tr>', page, re.DOTALL)
    (found,) = [each for each in rows_ if f'/concepts/{key}"' in each]
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def test_the_list_tells_terms_languages_rules_and_what_is_missing(anna: Browser) -> None:
    page = anna.get("/concepts").text
    assert row(page, "quake").startswith("Earthquakes &lt;big&gt; @quake · written here escalation 3 2 1")
    assert "Spanish" in row(page, "quake")
    assert "@missile" in row(page, "missile")
    assert "/concepts/kp" not in page
    assert "/concepts/kp" in anna.get("/concepts?show=countries&after=ht").text
    assert "/concepts/kp" in anna.get("/concepts?q=North+Korea").text


def test_the_list_is_narrowed(anna: Browser) -> None:
    for asked, shown in (
        ("show=own", True),
        ("q=tremor", True),
        ("lacks=ko", True),
        ("lacks=fr", False),
        ("polarity=neutral", False),
    ):
        assert ("/concepts/quake" in anna.get(f"/concepts?{asked}").text) is shown, asked
    assert "No concept is like that" in words(anna.get("/concepts?q=zzzzz"))
    assert anna.get("/concepts?after=%00&lacks=xx&polarity=bad").status == 200


def test_a_concept_is_told_with_hits_per_term_rules_and_missing_languages(app: App, anna: Browser) -> None:
    keep(app, "Earthquake in the east", "Second earthquake", "Earthquake drill held", "Cats sleep")
    page = anna.get("/concepts/quake")
    told = words(page)
    assert "Met in 2 of 4 items of the last 30 days" in told
    assert "earthquake 2 tremor 0" in told
    assert "not: earthquake drill" in told
    assert "Spanish" in told.partition("No terms in")[2][:60]
    assert 'href="/rules/quakes"' in page.text
    assert "<mark>Earthquake</mark> in the east" in page.text
    assert "berta" in told and "Asked for" in told
    assert not active_parts(page.text)


def test_terms_are_counted_while_they_are_written_and_nothing_changes(app: App, anna: Browser) -> None:
    keep(app, "Aftershock reported", "Earthquake in the east")
    before = rows(app)
    answer = press(anna, "/concepts/quake/edit", "live", {"terms.en": "aftershock\nearthquake"})
    told = " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())
    assert "aftershock 1 earthquake 1" in told
    assert "<html" not in answer.text
    assert rows(app) == before


def test_a_term_that_cannot_be_read_is_told_beside_its_list(app: App, anna: Browser) -> None:
    before = rows(app)
    for act, status in (("live", 200), ("check", 200), ("save", 422)):
        answer = press(anna, "/concepts/quake/edit", act, {"terms.fr": "séisme OR tremblement"})
        assert answer.status == status
        assert '<a href="#terms-fr">Terms, French</a>: ' in answer.text
        assert "One field needs mending" in answer.text
    assert 'id="terms-fr-wrong"' in answer.text
    assert values(answer.text)["terms.fr"] == "séisme OR tremblement"
    assert rows(app) == before


def test_every_field_that_needs_mending_is_named_as_the_form_names_it_and_linked(anna: Browser) -> None:
    typed = {"key": "Bad Key", "terms.en": "a OR b", "exclude.another": "x", "polarity": "up"}
    answer = press(anna, "/concepts/new", "save", typed)
    links = re.findall(r'<li><a href="#([^"]+)">([^<]+)</a>:', answer.text)
    assert "4 fields need mending" in answer.text
    assert dict(links) == {
        "key": "Key",
        "polarity": "Polarity",
        "language": "The code of another language",
        "terms-en": "Terms, English",
    }
    assert all(f'id="{each}"' in answer.text for each, _ in links)


def test_languages_without_terms_are_folded_away_and_one_with_terms_or_a_fault_is_open(anna: Browser) -> None:
    def opened(page: Answer) -> list[str]:
        return re.findall(r'<details class="language" open>\s*<summary>([^<]+)', page.text)

    assert opened(anna.get("/concepts/new")) == ["English"]
    assert opened(anna.get("/concepts/quake/edit")) == ["English", "French"]
    typed = {"terms.ar": "a OR b", "terms.another": "tetemeko"}
    answer = press(anna, "/concepts/quake/edit", "save", typed)
    assert {"English", "French", "Arabic", "Another language"} == set(opened(answer))


def test_check_names_the_rules_whose_examples_would_break(anna: Browser) -> None:
    answer = press(anna, "/concepts/quake/edit", "check", {"terms.en": "tremor"})
    assert "rule quakes: “Earthquake in the east” must match and does not" in words(answer)
    assert "every example" in words(press(anna, "/concepts/quake/edit", "check", {"terms.en": "earthquake"}))


def test_an_edit_is_saved_with_a_reason_and_comes_back_by_its_history(app: App, anna: Browser) -> None:
    fields = {
        "terms.en": "earthquake\naftershock",
        "language": "SW",
        "terms.another": "tetemeko",
        "why": "More",
    }
    answer = press(anna, "/concepts/quake/edit", "save", fields)
    assert answer.headers["location"] == "/concepts/quake?saved=saved"
    assert dict(in_force(app, "quake").terms)["sw"] == ("tetemeko",)
    page = anna.get("/concepts/quake")
    assert "<ins>aftershock</ins>" in page.text and "<del>tremor</del>" in page.text
    with reading(app.engine) as tx:
        event = audit.latest(tx, 1)[0]
    assert (event.actor, event.action, event.subject) == ("anna", "concept written", "quake")
    assert anna.fill(page, "/concepts/quake/restore", {"why": "Too wide"}).status == 303
    assert in_force(app, "quake").terms == QUAKE.terms


def test_a_new_concept_is_saved_and_a_taken_key_is_refused(app: App, anna: Browser) -> None:
    fields = {"name": "Eels", "terms.en": "eel"}
    assert press(anna, "/concepts/new", "save", {**fields, "key": "missile"}).status == 409
    assert press(anna, "/concepts/new", "save", {**fields, "key": "kp"}).status == 409
    assert press(anna, "/concepts/new", "save", {**fields, "key": "No"}).status == 422
    assert press(anna, "/concepts/new", "save", {**fields, "key": "eel"}).status == 303
    assert in_force(app, "eel").terms == (("en", ("eel",)),)


def test_a_shipped_concept_is_overridden_and_reset(app: App, anna: Browser) -> None:
    shipped = in_force(app, "missile")
    assert "nobody has changed it here" in words(anna.get("/concepts/missile"))
    assert press(anna, "/concepts/missile/edit", "save", {"terms.en": "missile"}).status == 303
    page = anna.get("/concepts/missile")
    assert "changed here" in words(page)
    assert "<del>ballistics</del>" in page.text
    assert anna.fill(page, "/concepts/missile/reset").status == 303
    assert in_force(app, "missile") == shipped


def test_to_a_country_terms_are_added(app: App, anna: Browser) -> None:
    assert values(anna.get("/concepts/kp/edit").text)["terms.en"] == ""
    assert press(anna, "/concepts/kp/edit", "save", {"terms.en": "Hermit Kingdom"}).status == 303
    assert {"Hermit Kingdom", "North Korea"} <= set(dict(in_force(app, "kp").terms)["en"])


def test_a_concept_that_a_rule_needs_stays(app: App, anna: Browser) -> None:
    answer = anna.fill(anna.get("/concepts/quake"), "/concepts/quake/reset")
    assert (answer.status, "needed by the rule quakes" in words(answer)) == (409, True)
    assert own(app, "quake") is not None


def test_two_people_at_once_are_told_and_nothing_is_lost(app: App, anna: Browser) -> None:
    fields = values(anna.get("/concepts/quake/edit").text)
    newer = Concept("quake", "Quakes", terms=(("en", ("earthquake",)),))
    import_concepts(app.engine, [newer], Edit("berta", NOW), app.settings.languages)
    answer = anna.post("/concepts/quake/edit", {**fields, "terms.en": "shock", "act": "save"})
    assert answer.status == 409
    assert values(answer.text)["terms.en"] == "shock"
    assert in_force(app, "quake").name == "Quakes"
    assert anna.fill(answer, "/concepts/quake/edit#result", {"act": "save"}).status == 303


def test_a_viewer_looks_and_writes_nothing(app: App, web: FastAPI, anna: Browser) -> None:
    victor = entered(web, "victor")
    page = victor.get("/concepts/quake")
    assert page.status == victor.get("/concepts").status == 200
    assert not re.search("/concepts/(new|quake/(edit|reset|restore))", page.text)
    before = rows(app)
    for path in ("/concepts/new", "/concepts/quake/edit"):
        assert victor.get(path).status == 403
    for path in ("/concepts/new", "/concepts/quake/edit", "/concepts/quake/restore", "/concepts/quake/reset"):
        assert victor.post(path, {"number": "1", "key": "eel", "act": "save"}).status == 403
        assert anna.post(path, {"number": "1", "key": "eel", "act": "save", "word": "0.0"}).status in (
            400,
            403,
        )
    assert rows(app) == before


def test_an_unknown_concept_is_not_found(anna: Browser) -> None:
    for path in ("/concepts/none", "/concepts/N", "/concepts/none/edit", "/concepts/%00"):
        assert anna.get(path).status == 404


def test_the_form_of_a_concept_says_the_concept() -> None:
    assert read_draft(draft_of(QUAKE)) == (QUAKE, {})


lists = st.dictionaries(st.sampled_from(["en", "ar", "mul", "another"]), st.text(max_size=20), max_size=3)


@given(st.builds(ConceptDraft, st.text(max_size=8), terms=lists, exclude=lists, language=st.text(max_size=3)))
def test_whatever_is_typed_is_a_concept_or_told_what_is_wrong_with_it(draft: ConceptDraft) -> None:
    concept, wrong = read_draft(draft)
    assert all(terms for _, terms in concept.terms)
    assert wrong or concept.key


def test_the_first_text_of_a_concept_is_all_new() -> None:
    labels = [each.label for each in concept_differences(None, QUAKE)]
    assert labels == ["Name", "Polarity", "Terms, en", "Terms, fr", "Exclusions, en"]
    assert concept_differences(QUAKE, QUAKE) == ()
