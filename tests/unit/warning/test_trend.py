"""What a trend call promises, whatever the counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from alerts.model import Level, Polarity, Reason, Trend, TrendCall
from alerts.warning.trend import Alarm, TrendDay, call

AS_OF = date(2026, 2, 28)
WAR, PEACE = Polarity.ESCALATION, Polarity.DEESCALATION
ORDER = (Trend.IMPROVED, Trend.UNCHANGED, Trend.DETERIORATED)


def ago(age: int) -> date:
    return AS_OF - timedelta(age)


def series(
    recent: Sequence[int], before: Sequence[int], peace: Sequence[int] = (0,), was: Sequence[int] = (0,)
) -> list[TrendDay]:
    """Sixteen weeks: escalation, then de-escalation, each a pattern that repeats."""
    late = [TrendDay(ago(n), recent[n % len(recent)], peace[n % len(peace)]) for n in range(28)]
    return late + [TrendDay(ago(n), before[n % len(before)], was[n % len(was)]) for n in range(28, 112)]


def kinds(called: TrendCall, supports: bool | None = None) -> list[str]:
    return [each.kind for each in called.reasons if supports in (None, each.supports)]


counts = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), min_size=112, max_size=112)
exposures = st.lists(st.floats(0.25, 4.0), min_size=112, max_size=112)


def built(figures: Sequence[tuple[int, int]], exposed: Sequence[float] = (1.0,) * 112) -> list[TrendDay]:
    return [TrendDay(ago(n), *figures[n], exposed[n]) for n in range(112)]


some_days = st.builds(built, counts, exposures)

# What each call means


@pytest.mark.parametrize(
    ("days", "trend", "decisive"),
    [
        (series((1,), (0, 1)), Trend.DETERIORATED, "more"),
        (series((0,), (0, 1)), Trend.UNCHANGED, "fewer"),
        (series((0, 1), (0, 1)), Trend.UNCHANGED, "steady"),
        (series((0, 0, 0, 1), (0, 0, 0, 0, 1)), Trend.UNCHANGED, "chance"),
        (series((13,), (10,)), Trend.UNCHANGED, "slight"),
        (series((0, 1), (0, 1), peace=(0, 1), was=(0,)), Trend.IMPROVED, "peace"),
        (series((0,), (1,), peace=(0, 1), was=(0, 0, 1)), Trend.IMPROVED, "peace"),
        (series((2,), (1,), peace=(2,), was=(0,)), Trend.DETERIORATED, "more"),
        (series((0,) * 27 + (1,), (0,) * 27 + (1,)), Trend.UNKNOWN, "few"),
        ([], Trend.UNKNOWN, "unseen"),
    ],
)
def test_the_first_reason_decides_and_supports_the_call(
    days: list[TrendDay], trend: Trend, decisive: str
) -> None:
    called = call(days, AS_OF)
    assert called.trend is trend
    assert called.reasons[0].kind == decisive
    assert called.reasons[0].supports


def test_much_less_news_without_a_sign_of_peace_is_quieter_not_improved() -> None:
    called = call(series((0,), (1,), peace=(0,), was=(0,)), AS_OF)
    assert (called.trend, called.quieter) == (Trend.UNCHANGED, True)
    assert kinds(called, supports=True) == ["fewer", "no-peace", "calm"]


def test_signs_of_peace_amid_more_fighting_speak_against_a_call_of_deteriorated() -> None:
    called = call(series((3,), (1,), peace=(3,), was=(0, 0, 1)), AS_OF)
    assert called.trend is Trend.DETERIORATED
    assert "peace" in kinds(called, supports=False)


def test_the_figures_are_those_of_the_windows_and_parts_are_in_percent() -> None:
    more = dict(call(series((2,), (1,)), AS_OF).reasons[0].numbers)
    assert (more["recent"], more["usual"]) == (56, 28)
    assert more["ratio"] == pytest.approx(2, rel=0.01)
    assert more["probability"] > 0.99
    peace = dict(call(series((1,), (1,), peace=(1,), was=(0,)), AS_OF).reasons[0].numbers)
    assert (peace["recent"], peace["share"], peace["before"]) == (28, 50, 0)


def test_days_of_other_months_do_not_matter() -> None:
    days = series((1,), (0, 1))
    noise = [TrendDay(ago(n), 99, 99) for n in (-5, -1, 112, 400)]
    assert call(days + noise, AS_OF) == call(days, AS_OF)


def test_a_call_goes_to_the_database_and_back() -> None:
    called = call(series((2,), (1,)), AS_OF, [Alarm(ago(2), Level.URGENT, WAR)])
    known = TypeAdapter(TrendCall)
    assert known.validate_json(known.dump_json(called)) == called


# What holds for all counts


@given(some_days)
def test_probabilities_and_figures_are_numbers_within_their_bounds(days: list[TrendDay]) -> None:
    called = call(days, AS_OF)
    assert 0.5 <= called.probability <= 1
    for reason in called.reasons:
        for name, value in reason.numbers:
            assert math.isfinite(value)
            assert 0 <= value <= {"probability": 1, "share": 100, "before": 100}.get(name, math.inf)


@given(some_days, st.randoms(use_true_random=False))
def test_the_order_of_the_days_does_not_matter(days: list[TrendDay], dice: object) -> None:
    mixed = days.copy()
    dice.shuffle(mixed)  # type: ignore[attr-defined]
    assert call(mixed, AS_OF) == call(days, AS_OF)


@given(counts, exposures, st.sampled_from((1 / 8, 1 / 2, 2, 16)))
def test_only_the_proportion_of_the_exposures_matters(
    figures: list[tuple[int, int]], exposed: list[float], factor: float
) -> None:
    scaled = call(built(figures, [each * factor for each in exposed]), AS_OF)
    called = call(built(figures, exposed), AS_OF)
    assert (scaled.trend, scaled.quieter) == (called.trend, called.quieter)
    assert scaled.probability == pytest.approx(called.probability, abs=1e-9)


@given(some_days, st.integers(0, 27), st.integers(1, 9))
def test_more_escalation_lately_never_makes_a_call_better(days: list[TrendDay], at: int, more: int) -> None:
    worse = [replace(d, escalation=d.escalation + more) if n == at else d for n, d in enumerate(days)]
    before, after = call(days, AS_OF), call(worse, AS_OF)
    assume(before.trend is not Trend.UNKNOWN)
    assert ORDER.index(after.trend) >= ORDER.index(before.trend)
    assert before.quieter or not after.quieter or before.trend is Trend.IMPROVED


@given(some_days, st.integers(28, 111), st.integers(1, 9))
def test_more_escalation_before_never_makes_a_call_worse(days: list[TrendDay], at: int, more: int) -> None:
    was_worse = [replace(d, escalation=d.escalation + more) if n == at else d for n, d in enumerate(days)]
    before, after = call(days, AS_OF), call(was_worse, AS_OF)
    assume(before.trend is not Trend.UNKNOWN)
    assert ORDER.index(after.trend) <= ORDER.index(before.trend)


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_rise_is_as_sure_as_the_same_news_told_backwards_is_a_fall(late: int, early: int) -> None:
    """With the exposure of the last four weeks made equal to that of the twelve before."""

    def probability(now: int, then: int) -> float:
        days = [TrendDay(ago(n), now if n == 0 else 0, 9, 3.0) for n in range(28)]
        days += [TrendDay(ago(n), then if n == 28 else 0, 9) for n in range(28, 112)]
        (counts,) = (each for each in call(days, AS_OF).reasons if each.kind in ("more", "fewer", "steady"))
        surer = dict(counts.numbers)["probability"]
        return surer if dict(counts.numbers)["ratio"] >= 1 else 1 - surer

    assert probability(late, early) + probability(early, late) == pytest.approx(1, abs=1e-9)


@given(
    st.integers(1, 9),
    st.integers(0, 4),
    st.sets(st.integers(0, 111)),
    st.lists(st.integers(0, 9), min_size=1),
)
def test_an_outage_is_never_calm(war: int, peace: int, dark: set[int], junk: list[int]) -> None:
    """A steady situation stays unchanged whichever days were not seen, whatever their rows say."""
    days = [
        TrendDay(ago(n), junk[n % len(junk)], 0, 0.0) if n in dark else TrendDay(ago(n), war, peace)
        for n in range(112)
    ]
    called = call(days, AS_OF)
    assert called.trend in (Trend.UNCHANGED, Trend.UNKNOWN)
    assert not called.quieter
    if called.trend is Trend.UNCHANGED and dark:
        assert ("missing", len(dark)) in next(each for each in called.reasons if each.kind == "gaps").numbers


@given(st.integers(1, 9), st.integers(0, 4), st.sampled_from((0.25, 0.5, 2.0, 4.0)))
def test_a_change_of_what_is_collected_is_no_change_of_the_world(
    war: int, peace: int, exposure: float
) -> None:
    days = [
        TrendDay(ago(n), int(4 * war * exposure), int(4 * peace * exposure), exposure)
        if n < 28
        else TrendDay(ago(n), 4 * war, 4 * peace)
        for n in range(112)
    ]
    called = call(days, AS_OF)
    assert (called.trend, called.quieter) == (Trend.UNCHANGED, False)


def test_a_day_that_is_not_given_is_a_day_that_was_not_seen() -> None:
    days = series((1,), (0, 1))
    dark = [replace(day, exposure=0.0) if day.date.day % 3 == 0 else day for day in days]
    assert call([day for day in dark if day.exposure], AS_OF) == call(dark, AS_OF)


@pytest.mark.parametrize("shown", [range(13, 28), range(99, 112)])
def test_too_few_days_seen_in_either_window_are_not_enough_data(shown: range) -> None:
    days = series((9,), (1,), peace=(9,))
    window = range(28) if shown.start < 28 else range(28, 112)
    seen = [day for n, day in enumerate(days) if n not in window or n in shown]
    enough = len(shown) >= 14
    assert (call(seen, AS_OF).trend is Trend.UNKNOWN) is not enough


@pytest.mark.parametrize(
    "figures", [(-1, 0, 1.0), (0, -1, 1.0), (0, 0, -0.1), (0, 0, math.nan), (0, 0, math.inf)]
)
def test_figures_that_are_none_are_refused(figures: tuple[int, int, float]) -> None:
    with pytest.raises(ValueError, match="2026-02-28"):
        TrendDay(AS_OF, *figures)


# Alerts for the next month

STEADY = series((1,), (1,))


def alarm(age: int, level: Level, polarity: Polarity = WAR, *, precursor: bool = False) -> Alarm:
    return Alarm(ago(age), level, polarity, precursor)


@pytest.mark.parametrize(
    ("alarms", "told"),
    [
        ([alarm(13, Level.URGENT)], ["urgent"]),
        ([alarm(14, Level.URGENT)], []),
        ([alarm(0, Level.WARNING)], []),
        ([alarm(0, Level.WARNING), alarm(27, Level.WARNING)], ["warnings"]),
        ([alarm(0, Level.WARNING), alarm(28, Level.WARNING)], []),
        ([alarm(3, Level.WARNING), alarm(3, Level.WARNING)], []),
        ([alarm(20, Level.URGENT), alarm(3, Level.WARNING)], ["warnings"]),
        ([alarm(3, Level.WATCH), alarm(9, Level.WATCH), alarm(17, Level.WATCH)], []),
        ([alarm(27, Level.WARNING, precursor=True)], ["precursor"]),
        ([alarm(3, Level.WATCH, precursor=True)], []),
        (
            [alarm(1, Level.URGENT, precursor=True), alarm(9, Level.WARNING)],
            ["urgent", "warnings", "precursor"],
        ),
        ([alarm(-1, Level.URGENT)], []),
        ([alarm(1, Level.URGENT, PEACE), alarm(9, Level.URGENT, Polarity.NEUTRAL)], []),
    ],
)
def test_a_risk_alert_needs_an_urgent_surge_two_warnings_or_a_precursor(
    alarms: list[Alarm], told: list[str]
) -> None:
    called = call(STEADY, AS_OF, alarms)
    assert called.risk_alert is bool(told)
    assert [kind for kind in kinds(called) if kind in ("urgent", "warnings", "precursor")] == told
    assert ("calm" in kinds(called)) is not called.risk_alert


@pytest.mark.parametrize(
    ("alarms", "opportunity"),
    [
        ([alarm(27, Level.WARNING, PEACE)], True),
        ([alarm(28, Level.WARNING, PEACE)], False),
        ([alarm(0, Level.WATCH, PEACE)], False),
        ([alarm(0, Level.URGENT, WAR)], False),
    ],
)
def test_a_resolution_opportunity_needs_a_warning_on_de_escalation(
    alarms: list[Alarm], opportunity: bool
) -> None:
    called = call(STEADY, AS_OF, alarms)
    assert called.resolution_opportunity is opportunity
    assert ("opportunity" in kinds(called)) is opportunity


@given(
    some_days,
    st.permutations([alarm(1, Level.URGENT), alarm(9, Level.WARNING), alarm(2, Level.WARNING, PEACE)]),
)
def test_alarms_change_the_alerts_and_never_the_trend(days: list[TrendDay], alarms: list[Alarm]) -> None:
    plain, alerted = call(days, AS_OF), call(days, AS_OF, alarms)
    assert (alerted.trend, alerted.probability) == (plain.trend, plain.probability)
    assert (alerted.risk_alert, alerted.resolution_opportunity) == (True, True)


def test_what_makes_an_alert_speaks_for_it_whatever_the_trend() -> None:
    def told(days: list[TrendDay]) -> Reason:
        reasons = call(days, AS_OF, [alarm(1, Level.URGENT)]).reasons
        return next(each for each in reasons if each.kind == "urgent")

    assert told(series((2,), (1,))).supports
    assert told(STEADY).supports
