"""The negative binomial distribution by mean and variance: how likely so many, and between which counts."""

from __future__ import annotations

import math
from statistics import NormalDist

from alerts.warning.beta import beta_below

_TINY = 1e-300
_TAIL = 0.025
_SUMMED_TO = 30.0
_Z = NormalDist().inv_cdf(1 - _TAIL)


def upper_tail(count: int, mean: float, variance: float) -> float:
    """P(Y ≥ count), 0 to 1, for mean > 0 and variance > mean.

    I_x(count, size) with x = 1 − mean/variance and size = mean²/(variance − mean) (DLMF 8.17.24).
    """
    if count <= 0:
        return 1.0
    return beta_below(1 - mean / variance, count, mean / (variance / mean - 1))


def central_band(mean: float, variance: float) -> tuple[int, int]:
    """The counts between which 95 of 100 fall: the 2.5th and the 97.5th percentile.

    Summed up to a mean of 30; beyond, by the Cornish–Fisher expansion to the skewness.
    """
    if mean <= 0:
        return 0, 0
    if mean > _SUMMED_TO:
        deviation = math.sqrt(variance)
        shift = (2 * variance / mean - 1) / deviation * (_Z * _Z - 1) / 6
        return (
            max(0, round(mean + deviation * (shift - _Z))),
            round(mean + deviation * (shift + _Z)),
        )
    size, rest = mean / (variance / mean - 1), mean / variance
    chance = rest**size
    total, count, low = chance, 0, 0
    while total < 1 - _TAIL and chance > _TINY:
        if total < _TAIL:
            low = count + 1
        chance *= (count + size) / (count + 1) * (1 - rest)
        count += 1
        total += chance
    return low, count
