from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import escape
from pathlib import Path

import pytest
from fastapi import FastAPI
from situation_world import TRUCE, WORSE, Followed, entered, with_accounts
from sqlalchemy import func, insert, select, update
from web_client import ask
from web_world import ENGLISH, LAUNCH, NOW, TRADE, World, add_delivery, add_feed, add_match, make_app, rows

from alerts.app import App
from alerts.model import DeliveryState, Item, Level, Trend
from alerts.services.looking import LOOKED
from alerts.store import accounts, audit, brakes, rules, subscribers
from alerts.store.face_schema import OwnRule
from alerts.store.schema import Match
from alerts.store.unit import reading, writing
from alerts.typed import typed
from alerts.web.desk.today import STORIES_SHOWN
from alerts.web.site import make_web


@pytest.fixture
def app(tmp_path: Path) -> App:
    return make_app(tmp_path)


@pytest.fixture
def web(app: App) -> FastAPI:
    return make_web(app)


def fill(app: App) -> None:
    world = World(app)
    with writing(app.engine) as tx:
        wire = add_feed(tx, "Harbour Wire", "en")
        marsa = add_feed(tx, "وكالة المرسى", "ar", failures=1, note="asked bob@desk.example in vain")
        launch = Item("1", "https://en.example/1", "A missile & <b>more</b>", language="en")
        trade = Item("2", "javascript:alert(1)", "خبر", "فُرضت عقوبات جديدة.", language="ar")
        match = add_match(tx, wire, launch, LAUNCH, "missile")
        add_match(tx, marsa, trade, TRADE, "عقوبات")
        add_delivery(tx, world, match, DeliveryState.DEFERRED, f"rcpt: 451 <{ENGLISH}>: later")


@pytest.fixture
def followed(app: App) -> Followed:
    """Two situations, an editor, an admin and a viewer."""
    with_accounts(app)
    return Followed(app)


def section(page: str, name: str) -> str:
    """What stands under a heading of the page."""
    return page.split(f'<h2 id="{name}"', 1)[1].split("</section>", 1)[0]


def titles(page: str) -> list[str]:
    """The stories in their order."""
    found = re.findall(r'<a id="item-\d+" href="/items/\d+">(.*?)</a>', page, re.DOTALL)
    return [re.sub("<[^>]*>", "", each) for each in found]


# A first run


def test_an_empty_service_says_the_next_steps_instead_of_nothing(app: App, web: FastAPI) -> None:
    page = ask(web, "/").text
    steps = section(page, "next")
    assert "No feed is being read yet." in page
    for command in ("users add", "rules import catalog", "feeds import catalog", "subscribers add"):
        assert f"<code>{escape(typed(app.settings, command))}" in steps
    World(app)
    steps = section(ask(web, "/").text, "next")
    assert "rules import" not in steps
    assert "subscribers add" not in steps
    assert "feeds import catalog" in steps


def test_who_has_everything_is_told_of_no_steps(web: FastAPI, app: App) -> None:
    fill(app)
    with_accounts(app)
    assert 'id="next"' not in entered(web, "victor").get("/").text


# What it shows


def test_why_sending_is_stopped_is_shown_with_the_way_on_and_without_whole_addresses(
    app: App, web: FastAPI
) -> None:
    """R27."""
    with writing(app.engine) as tx:
        brakes.pull(tx, "550 5.7.1 <reader@example.org> looks like spam", NOW)
    page = ask(web, "/").text
    assert "Sending has been stopped: 550 5.7.1 &lt;r…@example.org&gt; looks like spam." in page
    assert "<code>alerts mail resume</code>" in page


def test_feeds_in_trouble_are_shown_and_what_was_covered(app: App, web: FastAPI) -> None:
    fill(app)
    page = ask(web, "/").text
    assert "1 of 2 feeds was not read at the last try." in page
    feeds = section(page, "feeds")
    assert "1 of 2 feeds could be read" in feeds
    assert '<span lang="ar" dir="rtl">وكالة المرسى</span>' in feeds
    assert "no answer in time" in feeds
    assert "Harbour Wire" not in feeds
    assert '<dt>read</dt><dd><a href="/feeds?show=read">1</a></dd>' in feeds
    assert "key=private" not in page


def test_what_matched_is_marked_and_everything_else_escaped(app: App, web: FastAPI) -> None:
    fill(app)
    page = ask(web, "/").text
    assert 'dir="ltr">A <mark>missile</mark> &amp; &lt;b&gt;more&lt;/b&gt;</span>' in page
    assert '<blockquote lang="ar" dir="rtl">' in page
    assert "<mark>عقوبات</mark>" in page
    assert "Trade &amp; &lt;sanctions&gt;" in page
    assert 'href="https://en.example/1"' in page
    assert "javascript:" not in page


