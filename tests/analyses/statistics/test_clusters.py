"""Means over clusters: another formula, matrices in full, and coverage where networks resemble each other."""

import numpy as np
import pytest
import statsmodels.api as sm
from popgrad.analyses.statistics import clustered_mean, design_effect
from popgrad.analyses.statistics.clusters import _degrees_of_freedom
from scipy.stats import t


def half(found):
    return (found.high - found.low) / 2


def test_clusters_of_one_size_give_students_interval_for_their_means():
    means = np.random.default_rng(0).normal(size=(7, 5))
    found = clustered_mean(means.ravel(), np.repeat(np.arange(7), 5), 0.9)
    expected = t.ppf(0.95, 6) * means.mean(axis=1).std(ddof=1) / np.sqrt(7)
    assert found.estimate == pytest.approx(means.mean())
    assert half(found) == pytest.approx(expected)
    assert clustered_mean(means.ravel(), np.repeat(list("gfedcba"), 5), 0.9).low == pytest.approx(found.low)


def test_clusters_of_one_network_are_independent_networks():
    values = np.random.default_rng(0).normal(size=12)
    expected = t.ppf(0.975, 11) * values.std(ddof=1) / np.sqrt(12)
    assert half(clustered_mean(values, range(12))) == pytest.approx(expected)
    assert design_effect(values, range(12)) == pytest.approx(1)


def test_the_standard_error_is_that_of_a_regression_with_clusters():
    rng = np.random.default_rng(0)
    label = np.repeat(np.arange(9), 4)
    values = rng.normal(size=9)[label] + rng.normal(size=36)
    options = {"groups": label}
    fit = sm.OLS(values, np.ones(36)).fit(cov_type="cluster", cov_kwds=options)
    se = half(clustered_mean(values, label)) / t.ppf(0.975, 8)
    # statsmodels scales by G/(G − 1) · (n − 1)/(n − 1), which for even clusters is the same correction.
    assert se == pytest.approx(fit.bse[0])


@pytest.mark.parametrize("size", [[5] * 4, [1, 2, 3, 4], [40, 5, 5, 1], [30, 1]])
def test_degrees_of_freedom_from_matrices_in_full(size):
    n, label = sum(size), np.repeat(np.arange(len(size)), size)
    mean = np.full((n, n), 1 / n)
    residual = np.eye(n) - mean
    scores = [
        (np.where(label == g, 1.0, 0.0) / np.sqrt(1 - size[g] / n)) @ residual for g in range(len(size))
    ]
    same = (label[:, None] == label).astype(float)
    expected = []
    for covariance in (np.eye(n), same):
        V = np.array([[x @ covariance @ y for y in scores] for x in scores])
        expected.append(np.trace(V) ** 2 / (V**2).sum())
    found = _degrees_of_freedom(np.array(size))
    assert found == pytest.approx(min(expected))
    assert 1 - 1e-9 < found < len(size) - 1 + 1e-9


def measured(size, between, repeats=1500):
    """How often they cover: the interval by clusters, that of independent networks, CR1 with G − 1."""
    rng = np.random.default_rng(0)
    label = np.repeat(np.arange(len(size)), size)
    n, G = len(label), len(size)
    robust = naive = plain = 0
    for _ in range(repeats):
        values = rng.normal(0, between, G)[label] + rng.normal(size=n)
        found = clustered_mean(values, label)
        robust += found.low <= 0 <= found.high
        naive += abs(values.mean()) <= t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n)
        sums = np.bincount(label, weights=values - values.mean())
        plain += abs(values.mean()) <= t.ppf(0.975, G - 1) * np.sqrt(G / (G - 1) * (sums**2).sum()) / n
    return robust / repeats, naive / repeats, plain / repeats


@pytest.mark.parametrize("G", [2, 3, 6, 30])
def test_even_clusters_are_covered_and_the_naive_interval_misses(G):
    robust, naive, _ = measured([20] * G, 0.5)
    assert 0.93 < robust < 0.97
    assert naive < 0.7


def test_uneven_clusters_are_covered_where_g_minus_1_is_too_many():
    robust, naive, plain = measured([60, 30, 10, 10], 1.0)
    assert robust > 0.95
    assert naive < 0.4
    assert plain < 0.92
    robust, _, plain = measured([100, 5, 5, 5, 5, 5], 0.5)
    assert robust > 0.95
    assert plain < 0.6


def test_many_clusters_take_no_memory_of_their_square():
    values = np.random.default_rng(0).normal(size=200_000)
    found = clustered_mean(values, np.arange(200_000) // 2)
    assert half(found) == pytest.approx(1.96 * values.std() / np.sqrt(200_000), rel=0.01)


def test_independent_networks_in_clusters_lose_little():
    robust, naive, _ = measured([20] * 30, 0.0)
    assert 0.93 < robust < 0.97
    assert 0.93 < naive < 0.97


def test_the_design_effect_of_clusters_that_are_all_alike_is_their_size():
    rng = np.random.default_rng(0)
    values = np.repeat(rng.normal(size=400), 5)
    assert design_effect(values, np.repeat(np.arange(400), 5)) == pytest.approx(5, rel=0.01)
    assert design_effect([1, 1, 1], [0, 0, 1]) == 1


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="got 1 cluster, expected at least 2"):
        clustered_mean([1, 2, 3], [7, 7, 7])
    with pytest.raises(ValueError, match="3 values and clusters of shape"):
        clustered_mean([1, 2, 3], [7, 7])
    with pytest.raises(ValueError, match="NaN for a cluster"):
        design_effect([1, 2, 3], [0.1, 0.2, np.nan])
    with pytest.raises(ValueError, match="2 of 3 values are NaN"):
        clustered_mean([1, np.nan, np.inf], [0, 0, 1])
