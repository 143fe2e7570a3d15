"""Differences of shares: published limits, the score equation by another road, exact coverage."""

from collections.abc import Callable

import numpy as np
import pytest
from popgrad.analyses.statistics import mcnemar, paired_share_difference, share_difference, wilson
from scipy.optimize import minimize_scalar
from scipy.stats import binom, multinomial, norm

Z = norm.ppf(0.975)


def test_newcombe_gives_the_published_limits():
    found = share_difference(56, 70, 48, 80)
    assert round(found.estimate, 4) == 0.2
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    assert (found.low, found.high) == pytest.approx((0.05243, 0.33387), abs=5e-6)


def independent_coverage(interval: Callable[..., tuple[float, float]], n: int, p1: float, p2: float) -> float:
    """By summing over every outcome that is not too rare to matter."""
    first, second = (binom.pmf(np.arange(n + 1), n, p) for p in (p1, p2))
    covered = 0.0
    for x in np.flatnonzero(first > 1e-9):
        for y in np.flatnonzero(second > 1e-9):
            low, high = interval(int(x), int(y), n)
            covered += first[x] * second[y] * (low <= p1 - p2 <= high)
    return covered


def newcombe(x, y, n):
    found = share_difference(x, n, y, n)
    return found.low, found.high


def wald(x, y, n):
    p, q = x / n, y / n
    half = Z * np.sqrt((p * (1 - p) + q * (1 - q)) / n)
    return p - q - half, p - q + half


def test_newcombe_covers_what_it_should_where_wald_does_not():
    assert round(independent_coverage(newcombe, 50, 0.1, 0.3), 4) == 0.9539
    assert round(independent_coverage(wald, 50, 0.1, 0.3), 3) == 0.942
    assert round(independent_coverage(newcombe, 50, 0.02, 0.02), 4) == 0.9976


def paired(a: int, b: int, c: int, d: int) -> tuple[list[int], list[int]]:
    """Networks that do it in both conditions, in the first alone, in the second alone, in neither."""
    return [1] * (a + b) + [0] * (c + d), [1] * a + [0] * b + [1] * c + [0] * d


# Fagerland, Lydersen and Laake, Statistical Analysis of Contingency Tables (2017), chapter 8 (the first two,
# Bentur 2009 and Cavo 2012); the R package PropCIs, scoreci.mp(25, 28, 618, 0.9).
@pytest.mark.parametrize(
    ("table", "confidence", "low", "high"),
    [
        ((1, 1, 7, 12), 0.95, -0.517, -0.026),
        ((59, 6, 16, 80), 0.95, -0.1240, -0.0054),
        ((0, 28, 25, 565), 0.9, -0.0148, 0.0247),
    ],
)
def test_tango_gives_the_published_limits(table, confidence, low, high):
    found = paired_share_difference(*paired(*table), confidence)
    digits = 3 if low == -0.517 else 4
    assert (round(found.low, digits), round(found.high, digits)) == (low, high)


def test_mcnemar_gives_the_published_p():
    assert round(mcnemar(*paired(59, 6, 16, 80)), 6) == 0.052479
    assert mcnemar(*paired(3, 0, 0, 4)) == 1
    assert mcnemar(*paired(0, 5, 0, 0)) == pytest.approx(2 / 2**5)