def test_stories_stand_by_severity_then_weight_and_each_once_with_who_else_tells_it(
    app: App, web: FastAPI
) -> None:
    followed = Followed(app)
    more = [followed.other]
    followed.story("One voice on shelling")
    followed.story("Two voices on shelling", told_by=more)
    with writing(app.engine) as tx:
        rules.save(tx, replace(LAUNCH, query="missile"), author="test", now=NOW)
    followed.story("A missile", rule=LAUNCH)
    page = ask(web, "/").text
    assert titles(page) == ["A missile", "Two voices on shelling", "One voice on shelling"]
    assert "Also <a" in section(page, "stories")
    assert "2 publishers, 1 independent" in page
    assert "3 stories" in page


def test_what_is_older_than_a_day_or_a_readers_own_is_not_shown(app: App, web: FastAPI) -> None:
    followed = Followed(app)
    followed.story("Old shelling", NOW.date() - 2 * timedelta(days=1))
    followed.story("Private truce", rule=TRUCE)
    with writing(app.engine) as tx:
        person = subscribers.put_person(
            tx, address=ENGLISH, address_key=ENGLISH, language="en", timezone="UTC", quiet=None,
            paused_until=None, confirmed=True, now=NOW,
        )  # fmt: skip
        tx.execute(insert(OwnRule).values(rule_id=followed.truce, subscriber_id=person))
    page = ask(web, "/").text
    assert "Nothing has matched a rule in the last 24 hours." in page
    assert titles(page) == []


def test_many_stories_are_counted_and_the_first_shown(app: App, web: FastAPI) -> None:
    followed = Followed(app)
    for number in range(STORIES_SHOWN + 2):
        followed.story(f"Shelling {number}")
    page = ask(web, "/").text
    assert len(titles(page)) == STORIES_SHOWN
    assert f"More of these {STORIES_SHOWN + 2} stories" in page
    assert len(titles(ask(web, "/?stories=all").text)) == STORIES_SHOWN + 2


def test_situations_with_surges_and_drafts_that_wait_are_told_with_their_reasons(
    web: FastAPI, followed: Followed
) -> None:
    followed.surge()
    followed.draft()
    followed.draft(replace(WORSE, trend=Trend.UNCHANGED, risk_alert=False), followed.atoll)
    signals = section(entered(web, "anna").get("/").text, "signals")
    assert "The Strait &amp; the Gulf" in signals
    assert "Urgent surge" in signals
    assert "Conflict risk alert" in signals
    assert "waits for your decision" in signals
    assert "Atoll" not in signals
    assert "waits for a decision" in entered(web, "victor").get("/").text


def test_critical_stories_are_counted_first_and_stand_first_until_somebody_has_seen_to_them(
    app: App, web: FastAPI, followed: Followed
) -> None:
    followed.surge()
    with writing(app.engine) as tx:
        rules.save(tx, replace(LAUNCH, query="missile"), author="test", now=NOW)
    seen, _ = followed.story("A missile", rule=LAUNCH), followed.story("Another missile", rule=LAUNCH)
    followed.story("Shelling")
    anna = entered(web, "anna")
    page = anna.get("/").text
    assert '<h1 class="bad">2 critical stories, none seen to; ' in page
    assert page.index('<h2 id="stories"') < page.index('<h2 id="signals"')
    anna.fill(anna.get(f"/stories/{seen}"), f"/stories/{seen}", {"state": "acknowledged"})
    assert '<h1 class="bad">2 critical stories, 1 not seen to; ' in anna.get("/").text


def test_a_surge_of_no_situation_is_told_too(web: FastAPI, followed: Followed) -> None:
    followed.surge(Level.WATCH, place="fj")
    assert "In no situation" in section(entered(web, "victor").get("/").text, "signals")


def test_the_mail_of_the_day_is_counted_failures_first_without_whole_addresses(
    app: App, web: FastAPI
) -> None:
    fill(app)
    page = ask(web, "/").text
    mail = section(page, "mail")
    assert re.findall(r"<dt>(\w+)</dt><dd>(\d+)</dd>", mail) == [
        ("failed", "0"),
        ("deferred", "1"),
        ("sent", "0"),
    ]
    assert "alert to <bdi>d…@crisis-room.example.org</bdi>" in mail
    assert "451 &lt;d…@crisis-room.example.org&gt;: later" in mail
    assert "next try" in mail
    assert "&lt;b&gt;two&lt;/b&gt; missiles" in mail
    assert not re.search(r"[\w.]{2,}@", page)


