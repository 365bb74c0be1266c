"""Why a rule does not match, in words about the passage that comes nearest."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from test_index import CONCEPTS, items, rules

from alerts.model import Concept, Item, Rule
from alerts.rules.absence import absence
from alerts.rules.evaluate import analyse, applies, evaluate
from alerts.rules.explain import faults, relaxed, told
from alerts.rules.lexicon import Concepts
from alerts.rules.query import canonical, parse

KNOWN = Concepts(
    [
        Concept(
            "missile",
            "Missile",
            terms=(("en", ("missile",)), ("ta", ("ஏவுகணை",))),
            exclude=(("en", ("missile talks",)),),
        ),
        Concept("launch", "Launch", terms=(("en", ("launch", "fire")),)),
    ]
)


def reason(
    query: str, title: str, *, language: str = "en", summary: str = "", **rule: tuple[str, ...]
) -> str:
    item = Item("1", "", title, summary, language=language, source="Wire")
    return told(faults(Rule("r", "", query, **rule), parse(query), item, KNOWN))


@pytest.mark.parametrize(
    ("query", "title", "said"),
    [
        ("missile", "Talks", "“missile” is nowhere in this passage"),
        (
            "@missile NEAR/5 @launch",
            "A missile is shown in the capital to guests who wait for a launch",
            "no @launch near @missile: they are 11 words apart, NEAR/5 allows 5",
        ),
        ("@missile NEAR @launch", "A missile", "@missile is there, @launch is nowhere in this passage"),
        (
            "@launch ONEAR @missile",
            "A missile launch",
            "@missile comes before @launch, and ONEAR/5 wants it after",
        ),
        ('missile NOT "air show"', "A missile at the air show", "excluded by “air show”"),
        ("@missile", "The missile talks", "“missile talks” does not count as @missile"),
        (
            '"ballistic launch"',
            "A launch, ballistic",
            'the words of "ballistic launch" are there, but not so',
        ),
        ("title:grain", "Talks", "“grain” is nowhere in the title"),
        ("ATLEAST/2(grain, talks, ship)", "Talks", "1 of the 2 that are needed are in this passage"),
        ("SCORE>=9(grain^6, talks^3)", "Talks", "the score is 3, and 9 are needed"),
        ("grain ship", "Talks", "“grain” is nowhere in this passage; “ship” is nowhere in this passage"),
        ("(grain ship) OR =talk", "Talks", "=talk is nowhere in this passage"),
        ("truce OR @launch", "Talks", "“truce” or @launch is nowhere in this passage"),
        (
            "a OR b OR c OR d OR e OR f OR g",
            "Talks",
            "“a” or “b” or “c” or “d” or “e” or 2 more is nowhere in this passage",
        ),
        ("talks", "Talks", ""),
    ],
)
def test_the_condition_that_fails_is_said(query: str, title: str, said: str) -> None:
    assert reason(query, title) == said


def test_a_concept_without_terms_in_the_language_of_the_item_is_said_to_have_none() -> None:
    found = reason("@missile NEAR @launch", "ஏவுகணை", language="ta")
    assert found == "@missile is there, @launch is nowhere in this passage (no terms in Tamil)"


def test_words_in_title_and_paragraph_are_not_near_each_other() -> None:
    found = reason("missile NEAR launch", "A missile", summary="The launch")
    assert found == "“missile” is in the title and “launch” in the summary; NEAR/5 wants them in one"


def test_the_nearest_passage_is_the_one_that_is_told_of() -> None:
    found = reason("grain ship talks", "News", summary="Grain.\n\nA ship with grain.")
    assert found == "“talks” is nowhere in this passage"


def test_an_item_that_the_rule_does_not_look_at_is_said_to_be_none_of_it() -> None:
    assert reason("talks", "Talks", languages=("ko",)) == "the rule looks at ko only, and this item is in en"
    assert reason("talks", "Talks", sources=("Post",)) == "the rule does not look at items of Wire"


@settings(max_examples=200, deadline=None)
@given(rules, items())
def test_there_is_a_fault_exactly_when_there_is_no_match(some: tuple[Rule, ...], item: Item) -> None:
    for rule in some:
        node = parse(rule.query)
        matches = applies(rule, item) and evaluate(node, analyse(item), CONCEPTS) is not None
        found = faults(rule, node, item, CONCEPTS)
        assert (not found) == matches
        assert all(fault.condition and fault.message for fault in found)


@settings(max_examples=200, deadline=None)
@given(rules, items())
def test_what_is_made_easier_still_asks_for_something(some: tuple[Rule, ...], item: Item) -> None:
    for rule in some:
        for easier in relaxed(parse(rule.query)):
            assert absence(easier) is None
            evaluate(easier, analyse(item), CONCEPTS)
            canonical(easier)


def test_a_passage_that_matches_is_nearer_than_one_in_which_a_part_is_there() -> None:
    rule = Rule("r", "", "mis* OR @iran NEAR/1 Corée")
    item = Item("k", "https://news.example/1", "", summary="missile\n\nl'Iran", language="fr")
    assert faults(rule, parse(rule.query), item, CONCEPTS) == ()
