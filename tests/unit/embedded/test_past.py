"""The demo's past is well-formed, the same each time, and about no place where anybody lives."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.embedded.past import Past, read_past
from alerts.embedded.samples import SAMPLE
from alerts.errors import BadInput
from alerts.feeds.parse import parse
from alerts.rules.situations import read_situations
from alerts.warning.trend import BEFORE_DAYS, RECENT_DAYS

AT = datetime(2026, 3, 6, 12, tzinfo=UTC)
UNINHABITED = {"aq", "bv", "tf"}


@pytest.fixture(scope="module")
def past() -> Past:
    return read_past()


def test_it_is_the_same_each_time(past: Past) -> None:
    assert read_past() == past


def test_it_is_long_enough_for_a_trend(past: Past) -> None:
    assert len(past.days) >= RECENT_DAYS + BEFORE_DAYS


def test_every_publisher_tells_something_every_day_in_words_that_are_filled_in(past: Past) -> None:
    for day in past.days:
        assert {told.publisher for told in day} == set(past.publishers)
        assert not any(brace in told.title + told.summary for told in day for brace in "{}")


def test_its_feeds_say_all_of_it(past: Past) -> None:
    day = len(past.days) - 1
    shown = [
        (name, item.title, item.summary)
        for name in past.publishers
        for item in parse(past.feed(name, day, AT), "https://past.example/feed.xml", "").items
    ]
    assert sorted(shown) == sorted((told.publisher, told.title, told.summary) for told in past.days[day])


def test_it_is_about_no_place_where_anybody_lives_and_says_that_it_is_invented() -> None:
    for situation in read_situations(SAMPLE / "situations.toml"):
        assert set(situation.places) <= UNINHABITED
        assert situation.name.endswith(" (invented)")


@pytest.mark.parametrize(("text", "said"), [("publishers = [", "cannot be read"), ("", "is missing")])
def test_what_is_no_past_is_told_by_its_file(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "past.toml").write_text(text)
    with pytest.raises(BadInput, match=said):
        read_past(tmp_path / "past.toml")
