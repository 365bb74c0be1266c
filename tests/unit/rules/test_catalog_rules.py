from __future__ import annotations

from pathlib import Path

import pytest

import alerts
from alerts.model import Rule, Severity
from alerts.rules.files import check, read_rules
from alerts.rules.query import parse, warnings

RULES = read_rules(Path(alerts.__file__).parent / "catalog" / "rules")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_a_shipped_rule_fits_its_own_examples(rule: Rule) -> None:
    assert rule.match
    assert rule.no_match
    check(rule)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_a_shipped_rule_is_written_without_ambiguity(rule: Rule) -> None:
    assert [w for w in warnings(parse(rule.query)) if w.code in ("W1", "W2")] == []


def test_the_starter_pack_has_the_rules_that_people_ask_for_by_name() -> None:
    severity = {rule.key: rule.severity for rule in RULES}
    assert severity["ballistic-launch"] is Severity.CRITICAL
    assert {"sanctions", "ceasefire-talks", "emergency-mobilisation", "border-closure", "coup"} <= set(
        severity
    )


def test_every_shipped_rule_speaks_at_least_seven_languages() -> None:
    for rule in RULES:
        spoken = {example[:2] if example[2:4] == ": " else "en" for example in rule.match}
        assert len(spoken) >= 7, rule.key
