"""The starter pack: what it promises of concepts, rules and situations, and that its parts fit together."""

from __future__ import annotations

import pytest

from alerts.config import Settings
from alerts.model import Concept, Polarity, Rule
from alerts.rules.concepts import read_concepts
from alerts.rules.files import check, read_rules
from alerts.rules.lexicon import Concepts
from alerts.rules.query import check_concepts, parse, warnings
from alerts.rules.shipped import CONCEPTS, SITUATIONS, concepts_with
from alerts.rules.shipped import RULES as RULE_FILES
from alerts.rules.situations import check_situation, read_situations

_CODES = "en fr es pt de it nl pl ru uk ar fa he tr hi id zh ja ko"
LANGUAGES = _CODES.split()
OWN = read_concepts(CONCEPTS)
RULES = read_rules(RULE_FILES)
FOUND_BY_NAME = {"missile", "launch", "nuclear-test", "sanctions", "talks", "ceasefire"}


@pytest.fixture(scope="module")
def concepts() -> Concepts:
    return concepts_with((), LANGUAGES)


def spoken(examples: tuple[str, ...]) -> set[str]:
    return {example[:2] if example[2:4] == ": " else "en" for example in examples}


def in_many_languages(concept: Concept) -> bool:
    return len({language for language, _ in concept.terms} - {"mul"}) >= 10


def test_at_least_forty_concepts_speak_ten_languages_or_more() -> None:
    assert sum(map(in_many_languages, OWN)) >= 40
    assert {concept.key for concept in OWN if in_many_languages(concept)} >= FOUND_BY_NAME


def test_escalation_and_its_contrary_both_have_concepts() -> None:
    for polarity in (Polarity.ESCALATION, Polarity.DEESCALATION):
        assert sum(concept.polarity is polarity for concept in OWN) >= 10


def test_rules_tell_which_way_a_situation_goes_unless_they_match_both_ways() -> None:
    """Sanctions are imposed and lifted; a trial for war crimes may come in years of peace."""
    told = {polarity: {r.key for r in RULES if r.polarity is polarity} for polarity in Polarity}
    assert told[Polarity.NEUTRAL] == {"sanctions", "sanctions-imposed", "war-crimes"}
    assert told[Polarity.ESCALATION] >= {"airstrike", "ceasefire-breach", "coup", "evacuation", "famine"}
    assert told[Polarity.DEESCALATION] >= {"ceasefire", "sanctions-eased", "recognition", "captives-freed"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_a_shipped_rule_fits_its_own_examples(rule: Rule, concepts: Concepts) -> None:
    check(rule, concepts)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_a_shipped_rule_has_examples_of_both_kinds_in_four_languages(rule: Rule) -> None:
    assert len(rule.match) >= 3
    assert len(spoken(rule.match)) >= 7
    assert len(rule.no_match) >= 3
    assert len(spoken(rule.no_match)) >= 3
    assert len(spoken(rule.match + rule.no_match)) >= 4


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_a_shipped_rule_has_no_warning_in_a_service_of_all_languages(rule: Rule, concepts: Concepts) -> None:
    node = parse(rule.query)
    check_concepts(node, concepts.by_key, rule.query)
    assert warnings(node, concepts.by_key, LANGUAGES) == ()


def test_all_languages_are_those_that_a_new_service_reads() -> None:
    assert tuple(LANGUAGES) == Settings.model_fields["languages"].default


def test_there_are_rules_for_what_is_asked_for_by_name() -> None:
    asked = "ballistic-launch sanctions sanctions-imposed nuclear-test ceasefire-talks coup border-closure"
    assert {rule.key for rule in RULES} >= {*asked.split(), "emergency-mobilisation"}
    assert len(RULES) >= 25


def test_situations_name_countries_and_rules_that_exist(concepts: Concepts) -> None:
    situations = read_situations(SITUATIONS)
    for situation in situations:
        check_situation(situation, concepts.by_key, {rule.key for rule in RULES})
    assert situations[0].key == "korean-peninsula"
    assert len(situations) >= 80


def test_every_situation_hears_of_what_gets_worse_and_of_what_gets_better() -> None:
    polarities = {rule.key: rule.polarity for rule in RULES}
    for situation in read_situations(SITUATIONS):
        told = [polarities[key] for key in situation.rules]
        assert any(polarity.escalates for polarity in told), situation.key
        assert Polarity.DEESCALATION in told, situation.key
