"""How many labelled onsets each way of noticing finds, and how soon, when all may speak as often.

An alert is repeated after seven days at the earliest. Ours may speak again before, when its level rises: the
three levels keep their ratios (1 : 1/3 : 1/10) while the threshold moves, and each rise counts as an alert.
"""

from __future__ import annotations

import statistics
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from alerts.warning.alarm import COOL_DOWN, LEAST_STORIES, LEVELS
from alerts.warning.surge import Day, Reading, replay
from bench.warning_counts import Collection
from bench.warning_peers import PEERS

OURS = "NB-28"
BUDGET = 2.0  # alerts a place and year
LATEST = (1, 3, 7)  # days after an onset up to which an alert counts as its own

_EARLY = 1  # a day: labels are local dates, days are UTC
_HISTORY = (3, 7, 14, 28)
_NEVER = float("-inf")

_RISES = tuple(below / LEVELS[-1][1] for _, below in LEVELS[::-1])


@dataclass(frozen=True, slots=True)
class Score:
    """What alerts were worth. ``recall`` is within 1, 3 and 7 days; ``precision`` a lower bound, since only
    labelled onsets count; ``delay`` is the mean number of days to the first alert of an onset that was
    found within a week."""

    alerts: float
    recall: tuple[float, ...]
    precision: float
    delay: float


def readings(collection: Collection) -> dict[str, list[Reading]]:
    """Every day of every country as the surge test sees it."""
    exposures = collection.exposures()
    return {
        place: list(
            replay(
                Day(collection.first + timedelta(at), count, exposure)
                for at, (count, exposure) in enumerate(zip(counts, exposures, strict=True))
            )
        )
        for place, counts in collection.counts.items()
    }


def at_equal_budget(collection: Collection, found: Mapping[str, Sequence[Reading]]) -> dict[str, Score]:
    """Each way at the threshold where it gives the most alerts within the budget: the peers as they are,
    and once more with our condition of three stories in three days."""
    scores = {}
    for name, score in PEERS.items():
        raw = {place: score(counts) for place, counts in collection.counts.items()}
        scores[name] = _best(collection, raw)
        scores[f"{name}, ≥ 3 stories"] = _best(collection, _where_enough(collection, raw))
    scores[OURS] = _best(collection, _chances(collection, found), _RISES)
    return scores


def at_levels(collection: Collection, found: Mapping[str, Sequence[Reading]]) -> dict[str, Score]:
    """The surge test as it ships: all its alerts, then those of at least each level."""
    fired = {place: [at for at, each in enumerate(days) if each.fires] for place, days in found.items()}
    chances = _chances(collection, found)
    return {"as it ships": _score(collection, fired)} | {
        f"p < {below} {level}": _score(collection, _alerts(chances, -below)) for level, below in LEVELS[::-1]
    }


def cold(collection: Collection) -> dict[int, float]:
    """Recall within three days when the series begins so many days before the onset."""
    exposures = collection.exposures()
    onsets = collection.carried()
    return {
        history: statistics.fmean(_cold_hit(collection, exposures, *onset, history) for onset in onsets)
        for history in _HISTORY
    }


def _cold_hit(collection: Collection, exposures: Sequence[float], place: str, at: int, history: int) -> bool:
    days = range(max(0, at - history), min(at + 4, len(exposures)))
    counts = collection.counts[place]
    series = (Day(collection.first + timedelta(day), counts[day], exposures[day]) for day in days)
    return any(
        reading.level is not None and number >= at - _EARLY
        for number, reading in zip(days, replay(series), strict=True)
    )


def _chances(collection: Collection, found: Mapping[str, Sequence[Reading]]) -> dict[str, list[float]]:
    return _where_enough(collection, {place: [-each.p for each in days] for place, days in found.items()})


def _where_enough(collection: Collection, scores: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """The scores of days with three stories in three days; of the others, never an alert."""
    return {
        place: [
            score if sum(collection.counts[place][max(0, at - 2) : at + 1]) >= LEAST_STORIES else _NEVER
            for at, score in enumerate(days)
        ]
        for place, days in scores.items()
    }


def _alerts(
    scores: Mapping[str, Sequence[float]], threshold: float, rises: Sequence[float] = (1.0,)
) -> dict[str, list[int]]:
    """The days above the threshold, but none within a week of an alert unless above a higher one of those
    that are ``rises`` × the threshold."""
    found = {}
    for place, days in scores.items():
        told: list[int] = []
        level = 0
        for at, score in enumerate(days):
            if score <= threshold:
                continue
            reached = sum(score > threshold * rise for rise in rises)
            if not told or at - told[-1] >= COOL_DOWN or reached > level:
                told.append(at)
                level = reached
        found[place] = told
    return found


def _best(
    collection: Collection, scores: Mapping[str, Sequence[float]], rises: Sequence[float] = (1.0,)
) -> Score:
    """At exactly the budget: where many days score the same, a draw between the last threshold within it and
    the first beyond."""
    thresholds = sorted({score for days in scores.values() for score in days} - {_NEVER}, reverse=True)
    most = BUDGET * collection.place_years

    def too_many(at: int) -> bool:
        return sum(map(len, _alerts(scores, thresholds[at], rises).values())) > most

    beyond = bisect_left(range(len(thresholds)), True, key=too_many)
    within = _score(collection, _alerts(scores, thresholds[max(0, beyond - 1)], rises))
    if beyond == len(thresholds):
        return within
    over = _score(collection, _alerts(scores, thresholds[beyond], rises))
    return _drawn(within, over, (BUDGET - within.alerts) / (over.alerts - within.alerts))


def _drawn(within: Score, over: Score, share: float) -> Score:
    """What is to be expected when each alert that only ``over`` gives is given with this probability."""

    def mixed(one: float, other: float) -> float:
        return one + share * (other - one)

    alerts = mixed(within.alerts, over.alerts)
    true = mixed(within.precision * within.alerts, over.precision * over.alerts)
    return Score(
        alerts,
        tuple(map(mixed, within.recall, over.recall)),
        true / alerts,
        mixed(within.delay, over.delay),
    )


def _score(collection: Collection, alerts: Mapping[str, Sequence[int]]) -> Score:
    onsets = collection.carried()
    delays: list[int | None] = []
    for place, at in onsets:
        after = (day - at for day in alerts[place] if -_EARLY <= day - at <= LATEST[-1])
        delays.append(next(after, None))
    given = sum(map(len, alerts.values()))
    true = sum(
        any(place == where and -_EARLY <= day - at <= LATEST[-1] for where, at in onsets)
        for place, days in alerts.items()
        for day in days
    )
    found = [max(0, delay) for delay in delays if delay is not None]
    return Score(
        alerts=given / collection.place_years,
        recall=tuple(sum(delay <= late for delay in found) / len(onsets) for late in LATEST),
        precision=true / max(1, given),
        delay=statistics.fmean(found) if found else 0.0,
    )
