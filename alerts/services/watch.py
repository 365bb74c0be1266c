"""Noticing change: close the days that are over, test today, tell what is unusual.

    step                                      transaction   if the process dies here
    read counts, what was collected           read          nothing noticed
    test every series with news               none          nothing noticed
    save states, surges, drafts of trends,    W             all or none; noticed by the next watch
      alerts in the outbox, together

Counts are rows, so a watch that comes late or twice notices the same; the key of a surge and the last
closed day, read again in W, see to it that nothing is told twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from statistics import fmean

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine

from alerts.model import Surge
from alerts.services.assessing import Drafted, draft
from alerts.services.changes import tell
from alerts.services.collecting import SETTLED, Collecting, Watching
from alerts.services.holding import Telling
from alerts.store import collected, rules, series, signals
from alerts.store.series import Name, Standing
from alerts.store.unit import reading, writing
from alerts.warning.alarm import LEAST_SOURCES
from alerts.warning.surge import METHOD, Day, Reading, State, advance, begin, look, told

LEARNING = timedelta(days=7)
"""The first days of a rule are learned and not judged: nothing is known of what is usual yet."""

STILL_NEWS = timedelta(days=2)
"""Surges of days before that are learned and not told: nobody watched while they were news."""

GRACE = timedelta(minutes=10)
"""How long after midnight a day is closed."""

SKEW = timedelta(hours=1)
"""How far the clocks of two workers may be apart."""

MOST_OPEN_DAYS = 31
MOST_LEADS = 3
_A_DAY = timedelta(days=1)
_STATE = TypeAdapter(State)


@dataclass(frozen=True, slots=True)
class Watched:
    """What one watch came to. ``deliveries`` are alerts that wait to be sent."""

    closed: tuple[date, ...] = ()
    surges: int = 0
    drafts: int = 0
    deliveries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Figures:
    """All that a watch reads. ``open`` are the days that are over and not closed; ``exposures`` those of
    every day from ``since`` to ``today``, by rule id."""

    today: date
    since: date
    open: tuple[date, ...]
    last_closed: date | None
    rules: Mapping[int, Watching]
    counts: Mapping[Name, Mapping[date, int]]
    exposures: Mapping[int, Mapping[date, float]]
    settled: Mapping[tuple[int, int], float]
    standing: Mapping[Name, Standing]

    def day(self, name: Name, day: date, sources: int | None = None) -> Day:
        count = self.counts.get(name, {}).get(day, 0)
        return Day(day, count, self.exposures[name[0]].get(day, 0.0), sources)


def watch(engine: Engine, clock: Callable[[], datetime], telling: Telling) -> Watched:
    """Tests every series that has news, and tells what is unusual."""
    now = clock()
    with reading(engine) as tx:
        ahead = _ahead(series.last_closed(tx), now)
    if ahead > SKEW:
        with writing(engine) as tx:  # the clock was wrong: what is usual is learned again from the counts
            series.forget_from(tx, _today(now))
    elif ahead > timedelta():
        return Watched()  # another worker's clock is a little before ours
    with reading(engine) as tx:
        figures = _read(tx, now)
        changed, surges = _notice(tx, figures)
    if not changed and not surges and not figures.open:
        return Watched()
    with writing(engine) as tx:
        if series.hold(tx) != figures.last_closed:
            return Watched()  # somebody else closed these days: what is new they saw, or the next watch will
        series.forget_other_texts(tx, {each: watched.begun for each, watched in figures.rules.items()})
        series.close(tx, _of_days(figures))
        collected.settle(tx, figures.settled)
        series.save(tx, changed)
        made = [signals.save_surge(tx, rule_id, surge, now) for rule_id, surge in surges]
        new = [each for each in made if each is not None]
        drafts = draft(tx, figures.today, now) if figures.open else Drafted()
        waiting = tell(tx, new, drafts.assessments, telling, now)
    return Watched(figures.open, len(new), drafts.changed, waiting)


def _ahead(last_closed: date | None, now: datetime) -> timedelta:
    """How far from now the last closed day is over, by our clock; none when it is."""
    if last_closed is None:
        return timedelta()
    return max(timedelta(), series.midnight(last_closed + _A_DAY) + GRACE - now)


def _of_days(figures: _Figures) -> dict[int, dict[date, float]]:
    return {
        rule_id: {day: by_day[day] for day in figures.open if day in by_day}
        for rule_id, by_day in figures.exposures.items()
    }


# --- reading ------------------------------------------------------------------------------


def _read(tx: Connection, now: datetime) -> _Figures:
    today = _today(now)
    last = series.last_closed(tx)
    watched_since = series.watched_since(tx) or today
    first_open = max(last + _A_DAY if last else watched_since, today - MOST_OPEN_DAYS * _A_DAY)
    opened = tuple(_days(first_open, today - _A_DAY))
    since = min(first_open, today - SETTLED)
    standing = series.standing(tx)
    watched = _watched(tx, standing, max(watched_since, since), today)
    collecting = Collecting(
        collected.by_feed(tx, first_open - SETTLED),
        collected.drawn(tx, first_open - SETTLED),
        collected.weights(tx),
    )
    exposures = series.exposures(tx, since)
    for rule_id, each in watched.items():
        exposures[rule_id] |= {day: collecting.exposure(rule_id, each, day) for day in (*opened, today)}
    settled = collecting.settled(watched, today) if opened else {}
    counts = series.counts(tx, since)
    return _Figures(today, since, opened, last, watched, counts, exposures, settled, standing)


def _today(now: datetime) -> date:
    """The day that is not over: a poll that began before midnight may still be saving."""
    return (now - GRACE).date()


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _A_DAY


def _watched(
    tx: Connection, standing: Mapping[Name, Standing], since: date, today: date
) -> dict[int, Watching]:
    in_force = rules.current(tx)
    ids = rules.ids(tx, [rule.key for rule in in_force])
    versions = {rule.version for rule in in_force} | {each.version_id for each in standing.values()}
    texts = series.texts(tx, versions)
    found = {}
    for rule in in_force:
        rule_id = ids[rule.key]
        kept = standing.get((rule_id, ""))
        text = texts[rule.version]
        if kept is None:
            begun = max(since, text.written)
        else:
            begun = kept.begun_day if texts.get(kept.version_id) == text else today
        found[rule_id] = Watching(rule, begun)
    return found


# --- noticing -----------------------------------------------------------------------------


def _notice(tx: Connection, figures: _Figures) -> tuple[list[Standing], list[tuple[int, Surge]]]:
    """Every series whose state is another now, and the surges: first those of places, because a rule that
    surges in one of its places is not unusual everywhere."""
    everywhere = {(rule_id, "") for rule_id in figures.rules} if figures.open else set()
    names = {name for name in {*figures.standing, *figures.counts, *everywhere} if name[0] in figures.rules}
    priors = _priors(figures)
    changed: dict[Name, Standing] = {}
    surging: dict[Name, Surge] = {}
    for name in sorted(names, key=lambda name: (not name[1], name)):
        if not figures.open and not figures.counts.get(name, {}).get(figures.today):
            continue
        state, reading = _tested(tx, figures, name, priors.get(name[0]))
        if reading is not None and not _explained(name, reading, surging):
            surging[name] = _surge(tx, figures, name, reading)
        if figures.open or reading is not None:
            changed[name] = _standing(figures, name, state)
    return list(changed.values()), [(rule_id, surge) for (rule_id, _), surge in surging.items()]


def _explained(name: Name, reading: Reading, surging: Mapping[Name, Surge]) -> bool:
    """Whether the surge of a rule everywhere is that of one of its places, told just now and as grave."""
    assert reading.level is not None  # noqa: S101  (it fired)
    rule_id, place = name
    return not place and any(
        other == rule_id and surge.level.rank >= reading.level.rank for (other, _), surge in surging.items()
    )


def _priors(figures: _Figures) -> dict[int, float]:
    """Rule id → what is usual in one of its places."""
    rates: dict[int, list[float]] = {}
    for (rule_id, place), kept in figures.standing.items():
        if place and kept.state["days"]:
            rates.setdefault(rule_id, []).append(kept.state["stories"] / kept.state["days"])
    return {rule_id: fmean(found) for rule_id, found in rates.items()}


def _tested(
    tx: Connection, figures: _Figures, name: Name, prior: float | None
) -> tuple[State, Reading | None]:
    """The state of a series with every day before today closed, and its alarm of these days, if it is news.

    A place that was never in the news of a rule has been quiet there for as long as the rule is watched.
    """
    kept, rule = figures.standing.get(name), figures.rules[name[0]]
    if kept is not None and kept.begun_day == rule.begun:
        state, first = _STATE.validate_python(kept.state), kept.closed_day + _A_DAY
    else:
        state, first = begin(prior if name[1] else None), max(rule.begun, figures.since)
    alarm: Reading | None = None
    for day in _days(first, figures.today - _A_DAY):
        before = state
        state, reading = advance(before, figures.day(name, day))
        if day - rule.begun < LEARNING:
            state = replace(state, alarm=None, alarm_on=None)
        elif reading.fires:
            state, reading = advance(before, figures.day(name, day, _sources(tx, name, day)))
            alarm = reading if reading.fires else alarm
    if figures.today - rule.begun >= LEARNING and look(state, figures.day(name, figures.today)).fires:
        sources = _sources(tx, name, figures.today)
        reading = look(state, figures.day(name, figures.today, sources))
        state, alarm = told(state, reading), reading if reading.fires else alarm
    fresh = alarm is not None and figures.today - alarm.date <= STILL_NEWS
    return state, alarm if fresh else None


def _sources(tx: Connection, name: Name, day: date) -> int:
    """Independent publishers of the last three days' stories."""
    return series.origins(tx, name, day - 2 * _A_DAY, day)


def _surge(tx: Connection, figures: _Figures, name: Name, reading: Reading) -> Surge:
    assert reading.level is not None  # noqa: S101  (it fired)
    since = reading.date - (reading.window - 1) * _A_DAY
    publishers = series.origins(tx, name, since, reading.date)
    return Surge(
        rule=figures.rules[name[0]].rule.key,
        place=name[1],
        day=reading.date,
        level=reading.level,
        p=reading.p,
        observed=reading.observed,
        expected=reading.expected,
        usual=reading.usual,
        days=reading.window,
        # The rule of two publishers looks at three days; of a shorter window one of them is told nothing.
        sources=publishers if publishers >= LEAST_SOURCES else None,
        first_seen_at=series.first_seen(tx, name, since, reading.date),
        stories=series.leads(tx, name, since, reading.date, MOST_LEADS),
        method=METHOD,
    )


def _standing(figures: _Figures, name: Name, state: State) -> Standing:
    watched = figures.rules[name[0]]
    return Standing(
        name,
        watched.rule.version,
        watched.begun,
        figures.today - _A_DAY,
        _STATE.dump_python(state, mode="json"),
    )
