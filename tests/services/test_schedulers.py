"""Two schedulers at once that always start anew, a clock that jumps, three weeks down: every digest of
every week once, and everything told once (R29)."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from celery import Celery
from celery.beat import PersistentScheduler, Scheduler
from small_world import Entry, Recording, World
from sqlalchemy import Engine

from alerts.app import App
from alerts.config import Settings
from alerts.digests.window import next_due
from alerts.model import Cadence
from alerts.services.deliver import deliver
from alerts.services.digest import compose
from alerts.services.due import tick
from alerts.services.replay import Clock
from alerts.store import ledger
from alerts.store.unit import reading
from alerts.tasks import celery_of, tick_for_ever

MISSILE = ("missile",)
SLOTS = (
    ("Europe/Berlin", 2, 30, 6),  # in the hour that is skipped on 29 March
    ("America/New_York", 2, 15, 6),  # … and on 8 March
    ("Australia/Lord_Howe", 1, 45, 6),  # half an hour twice on 5 April
    ("Africa/Casablanca", 2, 30, 6),
    ("Asia/Kathmandu", 7, 45, 0),
    ("Asia/Amman", 0, 0, 4),
    ("Pacific/Apia", 23, 59, 2),
    ("UTC", 0, 0, 0),
)
START = datetime(2026, 3, 1, 6, 7, tzinfo=UTC)
DOWN = datetime(2026, 4, 10, 12, tzinfo=UTC)
UP = DOWN + timedelta(weeks=3)
END = datetime(2026, 5, 31, tzinfo=UTC)


class Scheduled:
    """A scheduler with a connection, clock and mail server of its own; it remembers nothing."""

    def __init__(self, world: World, engine: Engine, now: datetime) -> None:
        self.world, self.engine, self.clock = world, engine, Clock(now)
        self.transport = Recording()

    def run(self, together: threading.Barrier) -> None:
        together.wait(20)
        due = tick(self.engine, self.clock())
        compose(self.engine, due.subscriptions, self.world.telling, self.clock)
        together.wait(20)
        sending = replace(
            self.world.delivering(), engine=self.engine, transport=self.transport, clock=self.clock
        )
        deliver(tick(self.engine, self.clock()).deliveries, sending)


def turn(world: World, engines: tuple[Engine, Engine], clocks: tuple[datetime, datetime]) -> list[bytes]:
    """Two schedulers, made for this turn alone, do everything that is due. What the mail server accepted."""
    both, together = (
        [Scheduled(world, *each) for each in zip(engines, clocks, strict=True)],
        threading.Barrier(2),
    )
    threads = [threading.Thread(target=each.run, args=(together,)) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [content for each in both for _, content in each.transport.accepted]


def slots(zone: str, hour: int, minute: int, weekday: int) -> list[datetime]:
    """All of the time of the test, but of those in which the service was down only the last."""
    found, at = [], START
    while (at := next_due(Cadence.WEEKLY, at, zone, hour, weekday, minute=minute)) < END:
        if found and found[-1] > DOWN and at < UP:
            found.pop()
        found.append(at)
    return found


def test_each_weekly_digest_comes_once_whoever_asks_and_whatever_the_clock_says(
    engine: Engine, database_url: str, opened: Callable[[str], Engine]
) -> None:
    """0 doubles, 0 missed."""
    randomness, world = Random(6), World(engine, now=START)
    people = {}
    for number, (zone, hour, minute, weekday) in enumerate(SLOTS):
        for address, asked in (
            (f"all-{number}@x.example.org", True),
            (f"some-{number}@x.example.org", False),
        ):
            slot = {"timezone": zone, "hour": hour, "minute": minute, "weekday": weekday}
            world.person(address, Cadence.WEEKLY, MISSILE, tell_nothing=asked, **slot)
            people[address] = slots(zone, hour, minute, weekday)
    world.add_feed("post", [Entry("old", "Missile of old", hours=99)])
    world.poll()

    engines, true_now, shown, sent = (engine, opened(database_url)), START, 0, []
    while true_now < END:
        true_now += timedelta(hours=randomness.uniform(0.1, 30))
        if DOWN < true_now < UP:
            true_now = UP
        said = true_now + timedelta(hours=randomness.choice((0, 0, 0, -3, 3)))
        if randomness.random() < 0.5:
            shown += 1
            world.clock.now = said
            world.show("post", [Entry(str(shown), f"Missile {shown}", hours=0)])
            world.poll()
        sent += turn(world, engines, (said, said + timedelta(seconds=randomness.uniform(-20, 20))))
    for _ in range(9):  # the last week is told too
        true_now += timedelta(days=1)
        sent += turn(world, engines, (true_now, true_now))

    assert len(sent) == len(set(sent)) == len(world.outbox())
    told = Counter((to.address, entry.title.text) for to in world.outbox() for entry in to.digest.entries)
    assert told == dict.fromkeys(
        ((address, f"Missile {number}") for address in people for number in range(1, shown + 1)), 1
    )
    for address, expected in people.items():
        ends = [each.digest.window.until for each in world.outbox() if each.address == address]
        assert len(ends) == len(set(ends))
        if address.startswith("all"):
            assert [end for end in ends if end < END] == expected
    with reading(engine) as tx:
        assert ledger.read(tx).balanced


# --- the beat ---------------------------------------------------------------------------------------


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(Settings(home=tmp_path, secret_key="s" * 40, broker_url="redis://127.0.0.1:9/0"))


def test_the_beat_keeps_its_schedule_in_memory_so_there_is_no_state_to_lose(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleting the state of the beat changes nothing: there is none. The database knows what is due."""
    asked: list[list[str]] = []
    monkeypatch.setattr(Celery, "start", lambda _self, words: asked.append(words))
    tick_for_ever(app)
    ((*_, scheduler),) = asked
    assert scheduler == "--scheduler=celery.beat:Scheduler"
    assert not set(Scheduler.__mro__) & {PersistentScheduler}
    assert list(app.settings.home.iterdir()) == []


def test_a_beat_that_starts_anew_asks_what_is_due_within_one_tick(app: App) -> None:
    """However often it is killed: nothing waits for what an earlier beat had in mind."""
    for _ in range(2):
        scheduler = Scheduler(app=celery_of(app))
        _, wait_seconds = scheduler.schedule["tick"].is_due()
        assert wait_seconds <= app.settings.tick_seconds
