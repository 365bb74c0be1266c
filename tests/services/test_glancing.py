"""Trying while typing: what a trial says, of as much as there was time for, and that is told."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from small_world import NOW, Entry, World
from sqlalchemy import Engine

from alerts.model import Concept, Rule
from alerts.services import looking_back
from alerts.services.concepts import concepts_in_force
from alerts.services.glancing import glance
from alerts.services.rules import import_rules
from alerts.services.term_hits import term_hits
from alerts.services.trying import Trial, try_rule
from alerts.store.unit import reading

TITLES = ("A missile is fired", "Missile talks", "Grain and ships", "Fire in a mill, and a missile", "Truce")


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def show(world: World, titles: tuple[str, ...] = TITLES) -> None:
    """Polls that bring one title each, an hour apart."""
    for number, title in enumerate(titles):
        world.poll(world.add_feed(f"feed{number}", [Entry(str(number), title, hours=0)]))
        world.wait(hours=1)


def still() -> float:
    return 0.0


def hasty() -> Callable[[], float]:
    """A clock on which every look takes a minute."""
    minutes = count(step=60)
    return lambda: float(next(minutes))


def glanced(world: World, rule: Rule | str, seconds: Callable[[], float] = still) -> Trial:
    meant = Rule("query", "query", rule) if isinstance(rule, str) else rule
    return glance(world.engine, meant, now=world.now, seconds=seconds)


@pytest.mark.parametrize("query", ["missile", "missile NEAR fire", "missile OR truce", "fire NOT missile"])
def test_with_time_enough_a_glance_is_a_trial(world: World, query: str) -> None:
    show(world)
    seen, tried = glanced(world, query), try_rule(world.engine, Rule("query", "query", query), now=world.now)
    assert seen.whole
    for name in ("items", "matches", "expected_mails_per_week", "samples", "near_misses", "warnings"):
        assert getattr(seen, name) == getattr(tried, name), name
    assert sum(seen.per_day.values()) == sum(tried.per_day.values())


def test_without_time_the_newest_items_are_looked_at_and_no_more_is_claimed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(world)
    monkeypatch.setattr(looking_back, "_FIRST_STEP", 2)
    seen = glanced(world, "missile OR truce", hasty())
    assert (seen.whole, seen.items) == (False, 2)
    assert [each.item.title for each in seen.samples] == ["Truce", "Fire in a mill, and a missile"]
    assert seen.since >= NOW


def test_an_edit_is_compared_over_what_was_looked_at(world: World) -> None:
    import_rules(world.engine, [Rule("one", "One", "missile")], author="test", now=NOW)
    show(world)
    seen = glanced(world, Rule("one", "One", "truce"))
    assert [each.title for each in seen.added] == ["Truce"]
    assert len(seen.removed) == 3
    assert seen.against == 1


def test_an_archive_without_items_has_nothing_to_show(world: World) -> None:
    seen = glanced(world, "missile")
    assert (seen.items, seen.matches, seen.samples) == (0, 0, ())


def test_each_term_is_counted_in_the_list_that_it_is_in(world: World) -> None:
    show(world)
    concept = Concept("arms", "Arms", terms=(("en", ("missile", "mine")), ("mul", ("mill",))))
    with reading(world.engine) as tx:
        known = concepts_in_force(tx, ()).with_one(concept)
        found = term_hits(tx, concept, known, world.now, seconds=still)
    assert found.hits == {("en", "missile"): 3, ("mul", "mill"): 1}
    assert (found.whole, found.items, found.matches) == (True, 5, 3)
