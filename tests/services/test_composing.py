"""Digests: every window once, each where the last ended, and every match told once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from small_world import NOW, Entry, World
from sqlalchemy import Engine, update

from alerts.model import Cadence
from alerts.services.digest import PUT_OFF, compose
from alerts.store import audit, ledger, mail_schema
from alerts.store import schema as table
from alerts.store.unit import reading, writing

MISSILE = ("missile",)


def _told(world: World) -> list[tuple[datetime, datetime, list[str]]]:
    """Since, until and titles of every digest, oldest first."""
    return [
        (d.digest.window.since, d.digest.window.until, [entry.title.text for entry in d.digest.entries])
        for d in world.outbox()
    ]


def _news(world: World, number: int) -> None:
    """One more item that matches, now."""
    world.show("post", [Entry(str(n), f"Missile {n}", hours=0) for n in range(number + 1)])
    world.poll()


@pytest.fixture
def world(engine: Engine) -> World:
    """One reader of a daily digest at 8 UTC; a feed that has had its first poll. It is 14:30."""
    world = World(engine)
    world.person("d@desk.example.org", Cadence.DAILY, MISSILE)
    world.add_feed("post", [Entry("0", "Missile 0", hours=99)])
    world.poll()
    return world


def test_each_window_begins_where_the_last_one_ended_and_tells_what_came_in_it(world: World) -> None:
    for day in (1, 2, 3):
        _news(world, day)
        world.wait(days=1)
        world.compose()
        assert world.compose() == ()
    windows = _told(world)
    assert [titles for _, _, titles in windows] == [["Missile 1"], ["Missile 2"], ["Missile 3"]]
    assert windows[0][0] == NOW
    assert all(until == since for (_, until, _), (since, _, _) in pairwise(windows))
    assert [until.hour for _, until, _ in windows] == [8, 8, 8]


def test_what_comes_after_the_slot_waits_for_the_next_digest(world: World) -> None:
    _news(world, 1)
    world.clock.now = datetime(2026, 3, 6, 8, 0, tzinfo=UTC)
    _news(world, 2)
    world.wait(minutes=10)
    world.compose()
    world.wait(days=1)
    world.compose()
    assert [titles for _, _, titles in _told(world)] == [["Missile 1"], ["Missile 2"]]


def test_after_three_weeks_down_there_is_one_late_digest_over_the_gap_and_never_two(world: World) -> None:
    _news(world, 1)
    world.wait(days=21)
    _news(world, 2)
    assert [each.outcome for each in world.compose()] == ["composed"]
    assert world.compose() == ()
    ((since, until, titles),) = _told(world)
    assert (since, until, titles) == (NOW, datetime(2026, 3, 26, 8, tzinfo=UTC), ["Missile 1"])
    assert world.outbox()[0].digest.late
    world.clock.now = datetime(2026, 3, 27, 8, 1, tzinfo=UTC)
    world.compose()
    assert [titles for _, _, titles in _told(world)] == [["Missile 1"], ["Missile 2"]]
    assert not world.outbox()[1].digest.late


def test_two_composers_make_one_digest(
    world: World, database_url: str, opened: Callable[[str], Engine]
) -> None:
    _news(world, 1)
    world.wait(days=1)
    gate, outcomes = threading.Barrier(2), []

    def run(engine: Engine) -> None:
        gate.wait(20)
        outcomes.extend(each.outcome for each in compose(engine, [1], world.telling, world.clock))

    threads = [threading.Thread(target=run, args=(opened(database_url),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("composed") == 1
    assert set(outcomes) <= {"composed", "not due", "closed by another worker"}
    assert world.count(mail_schema.Delivery) == 1


@pytest.mark.parametrize(
    ("day", "lengths"),
    [
        pytest.param(datetime(2026, 3, 26, 18, tzinfo=UTC), [24, 23, 24], id="clocks go forward on the 29th"),
        pytest.param(datetime(2026, 10, 22, 18, tzinfo=UTC), [24, 25, 24], id="clocks go back on the 25th"),
    ],
)
def test_a_digest_comes_at_the_readers_hour_across_both_clock_changes(
    engine: Engine, day: datetime, lengths: list[int]
) -> None:
    world = World(engine, now=day)
    world.person("d@desk.example.org", Cadence.DAILY, MISSILE, timezone="Europe/Berlin", hour=8)
    world.add_feed("post", [Entry("0", "Missile 0", hours=99)])
    world.poll()
    ends = []
    for number in range(1, 5):
        _news(world, number)
        world.wait(hours=24)
        world.compose()
        ends.append(_told(world)[-1][1])
    assert [(later - earlier) / timedelta(hours=1) for earlier, later in pairwise(ends)] == lengths


def test_a_match_saved_late_by_a_slow_transaction_is_told_in_the_next_digest(world: World) -> None:
    _news(world, 1)
    _news(world, 2)
    world.wait(days=1)
    slot = datetime(2026, 3, 6, 8, 0, tzinfo=UTC)
    hidden = table.Match.id == 2
    with writing(world.engine) as tx:  # not there yet when the window closes …
        tx.execute(update(table.Match).where(hidden).values(matched_at=NOW + timedelta(days=99)))
    world.compose()
    with writing(world.engine) as tx:  # … and committed after it, with a time before it
        tx.execute(
            update(table.Match).where(table.Match.id == 3).values(matched_at=slot - timedelta(seconds=1))
        )
        tx.execute(update(table.Match).where(hidden).values(matched_at=slot - timedelta(seconds=1)))
    world.wait(days=1)
    world.compose()
    world.wait(days=1)
    world.compose()
    told = [titles for _, _, titles in _told(world)]
    assert sorted(title for titles in told for title in titles) == ["Missile 1", "Missile 2"]
    assert len(told) == 2


def test_with_nothing_to_tell_there_is_no_mail_and_the_window_moves_on(world: World) -> None:
    world.wait(days=1)
    assert [each.outcome for each in world.compose()] == ["nothing to tell"]
    _news(world, 1)
    world.wait(days=1)
    world.compose()
    assert [(since.day, titles) for since, _, titles in _told(world)] == [(6, ["Missile 1"])]


def test_old_items_of_a_first_poll_are_in_no_digest(world: World) -> None:
    world.wait(days=1)
    world.compose()
    assert _told(world) == []


def test_immediate_daily_weekly_and_monthly_each_tell_everything_once(world: World) -> None:
    for cadence in (Cadence.IMMEDIATE, Cadence.WEEKLY, Cadence.MONTHLY):
        world.person(f"{cadence}@desk.example.org", cadence, MISSILE)
    for number in range(1, 34):
        if number < 20:
            _news(world, number)
        world.wait(days=1)
        world.compose()
        world.deliver()
    to: dict[str, list[str]] = {}
    for address, content in world.transport.accepted:
        to.setdefault(address.partition("@")[0], []).append(content.decode())
    for name, mails in to.items():
        told = "".join(mails)
        assert [told.count(f"* Missile {n} [") for n in range(20)] == [0] + [1] * 19, name
    assert {name: len(mails) for name, mails in to.items()} == {
        "immediate": 19,
        "d": 19,
        "weekly": 4,
        "monthly": 1,
    }
    with reading(world.engine) as tx:
        sums = ledger.read(tx)
    assert sums.balanced
    assert (sums.told, sums.waiting) == (4 * 19, 0)


@pytest.mark.parametrize(
    "standing", [{"state": "unconfirmed"}, {"state": "unsubscribed"}], ids=["unconfirmed", "left"]
)
def test_the_digest_of_a_reader_who_has_not_confirmed_or_has_left_is_not_made(
    world: World, standing: dict[str, str]
) -> None:
    _news(world, 1)
    with writing(world.engine) as tx:
        tx.execute(update(mail_schema.Subscriber).values(**standing))
    world.wait(days=2)
    assert world.compose() == ()
    assert [each.outcome for each in compose(world.engine, [1], world.telling, world.clock)] == ["not due"]


def test_a_digest_that_cannot_be_made_is_put_off_loudly_and_delays_no_other(world: World) -> None:
    world.person("e@desk.example.org", Cadence.DAILY, MISSILE)
    _news(world, 1)
    with writing(world.engine) as tx:
        tx.execute(
            update(mail_schema.Subscriber)
            .where(mail_schema.Subscriber.id == 1)
            .values(timezone="Mars/Olympus")
        )
    world.wait(days=1)
    bad, good = world.compose()
    assert bad.outcome.startswith("put off: BadInput: unknown time zone")
    assert good.outcome == "composed"
    assert world.compose() == ()
    with reading(world.engine) as tx:
        (event,) = [each for each in audit.latest(tx) if each.action == "digest put off"]
    assert (event.subject, "Mars/Olympus" in event.detail) == ("subscription 1", True)
    with writing(world.engine) as tx:
        tx.execute(update(mail_schema.Subscriber).values(timezone="UTC"))
    world.clock.now += PUT_OFF
    assert [each.outcome for each in world.compose()] == ["composed"]
    assert [titles for _, _, titles in _told(world)] == [["Missile 1"]] * 2
