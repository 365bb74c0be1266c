"""The sentences and words of the desk: health, coverage, states of feeds, masked addresses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_world import NOW

from alerts.model import Coverage, FeedState
from alerts.services.today import Critical
from alerts.store.feeds import FeedStatus, FetchNote
from alerts.web.desk.feed_words import feed_state, outcome
from alerts.web.desk.health import health
from alerts.web.desk.today_lines import covered
from alerts.web.discreet import discreet

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


@pytest.mark.parametrize(
    ("critical", "said"),
    [
        (Critical(9, 9), "9 critical stories, none seen to; the one feed was read in the last hour."),
        (Critical(9, 2), "9 critical stories, 2 not seen to; the one feed was read in the last hour."),
        (Critical(1, 1), "1 critical story, not seen to; the one feed was read in the last hour."),
        (
            Critical(9, 9, whole=False),
            "9+ critical stories, none seen to; the one feed was read in the last hour.",
        ),
    ],
)
def test_critical_stories_that_nobody_has_seen_to_come_before_all_else_and_are_no_good_news(
    critical: Critical, said: str
) -> None:
    told = health([OK], None, NOW, critical=critical)
    assert (told.sentence, told.tone) == (said, "bad")


def test_critical_stories_that_somebody_has_seen_to_leave_the_word_to_the_feeds() -> None:
    assert health([OK], None, NOW, critical=Critical(9, 0)) == health([OK], None, NOW)


def test_that_sending_is_stopped_is_said_before_that_mail_waits() -> None:
    """R27."""
    told = health([OK], NOW - HOUR, NOW, NOW - HOUR)
    sentence = "The one feed was read in the last hour; no mail has been sent since 13:30 UTC."
    assert (told.sentence, told.tone) == (sentence, "bad")


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


@pytest.mark.parametrize(
    ("down", "sentence", "tone"),
    [
        ((), "44 of 44 feeds could be read", "ok"),
        ((9,), "44 of 44 feeds could be read; A down 9 h", "bad"),
        (
            (9, 30, 50, 8, 7),
            "44 of 44 feeds could be read; A down 9 h; A down 30 h; A down 2 d; 2 more down",
            "bad",
        ),
    ],
)
def test_coverage_names_the_feeds_that_are_down(down: tuple[int, ...], sentence: str, tone: str) -> None:
    troubled = [feed(read_ago=HOUR * each, failures=5) for each in down]
    assert covered(Coverage(44, 44), troubled, NOW) == (sentence, tone)