def test_an_admin_sees_whole_addresses(app: App, web: FastAPI) -> None:
    fill(app)
    with_accounts(app)
    assert ENGLISH in section(entered(web, "berta").get("/").text, "mail")
    assert ENGLISH not in entered(web, "anna").get("/").text


# What is new


def test_what_came_since_one_marked_all_as_seen_is_marked_and_counted(
    app: App, web: FastAPI, followed: Followed
) -> None:
    anna = entered(web, "anna")
    followed.story("Shelling at noon")
    page = anna.get("/")
    assert "new since" not in page.text
    assert anna.fill(page, "/seen").headers["location"] == "/"
    assert "Nothing new." in anna.get("/").text
    later = NOW + timedelta(minutes=5)
    with writing(app.engine) as tx:
        audit.record(tx, at=later, actor="berta", action="feed paused", subject="feed 1 of x@y.example")
        audit.record(tx, at=later, actor="anna", action="rule written", subject="shelling")
        audit.record(tx, at=later, actor="berta", action="logged in", subject="berta")
    app.clock = lambda: later
    followed.story("Shelling again")
    with writing(app.engine) as tx:
        newest = tx.scalar(select(func.max(Match.id)))
        tx.execute(update(Match).where(Match.id == newest).values(matched_at=later))
    page = anna.get("/")
    assert "1 new story, 1 change by others." in page.text
    assert page.text.count("new since <time") == 1
    assert "feed paused" in page.text
    assert "x@y.example" in page.text.replace("x…@y.example", "x@y.example")
    assert "change by others" not in entered(web, "victor").get("/").text


@pytest.mark.usefixtures("followed")
def test_what_appears_while_somebody_reads_does_not_count_as_seen(app: App, web: FastAPI) -> None:
    anna = entered(web, "anna")
    page = anna.get("/")
    app.clock = lambda: NOW + timedelta(minutes=5)
    anna.fill(page, "/seen")
    with reading(app.engine) as tx:
        assert accounts.looked_at(tx, "anna") == NOW
        assert accounts.looked_at(tx, "berta") is None


@pytest.mark.usefixtures("followed")
@pytest.mark.parametrize("until", ["", "soon", "2026-03-05T14:30:00", "2099-01-01T00:00:00+00:00"])
def test_a_time_that_no_page_of_ours_has_is_not_taken(app: App, web: FastAPI, until: str) -> None:
    anna = entered(web, "anna")
    assert anna.fill(anna.get("/"), "/seen", {"until": until}).status == 303
    with reading(app.engine) as tx:
        assert accounts.looked_at(tx, "anna") is None


@pytest.mark.usefixtures("followed")
def test_nobody_gets_back_behind_what_they_have_seen_and_a_viewer_may_look_too(
    app: App, web: FastAPI
) -> None:
    victor = entered(web, "victor")
    page = victor.get("/")
    app.clock = lambda: NOW + timedelta(minutes=5)
    victor.fill(victor.get("/"), "/seen")
    victor.fill(page, "/seen")
    with reading(app.engine) as tx:
        assert accounts.looked_at(tx, "victor") == NOW + timedelta(minutes=5)
        assert [each.actor for each in audit.latest(tx) if each.action == LOOKED] == ["victor"]


@pytest.mark.usefixtures("followed")
def test_a_form_of_another_session_marks_nothing(app: App, web: FastAPI) -> None:
    anna = entered(web, "anna")
    until = {"until": NOW.isoformat()}
    assert anna.post("/seen", {**until, "word": "wrong"}).status == 303
    assert anna.post("/seen", until, sec_fetch_site="cross-site").status == 403
    with reading(app.engine) as tx:
        assert accounts.looked_at(tx, "anna") is None


# How it behaves


def test_the_page_renews_its_news_by_itself_until_it_is_held_still(app: App, web: FastAPI) -> None:
    fill(app)
    page = ask(web, "/").text
    assert 'hx-trigger="every 20s"' in page
    assert "hx-get" not in ask(web, "/?still").text
    renewed = ask(web, "/", headers={"HX-Request": "true"})
    assert renewed.headers["vary"].startswith("HX-Request")
    assert "<html" not in renewed.text
    assert titles(renewed.text) == titles(page)


@pytest.mark.usefixtures("followed")
def test_renewing_after_the_end_of_a_login_loads_the_whole_page_again(web: FastAPI) -> None:
    answer = ask(web, "/", headers={"HX-Request": "true"})
    assert (answer.status, answer.headers["hx-refresh"], answer.body) == (204, "true", b"")


def test_looking_changes_nothing(app: App, web: FastAPI) -> None:
    fill(app)
    before = rows(app)
    assert ask(web, "/").status == ask(web, "/", "HEAD").status == 200
    assert ask(web, "/", "POST").status == 405
    assert rows(app) == before
