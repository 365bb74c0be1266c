"""Change is noticed once, from counts as they are kept; an outage is no calm and a new feed no surge."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from small_world import Entry, World, rss
from sqlalchemy import Engine, delete, select, update

from alerts.errors import FetchError
from alerts.model import Cadence, Level, Rule, Severity, Situation
from alerts.services.rules import Edit, import_rules
from alerts.services.situations import import_situations
from alerts.store import schema as table
from alerts.store import series
from alerts.store import signal_schema as signal
from alerts.store.unit import open_engine, reading, writing

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
SYLLABLES = (
    "ka",
    "lo",
    "mi",
    "ru",
    "ten",
    "vos",
    "dra",
    "bel",
    "qui",
    "sar",
    "or",
    "nim",
    "pha",
    "gul",
    "zet",
)


def invented(number: int) -> str:
    """An invented name, another for each number."""
    found = ""
    while number or not found:
        number, at = divmod(number, len(SYLLABLES))
        found += SYLLABLES[at]
    return found.title() + "grad"


def event(number: int, place: str) -> str:
    """A headline of an event that is like no other."""
    names = [invented(number * 3 + each + 1000) for each in range(3)]
    return f"Missile at {names[0]}: {names[1]} blames {names[2]} in {place}"


BURST = 14

ARITHMETIC = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What a database has no part in is tested on one."""


class Press:
    """Two feeds of invented news; every missile is an event of its own, in Ukraine."""

    def __init__(self, world: World, *names: str) -> None:
        self.world = world
        self.names = names or ("post", "wire")
        self.number = count()
        for name in self.names:
            if not world.count(table.Feed, table.Feed.title == name.title()):
                world.add_feed(name)

    def _headlines(self, missiles: int) -> Iterator[str]:
        for _ in range(missiles):
            yield event(next(self.number), "Ukraine")

    def day(self, missiles: int = 0, *, other: int = 15, only: str | None = None) -> None:
        """A day's news, polled at noon; the missiles are shared out among the feeds."""
        headlines = list(self._headlines(missiles))
        for place, name in enumerate(self.names):
            mine = headlines if name == only else headlines[place :: len(self.names)] if not only else []
            plain = [f"Opera of {invented(next(self.number))} reviewed" for _ in range(other)]
            entries = [
                Entry(f"{name}{next(self.number)}", title, site=name, hours=0) for title in (*mine, *plain)
            ]
            self.world.web[f"https://{name}.example/feed"] = rss(entries, title=name, now=self.world.now)
        self.world.poll()
        self.world.watch()
        self.world.wait(days=1)

    def quiet(self, days: int) -> None:
        """An ordinary time: a missile every third day."""
        for each in range(days):
            self.day(missiles=each % 3 == 0)


def _world(engine: Engine, days: float = 0) -> World:
    world = World(engine, now=MIDNIGHT + timedelta(days=days, hours=12))
    ukraine = Situation("ukraine", "Ukraine", ("ua",), ("missile", "truce"))
    import_situations(world.engine, [ukraine], Edit("test", world.now), ("en",))
    return world


@pytest.fixture
def world(engine: Engine) -> World:
    """The first day of a service."""
    return _world(engine)


