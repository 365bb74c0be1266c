"""Saving one rule that somebody edited: from which version, by whom, and never over what others saved."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from alerts.errors import BadInput, Overtaken
from alerts.model import Rule
from alerts.services.rules import Edit, import_rules, retire_rule, save_rule
from alerts.store import audit, rules
from alerts.store.unit import reading

NOW = datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
RULE = Rule("launch", "Launch", "missile launch")
EDIT = Edit("anna", NOW, "Asked for by the desk")


def in_force(engine: Engine) -> Rule | None:
    with reading(engine) as tx:
        return rules.kept.find(tx, "launch")


def version(engine: Engine) -> int:
    found = in_force(engine)
    return found.version if found else 0


def test_a_new_rule_begins_from_none_and_an_edit_from_the_version_in_force(engine: Engine) -> None:
    assert save_rule(engine, RULE, 0, EDIT).written == ("launch",)
    assert save_rule(engine, replace(RULE, query="missile"), version(engine), EDIT).written == ("launch",)
    assert save_rule(engine, replace(RULE, query="missile"), version(engine), EDIT).unchanged == ("launch",)
    with reading(engine) as tx:
        history = rules.history(tx, "launch")
        events = audit.latest(tx)
    assert [(each.number, each.author, each.reason) for each in history] == [
        (2, "anna", "Asked for by the desk"),
        (1, "anna", "Asked for by the desk"),
    ]
    assert [(event.actor, event.action, event.subject) for event in events] == [
        ("anna", "rule written", "launch")
    ] * 2


def test_an_edit_that_began_from_another_version_saves_nothing(engine: Engine) -> None:
    save_rule(engine, RULE, 0, EDIT)
    began = version(engine)
    import_rules(engine, [replace(RULE, query="missile")], author="berta", now=NOW + timedelta(hours=1))
    for wrong in (began, 0, -1, version(engine) + 1):
        with pytest.raises(Overtaken):
            save_rule(engine, replace(RULE, query="launch"), wrong, EDIT)
    found = in_force(engine)
    assert found
    assert found.query == "missile"


def test_a_rule_that_was_retired_meanwhile_is_not_brought_back_by_an_edit_of_it(engine: Engine) -> None:
    save_rule(engine, RULE, 0, EDIT)
    began = version(engine)
    retire_rule(engine, "launch", EDIT)
    with pytest.raises(Overtaken):
        save_rule(engine, RULE, began, EDIT)
    assert in_force(engine) is None
    assert save_rule(engine, RULE, 0, EDIT).written == ("launch",)


def test_a_rule_whose_example_fails_is_not_saved(engine: Engine) -> None:
    with pytest.raises(BadInput, match="must match and does not"):
        save_rule(engine, replace(RULE, match=("Cats sleep",)), 0, EDIT)
    assert in_force(engine) is None


@pytest.mark.parametrize("exists", [True, False])
def test_of_many_who_save_at_once_from_one_version_one_does(engine: Engine, exists: bool) -> None:
    if exists:
        save_rule(engine, RULE, 0, EDIT)
    began, many = version(engine), 6
    outcomes: list[str] = []
    start = threading.Barrier(many)

    def save(number: int) -> None:
        start.wait()
        try:
            save_rule(engine, replace(RULE, query=f"missile OR word{number}"), began, EDIT)
            outcomes.append("saved")
        except Overtaken:
            outcomes.append("overtaken")

    threads = [threading.Thread(target=save, args=[number]) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["overtaken"] * (many - 1) + ["saved"]
    with reading(engine) as tx:
        assert len(rules.history(tx, "launch")) == 1 + exists
