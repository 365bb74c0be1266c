"""Is there more news than chance explains? The surge test NB-28.

A series is the daily number of stories of a rule, in one place or everywhere. Its rate has a gamma
distribution that forgets with a half-life of 28 days, so that the stories of a day, and of the last 3 and 7
days, have a negative binomial one; p is the probability of so many or more. Each day is measured against
its *exposure*, how much was fetched compared to what is usual: ten times the feeds are no crisis, and a
day without any is no peace.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from alerts.model import Level
from alerts.warning.alarm import is_news, level
from alerts.warning.negative_binomial import central_band, upper_tail

METHOD = "NB-28/1"

WINDOWS = (1, 3, 7)
HALF_LIFE = 28
"""Days after which what was learned of the rate counts half."""

SLOW_HALF_LIFE = 90
"""The same for what changes slowly: the scatter and the shape of the week."""

PRIOR_DAYS = 14
"""What siblings tell of a series counts as so many days; and so many own days are learned as they are,
before a day far outside the expected is cut to its edge."""

_FORGET = 0.5 ** (1 / HALF_LIFE)
_FORGET_SLOWLY = 0.5 ** (1 / SLOW_HALF_LIFE)
_PHI, _PHI_DAYS, _PHI_LEAST, _PHI_MOST = 1.8, 20.0, 1.4, 3.0  # scatter at first, its weight, its bounds
_CUT, _PHI_CUT = 3, 6  # deviations beyond which a day no longer moves the rate, the scatter
_WEEKDAY_STORIES = 10.0  # what holds each weekday to the mean
_USUAL_PRIOR = 0.05  # stories a day
_CONTRADICTION = 0.003  # probability of a day that refutes the rate assumed at the start
_JEFFREYS = 0.5  # prior of a rate of which nothing is known
_EVEN = (1.0,) * 7
_KEPT = max(WINDOWS) - 1
_WINDOWS_FACTOR = math.sqrt(len(WINDOWS))
_LEAST_MEAN, _MOST_MEAN, _LEAST_P = 1e-9, 1e12, 1e-15


@dataclass(frozen=True, slots=True)
class Day:
    """One day (UTC) of a series: how many stories it brought.

    ``exposure`` is how much was fetched that day, in any unit that is the same for the whole series: items,
    or 1 for the amount of one certain day. (A ratio to a moving mean is no such unit: feeds that double
    would first double the exposure and weeks later halve it again, while the stories stay.) At 0, an outage,
    ``count`` tells nothing. ``sources`` are the independent publishers of the last three days' stories, None
    where nobody counted. Raises ValueError for a negative or infinite number.
    """

    date: date
    count: int
    exposure: float = 1.0
    sources: int | None = None

    def __post_init__(self) -> None:
        if self.count < 0 or not 0 <= self.exposure < math.inf:
            raise ValueError(f"{self.date}: a count of {self.count} at an exposure of {self.exposure}")


@dataclass(frozen=True, slots=True)
class State:
    """All that a series has to remember from one day to the next.

    ``stories``, ``exposure`` and ``days`` are forgetting sums over the days that were measured: stories ÷
    exposure is the rate, stories ÷ days the usual number a day. ``phi`` is the scatter (variance ÷ mean)
    with the weight ``phi_days``. ``learned`` counts the days that were learned; ``siblings`` says whether
    the rate of siblings was known at the start. ``week`` and ``week_expected`` are the stories of each
    weekday and what the rate alone expected of them, Monday first. ``counts`` and ``exposures`` are the last
    days up to ``last``, of which the newest is not learned yet.
    """

    stories: float
    exposure: float
    days: float
    phi: float = _PHI
    phi_days: float = _PHI_DAYS
    learned: int = 0
    siblings: bool = False
    week: tuple[float, ...] = (0.0,) * 7
    week_expected: tuple[float, ...] = (0.0,) * 7
    counts: tuple[int, ...] = ()
    exposures: tuple[float, ...] = ()
    last: date | None = None
    alarm: Level | None = None
    alarm_on: date | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the test found on a day.

    Within ``window`` days up to ``date``, those that are least likely by chance, came ``observed`` stories
    where ``expected`` were; ``usual`` is the number a day lately. ``low`` to ``high`` is where the
    day's own count lies 95 times of 100. ``level`` is None where p is not small, the stories or their
    publishers are too few, or nothing was tested; ``fires`` says that the level is news: no alarm as high
    in the last seven days. ``tested`` is False when nothing was fetched or nothing is known of the series
    yet: p is 1 then and means nothing.
    """

    date: date
    p: float
    window: int
    observed: int
    expected: float
    usual: float
    low: int
    high: int
    level: Level | None
    fires: bool
    tested: bool = True


