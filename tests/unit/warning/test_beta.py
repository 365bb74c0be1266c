"""The incomplete beta function keeps to what is known of it in closed form."""

from __future__ import annotations

from math import asin, comb, isclose, pi, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.warning.beta import beta_below

bounds = st.integers(0, 2**20).map(lambda part: part / 2**20)  # 1 − x is exact
sizes = st.floats(0.01, 5_000)


@given(bounds, st.integers(1, 60), st.integers(1, 60))
def test_whole_parameters_sum_binomial_probabilities(x: float, a: int, b: int) -> None:
    n = a + b - 1
    summed = sum(comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))
    assert isclose(beta_below(x, a, b), summed, abs_tol=1e-11)


@given(bounds)
def test_the_arcsine_distribution_is_met(x: float) -> None:
    assert isclose(beta_below(x, 0.5, 0.5), 2 / pi * asin(sqrt(x)), abs_tol=1e-12)


@given(bounds, sizes)
def test_powers_are_met(x: float, a: float) -> None:
    assert isclose(beta_below(x, a, 1), x**a, abs_tol=1e-11)


@given(bounds, sizes, sizes)
def test_a_share_and_the_rest_make_a_whole(x: float, a: float, b: float) -> None:
    assert isclose(beta_below(x, a, b) + beta_below(1 - x, b, a), 1, abs_tol=1e-10)


@given(bounds, bounds, sizes, sizes)
def test_a_higher_bound_is_never_less_likely(x: float, y: float, a: float, b: float) -> None:
    low, high = sorted((x, y))
    assert 0 <= beta_below(low, a, b) <= beta_below(high, a, b) + 1e-12 <= 1 + 1e-11


@given(st.floats(0.01, 0.99), st.floats(0.1, 500), st.floats(0.1, 500))
def test_one_more_success_lowers_it_by_the_known_step(x: float, a: float, b: float) -> None:
    """I_x(a, b) is x of I_x(a−1, b) and 1−x of I_x(a, b−1) (DLMF 8.17.20)."""
    mixed = x * beta_below(x, a, b + 1) + (1 - x) * beta_below(x, a + 1, b)
    assert isclose(beta_below(x, a + 1, b + 1), mixed, abs_tol=1e-10)


@pytest.mark.parametrize(("x", "answer"), [(-1.0, 0.0), (0.0, 0.0), (1.0, 1.0), (2.0, 1.0)])
def test_outside_of_zero_to_one_it_is_certain(x: float, answer: float) -> None:
    assert beta_below(x, 2, 3) == answer


@pytest.mark.parametrize("many", [1e4, 1e6, 1e9])
def test_with_many_counts_the_mean_is_about_the_median(many: float) -> None:
    assert isclose(beta_below(0.25, many, 3 * many), 0.5, abs_tol=0.01)
    assert beta_below(0.24, many, 3 * many) < 1e-5
    assert beta_below(0.26, many, 3 * many) > 1 - 1e-5
