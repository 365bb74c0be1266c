"""Trying a rule on the archive says what live matching would have done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from small_world import NOW, RULES, Entry, World
from sqlalchemy import Engine

from alerts.errors import NotFound, QueryError
from alerts.model import Cadence, Concept, Rule
from alerts.services.archive import import_items
from alerts.services.concepts import import_concepts
from alerts.services.hygiene import look_over
from alerts.services.rules import Edit, import_rules
from alerts.services.trying import Trial, try_rule
from alerts.store import matches
from alerts.store.unit import reading

EDIT = Edit("anna", NOW)
TITLES = (
    "A missile is fired",
    "Missile talks",
    "Grain and ships",
    "Fire in a mill, and a missile seen much later by nobody at all near it",
    "Sanctions are lifted",
    "Truce holds",
)


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def show(world: World, titles: Sequence[str] = TITLES) -> None:
    """A poll that brings these titles, the first one an hour old, each further one a day older."""
    world.add_feed(entries=[Entry(str(n), title, hours=1 + 24 * n) for n, title in enumerate(titles)])
    world.poll()


def tried(world: World, rule: Rule | str, **more: object) -> Trial:
    meant = Rule("query", "query", rule) if isinstance(rule, str) else rule
    return try_rule(world.engine, meant, now=world.now, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "query",
    [
        "missile",
        "missile NEAR fire",
        "missile OR truce",
        "fire NOT missile",
        "source:post missile",
        "author:x OR talks",
    ],
)
def test_a_trial_is_what_live_matching_does_with_the_same_items(world: World, query: str) -> None:
    rule = Rule("tried", "Tried", query)
    import_rules(world.engine, [rule], author="test", now=NOW)
    show(world)
    trial = tried(world, rule)
    with reading(world.engine) as tx:
        live = {m.item.title: m.evidence for m in matches.latest(tx) if m.rule.key == "tried"}
    assert trial.items == len(TITLES)
    assert {each.item.title: each.evidence for each in trial.samples} == live
    assert trial.matches == len(live)


def test_matches_are_counted_by_the_day_of_the_news(world: World) -> None:
    show(world, ["missile"] * 3)
    trial = tried(world, "missile", days=5)
    assert list(trial.per_day) == [
        f"2026-0{m}-{d:02}" for m, d in ((2, 28), (3, 1), (3, 2), (3, 3), (3, 4), (3, 5))
    ]
    assert list(trial.per_day.values()) == [0, 0, 0, 1, 1, 1]
    assert tried(world, "missile", days=1).matches == 1


def test_mails_are_expected_by_the_cadence_of_those_who_asked(world: World) -> None:
    show(world, ["missile"] * 15)
    world.person("now@example.org", Cadence.IMMEDIATE, ["missile"])
    world.person("daily@example.org", Cadence.DAILY, ["missile", "truce"])
    world.person("weekly@example.org", Cadence.WEEKLY, ["missile"])
    world.person("unsure@example.org", Cadence.IMMEDIATE, ["missile"], confirmed=False)
    world.person("other@example.org", Cadence.IMMEDIATE, ["truce"])
    mails = tried(world, RULES[0]).expected_mails_per_week
    assert mails.subscribers == 3
    assert mails.per_subscriber["daily"] == 7
    assert mails.per_subscriber["weekly"] == 1
    assert mails.per_subscriber["immediate"] == pytest.approx(7.5, abs=0.1)
    assert mails.total == pytest.approx(15.5, abs=0.1)
    assert tried(world, "grain").expected_mails_per_week.total == 0


def test_an_edit_shows_the_exact_items_it_adds_and_removes(world: World) -> None:
    show(world)
    trial = tried(world, replace(RULES[0], query="(missile talks) OR grain"))
    assert trial.against == 1
    assert [each.title for each in trial.added] == ["Grain and ships"]
    assert [each.title for each in trial.removed] == [TITLES[0], TITLES[3]]
    import_rules(world.engine, [replace(RULES[0], query="truce")], author="test", now=NOW)
    named = tried(world, replace(RULES[0], query="truce"), against=1)
    assert [each.title for each in named.added] == ["Truce holds"]
    assert (tried(world, replace(RULES[0], query="truce")).added, named.against) == ((), 1)
    with pytest.raises(NotFound, match="no version 7"):
        tried(world, RULES[0], against=7)
    new = tried(world, "grain")
    assert (new.against, new.added, new.removed) == (None, (), ())


def test_near_misses_fail_one_condition_and_say_which(world: World) -> None:
    show(world)
    miss, *others = tried(world, "missile NEAR/2 fire").near_misses
    assert {other.reason for other in others} == {"“missile” is there, “fire” is nowhere in this passage"}
    assert miss.item.title == TITLES[3]
    assert miss.condition == "missile NEAR/2 fire"
    assert miss.reason == "no “fire” near “missile”: they are 5 words apart, NEAR/2 allows 2"
    reasons = {m.item.title: m.reason for m in tried(world, "missile NOT talks").near_misses}
    assert reasons == {"Missile talks": "excluded by “talks”"}


def test_a_phrase_that_nobody_writes_is_warned_of(world: World) -> None:
    show(world)
    (warning,) = tried(world, '"fired missile"').warnings
    assert (warning.code, warning.hint) == ("W3", "Perhaps write: fired NEAR/5 missile")
    assert warning.message == '"fired missile" is in no item of 90 days, its words in 2'


def test_a_rule_that_matches_much_of_everything_is_warned_of(world: World) -> None:
    show(world, ["missile"] * 5 + ["grain"] * 5)
    assert [each.code for each in tried(world, "missile").warnings if each.code == "W5"] == ["W5"]


def test_a_query_that_cannot_be_read_is_refused(world: World) -> None:
    with pytest.raises(QueryError):
        tried(world, "missile (")
    with pytest.raises(QueryError, match="E11"):
        tried(world, "@misile")


def test_imported_items_are_found_matched_and_never_mailed(world: World) -> None:
    world.person(cadence=Cadence.IMMEDIATE)
    world.person("week@example.org", cadence=Cadence.WEEKLY)
    show(world, TITLES[:1])
    with reading(world.engine) as tx:
        item = matches.latest(tx)[0].item
    some = [
        replace(item, key=str(n), feed="Old Post", source="Post Ltd", title=t) for n, t in enumerate(TITLES)
    ]
    asked = {"index": world.book.index, "languages": ("en",), "author": "anna", "now": world.now}
    assert import_items(world.engine, some, **asked).new == 6  # type: ignore[arg-type]
    again = import_items(world.engine, [*some[1:], replace(some[0], title="A rocket")], **asked)  # type: ignore[arg-type]
    assert (again.new, again.changed, again.seen) == (0, 1, 5)
    assert tried(world, "talks").samples[0].item.feed == "Old Post"
    world.deliver()
    world.wait(days=8)
    world.compose()
    world.deliver()
    assert set(world.titles) == {TITLES[0]}


def test_hygiene_names_rules_that_want_looking_after(world: World) -> None:
    import_concepts(world.engine, [Concept("grain", "Grain", terms=(("en", ("wheat", "barley")),))], EDIT)
    rules = (
        Rule("fleet", "Fleet", "ship OR vessel", review_at=(NOW - timedelta(days=1)).date(), owner="Desk"),
        Rule("harbour", "Harbour", "ship OR quay"),
        Rule("cereals", "Cereals", "@grain"),
    )
    import_rules(world.engine, rules, author="test", now=NOW)
    show(world, ["The ship"] * 6 + ["A vessel", "The wheat"] + ["News"] * 12)
    found = look_over(world.engine, now=NOW)
    assert (found.items, found.rules) == (20, 6)
    assert [(each.rule, each.kind, each.about) for each in found.findings] == [
        ("cereals", "idle-term", "barley"),
        ("fleet", "overlap", "harbour"),
        ("fleet", "review", ""),
        ("fleet", "too-common", ""),
        ("harbour", "idle-term", "quay"),
        ("harbour", "too-common", ""),
        ("missile", "never-fired", ""),
        ("sanctions", "never-fired", ""),
        ("truce", "never-fired", ""),
    ]
    said = {each.kind: each.message for each in found.findings if each.rule == "fleet"}
    assert said["overlap"] == "6 of the 7 items that it or harbour matches are matched by both"
    assert said["review"] == "its review was due on 2026-03-04, and Desk answers for it"
