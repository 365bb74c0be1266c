from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from web_client import ask
from web_world import ENGLISH, LAUNCH, NOW, TRADE, World, add_delivery, add_feed, add_match, make_app, rows

from alerts.app import App
from alerts.model import DeliveryState, FeedState, Item
from alerts.store import brakes
from alerts.store.feeds import FeedStatus, FetchNote
from alerts.store.unit import writing
from alerts.web.desk.feed_words import feed_state, outcome
from alerts.web.desk.health import health
from alerts.web.discreet import discreet
from alerts.web.site import make_web

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def feed(
    *,
    read_ago: timedelta | None = MINUTE,
    due_in: timedelta = MINUTE,
    failures: int = 0,
    state: FeedState = FeedState.ACTIVE,
) -> FeedStatus:
    read_at = None if read_ago is None else NOW - read_ago
    return FeedStatus(
        id=1,
        url="https://a.example/",
        title="A",
        source="A",
        language="en",
        state=state,
        next_poll_at=NOW + due_in,
        interval_seconds=300,
        failures=failures,
        last_success_at=read_at,
        last_new_at=None,
        habit_seconds=0,
        last=None,
    )


OK, FAILING, DOWN = feed(), feed(failures=1), feed(failures=3)
NEVER, PAUSED = feed(read_ago=None), feed(state=FeedState.PAUSED, failures=9, due_in=-HOUR)


@pytest.mark.parametrize(
    ("feeds", "waits", "sentence", "tone"),
    [
        ([], None, "No feed is being read yet.", "warn"),
        ([PAUSED], None, "No feed is being read yet.", "warn"),
        ([OK], None, "The one feed was read in the last hour.", "ok"),
        ([OK] * 7 + [PAUSED], None, "All 7 feeds were read in the last hour.", "ok"),
        ([OK, feed(read_ago=HOUR * 2 + MINUTE)], None, "All 2 feeds were read in the last 3 hours.", "ok"),
        ([OK, NEVER], None, "1 of 2 feeds has not been read yet.", "warn"),
        ([NEVER], None, "The one feed has not been read yet.", "warn"),
        ([OK, NEVER, FAILING], None, "1 of 3 feeds was not read at the last try.", "warn"),
        ([OK, FAILING, DOWN, DOWN], None, "2 of 4 feeds cannot be read.", "bad"),
        ([DOWN], None, "The one feed cannot be read.", "bad"),
        (
            [feed(due_in=-HOUR), feed(due_in=-MINUTE)],
            None,
            "1 of 2 feeds has not been polled though due since 13:30 UTC.",
            "bad",
        ),
        (
            [feed(due_in=-HOUR * 24)],
            None,
            "The one feed has not been polled though due since 4 March, 14:30 UTC.",
            "bad",
        ),
        ([OK], NOW - MINUTE, "The one feed was read in the last hour.", "ok"),
        (
            [OK],
            NOW - HOUR,
            "The one feed was read in the last hour; mail has been waiting since 13:30 UTC.",
            "bad",
        ),
    ],
)
def test_the_first_sentence_says_the_gravest_thing(
    feeds: list[FeedStatus], waits: object, sentence: str, tone: str
) -> None:
    told = health(feeds, waits, NOW)  # type: ignore[arg-type]
    assert (told.sentence, told.tone) == (sentence, tone)


def test_that_sending_is_stopped_is_said_before_that_mail_waits() -> None:
    """R27."""
    told = health([OK], NOW - HOUR, NOW, NOW - HOUR)
    sentence = "The one feed was read in the last hour; no mail has been sent since 13:30 UTC."
    assert (told.sentence, told.tone) == (sentence, "bad")


def test_why_sending_is_stopped_is_shown_with_the_way_on_and_without_whole_addresses(
    app: App, web: FastAPI
) -> None:
    """R27."""
    with writing(app.engine) as tx:
        brakes.pull(tx, "550 5.7.1 <reader@example.org> looks like spam", NOW)
    page = ask(web, "/").text
    assert "Sending has been stopped: 550 5.7.1 &lt;r…@example.org&gt; looks like spam." in page
    assert "<code>alerts mail resume</code>" in page


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (OK, "read"),
        (NEVER, "not polled yet"),
        (FAILING, "failed, will be tried again"),
        (DOWN, "cannot be read, 3 tries"),
        (PAUSED, "paused"),
    ],
)
def test_the_state_of_a_feed_is_told_in_words(status: FeedStatus, words: str) -> None:
    assert feed_state(status)[0] == words


