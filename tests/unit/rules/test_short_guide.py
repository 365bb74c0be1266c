"""The help beside the editor: every line of it is true, and nothing that the language has is missing."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from alerts.model import Field, Item, Rule
from alerts.rules.index import RuleIndex
from alerts.rules.lexer import Kind
from alerts.rules.query import check_concepts, parse
from alerts.rules.shipped import concepts_with
from alerts.rules.short_guide import SHORT_GUIDE, Hint
from alerts.rules.tree import Node, nodes

CONCEPTS = concepts_with((), ("en", "de"))

TITLES = {
    "missile": ("Missiles over the harbour", "A missal for the harbour"),
    "missile AND launch": ("Launch of a missile", "A missile on parade"),
    "missile OR rocket": ("A rocket over the harbour", "A gun over the harbour"),
    "launch NOT product": ("A launch at dawn", "A product launch at dawn"),
    "(missile OR rocket) launch": ("The launch of a rocket", "The launch of a ship"),
    "@missile @launch": ("Ballistic missile fired at dawn", "Ballistic missile on parade"),
    '"ballistic launch"': ("A ballistic launch at dawn", "Launch of a ballistic missile"),
    '"ballistic launch"~3': ("A ballistic missile test launch", "Launch of a ballistic missile"),
    "@missile NEAR/5 @launch": (
        "They launched one more missile",
        "A missile stood for years in the hall where we saw a launch",
    ),
    "@launch ONEAR/3 @missile": ("They launched a missile", "The missile was launched"),
    "=strike": ("A strike at dawn", "Striking at dawn"),
    "=US": ("The U.S. and its fleet", "They told us about the fleet"),
    "missil*": ("Missilery of the navy", "A missal of the navy"),
    "title:missile": ("A missile at dawn", "A parade at dawn"),
    "ATLEAST/2(missile, launch, warning)": ("Warning of a launch", "Warning of a storm"),
    "SCORE>=10(@missile^6, @launch^5)": ("They launched a missile", "A missile on parade"),
}


def finds(query: str, title: str) -> bool:
    summary = "A missile stands in the summary." if "title:" in query else ""
    item = Item("k", "https://harbour.example/1", title, summary, language="en")
    return bool(RuleIndex((Rule("k", "n", query),), CONCEPTS).match(item))


@pytest.mark.parametrize("hint", SHORT_GUIDE, ids=lambda hint: hint.example)
def test_every_example_finds_what_it_says_and_not_what_only_looks_like_it(hint: Hint) -> None:
    check_concepts(parse(hint.example), CONCEPTS.by_key)
    found, missed = TITLES[hint.example]
    assert finds(hint.example, found)
    assert not finds(hint.example, missed)


def test_everything_that_a_query_can_be_made_of_has_a_line() -> None:
    made = {type(node) for hint in SHORT_GUIDE for node in nodes(parse(hint.example))}
    assert made == set(get_args(Node))
    examples = " ".join(hint.example for hint in SHORT_GUIDE)
    assert {kind.value for kind in Kind if kind.value.isupper()} <= set(re.findall("[A-Z]+", examples))


def test_the_fields_that_are_named_are_fields() -> None:
    (said,) = (hint.finds for hint in SHORT_GUIDE if ":" in hint.what)
    named = re.split(", ", said.partition("also ")[2])
    assert len(named) > 3 and set(named) <= set(Field)
