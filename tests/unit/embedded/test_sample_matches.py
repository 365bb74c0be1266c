"""The starter rules find in the sample what a person finds in it, and nothing else."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alerts.embedded.samples import SAMPLE, fill, read_feeds
from alerts.feeds.parse import parse
from alerts.model import Item
from alerts.rules.files import read_rules
from alerts.rules.index import RuleIndex
from alerts.rules.shipped import concepts_with

LANGUAGES = ("en", "fr", "es", "ru", "ar", "zh", "ko")
NOW = datetime(2031, 3, 1, 12, 0, tzinfo=UTC)
RULES = read_rules(SAMPLE.parent / "rules")

# By rule, the last path segment or query number of each item's address.
MEANT = {
    "ballistic-launch": {"4115", "4121", "7311", "9042", "2208", "5518", "8127", "6633"},
    "sanctions": {"4113", "4120", "7309", "9040", "2206", "5516", "8125", "6631"},
    "ceasefire-talks": {"4107", "7298", "5514", "8114", "6623"},
    "border-closure": {"4107", "9024", "2203"},
    "emergency-mobilisation": {"4110", "7306", "2194", "5509", "8122", "6628"},
    "coup": {"4031", "9036"},
}


def number(item: Item) -> str:
    return item.url.rpartition("/")[2].removeprefix("news?id=").removesuffix("&from=rss")


def sample() -> dict[str, Item]:
    """Every item of every version by its number, in the language its feed is listed with."""
    items: dict[str, Item] = {}
    for feed in read_feeds():
        for version in feed.versions:
            body = fill(version.read_bytes(), NOW)
            for item in parse(body, f"http://127.0.0.1{feed.path}", feed.content_type).items:
                items[number(item)] = replace(item, language=feed.language)
    return items


def matched() -> dict[str, set[str]]:
    index = RuleIndex(RULES, concepts_with((), LANGUAGES))
    found: dict[str, set[str]] = {}
    for key, item in sample().items():
        for hit in index.match(item):
            found.setdefault(hit.rule.key, set()).add(key)
    return found


@pytest.mark.parametrize("rule", MEANT)
def test_a_starter_rule_finds_what_was_meant_and_no_near_miss(rule: str) -> None:
    assert matched().get(rule, set()) == MEANT[rule]


def test_about_a_third_of_the_items_match_and_one_matches_two_rules() -> None:
    meant = [key for keys in MEANT.values() for key in keys]
    assert 0.3 < len(set(meant)) / len(sample()) < 0.45
    assert {key for key in meant if meant.count(key) == 2} == {"4107"}


def test_every_feed_holds_a_launch_or_a_sanction() -> None:
    first = MEANT["ballistic-launch"] | MEANT["sanctions"]
    hosts = {item.url.split("/")[2] for key, item in sample().items() if key in first}
    assert len(hosts) == len(read_feeds())


def test_each_subscriber_asks_for_rules_of_the_starter_pack() -> None:
    rows = tomllib.loads((SAMPLE / "subscribers.toml").read_text(encoding="utf-8"))["subscriber"]
    assert {key for row in rows for key in row["rules"]} <= {rule.key for rule in RULES}
