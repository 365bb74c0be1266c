"""Captures played again: the same mails to the last byte, and each match in exactly one of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from small_world import Entry, Recording, World, rss
from sqlalchemy import Engine

from alerts.errors import BadInput, FetchError
from alerts.model import Cadence, Feed, Fetched
from alerts.services.replay import feed_of, play, read_captures, times, url_of
from alerts.store import digests, ledger
from alerts.store.migrate import upgrade
from alerts.store.unit import open_engine, reading

FIRST = datetime(2024, 5, 6, 3, tzinfo=UTC)
STEP = timedelta(hours=6)
NEWS = ("Missile launched", "Opera opens", "Sanctions imposed", "Truce holds", "Missile and sanctions")


def _entry(feed: str, number: int, step: int) -> Entry:
    edited = " (updated)" if number == step - 1 else ""
    return Entry(f"{feed}-{number}", f"{NEWS[number % 5]} {number}{edited}", hours=6 * (step - number))


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    """Two feeds over two days, each showing its latest three entries, one of which it edits."""
    folder = tmp_path / "captures"
    for name in ("post", "wire"):
        (folder / name).mkdir(parents=True)
        for step in range(8):
            at = FIRST + step * STEP
            entries = [_entry(name, n, step) for n in range(max(0, step - 2), step + 1)]
            path = folder / name / f"{at:%Y%m%dT%H%M%SZ}.xml"
            path.write_bytes(rss(entries, title=name, now=at))
    return folder


def _first_due(engine: Engine) -> datetime | None:
    with reading(engine) as tx:
        return digests.first_due(tx)


def _replay(engine: Engine, folder: Path) -> tuple[Recording, ledger.Ledger]:
    found = read_captures(folder)
    world = World(engine, now=found.first_at)
    for cadence in (Cadence.IMMEDIATE, Cadence.DAILY, Cadence.WEEKLY):
        world.person(f"{cadence}@desk.example.org", cadence, ["missile", "sanctions"])

    async def fetch(feed: Feed) -> Fetched:
        return found.at(url_of(feed.title.lower()), world.now)

    for name in found.by_feed:
        world.add_feed(name)
    polling = replace(world.polling(), fetch=fetch)
    passed: list[datetime] = []
    play(
        world.clock,
        times(found, STEP, timedelta(days=7)),
        poll=lambda: world.poll(polling=polling) and None,
        watch=world.watch,
        compose=lambda: world.compose() and None,
        deliver=lambda: world.deliver() and None,
        due=lambda: _first_due(engine),
        progress=passed.append,
    )
    with reading(engine) as tx:
        return world.transport, ledger.read(tx)


def test_replaying_twice_gives_the_same_mails_and_tells_every_story_once(
    engine: Engine, captures: Path, tmp_path: Path
) -> None:
    mails, sums = _replay(engine, captures)
    other = open_engine(f"sqlite:///{tmp_path / 'other.db'}")
    upgrade(other)
    again, _ = _replay(other, captures)
    other.dispose()
    assert mails.accepted == again.accepted
    assert sums.balanced
    assert (sums.items, sums.waiting) == (16, 0)
    for cadence in ("immediate", "daily", "weekly"):
        told = Counter(
            line.removeprefix("* ").partition(" [")[0].removesuffix(" (updated)")
            for to, content in mails.accepted
            for line in content.decode().splitlines()
            if to.startswith(cadence) and line.startswith("* ")
        )
        wanted = {f"{NEWS[n % 5]} {n}" for n in range(8) if n % 5 in (0, 2, 4)}
        # Two feeds show the same headlines: each is one story.
        assert told == Counter(dict.fromkeys(wanted, 1)), cadence


def test_a_feed_shows_its_latest_capture_and_nothing_before_its_first(captures: Path) -> None:
    found = read_captures(captures)
    assert (found.first_at, found.last_at) == (FIRST, FIRST + 7 * STEP)
    late = found.at(url_of("post"), FIRST + STEP - timedelta(seconds=1))
    assert late.body == (captures / "post" / "20240506T030000Z.xml").read_bytes()
    with pytest.raises(FetchError, match="not captured yet"):
        found.at(url_of("post"), FIRST - timedelta(seconds=1))
    assert feed_of(url_of("a-feed.of_any-name")) == "a-feed.of_any-name"


def test_the_clock_goes_through_the_captures_and_on_until_the_last_digest(captures: Path) -> None:
    moments = list(times(read_captures(captures), timedelta(hours=12), timedelta(days=1)))
    polled = [now for now, polling in moments if polling]
    assert polled[0] == FIRST
    assert polled[-1] == FIRST + 7 * STEP
    rest = [now - polled[-1] for now, polling in moments if not polling]
    assert rest[-1] >= timedelta(days=1)
    assert all(later > earlier for earlier, later in pairwise(now for now, _ in moments))


@pytest.mark.parametrize(("name", "words"), [("", "holds no captures"), ("yesterday.xml", "is no time")])
def test_a_folder_without_captures_says_what_it_should_hold(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "feed").mkdir()
    if name:
        (tmp_path / "feed" / name).write_text("")
    with pytest.raises(BadInput, match=words):
        read_captures(tmp_path)
    with pytest.raises(BadInput, match="holds no captures"):
        read_captures(tmp_path / "missing")