@pytest.mark.parametrize("table", [(10, 7, 3, 20), (0, 4, 0, 46), (5, 30, 2, 3), (400, 11, 9, 580)])
def test_the_limits_of_tango_solve_the_score_equation(table):
    """The nuisance by maximising the likelihood numerically, not by Tango's quadratic equation."""
    _, b, c, _ = table
    n = sum(table)
    found = paired_share_difference(*paired(*table))
    for limit, sign in ((found.low, 1), (found.high, -1)):

        def minus_likelihood(p, delta=limit):
            cells = p + delta, p, 1 - 2 * p - delta
            counted = zip((b, c, n - b - c), cells, strict=True)
            return -sum(count * np.log(max(cell, 1e-300)) for count, cell in counted if count)

        bounds = (max(0.0, -limit), (1 - limit) / 2)
        p = minimize_scalar(minus_likelihood, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
        z = (b - c - n * limit) / np.sqrt(n * (2 * p + limit - limit**2))
        assert z == pytest.approx(sign * Z, abs=2e-4)


@pytest.mark.parametrize(("b", "c"), [(9, 2), (9, 3), (10, 3), (15, 6), (6, 16), (5, 0), (3, 0)])
def test_tango_excludes_no_difference_where_mcnemars_score_does(b, c):
    found = paired_share_difference(*paired(20, b, c, 30))
    assert (found.low > 0 or found.high < 0) == (abs(b - c) / np.sqrt(b + c) > Z)


def test_tango_at_the_ends():
    z2 = Z**2
    same = paired_share_difference(*paired(3, 0, 0, 47))
    assert (same.estimate, same.low, same.high) == pytest.approx((0, -z2 / (50 + z2), z2 / (50 + z2)))
    reversed_ = paired_share_difference(*paired(0, 5, 0, 0))
    assert (reversed_.low, reversed_.high) == pytest.approx(((5 - z2) / (5 + z2), 1))
    mirrored = paired_share_difference(*paired(0, 0, 5, 0))
    assert (mirrored.low, mirrored.high) == pytest.approx((-1, (z2 - 5) / (5 + z2)))
    # Without a network that differs in the other direction it is the score interval of b of n.
    large = paired_share_difference(np.arange(10**6) < 500, np.arange(10**6) < 480)
    assert (large.low, large.high) == pytest.approx(tuple(map(float, wilson(20, 10**6))), rel=1e-6)


def newcombe_paired(a, b, c, d):
    """Newcombe (1998), Stat. Med. 17:2635-2650, method 10."""
    n = a + b + c + d
    p, q = (a + b) / n, (a + c) / n
    (l1, u1), (l2, u2) = wilson(a + b, n), wilson(a + c, n)
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    cross = a * d - b * c
    corrected = cross - n / 2 if cross > n / 2 else min(cross, 0)
    phi = corrected / np.sqrt(margins) if margins else 0
    below = np.sqrt((p - l1) ** 2 - 2 * phi * (p - l1) * (u2 - q) + (u2 - q) ** 2)
    above = np.sqrt((u1 - p) ** 2 - 2 * phi * (u1 - p) * (q - l2) + (q - l2) ** 2)
    return p - q - below, p - q + above


def tango(a, b, c, d):
    found = paired_share_difference(*paired(a, b, c, d))
    return found.low, found.high


def paired_coverage(interval, n, pa, pb):
    """Exact, where no network differs in the other direction."""
    covered = 0.0
    for b in range(n + 1):
        if binom.pmf(b, n, pb) < 1e-6:
            continue
        for a in range(n - b + 1):
            weight = multinomial.pmf([a, b, n - a - b], n, [pa, pb, 1 - pa - pb])
            if weight > 1e-7:
                low, high = interval(a, b, 0, n - a - b)
                covered += weight * (low <= pb <= high)
    return covered


def test_tango_covers_where_all_differ_in_one_direction_and_newcombe_does_not():
    assert newcombe_paired(1, 1, 7, 12) == pytest.approx((-0.507, -0.026), abs=5e-4)
    assert paired_coverage(newcombe_paired, 50, 0.5, 0.04) < 0.9
    assert paired_coverage(tango, 50, 0.5, 0.04) > 0.98


@pytest.mark.parametrize(("pb", "pc"), [(0.1, 0.05), (0.2, 0.2), (0.02, 0.02), (0.4, 0.05)])
def test_tango_covers_on_the_whole(pb, pc):
    n, covered = 40, 0.0
    for b in range(n + 1):
        for c in range(n - b + 1):
            weight = multinomial.pmf([b, c, n - b - c], n, [pb, pc, 1 - pb - pc])
            if weight > 1e-7:
                low, high = tango(0, b, c, n - b - c)
                covered += weight * (low <= pb - pc <= high)
    assert 0.935 < covered < 0.995


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="0 trials"):
        share_difference(0, 0, 1, 2)
    with pytest.raises(ValueError, match="whole numbers"):
        share_difference(3, 2, 1, 2)
    for function in (paired_share_difference, mcnemar):
        with pytest.raises(ValueError, match="compare with a threshold first"):
            function([0.2, 1], [0, 1])
        with pytest.raises(ValueError, match="got 2 and 1 values"):
            function([0, 1], [1])
        with pytest.raises(ValueError, match="1 of 2 values are NaN"):
            function([0, 1], [1, np.nan])
