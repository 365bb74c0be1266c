"""The archive's keys promise every item that a rule matches."""

from __future__ import annotations

from collections.abc import Set

import pytest
from hypothesis import example, given, settings
from test_index import CONCEPTS, items, rules

from alerts.language.keys import Both, Either, Key, Sought, keys
from alerts.language.passages import passages
from alerts.model import Field, Item, Rule
from alerts.rules.candidates import KEYED, candidates
from alerts.rules.evaluate import analyse, evaluate
from alerts.rules.query import parse

LANGUAGES = ("en", "fr", "de", "ru", "ar", "he", "zh", "ja", "ko", "th", "und")


def keys_of(item: Item) -> frozenset[str]:
    texts = [item[part.field][part.start : part.end] for part in passages(item)]
    texts += [line for field in KEYED[3:] for line in item[field].splitlines()]
    return keys(texts, item.language or "und")


def promised(sought: Sought | None, found: Set[str]) -> bool:
    match sought:
        case None:
            return True
        case Key(text, begins):
            return any(key.startswith(text) for key in found) if begins else text in found
        case Both(parts):
            return all(promised(part, found) for part in parts)
        case Either(parts):
            return any(promised(part, found) for part in parts)


def headline(title: str, language: str) -> Item:
    return Item("1", "", title, language=language)


@settings(max_examples=400, deadline=None)
@given(rules, items())
@example((Rule("r", "", "*rakete"),), headline("Neue Mittelstreckenrakete", "de"))
@example((Rule("r", "", "=US"),), headline("The US answers", "en"))
@example((Rule("r", "", "核"),), Item("1", "", "核", "核\n\n心", language="zh"))
def test_every_item_that_a_rule_matches_is_promised(some: tuple[Rule, ...], item: Item) -> None:
    for rule in some:
        node = parse(rule.query)
        if evaluate(node, analyse(item), CONCEPTS) is not None:
            assert promised(candidates(node, CONCEPTS, LANGUAGES), keys_of(item)), rule.query


@pytest.mark.parametrize(
    ("query", "title", "language"),
    [
        ("missile launch", "Talks about a missile", "en"),
        ("@missile NEAR @launch", "A missile is not there", "en"),
        ("导弹", "导致飞弹", "zh"),
        ("核", "在核心", "zh"),
        ("صاروخ", "عقوبات جديدة", "ar"),
        ("*rakete", "Der Minister", "de"),
    ],
)
def test_most_items_that_a_rule_does_not_match_are_not(query: str, title: str, language: str) -> None:
    found = keys_of(headline(title, language))
    assert not promised(candidates(parse(query), CONCEPTS, LANGUAGES), found)


@pytest.mark.parametrize(
    "query", ["lang:en", "source:post", "*anctions OR url:news", "SCORE>=1(a^2, b^-1) OR lang:en"]
)
def test_what_an_item_says_of_itself_is_not_sought_by_keys(query: str) -> None:
    assert (candidates(parse(query), CONCEPTS, LANGUAGES) is None) == (":" in query)


def test_the_fields_that_have_keys_are_those_that_are_sought() -> None:
    assert KEYED[:3] == (Field.TITLE, Field.SUMMARY, Field.TEXT)
