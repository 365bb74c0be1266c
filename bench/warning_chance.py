"""How often the surge test is wrong when nothing happens, and what it costs: invented series, one seed.

Counts are negative binomial with a variance of 1.8 means and a quiet weekend; what is expected of the test
does not depend on how busy a series is.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from alerts.warning.alarm import COOL_DOWN, LEVELS
from alerts.warning.surge import Day, Reading, advance, begin, replay

MEANS = (0.02, 0.1, 0.5, 2.0, 10.0, 40.0)
_PHI = 1.8
_WEEK = np.array([1.2, 1.2, 1.2, 1.15, 1.1, 0.6, 0.55])
_FIRST = date(2020, 1, 6)
_YEARS, _SERIES_YEARS = 100, 10
_STEPS = 600
_BEFORE, _AFTER = 120, 26
_OUTAGE = 5


def _counts(mean: float, days: int, rng: np.random.Generator, times: float = 1.0) -> list[int]:
    means = times * mean * _WEEK[np.arange(days) % 7]
    found: list[int] = rng.negative_binomial(means / (_PHI - 1), 1 / _PHI).tolist()
    return found


def _days(counts: Iterable[int], exposures: Iterable[float]) -> list[Day]:
    return [
        Day(_FIRST + timedelta(at), count, exposure)
        for at, (count, exposure) in enumerate(zip(counts, exposures, strict=True))
    ]


def false_alarms(seed: int) -> dict[float, Mapping[str, float]]:
    """False alarms a year by mean and level, ten years a series, its beginning included."""
    rng, found = np.random.default_rng(seed), {}
    for mean in MEANS:
        told = dict.fromkeys((level.value for level, _ in LEVELS[::-1]), 0)
        for _ in range(_YEARS // _SERIES_YEARS):
            counts = _counts(mean, 365 * _SERIES_YEARS, rng)
            readings = list(replay(_days(counts, [1.0] * len(counts))))
            for level, below in LEVELS:
                told[level.value] += _alarms(readings, below)
        found[mean] = {level: alarms / _YEARS for level, alarms in told.items()}
    return found


def _alarms(readings: Sequence[Reading], below: float) -> int:
    last, found = -COOL_DOWN, 0
    for at, reading in enumerate(readings):
        if reading.level is not None and reading.p < below and at - last >= COOL_DOWN:
            last, found = at, found + 1
    return found


def changes_of_feeds(seed: int) -> dict[str, float]:
    """The share of series (0.5 to 10 a day) that warn (p < .01) in the 26 days after the feeds change."""
    rng = np.random.default_rng(seed)
    cases = {
        "nothing changes": (1.0, 0, True),
        "feeds × 3 overnight, exposure known": (3.0, 0, True),
        "feeds × 3 overnight, exposure unknown": (3.0, 0, False),
        "five days' outage, exposure known": (1.0, _OUTAGE, True),
        "five days' outage, exposure unknown": (1.0, _OUTAGE, False),
    }
    found = {}
    for name, (times, outage, known) in cases.items():
        warned = 0
        for step in range(_STEPS):
            mean = (0.5, 2.0, 10.0)[step % 3]
            counts = [*_counts(mean, _BEFORE, rng), *[0] * outage]
            counts += _counts(mean, len(counts) + _AFTER, rng, times)[len(counts) :]
            exposures = [*[1.0] * _BEFORE, *[0.0] * outage, *[times] * _AFTER]
            if not known:
                exposures = [1.0] * len(counts)
            readings = list(replay(_days(counts, exposures)))
            warned += _alarms(readings[_BEFORE:], LEVELS[1][1]) > 0
        found[name] = warned / _STEPS
    return found


def cost(seed: int, series: int = 5_000) -> dict[float, float]:
    """Microseconds to close a day of a series, by its mean, beginning with those of thirty days."""
    rng, found = np.random.default_rng(seed), {}
    for mean in MEANS:
        each = max(1, series // len(MEANS))
        days = _days(_counts(mean, 30 + each, rng), [1.0] * (30 + each))
        state = begin()
        for day in days[:30]:
            state, _ = advance(state, day)
        started = time.process_time()
        for day in days[30:]:
            state, _ = advance(state, day)
        found[mean] = (time.process_time() - started) / each * 1e6
    return found
