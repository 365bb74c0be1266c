"""The surge test: what it promises of every series, and how often it is wrong when nothing happens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import repeat

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from alerts.model import Level
from alerts.warning.alarm import COOL_DOWN
from alerts.warning.surge import Day, Reading, State, advance, begin, fill, look, replay, told

FIRST = date(2024, 1, 1)  # a Monday
counts = st.integers(0, 50)
exposures = st.one_of(st.just(0.0), st.just(1.0), st.floats(0.01, 20.0))


@st.composite
def series(draw: st.DrawFn, most: int = 60) -> list[Day]:
    drawn = draw(st.lists(st.tuples(counts, exposures), min_size=1, max_size=most))
    return [Day(FIRST + timedelta(at), *each) for at, each in enumerate(drawn)]


def days(numbers: Sequence[int], exposure: float = 1.0, sources: int | None = None) -> list[Day]:
    return [Day(FIRST + timedelta(at), count, exposure, sources) for at, count in enumerate(numbers)]


def after(past: Sequence[Day], prior: float | None = None) -> State:
    state = begin(prior)
    for day in past:
        state, _ = advance(state, day)
    return state


def next_day(state: State, count: int, exposure: float = 1.0, sources: int | None = None) -> Day:
    assert state.last
    return Day(state.last + timedelta(1), count, exposure, sources)


QUIET = after(days([0, 0, 1, 0, 0] * 12))


# --- what every reading promises ----------------------------------------------------------


@given(series())
def test_every_reading_is_made_of_sound_numbers(past: list[Day]) -> None:
    for day, reading in zip(past, replay(past), strict=True):
        assert reading.date == day.date
        assert 0 < reading.p <= 1
        assert all(
            math.isfinite(each) and each >= 0
            for each in (reading.expected, reading.usual, reading.low, reading.high)
        )
        assert reading.low <= reading.high and reading.window in (1, 3, 7)
        assert (
            reading.level is None
            or reading.p < {"watch": 0.03, "warning": 0.01, "urgent": 0.003}[reading.level]
        )
        assert reading.level is not None or not reading.fires


@given(
    st.lists(st.tuples(st.sampled_from([0, 1, 10**6, 10**9]), st.sampled_from([0.0, 1e-300, 1e-6, 1.0, 1e9])),
             min_size=1, max_size=40),
    st.sampled_from([None, 0.0, 1e-12, 1e9]),
)  # fmt: skip
@settings(max_examples=60)
def test_the_maddest_figures_make_no_nan(figures: list[tuple[int, float]], prior: float | None) -> None:
    state = begin(prior)
    for at, (count, exposure) in enumerate(figures):
        state, reading = advance(state, Day(FIRST + timedelta(at), count, exposure))
        numbers = (
            reading.p,
            reading.expected,
            reading.usual,
            state.stories,
            state.days,
            state.phi,
            state.phi_days,
        )
        assert all(map(math.isfinite, (*numbers, *state.week, *state.week_expected)))


@given(series(), counts, st.floats(0.05, 5.0))
def test_one_story_more_is_never_likelier_by_chance(past: list[Day], count: int, exposure: float) -> None:
    state = after(past)
    fewer, more = (look(state, next_day(state, each, exposure)) for each in (count, count + 1))
    assert more.p <= fewer.p


@given(series(), counts, st.floats(0.05, 5.0), st.floats(1.0, 10.0))
def test_the_more_was_fetched_the_less_a_count_says(
    past: list[Day], count: int, exposure: float, times: float
) -> None:
    state = after(past)
    little, much = (look(state, next_day(state, count, each)) for each in (exposure, exposure * times))
    assert much.p >= little.p * (1 - 1e-6)


@given(series(), st.sampled_from([1e-3, 7.0, 900.0]))
def test_the_unit_of_exposure_does_not_matter(past: list[Day], unit: float) -> None:
    scaled = (replace(day, exposure=day.exposure * unit) for day in past)
    for one, other in zip(replay(past), replay(scaled), strict=True):
        assert other.p == pytest.approx(one.p, rel=1e-6)
        assert other.usual == pytest.approx(one.usual)


@given(series(most=30))
def test_a_state_survives_json(past: list[Day]) -> None:
    state = after(past)
    kept = TypeAdapter(State)
    assert kept.validate_json(kept.dump_json(state)) == state


@given(series())
def test_a_replay_is_the_days_one_by_one(past: list[Day]) -> None:
    state, found = begin(), []
    for day in past:
        assert look(state, day) == look(state, day)
        state, reading = advance(state, day)
        found.append(reading)
    assert found == list(replay(past))


@given(series(), st.integers(0, 400))
def test_only_days_after_the_last_are_read(past: list[Day], back: int) -> None:
    state = after(past)
    with pytest.raises(ValueError, match="is not after"):
        look(state, Day(past[-1].date - timedelta(back), 1))


@pytest.mark.parametrize(("count", "exposure"), [(-1, 1.0), (1, -0.5), (1, math.nan), (1, math.inf)])
def test_a_day_of_impossible_figures_is_refused(count: int, exposure: float) -> None:
    with pytest.raises(ValueError, match=str(FIRST)):
        Day(FIRST, count, exposure)


# --- outages, new feeds, gaps -------------------------------------------------------------


def test_an_outage_is_neither_alarm_nor_calm_and_teaches_nothing() -> None:
    state, reading = advance(QUIET, next_day(QUIET, 40, 0.0))
    assert not reading.tested and reading.level is None and reading.p == 1
    later, _ = advance(state, next_day(state, 0, 0.0))
    assert (later.stories, later.exposure, later.days, later.phi) == (
        state.stories,
        state.exposure,
        state.days,
        state.phi,
    )


def test_what_an_outage_hid_is_not_expected_of_the_days_after_it() -> None:
    busy = after(days([5] * 60))
    state = after([*days([5] * 60), *(Day(FIRST + timedelta(60 + at), 0, 0.0) for at in range(2))])
    assert look(state, next_day(state, 20)).p < look(busy, next_day(busy, 0)).p
    assert look(state, next_day(state, 5)).p > 0.1


def test_three_times_the_feeds_are_no_surge() -> None:
    rng = np.random.default_rng(7)
    before, since = rng.poisson(4.0, 90).tolist(), rng.poisson(12.0, 28).tolist()
    state = after(days(before))
    grown = [next_day(replace(state, last=FIRST + timedelta(89 + at)), y, 3.0) for at, y in enumerate(since)]
    raw = [replace(day, exposure=1.0) for day in grown]
    assert not any(reading.fires for reading in _on(state, grown))
    assert any(reading.level is Level.URGENT for reading in _on(state, raw))


def _on(state: State, later: Sequence[Day]) -> list[Reading]:
    found = []
    for day in later:
        state, reading = advance(state, day)
        found.append(reading)
    return found


def test_days_that_nobody_closed_were_not_measured() -> None:
    assert QUIET.last
    jumped = look(QUIET, Day(QUIET.last + timedelta(4), 3))
    state = QUIET
    for _ in range(3):
        state, _ = advance(state, next_day(state, 0, 0.0))
    assert look(state, next_day(state, 3)) == jumped


def test_missing_days_are_filled_with_calm_ones() -> None:
    sparse = [Day(FIRST, 2, sources=1), Day(FIRST + timedelta(3), 1, 2.0)]
    assert list(fill(sparse)) == [
        sparse[0],
        Day(FIRST + timedelta(1), 0, sources=1),
        Day(FIRST + timedelta(2), 0, sources=1),
        sparse[1],
    ]
    assert list(fill([])) == []


# --- when it fires ------------------------------------------------------------------------


def test_two_stories_are_never_a_surge() -> None:
    silent = after(days([0] * 200))
    assert look(silent, next_day(silent, 2)).level is None
    assert look(silent, next_day(silent, 3)).level is Level.URGENT


@pytest.mark.parametrize(
    ("sources", "level"), [(None, Level.URGENT), (2, Level.URGENT), (1, None), (0, None)]
)
def test_one_publisher_alone_is_no_surge(sources: int | None, level: Level | None) -> None:
    assert look(QUIET, next_day(QUIET, 12, sources=sources)).level is level


def test_an_alarm_is_not_repeated_for_a_week_unless_it_rises() -> None:
    state, first = advance(QUIET, next_day(QUIET, 3))
    assert (first.level, first.fires) == (Level.WATCH, True)
    state, risen = advance(state, next_day(state, 12))
    assert (risen.level, risen.fires) == (Level.URGENT, True)
    repeated = []
    for _ in range(COOL_DOWN):
        state, reading = advance(state, next_day(state, 12))
        repeated.append(reading.fires)
    assert repeated == [*repeat(False, COOL_DOWN - 1), True]


def test_an_alarm_given_before_the_day_is_over_is_not_news_at_its_end() -> None:
    early = look(QUIET, next_day(QUIET, 12, 0.4))
    assert early.fires and look(QUIET, next_day(QUIET, 12, 0.4)) == early
    assert not look(told(QUIET, early), next_day(QUIET, 14)).fires
    assert told(QUIET, look(QUIET, next_day(QUIET, 0))) == QUIET


def test_the_window_that_decided_says_what_was_expected() -> None:
    state, _ = advance(QUIET, next_day(QUIET, 2))
    state, _ = advance(state, next_day(state, 2))
    reading = look(state, next_day(state, 2))
    assert (reading.window, reading.observed) == (3, 6)
    assert reading.expected == pytest.approx(3 * reading.usual)


def test_the_start_of_a_surge_is_not_its_usual() -> None:
    once, _ = advance(QUIET, next_day(QUIET, 30))
    assert once.stories == pytest.approx(QUIET.stories * 0.5 ** (1 / 28) + QUIET.counts[-1])


# --- beginnings ---------------------------------------------------------------------------


def test_a_series_without_a_past_is_not_tested_before_a_day_is_learned() -> None:
    found = list(replay(days([40, 40, 40, 40, 40])))
    assert [reading.tested for reading in found] == [False, False, True, True, True]
    assert not any(reading.fires for reading in found)


def test_siblings_tell_what_is_usual_from_the_first_day() -> None:
    assert look(begin(0.05), Day(FIRST, 6)).level is Level.URGENT
    assert look(begin(6.0), Day(FIRST, 6)).level is None


def test_a_busy_beginner_is_believed_at_once() -> None:
    rng = np.random.default_rng(3)
    fired = sum(each.fires for each in replay(days(rng.poisson(40.0, 60).tolist())))
    assert fired <= 1


# --- the rhythm of the week, and chance ---------------------------------------------------


def test_the_week_has_its_rhythm() -> None:
    week = [20, 20, 20, 20, 20, 4, 4]
    found = list(replay(days(week * 20)))
    assert [reading.level for reading in found[70:]] == [None] * 70
    monday, saturday = found[-7], found[-2]
    assert monday.low <= 20 <= monday.high < 40
    assert saturday.low <= 4 <= saturday.high < 20


@pytest.mark.parametrize("mean", [0.1, 2.0, 40.0])
def test_chance_alone_warns_about_twice_a_year(mean: float) -> None:
    rng = np.random.default_rng(11)
    rhythm = np.array([1.2, 1.2, 1.2, 1.15, 1.1, 0.6, 0.55])
    years = 12
    means = mean * rhythm[np.arange(365 * years) % 7]
    drawn = rng.negative_binomial(means / 0.8, 1 / 1.8).tolist()
    last, warnings = -COOL_DOWN, 0
    for at, reading in enumerate(replay(days(drawn))):
        if reading.level in (Level.WARNING, Level.URGENT) and at - last >= COOL_DOWN:
            last, warnings = at, warnings + 1
    assert 0.8 <= warnings / years <= 3.2  # 1.5 to 2.6 over many years
