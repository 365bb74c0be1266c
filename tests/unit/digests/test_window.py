from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.digests.window import latest_due, next_due
from alerts.errors import BadInput
from alerts.model import Cadence

CORPUS = Path(__file__).parents[4] / "shared" / "corpora" / "security" / "digest_schedule.jsonl"
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Amman",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "America/Santiago",
    "UTC",
)
YEAR = datetime(2021, 12, 31, tzinfo=UTC)
times = st.integers(0, 16 * 365 * 24 * 60).map(
    lambda minutes: datetime(2015, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
slotted = st.sampled_from((Cadence.DAILY, Cadence.WEEKLY, Cadence.MONTHLY))


def slots(
    cadence: Cadence, zone: str, hour: int, weekday: int, count: int, monthday: int = 1
) -> list[datetime]:
    found = [YEAR]
    for _ in range(count):
        found.append(next_due(cadence, found[-1], zone, hour, weekday, monthday))
    return found[1:]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hour", range(24))
def test_a_daily_digest_comes_once_on_every_local_date_of_a_year(zone: str, hour: int) -> None:
    local = [at.astimezone(ZoneInfo(zone)) for at in slots(Cadence.DAILY, zone, hour, 0, 370)]
    dates = [at.date() for at in local]
    assert all(later - earlier == timedelta(days=1) for earlier, later in itertools.pairwise(dates))
    for at in local:
        asked = at.replace(hour=hour, minute=0)
        exists = asked.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == asked.replace(
            tzinfo=None
        )
        assert at.fold == 0
        assert at.replace(tzinfo=None) == asked.replace(tzinfo=None) or not exists


@pytest.mark.parametrize("zone", ZONES)
def test_a_weekly_digest_comes_on_its_weekday_once_a_week(zone: str) -> None:
    for weekday in range(7):
        local = [at.astimezone(ZoneInfo(zone)) for at in slots(Cadence.WEEKLY, zone, 8, weekday, 60)]
        assert {at.weekday() for at in local} == {weekday}
        dates = [at.date() for at in local]
        assert {b - a for a, b in itertools.pairwise(dates)} == {timedelta(days=7)}


@pytest.mark.parametrize("monthday", [1, 15, 28])
def test_a_monthly_digest_comes_on_its_day_of_every_month(monthday: int) -> None:
    local = [
        at.astimezone(ZoneInfo("Asia/Amman"))
        for at in slots(Cadence.MONTHLY, "Asia/Amman", 6, 0, 24, monthday)
    ]
    assert {at.day for at in local} == {monthday}
    assert [at.month for at in local] == [*range(1, 13)] * 2


@pytest.mark.parametrize(
    ("zone", "hour", "after", "due"),
    [
        pytest.param("Europe/Berlin", 2, "2026-03-28T12:00Z", "2026-03-29T01:00Z", id="gap-is-03:00"),
        pytest.param("Europe/Berlin", 2, "2026-10-24T12:00Z", "2026-10-25T00:00Z", id="first-of-two"),
        pytest.param("Europe/Berlin", 2, "2026-10-25T00:00Z", "2026-10-26T01:00Z", id="never-twice"),
        pytest.param("America/New_York", 2, "2026-03-07T12:00Z", "2026-03-08T07:00Z", id="new-york-gap"),
        pytest.param("America/New_York", 1, "2026-10-31T12:00Z", "2026-11-01T05:00Z", id="new-york-first"),
        pytest.param("America/New_York", 1, "2026-11-01T05:00Z", "2026-11-02T06:00Z", id="new-york-once"),
        pytest.param("Australia/Lord_Howe", 2, "2026-10-03T12:00Z", "2026-10-03T15:30Z", id="half-hour-gap"),
        pytest.param("Asia/Kathmandu", 7, "2026-01-01T00:00Z", "2026-01-01T01:15Z", id="quarter-hours"),
        pytest.param("Asia/Amman", 0, "2022-02-24T12:00Z", "2022-02-24T22:00Z", id="gap-at-midnight"),
        pytest.param("Africa/Casablanca", 2, "2026-02-14T12:00Z", "2026-02-15T01:00Z", id="ramadan-first"),
        pytest.param("Pacific/Apia", 7, "2011-12-29T18:00Z", "2011-12-30T17:00Z", id="a-date-that-never-was"),
    ],
)
def test_where_the_clocks_change_a_slot_is_shifted_by_the_gap_or_the_first_of_two(
    zone: str, hour: int, after: str, due: str
) -> None:
    assert next_due(Cadence.DAILY, datetime.fromisoformat(after), zone, hour, 0) == datetime.fromisoformat(
        due
    )


@given(times, slotted, st.sampled_from(ZONES), st.integers(0, 23), st.integers(0, 6), st.integers(1, 28))
@settings(max_examples=300, deadline=None)
def test_next_and_latest_are_neighbours_and_enclose_the_moment(
    at: datetime, cadence: Cadence, zone: str, hour: int, weekday: int, monthday: int
) -> None:
    upcoming = next_due(cadence, at, zone, hour, weekday, monthday)
    latest = latest_due(cadence, at, zone, hour, weekday, monthday)
    assert latest <= at < upcoming
    assert next_due(cadence, latest, zone, hour, weekday, monthday) == upcoming
    assert latest_due(cadence, upcoming, zone, hour, weekday, monthday) == upcoming
    assert latest_due(cadence, upcoming - timedelta(microseconds=1), zone, hour, weekday, monthday) == latest
    assert upcoming.tzinfo is UTC


@pytest.mark.parametrize(
    ("cadence", "zone", "hour", "weekday", "monthday", "words"),
    [
        (Cadence.DAILY, "Mars/Olympus", 7, 0, 1, "unknown time zone 'Mars/Olympus'"),
        (Cadence.DAILY, "../etc/passwd", 7, 0, 1, "unknown time zone"),
        (Cadence.DAILY, "", 7, 0, 1, "unknown time zone"),
        (Cadence.DAILY, "UTC", 24, 0, 1, "hour of a digest is 0 to 23, not 24"),
        (Cadence.WEEKLY, "UTC", 7, 7, 1, "0 .Monday. to 6"),
        (Cadence.MONTHLY, "UTC", 7, 0, 29, "1 to 28, not 29"),
        (Cadence.IMMEDIATE, "UTC", 7, 0, 1, "immediate has no due time"),
    ],
)
def test_what_is_no_slot_is_refused_in_one_sentence(
    cadence: Cadence, zone: str, hour: int, weekday: int, monthday: int, words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        next_due(cadence, YEAR, zone, hour, weekday, monthday)


@pytest.mark.parametrize(
    ("zone", "hour", "minute", "after", "due"),
    [
        pytest.param(
            "Europe/Berlin", 2, 30, "2026-03-28T12:00Z", "2026-03-29T01:30Z", id="gap-keeps-minutes"
        ),
        pytest.param("Europe/Berlin", 2, 30, "2026-10-24T12:00Z", "2026-10-25T00:30Z", id="first-of-two"),
        pytest.param("Asia/Kathmandu", 7, 45, "2026-01-01T00:00Z", "2026-01-01T02:00Z", id="quarter-hours"),
        pytest.param("UTC", 23, 59, "2026-01-01T23:59Z", "2026-01-02T23:59Z", id="last-minute"),
    ],
)
def test_a_slot_has_minutes(zone: str, hour: int, minute: int, after: str, due: str) -> None:
    found = next_due(Cadence.DAILY, datetime.fromisoformat(after), zone, hour, 0, minute=minute)
    assert found == datetime.fromisoformat(due)


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpora are not beside the checkout")
def test_every_weekly_slot_of_the_corpus_of_zones_is_met() -> None:
    for line in CORPUS.read_text("utf-8").splitlines():
        case = json.loads(line)
        wanted = [datetime.fromisoformat(at) for at, _ in case["instants"]]
        slot = (case["tz"], case["hour"], case["weekday"])
        at, found = wanted[0] - timedelta(seconds=1), []
        while len(found) < len(wanted):
            at = next_due(Cadence.WEEKLY, at, *slot, minute=case["minute"])
            found.append(at)
            assert latest_due(Cadence.WEEKLY, at, *slot, minute=case["minute"]) == at
        assert found == wanted, case["key"]
