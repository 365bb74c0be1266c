"""Other ways to notice that a count is unusual, each in a few lines: a score for every day from the days
before it, higher is more unusual. They read the raw counts of one series, as their users feed them.

fixed      so many a day: what a keyword alert without statistics does
z-score    14 days' mean and deviation: the common dashboard rule; as it is and with a deviation of at least
           half a story, which somebody who has seen it fail on quiet series would add
EARS C2    Hutwagner et al. 2003, "The bioterrorism preparedness and response Early Aberration Reporting
           System", J. Urban Health 80: a baseline of 7 days, 2 days old
EWMA       Roberts 1959, Technometrics 1(3): weight 0.3, against 60 days' mean and deviation
Kleinberg  2003, "Bursty and hierarchical structure in streams", Data Min. Knowl. Discov. 7: two states, the
           second at twice the rate, read forward; the score is how much cheaper the burst explains the days
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

Scores: TypeAlias = Callable[[Sequence[int]], list[float]]

_LEAST_DEVIATION = 0.1
"""Below it a series of zeros would make anything infinitely unusual, and all of it equally so."""


def _deviations(
    value: float, baseline: Sequence[int], scale: float = 1.0, least: float = _LEAST_DEVIATION
) -> float:
    if len(baseline) < 2:
        return 0.0
    mean = statistics.fmean(baseline)
    deviation = math.sqrt(sum((each - mean) ** 2 for each in baseline) / (len(baseline) - 1))
    return (value - mean) / (max(deviation, least) * scale)


def fixed(counts: Sequence[int]) -> list[float]:
    return list(map(float, counts))


def z_score(counts: Sequence[int], days: int = 14, least: float = _LEAST_DEVIATION) -> list[float]:
    return [
        _deviations(count, counts[max(0, at - days) : at], least=least) for at, count in enumerate(counts)
    ]


def ears_c2(counts: Sequence[int], days: int = 7, guard: int = 2) -> list[float]:
    return [
        _deviations(count, counts[max(0, at - guard - days) : max(0, at - guard)])
        for at, count in enumerate(counts)
    ]


def ewma(counts: Sequence[int], weight: float = 0.3, days: int = 60) -> list[float]:
    scale, value, scores = math.sqrt(weight / (2 - weight)), 0.0, []
    for at, count in enumerate(counts):
        value += weight * (count - value)
        scores.append(_deviations(value, counts[max(0, at - days) : at], scale))
    return scores


def kleinberg(counts: Sequence[int], ratio: float = 2.0, change: float = 1.0, days: int = 60) -> list[float]:
    burst, scores = 0.0, []
    step = change * math.log(days)
    for at, count in enumerate(counts):
        before = counts[max(0, at - days) : at]
        rate = (sum(before) + 0.5) / (len(before) + 1)
        cheaper = count * math.log(ratio) - (ratio - 1) * rate
        burst = max(-step, min(burst, step)) + cheaper  # entering a burst costs a step, leaving is free
        burst = max(burst, -step)
        scores.append(burst)
    return scores


Z_SCORE = "z-score 14 d"
PEERS: Mapping[str, Scores] = {
    "fixed": fixed,
    Z_SCORE: z_score,
    f"{Z_SCORE}, deviation ≥ ½": partial(z_score, least=0.5),
    "EARS C2": ears_c2,
    "EWMA": ewma,
    "Kleinberg": kleinberg,
}
