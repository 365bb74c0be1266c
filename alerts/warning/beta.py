"""The beta distribution: how surely a share lies below a bound when only counts are known."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

_EXACT = 1e-15
_SMALLEST = 1e-300
_MOST_TERMS = 100_000


def beta_below(x: float, a: float, b: float) -> float:
    """P(share ≤ x) when the share is Beta(a, b): the regularised incomplete beta function I_x(a, b).

    ``a`` and ``b`` are positive; the answer lies in 0–1 and is 0 for x ≤ 0 and 1 for x ≥ 1. Right to 1e-10
    for parameters up to a million. By the continued fraction DLMF 8.17.22, on the side where it is short.
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _lower_tail(1 - x, b, a)
    return _lower_tail(x, a, b)


def _lower_tail(x: float, a: float, b: float) -> float:
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    return min(1.0, front / _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d₁/(1 + d₂/(1 + …)), evaluated from the front by the method of Lentz."""
    value = c = 1.0
    d = 0.0
    for index in range(1, _MOST_TERMS):
        m = index // 2
        if index % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / _away_from_zero(1 + term * d)
        c = _away_from_zero(1 + term / c)
        value *= c * d
        if abs(c * d - 1) < _EXACT:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _SMALLEST else _SMALLEST
