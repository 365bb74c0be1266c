"""How many mails to expect: a mail for each story, day, week or month that had news."""

from __future__ import annotations

from datetime import timedelta

import pytest
from small_world import NOW, Entry, World
from sqlalchemy import Engine

from alerts.model import Situation
from alerts.services.situations import import_situations
from alerts.services.texts import Edit
from alerts.services.volumes import KEPT, Volume, Volumes, volume_of_times


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def four_weeks(world: World, *days: int) -> None:
    """Two stories about missiles on each of these days of four weeks, one of them about sanctions too."""
    feed = world.add_feed()
    world.poll(feed)
    for day in range(28):
        if day in days:
            texts = (f"Missile hits port {day * 7} of Sudan", f"Sanctions after missile number {day * 11}")
            world.show("post", [Entry(f"{day}-{n}", text) for n, text in enumerate(texts)])
            world.poll(feed)
        world.wait(days=1)


def test_a_rule_is_counted_in_alerts_days_weeks_and_months(world: World) -> None:
    four_weeks(world, 1, 2, 20)
    counted = Volumes(world.engine, world.clock).catalogue()
    assert counted.rules["missile"] == Volume(alerts=6, daily=3, weekly=2, monthly=1)
    assert counted.rules["sanctions"] == Volume(alerts=3, daily=3, weekly=2, monthly=1)
    assert "truce" not in counted.rules and counted.nothing == Volume()


def test_several_together_count_each_mail_once(world: World) -> None:
    four_weeks(world, 1, 2, 20)
    volumes = Volumes(world.engine, world.clock)
    assert volumes.together(["missile", "sanctions"], []) == Volume(6, 3, 2, 1)
    assert volumes.together([], []) == volumes.together(["truce", "no-such-rule"], []) == Volume()


def test_a_situation_is_what_its_rules_find_there(world: World) -> None:
    import_situations(
        world.engine, [Situation("sudan", "Sudan", ("sd",), ("missile",))], Edit("test", world.now)
    )
    four_weeks(world, 1, 20)
    volumes = Volumes(world.engine, world.clock)
    assert volumes.catalogue().situations == {"sudan": Volume(2, 2, 2, 1)}
    assert volumes.together(["sanctions"], ["sudan"]).alerts == 4


def test_before_anything_was_seen_nothing_is_said(world: World) -> None:
    counted = Volumes(world.engine, world.clock).catalogue()
    assert (counted.rules, counted.situations, counted.nothing) == ({}, {}, None)


def test_of_less_than_a_day_nothing_is_said(world: World) -> None:
    feed = world.add_feed()
    world.show("post", [Entry("1", "Missile seen")])
    world.poll(feed)
    world.wait(hours=23)
    volumes = Volumes(world.engine, world.clock)
    counted = volumes.catalogue()
    assert (counted.rules, counted.situations, counted.nothing) == ({}, {}, None)
    world.wait(hours=1)
    assert volumes.catalogue().rules["missile"].alerts == 28


def test_a_short_past_counts_as_if_it_went_on(world: World) -> None:
    feed = world.add_feed()
    world.poll(feed)
    world.show("post", [Entry("1", "Missile seen")])
    world.poll(feed)
    world.wait(days=7)
    assert Volumes(world.engine, world.clock).catalogue().rules["missile"] == Volume(4, 4, 4, 1)


def test_the_catalogue_is_counted_again_after_a_while(world: World) -> None:
    volumes = Volumes(world.engine, world.clock)
    before = volumes.catalogue()
    four_weeks(world, 27)
    world.clock.now -= timedelta(days=28)
    assert volumes.catalogue() is before
    world.wait(seconds=KEPT.total_seconds())
    assert volumes.catalogue() is not before


def test_items_of_which_no_story_is_known_are_counted_alike() -> None:
    times = [NOW - timedelta(days=n) for n in range(4)]
    assert volume_of_times(times, NOW, timedelta(days=28)) == Volume(4, 4, 1, 1)
    assert volume_of_times(times, NOW, timedelta(days=4)) == Volume(28, 28, 4, 1)
    assert volume_of_times([], NOW, timedelta(days=28)) == Volume()
