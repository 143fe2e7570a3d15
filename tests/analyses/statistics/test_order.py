"""Order statistics: exact ranks, by counting, and coverage for any distribution."""

from math import comb

import numpy as np
import pytest
from popgrad.analyses.statistics import quantile_interval, quantile_ranks


def inside(n, q, low, high):
    """P(low ≤ B < high) of a binomial, by summing."""
    return sum(comb(n, k) * q**k * (1 - q) ** (n - k) for k in range(low, high))


def test_the_ranks_of_400():
    ranks = quantile_ranks(400)
    assert (ranks.low, ranks.high, round(ranks.coverage, 4)) == (180, 221, 0.9598)


@pytest.mark.parametrize("n", [1, 5, 6, 10, 37, 200])
@pytest.mark.parametrize("q", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("confidence", [0.5, 0.95])
def test_ranks_are_the_narrowest_with_half_the_error_on_either_side(n, q, confidence):
    low, high, covered = quantile_ranks(n, q, confidence)
    tail = (1 - confidence) / 2
    assert covered == pytest.approx(inside(n, q, low, high), abs=1e-12)
    assert inside(n, q, 0, low) <= tail + 1e-12
    assert inside(n, q, 0, low + 1) > tail
    assert inside(n, q, high, n + 1) <= tail + 1e-12
    assert inside(n, q, high - 1, n + 1) > tail
    assert covered >= confidence


def test_few_networks_exclude_nothing():
    assert quantile_ranks(5) == (0, 6, 1.0)
    found = quantile_interval([1, 2, 3, 4, 5])
    assert (found.estimate, found.low, found.high) == (3, -np.inf, np.inf)
    found = quantile_interval([1, 2, 3, 4, 5, 6])
    assert (found.low, found.high) == (1, 6)


def test_censored_values_are_larger_than_all():
    found = quantile_interval([4, 2, np.inf, np.inf, 1, 3, 7, np.inf, 5, 6])
    assert (found.estimate, found.low, found.high) == (5.5, 2, np.inf)
    assert quantile_interval([1, 2, np.inf, np.inf]).estimate == 2
    assert quantile_interval([1, np.inf, np.inf]).estimate == np.inf


def test_estimates_are_quantiles_from_below():
    values = np.arange(1, 101)
    assert [quantile_interval(values, q).estimate for q in (0.01, 0.29, 0.5, 0.95)] == [1, 29, 50.5, 95]


@pytest.mark.parametrize("draw", ["standard_cauchy", "standard_exponential"])
def test_it_covers_whatever_the_distribution(draw):
    rng, repeats = np.random.default_rng(0), 2000
    true = {"standard_cauchy": 0.0, "standard_exponential": np.log(2)}[draw]
    expected = quantile_ranks(50).coverage
    covered = 0
    for _ in range(repeats):
        found = quantile_interval(getattr(rng, draw)(50))
        covered += found.low <= true <= found.high
    assert covered / repeats == pytest.approx(expected, abs=4 * np.sqrt(0.05 * 0.95 / repeats))


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="1 of 2 values are NaN"):
        quantile_interval([1, np.nan])
    with pytest.raises(ValueError, match="at least 1"):
        quantile_interval([])
    with pytest.raises(ValueError, match="level is 0"):
        quantile_ranks(10, 0)
    with pytest.raises(ValueError, match="0 networks"):
        quantile_ranks(0)