@pytest.fixture(scope="module")
def month(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A database after thirty ordinary days, to be copied, and the number of the next headline."""
    path = tmp_path_factory.mktemp("month") / "alerts.db"
    shutil.copy(migrated_file, path)
    engine = open_engine(f"sqlite:///{path}")
    press = Press(_world(engine))
    press.quiet(30)
    engine.dispose()
    return path, next(press.number)


@pytest.fixture
def press(month: tuple[Path, int], tmp_path: Path, opened: Callable[[str], Engine]) -> Press:
    """Two feeds after thirty ordinary days."""
    path, number = month
    shutil.copy(path, tmp_path / "alerts.db")
    press = Press(_world(opened(f"sqlite:///{tmp_path / 'alerts.db'}"), days=30))
    press.number = count(number)
    return press


def _surges(world: World) -> list[tuple[str, str, Level]]:
    with reading(world.engine) as tx:
        found = tx.scalars(select(signal.SurgeRow.surge).order_by(signal.SurgeRow.id))
        return [(surge.rule, surge.place, surge.level) for surge in found]


def test_a_burst_after_ordinary_weeks_is_a_surge_that_explains_itself(press: Press) -> None:
    world = press.world
    assert _surges(world) == []
    press.day(missiles=BURST)
    assert _surges(world) == [("missile", "ua", Level.URGENT)]
    with reading(world.engine) as tx:
        surge = tx.scalars(select(signal.SurgeRow.surge)).one()
    assert surge.observed >= 6
    assert surge.usual == pytest.approx(1 / 3, rel=0.5)
    assert surge.sources == 2
    assert len(surge.stories) == 3
    assert surge.first_seen_at is not None
    assert surge.day == (world.now - timedelta(days=1)).date()


def test_a_surge_is_mailed_to_who_asked_for_its_level_and_to_nobody_else(world: World) -> None:
    press = Press(world)
    press.quiet(18)
    world.person("situation@desk.example.org", rules=[], situations=("ukraine",))
    world.person("rule@desk.example.org", rules=["missile"], surges=Level.URGENT)
    world.person("stories@desk.example.org", rules=["missile"])
    world.person("other@desk.example.org", rules=["sanctions"], surges=Level.WATCH)
    before = len(world.outbox())
    press.day(missiles=BURST)
    told = {mail.address: mail.digest for mail in world.outbox()[before:] if mail.digest.surges}
    assert told.keys() == {"situation@desk.example.org", "rule@desk.example.org"}
    assert all(surge.place == "ua" for digest in told.values() for surge in digest.surges)
    assert all(len(digest.surges) == 1 for digest in told.values())
    assert len(told["situation@desk.example.org"].situations) == 1
    assert told["rule@desk.example.org"].situations == ()
    world.deliver()
    assert {mail.state for mail in world.outbox()} == {"sent"}


def test_a_digest_tells_the_surges_of_its_window_once(press: Press) -> None:
    world = press.world
    world.person(cadence=Cadence.DAILY, rules=[], situations=("ukraine",))
    press.day(missiles=BURST)
    world.compose()
    world.wait(days=1)
    world.compose()
    digests = [mail.digest for mail in world.outbox()]
    assert [len(digest.surges) for digest in digests] == [1]


def test_watching_again_notices_nothing_again(press: Press) -> None:
    world = press.world
    press.day(missiles=BURST)
    world.wait(days=-1)
    for _ in range(3):
        assert world.watch().surges == 0
    assert len(_surges(world)) == 1


def test_news_in_the_last_minutes_of_a_day_is_noticed_the_next(press: Press) -> None:
    world = press.world
    world.wait(hours=11, minutes=59)
    world.show(
        "post",
        [Entry(f"x{n}", event(n, "Ukraine"), site="post") for n in range(8)],
    )
    world.show("wire", [Entry("y", "Missile strike reported by railway staff in Ukraine", site="wire")])
    world.poll()  # and the worker sleeps over midnight
    world.wait(minutes=10)
    world.watch()
    assert [place for _, place, _ in _surges(world)] == ["ua"]


def test_one_publisher_alone_makes_no_surge(press: Press) -> None:
    world = press.world
    press.day(missiles=BURST, only="post")
    assert _surges(world) == []


@ARITHMETIC
def test_three_times_the_feeds_are_no_surge(world: World) -> None:
    press = Press(world)
    for each in range(30):
        press.day(missiles=2 + each % 2)
    assert _surges(world) == []
    more = Press(world, *(f"new{n}" for n in range(4)))
    more.number = press.number
    press.names += more.names
    for _ in range(6):
        press.day(missiles=7)
    assert _surges(world) == []


@ARITHMETIC
def test_an_outage_is_not_calm_and_its_end_no_surge(world: World) -> None:
    press = Press(world)
    for each in range(30):
        press.day(missiles=2 + each % 2)
    usual = _rate(world)
    for _ in range(5):
        for name in press.names:
            world.web[f"https://{name}.example/feed"] = FetchError("timeout", "too slow")
        world.poll()
        world.watch()
        world.wait(days=1)
    press.day(missiles=3)
    press.day(missiles=2)
    assert _rate(world) == pytest.approx(usual, rel=0.15)
    assert _surges(world) == []


def _rate(world: World) -> float:
    with reading(world.engine) as tx:
        state = tx.scalars(select(signal.Series.state).where(signal.Series.place == "ua")).one()
    return float(state["stories"] / state["days"])


@ARITHMETIC
def test_a_rule_is_learned_for_a_week_before_it_is_judged(world: World) -> None:
    press = Press(world)
    for _ in range(6):
        press.day(missiles=6)
    assert _surges(world) == []


def test_another_query_is_another_series_and_another_name_is_not(press: Press) -> None:
    world = press.world
    rule = Rule("missile", "Missiles and rockets", "missile", Severity.HIGH)
    import_rules(world.engine, [rule], author="test", now=world.now)
    press.day(missiles=BURST)
    assert len(_surges(world)) == 1
    wider = Rule("missile", "Missiles", "missile OR opera", Severity.HIGH)
    import_rules(world.engine, [wider], author="test", now=world.now)
    press.day(missiles=BURST)
    press.day(missiles=BURST)
    assert len(_surges(world)) == 1


@ARITHMETIC
def test_states_that_are_lost_are_found_again_from_the_counts(world: World) -> None:
    press = Press(world)
    press.quiet(28)
    usual = _rate(world)
    with writing(world.engine) as tx:
        tx.execute(delete(signal.Series))
    press.quiet(1)
    assert _rate(world) == pytest.approx(usual, rel=0.5)


def test_a_place_that_was_never_in_the_news_may_surge_on_its_first_day(press: Press) -> None:
    world = press.world
    shown = [
        Entry(f"p{n}", event(n, "Peru"), site=name, hours=0) for n, name in enumerate(["post", "wire"] * 3)
    ]
    world.show("post", shown[::2])
    world.show("wire", shown[1::2])
    world.poll()
    world.watch()
    assert ("missile", "pe", Level.URGENT) in _surges(world)


def test_what_nobody_watched_while_it_was_news_is_learned_in_silence(press: Press) -> None:
    world = press.world
    asleep, world.watch = world.watch, lambda: None  # type: ignore[method-assign, assignment, return-value]
    press.day(missiles=BURST)
    for _ in range(12):
        press.day()
    world.watch = asleep  # type: ignore[method-assign]
    world.watch()
    assert _surges(world) == []


def test_a_clock_that_was_ahead_stops_nothing_once_it_is_right(press: Press) -> None:
    world = press.world
    world.wait(days=40)
    world.watch()
    world.wait(days=-40)
    press.quiet(1)
    press.day(missiles=BURST)
    assert [place for _, place, _ in _surges(world)] == ["ua"]


def test_a_surge_in_many_countries_is_told_as_one_everywhere_when_that_is_graver(press: Press) -> None:
    world = press.world
    places = ("Peru", "Chad", "Nepal", "Kenya", "Fiji", "Cuba", "Laos", "Mali", "Togo", "Oman")
    shown = [
        Entry(f"m{n}", event(n + 500, places[n % 10]), site=name, hours=0)
        for n, name in enumerate(["post", "wire"] * 15)
    ]
    world.show("post", shown[::2])
    world.show("wire", shown[1::2])
    world.poll()
    world.watch()
    graver = [level.rank for _, place, level in _surges(world) if place]
    everywhere = [level.rank for _, place, level in _surges(world) if not place]
    assert everywhere == [Level.URGENT.rank] or Level.URGENT.rank in graver


def test_a_flood_of_junk_in_one_feed_hides_no_surge(press: Press) -> None:
    press.day(missiles=BURST, other=400)
    assert [place for _, place, _ in _surges(press.world)] == ["ua"]


def test_news_that_is_saved_just_after_midnight_is_counted(press: Press) -> None:
    world = press.world
    world.watch()
    world.wait(hours=12, minutes=2)  # two minutes after midnight: the day before is not closed yet
    assert world.watch().closed == ()
    world.wait(minutes=10)
    assert len(world.watch().closed) == 1


def test_what_a_country_explains_is_not_told_as_everywhere_five_minutes_later(press: Press) -> None:
    world = press.world
    world.watch()  # the day before is closed
    press.day(missiles=BURST)
    world.wait(days=-1)
    for _ in range(2):
        world.wait(minutes=5)
        assert world.watch().surges == 0
    assert [place for _, place, _ in _surges(world)] == ["ua"]


def test_a_worker_whose_clock_is_some_seconds_behind_forgets_nothing(press: Press) -> None:
    world = press.world
    press.quiet(1)
    world.wait(hours=-11, minutes=-49)  # eleven minutes past midnight
    assert len(world.watch().closed) == 1
    closed = select(signal.Series.rule_id, signal.Series.place, signal.Series.closed_day)
    with reading(world.engine) as tx:
        before = set(tx.execute(closed))
    world.wait(minutes=-2)
    assert world.watch().closed == ()
    with reading(world.engine) as tx:
        assert set(tx.execute(closed)) == before


def test_a_surge_was_first_seen_when_its_window_began_however_old_its_stories_are(press: Press) -> None:
    press.day(missiles=BURST)
    day = (press.world.now - timedelta(days=1)).date()
    with writing(press.world.engine) as tx:
        tx.execute(update(signal.Story).values(first_seen_at=MIDNIGHT))
        seen = series.first_seen(tx, (1, "ua"), day, day)
    assert seen is not None
    assert seen.date() == day
