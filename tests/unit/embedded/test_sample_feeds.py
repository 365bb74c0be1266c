"""The sample keeps its promise: enough feeds, items, languages and formats, and news for a second poll."""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from alerts.embedded.samples import SAMPLE, SampleFeed, fill, read_feeds
from alerts.feeds.parse import parse
from alerts.model import Cadence, ParsedFeed

NOW = datetime(2031, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
FEEDS = {feed.path: feed for feed in read_feeds()}


def parsed(feed: SampleFeed, version: int = 0) -> ParsedFeed:
    body = fill(feed.versions[version].read_bytes(), NOW)
    return parse(body, f"http://127.0.0.1{feed.path}", feed.content_type)


def test_there_are_enough_feeds_items_languages_and_formats() -> None:
    first = [parsed(feed) for feed in FEEDS.values()]
    assert len(first) >= 6
    assert sum(len(feed.items) for feed in first) >= 70
    assert len({feed.language for feed in FEEDS.values()}) >= 6
    assert len({feed.format for feed in first}) >= 4


@pytest.mark.parametrize("path", FEEDS)
def test_every_feed_says_its_title_and_language_and_its_items_are_whole(path: str) -> None:
    feed = parsed(FEEDS[path])
    assert feed.title == FEEDS[path].title
    assert feed.language is not None
    assert feed.language.split("-")[0] == FEEDS[path].language.split("-")[0]
    for item in feed.items:
        assert item.title
        assert item.summary or item.text
        assert item.url.startswith("https://")
        assert not {"<", "\ufffd"} & set(item.title + item.summary + item.text)


def test_all_keys_and_addresses_are_different() -> None:
    items = [item for feed in FEEDS.values() for item in parsed(feed).items]
    assert len({(item.url, item.key) for item in items}) == len({item.key for item in items})


def test_one_item_is_older_than_a_day_one_has_no_date_and_the_rest_are_fresh() -> None:
    dates = [item.published_at for feed in FEEDS.values() for item in parsed(feed).items]
    dated = [date for date in dates if date is not None]
    assert dates.count(None) == 1
    assert sum(date < NOW - DAY for date in dated) == 1
    assert max(dated) <= NOW


def test_the_dirty_feed_is_recovered_and_its_trouble_is_reported() -> None:
    feed = parsed(FEEDS["/pristan-inform.xml"])
    assert feed.problems
    assert max(Counter(item.key for item in feed.items).values()) <= 2
    titles = [item.title for item in feed.items]
    assert "Срочно: Карсавия запустила баллистическую ракету в сторону Арвельского моря" in titles
    assert "Судоходная компания «Морев & сыновья» попала под санкции" in titles


def test_the_changing_feed_has_five_new_items_one_edited_and_one_less() -> None:
    feed = FEEDS["/harbour-wire.xml"]
    before, after = ({item.key: item for item in parsed(feed, version).items} for version in (0, 1))
    assert len(after.keys() - before.keys()) == 5
    assert len(before.keys() - after.keys()) == 1
    both = before.keys() & after.keys()
    assert [key for key in both if before[key].title != after[key].title] == ["hw-4110"]
    assert [key for key in both if before[key].summary != after[key].summary] == ["hw-4110"]


def test_the_subscribers_differ_in_language_zone_and_cadence() -> None:
    rows = tomllib.loads((SAMPLE / "subscribers.toml").read_text(encoding="utf-8"))["subscriber"]
    assert len(rows) == len({row["address"] for row in rows}) == 7
    assert {row["language"] for row in rows} == {"en", "ar", "fr", "ko", "zh-Hans"}
    assert {Cadence(row["cadence"]) for row in rows} == set(Cadence)
    assert len({ZoneInfo(row["timezone"]).key for row in rows}) == 7
    for row in rows:
        assert row["address"].endswith(".example.org")
        assert row["who"]
        assert row["rules"]
        assert row["hour"] in range(24)
        assert row["weekday"] in range(7)