def begin(prior: float | None = None) -> State:
    """A series of which no day is known. ``prior`` is the mean daily count of its siblings; without it one
    story in twenty days is assumed, and nothing is tested before a day of its own is learned."""
    rate = _USUAL_PRIOR if prior is None else max(prior, _LEAST_MEAN)
    days = float(PRIOR_DAYS)
    return State(stories=rate * days, exposure=days, days=days, siblings=prior is not None)


def look(state: State, day: Day) -> Reading:
    """Test a day, also one that is not over: its exposure so far is small. Changes nothing.

    Days between the last of the state and this one were not measured (see ``fill``). Raises ValueError
    for a day that is not after the last.
    """
    state = _until(state, day)
    usual = state.stories / state.days
    if not day.exposure or not (state.learned or state.siblings):
        return Reading(day.date, 1.0, 1, day.count, 0.0, usual, 0, 0, None, False, tested=False)
    factors = _weekday_factors(state)
    found = [_windowed(state, day, window, factors) for window in WINDOWS]
    chances = [upper_tail(count, mean, _variance(state, mean)) for count, mean in found]
    decided = min(range(len(WINDOWS)), key=chances.__getitem__)
    p = min(1.0, max(_LEAST_P, _WINDOWS_FACTOR * chances[decided]))
    reached = level(p, found[WINDOWS.index(3)][0], day.sources)
    low, high = central_band(found[0][1], _variance(state, found[0][1]))
    return Reading(
        day.date,
        p,
        WINDOWS[decided],
        *found[decided],
        usual,
        low,
        high,
        reached,
        is_news(reached, day.date, state.alarm, state.alarm_on),
    )


def _windowed(state: State, day: Day, window: int, factors: Sequence[float]) -> tuple[int, float]:
    """The stories of a day and those before it, of a window of so many days; and how many are expected."""
    today = day.date.weekday()
    count, weight = day.count, day.exposure * factors[today]
    for back in range(1, min(window, len(state.counts) + 1)):
        if state.exposures[-back]:
            count += state.counts[-back]
            weight += state.exposures[-back] * factors[(today - back) % 7]
    return count, _expected(state, weight)


def _expected(state: State, weight: float) -> float:
    """The mean number of stories at so much exposure, kept where arithmetic is sound."""
    return min(max(state.stories * (weight / state.exposure), _LEAST_MEAN), _MOST_MEAN)


def _variance(state: State, mean: float) -> float:
    """Of a count with this mean: scatter, and what is not known of the rate."""
    return _scatter(state) * mean + mean * mean / state.stories


def advance(state: State, day: Day) -> tuple[State, Reading]:
    """Close a day: test it, give its alarm, learn the day before it, remember this one. As ``look``."""
    reading = look(state, day)
    state = told(_learnt(_until(state, day)), reading)
    return replace(
        state,
        counts=(*state.counts, day.count)[-_KEPT:],
        exposures=(*state.exposures, day.exposure)[-_KEPT:],
        last=day.date,
    ), reading


def told(state: State, reading: Reading) -> State:
    """The state once an alarm is out, so that the same is not news again; unchanged when none fires."""
    return replace(state, alarm=reading.level, alarm_on=reading.date) if reading.fires else state