@pytest.mark.parametrize(
    ("kind", "counts", "words"),
    [
        ("read", (3, 1, 20), "3 new, 1 changed, 20 known"),
        ("read", (0, 0, 20), "20 known"),
        ("read", (0, 0, 0), "no entries"),
        ("unchanged", (0, 0, 0), "not changed"),
        ("timeout", (0, 0, 0), "no answer in time"),
        ("something newer", (0, 0, 0), "something newer"),
    ],
)
def test_a_poll_is_told_in_words(kind: str, counts: tuple[int, int, int], words: str) -> None:
    assert outcome(FetchNote(NOW, NOW, kind, 200, *counts, note="")) == words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("duty.officer@crisis.example.org", "d…@crisis.example.org"),
        ("rcpt: 550 <a.b+c@x.org>: unknown", "rcpt: 550 <a…@x.org>: unknown"),
        ("دليل@x.org, b@y.org", "د…@x.org, b…@y.org"),
        ("user=me@x.org;", "user=m…@x.org;"),
        ("the last to https://x.org/feed?key=private", "the last to https://x.org/feed?…"),
        ("http://bob:pass@x.org/feed, https://key@x.org", "http://…@x.org/feed, https://…@x.org"),
        ("https://x.org/@wire.rss", "https://x.org/@wire.rss"),
        ("https://x.org/for/bob@desk.example#a", "https://x.org/for/b…@desk.example?…"),
        ("meet @ noon", "meet @ noon"),
    ],
)
def test_addresses_are_masked_and_the_rest_is_kept(text: str, shown: str) -> None:
    assert discreet(text) == shown


@given(
    before=st.text(),
    local=st.from_regex(r"[A-Za-z0-9._+-]{2,20}", fullmatch=True),
    after=st.sampled_from(["", " ", ">", ")", ", and more", ": x"]),
)
def test_no_whole_address_is_left(before: str, local: str, after: str) -> None:
    assert f"{local}@desk.example" not in discreet(f"{before} {local}@desk.example{after}")


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


def test_an_empty_service_says_what_is_missing(web: FastAPI) -> None:
    page = ask(web, "/").text
    assert "No feed is being read yet." in page
    assert "Nothing has matched a rule yet." in page
    assert "No mail has been made yet." in page


def test_feeds_are_shown_with_state_last_poll_and_next(app: App, web: FastAPI) -> None:
    fill(app)
    page = ask(web, "/").text
    assert "1 of 2 feeds was not read at the last try." in page
    assert '<span lang="ar" dir="rtl">وكالة المرسى</span>' in page
    assert "no answer in time" in page
    assert "2 new, 5 known" in page
    assert '<time datetime="2026-03-05T14:31:00Z" title="2026-03-05 14:31:00 UTC">14:31</time>' in page
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


def test_the_outbox_is_shown_without_whole_addresses(app: App, web: FastAPI) -> None:
    fill(app)
    page = ask(web, "/").text
    assert re.search(r"<dt>deferred</dt><dd>1</dd>", page)
    assert re.search(r"<dt>sent</dt><dd>0</dd>", page)
    assert "alert to <bdi>d…@crisis-room.example.org</bdi>" in page
    assert "451 &lt;d…@crisis-room.example.org&gt;: later" in page
    assert "next try" in page
    assert "&lt;b&gt;two&lt;/b&gt; missiles" in page
    assert not re.search(r"[\w.]{2,}@", page)


def test_the_page_renews_itself_until_it_is_held_still(web: FastAPI) -> None:
    assert 'http-equiv="refresh"' in ask(web, "/").text
    assert 'http-equiv="refresh"' not in ask(web, "/?still").text


def test_looking_changes_nothing(app: App, web: FastAPI) -> None:
    fill(app)
    before = rows(app)
    assert ask(web, "/").status == ask(web, "/", "HEAD").status == 200
    assert ask(web, "/", "POST").status == 405
    assert rows(app) == before
