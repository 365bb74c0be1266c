"""The negative binomial distribution against sums of its own probabilities."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.warning.negative_binomial import central_band, upper_tail

means = st.floats(1e-3, 300.0)
dispersions = st.floats(1.1, 30.0)


def chances(mean: float, variance: float, up_to: int) -> list[float]:
    """P(Y = 0), P(Y = 1), …, each from its own formula."""
    size, rest = mean / (variance / mean - 1), mean / variance
    return [
        math.exp(
            math.lgamma(count + size)
            - math.lgamma(size)
            - math.lgamma(count + 1)
            + size * math.log(rest)
            + count * math.log1p(-rest)
        )
        for count in range(up_to)
    ]


@given(means, dispersions, st.integers(0, 400))
def test_the_tail_is_the_sum_of_what_it_is_made_of(mean: float, phi: float, count: int) -> None:
    below = math.fsum(chances(mean, phi * mean, count))
    assert upper_tail(count, mean, phi * mean) == pytest.approx(1 - below, abs=1e-8)


@given(st.floats(1e-3, 5.0), dispersions, st.integers(1, 60))
def test_a_tiny_tail_keeps_its_digits(mean: float, phi: float, count: int) -> None:
    enough = 60 + int(60 * phi)
    beyond = math.fsum(chances(mean, phi * mean, count + enough * 10)[count:])
    assert upper_tail(count, mean, phi * mean) == pytest.approx(beyond, rel=1e-6)


@given(st.floats(1e-3, 0.999), st.integers(1, 40))
def test_with_size_one_the_tail_is_geometric(ratio: float, count: int) -> None:
    mean = ratio / (1 - ratio)
    assert upper_tail(count, mean, mean + mean * mean) == pytest.approx(ratio**count, rel=1e-6)


@given(means, dispersions, st.integers(0, 1_000))
def test_more_is_never_likelier(mean: float, phi: float, count: int) -> None:
    assert upper_tail(count + 1, mean, phi * mean) <= upper_tail(count, mean, phi * mean)


@given(st.integers(0, 10**9), st.floats(1e-9, 1e12), st.floats(1.0001, 1e6))
def test_extremes_are_probabilities_too(count: int, mean: float, phi: float) -> None:
    assert 0 <= upper_tail(count, mean, phi * mean) <= 1
    low, high = central_band(mean, phi * mean)
    assert 0 <= low <= high


@given(means, dispersions)
def test_ninety_five_of_a_hundred_fall_within_the_band(mean: float, phi: float) -> None:
    variance = phi * mean
    low, high = central_band(mean, variance)
    slack = 0 if mean <= 30 else 0.02  # beyond, the band is an expansion
    assert upper_tail(high + 1, mean, variance) <= 0.025 + slack + 1e-9
    assert 1 - upper_tail(low, mean, variance) <= 0.025 + slack + 1e-9


def test_summing_and_expanding_the_band_agree_where_they_meet() -> None:
    summed, expanded = central_band(29.99, 54.0), central_band(30.01, 54.0)
    assert max(abs(a - b) for a, b in zip(summed, expanded, strict=True)) <= 1


def test_nothing_expected_is_no_band() -> None:
    assert central_band(0.0, 0.0) == (0, 0)
