"""The pages of situations before those who have no account: what is theirs to read, and what is not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from situation_world import A_DAY, SHELLING, WORSE, Followed, entered, with_accounts
from sqlalchemy import update
from test_web_situations import CALM, headings, words
from web_client import active_parts, ask
from web_world import NOW, SECRET, make_app, rows

from alerts.app import App
from alerts.config import Settings
from alerts.model import Trend
from alerts.services.assessing import Verdict
from alerts.services.situations import retire_situation
from alerts.services.texts import Edit
from alerts.store.schema import SituationVersion
from alerts.store.unit import writing
from alerts.web.site import make_web

PUBLIC = ("/situations", "/situations/strait", "/methodology")
LANGUAGES = ("en", "fr", "es", "ar", "ru", "zh-Hans", "ko")


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


def with_pages(app: App, value: str) -> FastAPI:
    """The same service with another setting."""
    settings = Settings(home=app.settings.home, secret_key=SECRET, public_pages=value)  # type: ignore[arg-type]
    return make_web(App(settings, clock=lambda: NOW))


# --- who may read, and who keeps ------------------------------------------------------------


@pytest.mark.parametrize("path", PUBLIC)
def test_everybody_may_read_and_keep_it_for_five_minutes_and_gets_no_cookie(
    app: App, web: FastAPI, world: Followed, path: str
) -> None:
    world.draft()
    before = rows(app)
    answer = ask(web, path)
    assert (answer.status, answer.headers["cache-control"]) == (200, "public, max-age=300")
    assert "cookie" in answer.headers["vary"].lower()
    assert "set-cookie" not in answer.headers
    assert not active_parts(answer.text)
    again = ask(web, path, headers={"if-none-match": f'"other", {answer.headers["etag"]}'})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]
    assert ask(web, path, headers={"if-none-match": '"other"'}).status == 200
    assert rows(app) == before


@pytest.mark.parametrize("path", PUBLIC)
def test_with_the_setting_off_a_login_is_asked_for(app: App, world: Followed, path: str) -> None:
    assert world.strait
    web = with_pages(app, "off")
    answer = ask(web, path)
    assert answer.status == 303
    assert answer.headers["location"].startswith("/login?after=")
    assert entered(web, "victor").get(path).status == 200


def test_search_engines_may_list_the_pages_only_when_the_setting_says_so(app: App, world: Followed) -> None:
    assert world.strait
    assert ask(with_pages(app, "on"), "/situations").headers["x-robots-tag"] == "noindex"
    assert ask(with_pages(app, "indexed"), "/situations").headers["x-robots-tag"] == "all"
    assert ask(with_pages(app, "indexed"), "/situations/none").headers["x-robots-tag"] == "noindex"


def test_what_staff_see_is_kept_by_nobody(web: FastAPI, world: Followed) -> None:
    world.draft()
    answer = entered(web, "victor").get("/situations/strait")
    assert (answer.headers["cache-control"], answer.headers["x-robots-tag"]) == ("no-store", "noindex")
    assert "etag" not in answer.headers


# --- what they read -------------------------------------------------------------------------


def test_an_editor_is_named_to_staff_alone(app: App, web: FastAPI, world: Followed) -> None:
    world.draft()
    app.decide("strait", Verdict(Trend.UNCHANGED, False, False, "Old footage"), "anna")
    for path in ("/situations", "/situations/strait"):
        outside = ask(web, path)
        assert "anna" not in outside.text
        assert "Confirmed by an editor on March 5, 2026" in words(outside)
        assert "Confirmed by anna on March 5, 2026" in words(entered(web, "victor").get(path))


def test_nothing_of_the_desk_stands_on_a_page_for_everybody(web: FastAPI, world: Followed) -> None:
    world.draft()
    for path in PUBLIC:
        page = ask(web, path).text
        assert f'href="{path if path != "/situations/strait" else "/situations"}"' in page
        assert 'href="/subscribe"' in page
        assert not re.search(r'<form|<script|href="/(feeds|rules|deliveries|situations/new)|/edit"', page)
        assert SHELLING.query not in re.sub(r"<bdi>.*?</bdi>", "", page)


def test_a_draft_is_drawn_in_outline_and_a_confirmed_call_filled(
    app: App, web: FastAPI, world: Followed
) -> None:
    world.draft()
    assert 'class="arrow deteriorated draft"' in ask(web, "/situations").text
    app.decide("strait", Verdict(), "anna")
    page = ask(web, "/situations").text
    assert 'class="arrow deteriorated"' in page
    assert "draft" not in page.partition('class="headers summary"')[2].partition("</dl>")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_methodology_is_there_in_every_language_and_so_are_the_links_on_it(
    web: FastAPI, language: str
) -> None:
    page = ask(web, f"/methodology?lang={language}").text
    assert f'<html lang="{language}"' in page
    assert page.count("<h1") == 1
    assert f'href="/situations?lang={language}"' in page


# --- months ---------------------------------------------------------------------------------


def test_a_month_that_is_over_shows_what_stood_at_its_end(app: App, web: FastAPI, world: Followed) -> None:
    world.draft(replace(WORSE, as_of=date(2026, 1, 30)), at=datetime(2026, 1, 31, tzinfo=UTC))
    world.draft(CALM, at=datetime(2026, 2, 27, tzinfo=UTC))
    app.decide("strait", Verdict(Trend.IMPROVED, False, True, "The talks went well"), "anna")  # in March
    january, february = (words(ask(web, f"/situations?month=2026-0{month}")) for month in (1, 2))
    assert "Situations: January 2026" in january
    assert "Deteriorated situations The Strait & the Gulf draft" in january
    assert "60 reports of escalation" in january
    assert "The Strait & the Gulf Asia Unchanged" in february
    assert "The talks went well" not in february
    assert "60 reports" not in february, "the figures of a later day are not told of an earlier one"
    assert "Improved situations The Strait & the Gulf" in words(ask(web, "/situations"))


def test_a_month_that_is_over_tells_of_what_was_followed_then_and_is_followed_no_more(
    app: App, web: FastAPI, world: Followed
) -> None:
    world.draft(WORSE, at=datetime(2025, 12, 31, tzinfo=UTC))
    with writing(app.engine) as tx:
        tx.execute(update(SituationVersion).values(created_at=datetime(2026, 1, 15, tzinfo=UTC)))
    retire_situation(app.engine, "strait", Edit("anna", datetime(2026, 2, 10, tzinfo=UTC)))
    gone = "The Strait & the Gulf no longer followed"
    for month, told in (("2025-12", False), ("2026-01", True), ("2026-02", False)):
        page = ask(web, f"/situations?month={month}")
        assert (gone in words(page)) == told, month
        assert 'href="/situations/strait' not in page.text, "there is no page to lead to"
    assert "The Strait" not in words(ask(web, "/situations"))


def test_months_lead_to_one_another_from_the_first_call_on(web: FastAPI, world: Followed) -> None:
    assert 'class="months"' not in ask(web, "/situations").text
    world.draft(at=datetime(2025, 12, 31, 23, 59, tzinfo=UTC))
    page = ask(web, "/situations?month=2026-01&lang=ar").text
    months = page.partition('<nav class="months"')[2].partition("</nav>")[0]
    assert re.findall('href="([^"]+)"', months) == [
        "/situations?lang=ar",
        *(f"/situations?lang=ar&amp;month={month}" for month in ("2026-02", "2026-01", "2025-12")),
    ]
    assert 'month=2026-01" aria-current="page"' in months
    assert 'href="/situations?lang=ko&amp;month=2026-01"' in page


@pytest.mark.parametrize("month", ["2025-11", "2026-04", "2026-13", "2026", "x", "٢٠٢٦-٠١", "2026-02-01"])
def test_a_month_that_there_is_not_is_not_found(web: FastAPI, world: Followed, month: str) -> None:
    world.draft(at=datetime(2025, 12, 31, 23, 59, tzinfo=UTC))
    assert ask(web, f"/situations?month={month}").status == 404


def test_the_course_of_a_situation_is_told_month_by_month(app: App, web: FastAPI, world: Followed) -> None:
    world.draft(CALM, at=NOW - 70 * A_DAY)
    world.draft(WORSE, at=NOW - 20 * A_DAY)
    app.decide("strait", Verdict(Trend.IMPROVED, False, True, "Talks"), "anna")
    course = ask(web, "/situations/strait").text.partition('<ol class="course"')[2].partition("</ol>")[0]
    told = [" ".join(re.sub("<[^>]+>", " ", each).split()) for each in course.split("<li>")[1:]]
    assert told == [
        "Dec 2025 Unchanged",
        "Jan 2026 Unchanged",
        "Feb 2026 Deteriorated Conflict risk alert",
        "Mar 2026 Improved Resolution opportunity",
    ]


def test_a_situation_lies_in_the_regions_of_its_places(web: FastAPI, world: Followed) -> None:
    assert world.strait
    assert "Atoll Oceania" in words(ask(web, "/situations"))
    assert headings(ask(web, "/situations")) == ["Atoll", "The Strait & the Gulf"]
    assert "آسيا" in words(ask(web, "/situations?lang=ar"))
