"""The pages of situations: what they say, to whom and in which language, and what an editor may decide."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from fastapi import FastAPI
from situation_world import A_DAY, STRAIT, TODAY, TRUCE, WORSE, Followed, entered, with_accounts
from web_client import Answer, Browser, active_parts, ask, values
from web_world import NOW, SECRET, make_app, rows

from alerts.app import App
from alerts.config import Settings
from alerts.model import Level, Reason, Trend
from alerts.services.assessing import Verdict
from alerts.store import audit, trends
from alerts.store.unit import reading
from alerts.web.headers import PAGE_POLICY
from alerts.web.site import make_web

PAGE = "/situations/strait"
CALM = replace(
    WORSE, trend=Trend.UNCHANGED, risk_alert=False, reasons=(Reason("calm", True, (("days", 28.0),)),)
)
UNKNOWN = replace(
    WORSE,
    trend=Trend.UNKNOWN,
    reasons=(
        Reason("unseen", True, (("seen", 3.0), ("days", 84.0), ("limit", 14.0))),
        Reason("urgent", False, (("days_ago", 1.0),)),
    ),
)


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_app(tmp_path)


@pytest.fixture
def world(app: App) -> Followed:
    return Followed(app)


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


@pytest.fixture
def anna(app: App, web: FastAPI) -> Browser:
    with_accounts(app)
    return entered(web, "anna")


def words(answer: Answer) -> str:
    """What a reader sees of the page."""
    main = answer.text.partition("<main")[2]
    shown = re.sub(r"<(title|desc)\b.*?</\1>", " ", main, flags=re.DOTALL)
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", shown).split()))


def form(page: Answer) -> dict[str, str]:
    """The form of a decision as a browser would send it."""
    found = re.search(r'<form[^>]*action="/situations/[^>]*>(.*?)</form>', page.text, re.DOTALL)
    assert found
    held = values(re.sub(r'<input type="(radio|checkbox)"[^>]*>', "", found[1]))
    for name, value in re.findall(r'name="(\w+)" value="([^"]*)" checked', found[1]):
        held[name] = unescape(value)
    return held


def in_force(app: App) -> trends.Called:
    with reading(app.engine) as tx:
        return trends.history(tx, 1)[0]


def headings(answer: Answer) -> list[str]:
    found = re.findall(r'<th[^>]*scope="row"><a[^>]*>(.*?)</a>', answer.text)
    return [unescape(re.sub("<[^>]+>", "", each)).strip() for each in found]


# --- reading ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/situations", PAGE, PAGE + "?lang=ar"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing_and_runs_nothing(
    app: App, web: FastAPI, world: Followed, path: str, method: str
) -> None:
    world.story("Shells hit the pier")
    world.draft()
    before = rows(app)
    answer = ask(web, path, method)
    assert (answer.status, answer.headers["content-security-policy"]) == (200, PAGE_POLICY)
    assert not active_parts(answer.text)
    assert rows(app) == before


@pytest.mark.parametrize("path", ["/situations/none", "/situations/..", "/situations/%00", "/situations/A B"])
def test_a_situation_that_does_not_exist_is_not_found(web: FastAPI, world: Followed, path: str) -> None:
    assert world.strait
    assert ask(web, path).status == 404


def test_without_situations_the_overview_says_how_to_get_some(web: FastAPI) -> None:
    assert "alerts situations import catalog" in words(ask(web, "/situations"))


def test_a_draft_is_told_as_a_media_signal_with_the_reason_that_decides_and_the_others_by_side(
    web: FastAPI, world: Followed
) -> None:
    world.draft()
    shown = words(ask(web, PAGE))
    assert "Deteriorated" in shown
    assert "Conflict risk alert" in shown
    assert "Media signal (machine draft) since March 5, 2026" in shown
    bold = re.search(r'class="why"[^>]*>([^<]+)', ask(web, PAGE).text)
    assert bold
    assert bold[1].startswith("60 reports of escalation")
    assert shown.index("For it") < shown.index("Against it") < shown.index("The month ahead")


def test_without_a_trend_the_reason_of_the_alert_comes_first(web: FastAPI, world: Followed) -> None:
    world.draft(UNKNOWN)
    bold = re.search(r'class="why"[^>]*>([^<]+)', ask(web, PAGE).text)
    assert bold
    assert bold[1].startswith("Urgent surge of escalation")


def test_before_the_first_call_the_page_says_when_it_comes(web: FastAPI, world: Followed) -> None:
    assert world.strait
    assert "No call yet" in words(ask(web, PAGE))


def test_situations_with_signals_come_first_and_the_gravest_of_them_first_of_all(
    web: FastAPI, world: Followed
) -> None:
    assert headings(ask(web, "/situations")) == ["Atoll", STRAIT.name]
    world.draft(CALM)
    world.surge(Level.WATCH)
    page = ask(web, "/situations")
    assert headings(page) == [STRAIT.name, "Atoll"]
    world.draft(CALM, world.atoll)
    page = ask(web, "/situations")
    assert words(page).index("With signals") < words(page).index("Without signals")
    world.draft(WORSE, world.atoll)
    assert headings(ask(web, "/situations")) == ["Atoll", STRAIT.name]
    world.surge(Level.URGENT)
    assert headings(ask(web, "/situations")) == [STRAIT.name, "Atoll"]


def test_situations_of_which_nothing_can_be_said_are_folded_below_and_counted(
    web: FastAPI, world: Followed
) -> None:
    def folded() -> re.Match[str] | None:
        page = ask(web, "/situations").text
        return re.search(r'<details class="uncalled"( open)?>(.*?)</details>', page, re.DOTALL)

    every = folded()
    assert every is not None and every[1], "there is nothing else to see"
    world.draft(CALM)
    one = folded()
    assert one is not None and not one[1]
    assert 'No call yet</span> <span class="soft">(1)' in one[2]
    assert "Atoll" in one[2] and "Strait" not in one[2]
    world.draft(replace(CALM, trend=Trend.UNKNOWN), world.atoll)
    one = folded()
    assert one is not None and "Not enough data</span>" in one[2]
    world.draft(CALM, world.atoll)
    assert folded() is None


def test_a_surge_of_last_week_is_a_signal_no_more_but_stays_on_the_page_for_four_weeks(
    web: FastAPI, world: Followed
) -> None:
    world.surge(Level.URGENT, TODAY - 8 * A_DAY)
    world.surge(Level.URGENT, TODAY - 29 * A_DAY, "kr")
    assert "With signals" not in words(ask(web, "/situations"))
    page = words(ask(web, PAGE))
    assert "Shelling <heavy> , North Korea Urgent surge" in page
    assert "South Korea Urgent" not in page
    assert "9 stories in 3 days, from 4 independent publishers." in page


def test_of_one_series_and_day_only_the_gravest_surge_is_told(web: FastAPI, world: Followed) -> None:
    world.surge(Level.WATCH)
    world.surge(Level.URGENT)
    page = ask(web, PAGE).text.partition('id="surges"')[2].partition("</section>")[0]
    assert page.count("<h3>") == 1
    assert "Urgent surge" in page


def test_each_story_stands_once_under_what_its_publisher_calls_it_with_those_who_tell_it(
    web: FastAPI, world: Followed
) -> None:
    world.story("Plain news")
    world.story("What comes next?", kind="q-and-a", told_by=(world.other,))
    world.story("Seen twice", kind="briefing")
    page = ask(web, PAGE)
    kinds = re.findall(r'<h3 class="kind">([^<]+)', page.text)
    assert kinds[-1] == "News"
    assert set(kinds) == {"Briefings", "Questions and answers", "News"}
    shown = words(page)
    for title in ("Plain news", "What comes next?", "Seen twice"):
        assert shown.count(title) == 1
    assert "2 outlets, 1 independent" in shown
    assert "Also reported by: بريد الميناء" in shown
    assert "Harbour Post 3 stories" in shown


def test_stories_elsewhere_or_of_other_rules_are_not_told(web: FastAPI, world: Followed) -> None:
    world.story("Far away", place="fj")
    assert "Far away" not in words(ask(web, PAGE))
    world.story("Truce on the atoll", rule=TRUCE, place="fj")
    assert "Truce on the atoll" in words(ask(web, "/situations/atoll"))


def test_words_of_others_are_escaped_and_bad_links_lead_nowhere(web: FastAPI, world: Followed) -> None:
    world.story("<script>alert(1)</script>", url="javascript:alert(1)")
    page = ask(web, PAGE).text
    assert not active_parts(page)
    assert "javascript:" not in page
    assert "Shelling &lt;heavy&gt;" in page


def test_the_figures_of_the_timeline_stand_in_a_table_too(web: FastAPI, world: Followed) -> None:
    world.close(TODAY - 120 * A_DAY, TODAY - 3 * A_DAY)
    world.close(TODAY - 2 * A_DAY, TODAY - 2 * A_DAY, exposure=0.0)
    for number in range(3):
        world.story(f"Shells {number}", TODAY - 3 * A_DAY)
    world.story("Shells today")
    page = ask(web, PAGE)
    lines = [
        words(Answer(200, {}, f"<main {row}".encode())) for row in page.text.split('<tr role="row">')[2:]
    ]
    assert len(lines) == 90
    assert lines[0].startswith("March 5, 2026 1 so far")
    assert "March 3, 2026 Not collected" in lines[2]
    assert re.search(r"March 2, 2026 3 0(–\d)? 0 0", lines[3])
    assert "Nothing was collected on 2 days." in words(page)
    assert page.text.count('class="day"') + page.text.count('class="day open"') == 90


def test_both_databases_tell_the_same(database_url: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=database_url, secret_key=SECRET)
    app = App(settings, clock=lambda: NOW)
    world, web = Followed(app), make_web(app)
    world.close(TODAY - 90 * A_DAY, TODAY - A_DAY)
    world.story("The pier is hit", TODAY - A_DAY, told_by=(world.other,))
    world.story("Shells again", kind="briefing")
    world.surge()
    world.draft()
    assert headings(ask(web, "/situations")) == [STRAIT.name, "Atoll"]
    shown = words(ask(web, PAGE))
    assert "2 outlets, 1 independent" in shown
    assert "Harbour Post 2 stories بريد الميناء 1 story" in shown
    assert shown.index("Briefings") < shown.index("Shells again") < shown.index("The pier is hit")


# --- languages ----------------------------------------------------------------------------


def test_a_page_is_in_the_language_that_is_asked_for_or_preferred(web: FastAPI, world: Followed) -> None:
    world.draft()
    for answer in (ask(web, PAGE + "?lang=ar-EG"), ask(web, PAGE, headers={"accept-language": "ar"})):
        assert '<html lang="ar" dir="rtl">' in answer.text
        assert "Deteriorated" not in words(answer)
    plain = ask(web, PAGE + "?lang=xx", headers={"accept-language": "ar"})
    assert '<html lang="en" dir="ltr">' in plain.text


def test_in_arabic_time_runs_from_right_to_left_and_the_chrome_stays_english(
    web: FastAPI, world: Followed
) -> None:
    world.story("Shells today")
    english, arabic = ask(web, PAGE).text, ask(web, PAGE + "?lang=ar").text
    today = r'class="day open"><title>[^<]*</title><rect class="reach" x="([\d.]+)%"'
    assert float(re.findall(today, english)[0]) > 98
    assert float(re.findall(today, arabic)[0]) == 0
    assert '<nav aria-label="Pages" lang="en" dir="ltr">' in arabic


def test_a_language_that_was_asked_for_stays_from_page_to_page(web: FastAPI, world: Followed) -> None:
    assert world.strait
    assert 'href="/situations/strait?lang=ar"' in ask(web, "/situations?lang=ar").text
    assert 'href="/situations?lang=ar"' in ask(web, PAGE + "?lang=ar").text
    assert 'href="/situations/strait"' in ask(web, "/situations").text


# --- deciding -----------------------------------------------------------------------------


def test_only_those_who_may_write_see_the_form(
    app: App, web: FastAPI, world: Followed, anna: Browser
) -> None:
    world.draft()
    assert 'name="trend"' in anna.get(PAGE).text
    victor = entered(web, "victor")
    assert 'name="trend"' not in victor.get(PAGE).text
    answer = victor.post(PAGE, {**form(anna.get(PAGE)), "trend": "improved", "reason": "So it is"})
    assert (answer.status, in_force(app).decision) == (403, None)


def test_a_form_that_is_left_as_it_is_confirms_the_draft(app: App, world: Followed, anna: Browser) -> None:
    world.draft()
    answer = anna.post(PAGE, form(anna.get(PAGE)))
    assert (answer.status, answer.headers["location"]) == (303, f"{PAGE}?said=decided#call")
    decision = in_force(app).decision
    assert decision
    assert (decision.trend, decision.risk_alert, decision.by) == (Trend.DETERIORATED, True, "anna")
    page = words(anna.get(f"{PAGE}?said=decided"))
    assert "Your call is in force." in page
    assert "Confirmed by anna on March 5, 2026" in page
    assert "as the machine draft said" in page
    with reading(app.engine) as tx:
        assert audit.latest(tx, 1)[0].action == "trend confirmed"


def test_an_override_needs_a_reason_and_keeps_what_was_chosen_until_it_has_one(
    app: App, world: Followed, anna: Browser
) -> None:
    world.draft()
    chosen = form(anna.get(PAGE)) | {"trend": "unchanged", "reason": " "}
    del chosen["risk_alert"]
    answer = anna.post(PAGE, chosen)
    assert answer.status == 422
    assert "give a reason" in words(answer)
    again = form(answer)
    assert again == chosen | {"reason": "", "word": again["word"]}
    assert in_force(app).decision is None
    assert anna.post(PAGE, form(answer) | {"reason": "Old\nfootage <again>"}).status == 303
    page = anna.get(PAGE)
    assert '<p class="why"><bdi lang="">Old footage &lt;again&gt;</bdi></p>' in page.text
    assert "the machine draft said: Deteriorated, conflict risk alert" in words(page)
    assert 'name="trend"' not in page.text
    with reading(app.engine) as tx:
        assert audit.latest(tx, 1)[0].action == "trend overridden"


def test_the_second_of_two_editors_is_told_and_loses_no_word(
    app: App, web: FastAPI, world: Followed, anna: Browser
) -> None:
    world.draft()
    berta = entered(web, "berta")
    theirs = form(berta.get(PAGE))
    anna.post(PAGE, form(anna.get(PAGE)))
    answer = berta.post(PAGE, theirs | {"trend": "improved", "reason": "The talks go well"})
    assert answer.status == 409
    assert "Somebody else was quicker" in words(answer)
    assert "You had typed: Improved, Conflict risk alert The talks go well" in words(answer)
    decision = in_force(app).decision
    assert decision
    assert decision.by == "anna"


def test_a_form_made_for_a_draft_that_was_replaced_decides_nothing_until_it_is_seen_again(
    app: App, world: Followed, anna: Browser
) -> None:
    world.draft()
    old = form(anna.get(PAGE)) | {"trend": "improved", "reason": "The talks go well"}
    world.draft(CALM)
    answer = anna.post(PAGE, old)
    assert answer.status == 409
    again = form(answer)
    assert (again["trend"], again["reason"]) == ("improved", "The talks go well")
    assert in_force(app).decision is None
    assert anna.post(PAGE, again).status == 303


def test_a_form_of_another_session_is_shown_again_and_decides_nothing(
    app: App, world: Followed, anna: Browser
) -> None:
    world.draft()
    answer = anna.post(PAGE, form(anna.get(PAGE)) | {"word": "0" * 64, "reason": "Kept"})
    assert (answer.status, form(answer)["reason"]) == (403, "Kept")
    foreign = anna.post(PAGE, form(anna.get(PAGE)), sec_fetch_site="cross-site")
    assert foreign.status == 403
    assert in_force(app).decision is None


@pytest.mark.parametrize(
    "fields", [{"trend": "worse"}, {"trend": ""}, {"of": "-1"}, {"of": "٣"}, {"of": "9" * 40}, {"of": ""}]
)
def test_a_form_that_no_page_of_ours_could_send_is_refused(
    app: App, world: Followed, anna: Browser, fields: dict[str, str]
) -> None:
    world.draft()
    assert anna.post(PAGE, form(anna.get(PAGE)) | fields).status == 400
    assert in_force(app).decision is None


def test_a_decision_for_a_situation_that_does_not_exist_is_not_found(world: Followed, anna: Browser) -> None:
    world.draft()
    assert anna.post("/situations/none", form(anna.get(PAGE))).status == 404


@pytest.mark.parametrize(
    ("passed", "holds"), [(timedelta(days=27), True), (timedelta(days=28), False)], ids=str
)
def test_a_decision_holds_for_four_weeks_and_a_newer_draft_stands_beside_it(
    app: App, web: FastAPI, world: Followed, passed: timedelta, holds: bool
) -> None:
    world.draft(CALM)
    app.decide("strait", Verdict(reason="Quiet, as seen from the pier"), "anna")
    world.draft(WORSE, at=NOW + A_DAY)
    app.clock = lambda: later(passed)
    shown = words(ask(web, PAGE)).partition("Stories a day")[0]
    assert ("Confirmed by anna" in shown) is holds
    assert ("nobody has decided on it yet" in shown) is holds
    assert "Media signal (machine draft) since March 6, 2026" in shown
    overview = ask(web, "/situations")
    assert headings(overview)[0] == STRAIT.name  # no decision hides a new alarm
    assert ("Newer machine draft:" in words(overview)) is holds


def later(passed: timedelta) -> datetime:
    return NOW + passed


def test_the_history_tells_what_the_machine_said_and_what_people_did(
    app: App, web: FastAPI, world: Followed
) -> None:
    world.draft(CALM, at=NOW - 9 * A_DAY)
    world.draft(WORSE, at=NOW - 2 * A_DAY)
    app.decide("strait", Verdict(Trend.UNCHANGED, False, None, "Old footage"), "berta")
    shown = words(ask(web, PAGE)).partition("History of calls")[2]
    assert "Old footage Confirmed by berta on March 5, 2026" in shown
    assert "the machine draft said: Deteriorated, conflict risk alert" in shown
    assert "since February 24, 2026 · the figures said something else from March 3, 2026" in shown
