"""R29: never more alerts than a person can read. Quiet hours and pauses hold, and drop nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.digests.hold import crowded_until, held_until, quiet_until
from alerts.model import Quiet

NIGHT = Quiet(22, 7)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Amman", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")
moments = st.integers(0, 6 * 365 * 24 * 60).map(
    lambda minutes: datetime(2022, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
quiets = st.tuples(st.integers(0, 23), st.integers(0, 23)).filter(lambda q: q[0] != q[1])


@pytest.mark.parametrize(
    ("zone", "quiet", "now", "until"),
    [
        pytest.param("UTC", NIGHT, "2026-11-19T21:59Z", None, id="just-before"),
        pytest.param("UTC", NIGHT, "2026-11-19T22:00Z", "2026-11-20T07:00Z", id="first-minute"),
        pytest.param("UTC", NIGHT, "2026-11-20T02:14Z", "2026-11-20T07:00Z", id="after-midnight"),
        pytest.param("UTC", NIGHT, "2026-11-20T07:00Z", None, id="over"),
        pytest.param("UTC", Quiet(13, 15), "2026-11-20T14:00Z", "2026-11-20T15:00Z", id="afternoon-nap"),
        pytest.param("Asia/Seoul", NIGHT, "2026-11-19T13:30Z", "2026-11-19T22:00Z", id="in-their-zone"),
        pytest.param("Europe/Berlin", Quiet(23, 2), "2026-03-29T00:30Z", "2026-03-29T01:00Z", id="gap"),
        pytest.param("Europe/Berlin", Quiet(0, 2), "2026-10-24T23:30Z", "2026-10-25T00:00Z", id="twice"),
    ],
)
def test_quiet_hours_are_those_of_the_readers_clock(
    zone: str, quiet: Quiet, now: str, until: str | None
) -> None:
    expected = datetime.fromisoformat(until) if until else None
    assert quiet_until(datetime.fromisoformat(now), zone, quiet) == expected


@given(moments, quiets, st.sampled_from(ZONES))
@settings(max_examples=400, deadline=None)
def test_quiet_hours_end_within_a_day_at_their_hour_and_what_is_outside_passes(
    now: datetime, hours: tuple[int, int], zone: str
) -> None:
    quiet = Quiet(*hours)
    until = quiet_until(now, zone, quiet)
    hour = now.astimezone(ZoneInfo(zone)).hour
    inside = quiet.since <= hour < quiet.until or (
        quiet.until < quiet.since and (hour >= quiet.since or hour < quiet.until)
    )
    if until is None:
        assert not inside or _near_a_change(now, zone)
    else:
        assert now < until <= now + timedelta(hours=25)
        assert inside or _near_a_change(now, zone)
        assert quiet_until(until, zone, quiet) is None


def _near_a_change(now: datetime, zone: str) -> bool:
    local = ZoneInfo(zone)
    offsets = {(now + timedelta(hours=h)).astimezone(local).utcoffset() for h in range(-26, 27, 2)}
    return len(offsets) > 1


@given(st.lists(st.integers(0, 7200), max_size=200), st.integers(1, 30))
@settings(max_examples=300, deadline=None)
def test_no_hour_sees_more_alerts_than_allowed_and_none_waits_an_hour_for_its_turn(
    seconds: list[int], per_hour: int
) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    sent: list[datetime] = []
    release: datetime | None = None
    for arrival in sorted(start + timedelta(seconds=each) for each in seconds):
        if release is not None and release <= arrival:
            sent.append(release)  # one mail with all that was held
            release = None
        if release is None:
            release = crowded_until(arrival, sent, per_hour)
            if release is None:
                sent.append(arrival)
            else:
                assert release - arrival <= timedelta(hours=1)
    for last in sent:
        assert sum(last - timedelta(hours=1) < at <= last for at in sent) <= per_hour


def test_a_lone_alert_is_never_held() -> None:
    now = datetime(2026, 1, 1, 3, tzinfo=UTC)
    assert held_until(now, "Asia/Amman", None, None, (), 12) is None


def test_half_an_hours_share_goes_out_at_once_and_the_next_waits_minutes() -> None:
    now = datetime(2026, 1, 1, 3, tzinfo=UTC)
    assert crowded_until(now, [now] * 5, 12) is None
    assert crowded_until(now, [now] * 6, 12) == now + timedelta(minutes=10)


def test_what_a_crowd_or_a_pause_puts_into_quiet_hours_waits_for_their_end() -> None:
    now = datetime(2026, 1, 1, 21, 55, tzinfo=UTC)
    morning = datetime(2026, 1, 2, 7, tzinfo=UTC)
    assert held_until(now, "UTC", NIGHT, None, [now] * 6, 12) == morning
    pause = datetime(2026, 1, 5, 23, tzinfo=UTC)
    assert held_until(now, "UTC", NIGHT, pause, (), 12) == datetime(2026, 1, 6, 7, tzinfo=UTC)
    assert held_until(now, "UTC", None, pause, (), 12) == pause


def test_alerts_of_a_clock_that_was_ahead_hold_nothing_back() -> None:
    now = datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert crowded_until(now, [now + timedelta(weeks=50)] * 12, 12) is None


def test_a_pause_until_the_end_of_time_is_held_like_any_other() -> None:
    """It once was an error, and with it no feed could be saved that had an alert for this reader."""
    now = datetime(2026, 1, 5, 12, tzinfo=UTC)
    for pause in (datetime(9999, 12, 31, 5, tzinfo=UTC), datetime(9999, 12, 30, 15, tzinfo=UTC)):
        for zone in ("UTC", "Pacific/Kiritimati", "America/New_York"):
            held = held_until(now, zone, Quiet(22, 0), pause, (), 12)
            assert held is not None
            assert held > now + timedelta(days=3000)
