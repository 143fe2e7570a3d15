"""Intervals for a share: published limits, their defining equations, exact coverage."""

from math import comb

import numpy as np
import pytest
from popgrad.analyses.statistics import (
    METHODS,
    at_least,
    at_most,
    clopper_pearson,
    coverage,
    jeffreys,
    share,
    wald,
    wilson,
)
from scipy.stats import beta, binom

ORDER = ("wald", "wilson", "clopper_pearson", "jeffreys")


@pytest.mark.parametrize(
    ("limits", "successes", "trials", "low", "high"),
    [
        (wilson, 7, 50, 0.069508, 0.261862),
        (clopper_pearson, 7, 50, 0.058192, 0.267396),
        (wilson, 0, 32, 0.0, 0.107179),
        (clopper_pearson, 0, 32, 0.0, 0.108881),
    ],
)
def test_limits_are_those_expected(limits, successes, trials, low, high):
    assert limits(successes, trials) == pytest.approx((low, high), abs=6e-7)


# Summed over every outcome in double precision, independently of popgrad.
EXACT = [
    (100, 0.01, (0.6334, 0.9206, 0.9816, 0.9816)),
    (1000, 0.001, (0.6317, 0.9198, 0.9811, 0.9811)),
    (10_000, 0.001, (0.9259, 0.9627, 0.9755, 0.9438)),
    (100, 0.5, (0.9431, 0.9431, 0.9648, 0.9431)),
]


@pytest.mark.parametrize(("trials", "p", "expected"), EXACT)
def test_coverage_is_exact(trials, p, expected):
    assert [round(float(coverage(method, trials, p)), 4) for method in ORDER] == list(expected)


@pytest.mark.parametrize("method", METHODS)
def test_coverage_sums_binomial_probabilities(method):
    p, n = 0.3, 12
    low, high = METHODS[method][1](np.arange(n + 1), n, 0.9)
    inside = [x for x in range(n + 1) if low[x] <= p <= high[x]]
    expected = sum(comb(n, x) * p**x * (1 - p) ** (n - x) for x in inside)
    assert 0 < len(inside) < n
    assert coverage(method, n, [[p]], 0.9) == pytest.approx(np.array([[expected]]), abs=1e-12)


def test_a_certain_outcome_is_covered_or_not():
    assert coverage("wilson", 10, [0.0, 1.0]).tolist() == [1, 1]
    assert coverage("jeffreys", 10, [0.0, 1.0]).tolist() == [1, 1]


def test_clopper_and_pearson_never_cover_less_than_they_say():
    for n in (1, 7, 50):
        assert coverage("clopper_pearson", n, np.linspace(0.001, 0.999, 333)).min() >= 0.95


@pytest.mark.parametrize(("x", "n"), [(0, 9), (3, 20), (9, 9), (137, 500)])
def test_limits_of_clopper_and_pearson_have_tails_of_half(x, n):
    low, high = clopper_pearson(x, n, 0.9)
    if x:
        assert binom.sf(x - 1, n, low) == pytest.approx(0.05)
    if x < n:
        assert binom.cdf(x, n, high) == pytest.approx(0.05)


@pytest.mark.parametrize(("x", "n"), [(3, 20), (137, 500)])
def test_jeffreys_leaves_half_the_rest_of_the_posterior_on_either_side(x, n):
    low, high = jeffreys(x, n, 0.9)
    tails = beta.cdf(low, x + 0.5, n - x + 0.5), beta.sf(high, x + 0.5, n - x + 0.5)
    assert tails == pytest.approx((0.05, 0.05))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_broadcasts_and_knows_nothing_without_trials(method):
    limits = METHODS[method][1]
    low, high = limits([[0], [2]], [0, 2, 9][1:])
    assert low.shape == high.shape == (2, 2)
    assert [float(limit) for limit in limits(0, 0)] == [0, 1]
    low, high = limits([0, 9], 9)
    assert low[0] == 0
    assert high[1] == 1
    np.testing.assert_allclose(limits(2, 9)[0], 1 - limits(7, 9)[1], atol=1e-12)


def test_a_bound_for_none_of_n():
    assert at_most(0, 100_000).high == pytest.approx(2.9957e-5, rel=1e-5)
    assert at_most(0, 50).high == pytest.approx(1 - 0.05 ** (1 / 50))
    assert at_least(50, 50).low == pytest.approx(0.05 ** (1 / 50))
    found = at_most(3, 20, 0.9)
    assert (found.estimate, found.low) == (0.15, 0)
    tail = sum(comb(20, x) * found.high**x * (1 - found.high) ** (20 - x) for x in range(4))
    assert tail == pytest.approx(0.1)
    assert at_least(17, 20, 0.9).low == pytest.approx(1 - found.high)


def test_a_share_says_what_it_is():
    assert str(share(0, 100_000, 0.99, "clopper_pearson")).startswith(
        "0 (99 % interval 0 to 5.298e-05, Clopper"
    )
    several = share([7, 1], [50, 2])
    assert several.estimate.tolist() == [0.14, 0.5]
    assert str(several) == "2 estimates with 95 % intervals, Wilson"
    found = share(7, 50)
    assert (found.estimate, found.confidence) == (0.14, 0.95)
    assert (found.low, found.high) == tuple(float(limit) for limit in wilson(7, 50))


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="'wilsom', expected one of wilson, clopper_pearson"):
        share(1, 2, method="wilsom")
    with pytest.raises(ValueError, match="'exact', expected one of"):
        coverage("exact", 10, 0.5)
    for function in (share, at_most, at_least):
        with pytest.raises(ValueError, match="0 trials"):
            function(0, 0)
        with pytest.raises(ValueError, match="whole numbers"):
            function(3, 2)
    for value in ([1, 2], 1.5, "1", np.nan):
        with pytest.raises(ValueError, match="expected one whole number"):
            at_most(value, 3)
    with pytest.raises(ValueError, match=r"95, expected a number between 0 and 1; 95 % is 0\.95"):
        wald(1, 2, 95)
    with pytest.raises(ValueError, match="between 0 and 1"):
        coverage("wald", 10, 1.2)
