"""The starter pack's list of feeds keeps what it promises about itself."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

import alerts.catalog
from alerts.feeds.opml import read_opml
from alerts.net.address import Allow, check_url

FILE = Path(next(iter(alerts.catalog.__path__))) / "feeds.opml"
OUTLINES = [
    each
    for each in ElementTree.parse(FILE).iter("outline")  # noqa: S314 - a file of ours
    if each.get("xmlUrl")
]
FOLDERS = {
    "United Nations and humanitarian",
    "Official",
    "Research and analysis",
    "Agencies and international media",
    "Africa",
    "Middle East",
    "Europe and Eurasia",
    "Asia",
    "Latin America",
}


def test_there_are_at_least_eighty_feeds_in_ten_languages_from_many_families() -> None:
    assert len(OUTLINES) >= 80
    languages = Counter(each.get("language") for each in OUTLINES)
    assert len(languages) >= 10
    assert {"en", "ar", "fa", "fr", "es", "ru", "uk", "zh", "tr", "pt"} <= set(languages)
    families = Counter(each.get("family") for each in OUTLINES)
    assert len(families) >= 50


def test_the_list_is_marked_as_unverified_at_its_top() -> None:
    assert "UNVERIFIED" in FILE.read_text("utf-8")[:600]


@pytest.mark.parametrize("outline", OUTLINES, ids=lambda each: each.get("xmlUrl"))
def test_each_feed_says_who_publishes_it_and_where_its_address_was_seen(outline: ElementTree.Element) -> None:
    needed = ("text", "title", "xmlUrl", "htmlUrl", "language", "source", "family", "region", "seenIn")
    assert [name for name in needed if not outline.get(name, "").strip()] == []
    assert outline.get("tier") in ("1", "2", "3", "4")
    assert outline.get("text") == outline.get("title")
    for name in ("xmlUrl", "htmlUrl"):
        check_url(outline.get(name, ""), Allow())


def test_no_address_is_there_twice_however_it_is_written() -> None:
    places = Counter(
        urlsplit(each.get("xmlUrl", ""))._replace(scheme="").geturl().rstrip("/").lower() for each in OUTLINES
    )
    assert [place for place, count in places.items() if count > 1] == []


def test_our_own_reader_takes_all_of_it_without_a_word() -> None:
    found = read_opml(FILE.read_bytes())
    assert found.problems == ()
    assert len(found.feeds) == len(OUTLINES)
    assert {tag for feed in found.feeds for tag in feed.tags} == FOLDERS
    assert all(feed.language and feed.site and feed.source for feed in found.feeds)
