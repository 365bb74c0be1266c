"""The days of a timeline: what was seen, what was to be expected, and what is not known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.model import Trend, TrendCall
from alerts.services.situation_days import LEARNED, SHOWN, ShownDay, shown
from alerts.services.situation_stand import stand_of, standing
from alerts.store.trends import Called, Decision
from alerts.warning.surge import Day, replay

TODAY = date(2026, 3, 5)
NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)
A_DAY = timedelta(days=1)
ALL = [TODAY - age * A_DAY for age in reversed(range(1, SHOWN + LEARNED))]
SAID = TrendCall(TODAY, Trend.UNCHANGED, 0.7, True, False, False, (), "TREND")


def found(counts: dict[date, int], exposure: dict[date, float] | None = None) -> dict[date, ShownDay]:
    closed = dict.fromkeys(ALL, 1.0) if exposure is None else exposure
    return {day.date: day for day in shown(counts, {}, closed, TODAY)}


@given(
    st.dictionaries(st.sampled_from([*ALL, TODAY]), st.integers(1, 500)),
    st.dictionaries(st.sampled_from(ALL), st.floats(0, 5)),
)
def test_there_are_ninety_days_without_a_hole_and_the_last_is_today(
    counts: dict[date, int], exposure: dict[date, float]
) -> None:
    days = shown(counts, {}, exposure, TODAY)
    assert [day.date for day in days] == [TODAY - age * A_DAY for age in reversed(range(SHOWN))]
    for day in days:
        assert day.seen or (day.escalation, day.escalation_band) == (0, None)
        assert day.over == (day.date in exposure) or not day.seen
        band = day.escalation_band
        assert band is None or 0 <= band[0] <= band[1]


def test_the_band_of_a_day_is_what_could_be_said_on_that_day() -> None:
    counts = {day: 4 + day.toordinal() % 3 for day in ALL}
    readings = {each.date: each for each in replay(Day(day, counts[day]) for day in ALL)}
    days = found(counts)
    assert all(days[day].escalation_band == (readings[day].low, readings[day].high) for day in ALL[LEARNED:])
    burst = found({**counts, ALL[-1]: 90})[ALL[-1]]
    assert burst.escalation_band == days[ALL[-1]].escalation_band
    assert burst.escalation == 90


def test_a_day_on_which_nothing_could_be_read_is_no_calm() -> None:
    outage = ALL[-3]
    day = found({}, dict.fromkeys(ALL, 1.0) | {outage: 0.0})[outage]
    assert (day.seen, day.escalation_band) == (False, None)


def test_half_the_collection_halves_what_is_expected() -> None:
    counts = dict.fromkeys(ALL, 40)
    whole, half = (found(counts, dict.fromkeys(ALL, 1.0) | {ALL[-1]: part})[ALL[-1]] for part in (1.0, 0.5))
    assert whole.escalation_band and half.escalation_band
    assert half.escalation_band[1] < 0.7 * whole.escalation_band[1]


def test_days_before_anything_was_collected_were_not_seen() -> None:
    days = found({}, {ALL[-1]: 1.0})
    assert [day.date for day in days.values() if day.seen] == [ALL[-1], TODAY]


def test_today_is_shown_so_far_and_nothing_is_expected_of_it_yet() -> None:
    today = found({TODAY: 3})[TODAY]
    assert (today.seen, today.over, today.escalation, today.escalation_band) == (True, False, 3, None)


def test_a_day_that_is_not_closed_yet_is_shown_when_it_brought_something() -> None:
    closed = dict.fromkeys(ALL[:-1], 1.0)
    assert found({ALL[-1]: 2}, closed)[ALL[-1]].escalation == 2
    assert not found({}, closed)[ALL[-1]].seen


def called(number: int, decision: Decision | None = None) -> Called:
    return Called(number, 1, NOW - 40 * A_DAY, SAID, None, decision)


def decided(days_ago: float, trend: Trend = Trend.IMPROVED) -> Decision:
    return Decision(trend, False, True, "So it is", "anna", NOW - timedelta(days=days_ago))


def test_before_any_call_nothing_holds() -> None:
    assert standing(None, None, NOW) == (None, None)


def test_a_draft_holds_as_long_as_nobody_has_decided() -> None:
    holds, newer = standing(called(1), None, NOW)
    assert holds
    assert (holds.confirmed, holds.quieter, newer) == (False, True, None)


def test_a_decision_on_the_newest_call_holds_however_old_it_is() -> None:
    one = called(1, decided(100))
    holds, newer = standing(one, one, NOW)
    assert holds == stand_of(one)
    assert (holds.by, holds.reason, newer) == ("anna", "So it is", None)


@pytest.mark.parametrize(("days_ago", "by"), [(27.9, "anna"), (28, "")])
def test_a_newer_draft_takes_over_after_four_weeks_and_stands_beside_the_decision_until_then(
    days_ago: float, by: str
) -> None:
    draft = called(2)
    holds, newer = standing(draft, called(1, decided(days_ago)), NOW)
    assert holds
    assert holds.by == by
    assert newer == (stand_of(draft) if by else None)


def test_quieter_is_a_word_of_the_figures_for_an_unchanged_situation_only() -> None:
    assert not stand_of(called(1, decided(1))).quieter
    assert stand_of(called(1, decided(1, Trend.UNCHANGED))).quieter
