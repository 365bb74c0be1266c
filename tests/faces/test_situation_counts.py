"""The counts of all situations at once are those of each situation by itself, also when they are kept."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from situation_world import A_DAY, SHELLING, TODAY, TRUCE, Followed
from web_world import NOW, SECRET

from alerts.app import App
from alerts.config import Settings
from alerts.model import Rule
from alerts.services.assessing import stories_by_day
from alerts.services.situation_counts import Counted, Counts
from alerts.store import following, rules, series
from alerts.store.unit import reading, writing


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Followed:
    settings = Settings(home=tmp_path, database_url=database_url, secret_key=SECRET)
    return Followed(App(settings, clock=lambda: NOW))


def both(world: Followed, counted: Counted, today: date) -> tuple[Counts, Counts]:
    """What is counted at once, and what each situation comes to by itself; of the days of its timeline."""
    with reading(world.app.engine) as tx:
        followed = following.situations_in_force(tx)
        by_id: dict[int, Rule] = {rules.ids(tx, [each.key])[each.key]: each for each in rules.current(tx)}
        at_once = counted.counts(tx, followed, by_id, today)
        apart: Counts = {}
        for each in followed:
            war, peace = stories_by_day(tx, each, by_id, today - timedelta(days=90))
            for escalates, days in ((True, war), (False, peace)):
                told = {day: number for day, number in days.items() if day <= today}
                if told:
                    apart[each.id, escalates] = told
    return {key: dict(days) for key, days in at_once.items() if days}, apart


def test_all_at_once_they_are_what_each_is_by_itself(world: Followed) -> None:
    for number, age in enumerate((0, 1, 1, 2, 3, 8, 40, 89, 90)):
        world.story(f"Shells {number}", TODAY - age * A_DAY)
    world.story("Talks", TODAY - 2 * A_DAY, rule=TRUCE, place="fj")
    world.story("Talks on the pier", rule=TRUCE, place="kr")
    story = world.story("Shells and talks", TODAY - 3 * A_DAY)
    with writing(world.app.engine) as tx:  # met in another place later: it counts once
        series.sight(tx, [series.Seen(world.shelling, "kr", story, 1)], TODAY)
    at_once, apart = both(world, Counted(), TODAY)
    assert at_once == apart
    assert apart[world.strait, True][TODAY] == 1


def test_what_is_new_today_is_seen_though_the_days_before_are_kept(world: Followed) -> None:
    counted = Counted()
    world.story("Shells", TODAY - 5 * A_DAY)
    both(world, counted, TODAY)
    world.story("Shells today")
    world.story("Shells that were saved after midnight", TODAY - A_DAY)
    at_once, apart = both(world, counted, TODAY)
    assert at_once == apart
    assert at_once[world.strait, True] == {TODAY - 5 * A_DAY: 1, TODAY - A_DAY: 1, TODAY: 1}


def test_a_rule_that_is_taken_out_of_force_counts_no_more(world: Followed) -> None:
    counted = Counted()
    world.story("Shells", TODAY - 5 * A_DAY)
    assert both(world, counted, TODAY)[0]
    with writing(world.app.engine) as tx:
        rules.kept.retire(tx, SHELLING.key, NOW)
    at_once, apart = both(world, counted, TODAY)
    assert at_once == apart == {}


def test_a_month_that_is_over_is_told_as_it_was(world: Followed) -> None:
    counted = Counted()
    for age in (0, 10, 12):
        world.story(f"Shells {age}", TODAY - age * A_DAY)
    at_once, apart = both(world, counted, TODAY - 10 * A_DAY)
    assert at_once == apart == {(world.strait, True): {TODAY - 10 * A_DAY: 1, TODAY - 12 * A_DAY: 1}}