def replay(days: Iterable[Day], prior: float | None = None) -> Iterator[Reading]:
    """The readings of a whole series, in order of date, day by day as they would have been at the time."""
    state = begin(prior)
    for day in days:
        state, reading = advance(state, day)
        yield reading


def fill(days: Iterable[Day], exposure: Callable[[date], float] = lambda _: 1.0) -> Iterator[Day]:
    """The days with those between them that are missing: no stories, at the exposure of that date, and from
    no more publishers than the day before."""
    before: Day | None = None
    for day in days:
        while before and (date_ := before.date + timedelta(1)) < day.date:
            before = Day(date_, 0, exposure(date_), before.sources)
            yield before
        before = day
        yield day


def _until(state: State, day: Day) -> State:
    """The state on the eve of a day: what lies between was not measured.

    The first day that is measured says how large a usual exposure is.
    """
    if day.exposure and not state.learned and not any(state.exposures):
        state = replace(state, exposure=state.days * day.exposure)
    if state.last is None:
        return state
    between = (day.date - state.last).days - 1
    if not between:
        return state
    if between < 0:
        raise ValueError(f"{day.date} is not after {state.last}, the last day of the series")
    blind = min(between, _KEPT)
    return replace(
        _learnt(state),
        counts=(*state.counts, *(0,) * blind)[-_KEPT:],
        exposures=(*state.exposures, *(0.0,) * blind)[-_KEPT:],
        last=day.date - timedelta(1),
    )


def _learnt(state: State) -> State:
    """The state with its newest day learned: one day late, so that the start of a surge is not its usual."""
    if state.last is None or not state.exposures[-1]:
        return state
    count, exposure = state.counts[-1], state.exposures[-1]
    weekday = state.last.weekday()
    if state.learned < PRIOR_DAYS and _contradicted(state, count, exposure):
        return replace(
            state, stories=count + _JEFFREYS, exposure=exposure, days=1.0, learned=state.learned + 1
        )
    weight = exposure * _weekday_factors(state)[weekday]
    mean, phi = _expected(state, weight), _scatter(state)
    taken = float(count)
    if state.learned >= PRIOR_DAYS:
        taken = min(taken, max(1.0, mean + _CUT * math.sqrt(max(phi * mean, 0.25))))
    far = min(count, mean + _PHI_CUT * math.sqrt(phi * mean + 0.25)) - mean
    phi_days = state.phi_days * _FORGET_SLOWLY + 1
    return replace(
        state,
        stories=state.stories * _FORGET + taken,
        exposure=state.exposure * _FORGET + weight,
        days=state.days * _FORGET + 1,
        phi=state.phi + (far * far / max(mean, 0.05) - state.phi) / phi_days,
        phi_days=phi_days,
        learned=state.learned + 1,
        week=_with(state.week, weekday, taken),
        week_expected=_with(state.week_expected, weekday, _expected(state, exposure)),
    )


def _contradicted(state: State, count: int, exposure: float) -> bool:
    """Whether a day is so busy that the rate assumed at the start must have been another series'."""
    mean = _expected(state, exposure)
    return upper_tail(count, mean, _variance(state, mean)) < _CONTRADICTION


def _scatter(state: State) -> float:
    return min(max(state.phi, _PHI_LEAST), _PHI_MOST)


def _with(week: tuple[float, ...], weekday: int, value: float) -> tuple[float, ...]:
    """A week's sums, forgetting slowly, with one more value."""
    sums = [each * _FORGET_SLOWLY for each in week]
    sums[weekday] += value
    return tuple(sums)


def _weekday_factors(state: State) -> tuple[float, ...]:
    """How much busier than the mean each weekday is, Monday first; all 1 below one story a day.

    Each is held to 1 by ten stories, so that a few busy Mondays do not make a rule.
    """
    if state.stories < state.days:
        return _EVEN
    found = [
        (stories + _WEEKDAY_STORIES) / (expected + _WEEKDAY_STORIES)
        for stories, expected in zip(state.week, state.week_expected, strict=True)
    ]
    mean = sum(found) / 7
    return tuple(factor / mean for factor in found)
