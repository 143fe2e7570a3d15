"""Confidence sequences: the boundary, every path of a short walk, and how often long ones miss."""

from itertools import product
from math import log, sqrt

import numpy as np
import pytest
from popgrad.analyses.statistics import best_rho, boundary, confidence_sequence, ever_missed


def bound(n, rho, alpha):
    return 0.5 * sqrt((n + rho) * log((n + rho) / (rho * alpha**2)))


def test_limits_are_the_boundary_over_n_cut_to_the_bounds():
    found = confidence_sequence([1.0, 1.0, 0.0, 0.25], 0.9, rho=2.0)
    assert found.estimate.tolist() == [1.0, 1.0, 2 / 3, 0.5625]
    for n, (mean, low, high) in enumerate(zip(found.estimate, found.low, found.high, strict=True), start=1):
        half = bound(n, 2.0, 0.1) / n
        assert low == pytest.approx(max(mean - half, 0))
        assert high == pytest.approx(min(mean + half, 1))
    wider = confidence_sequence([-1.0, 3.0] * 500, bounds=(-1, 3))
    assert wider.high[-1] - wider.estimate[-1] == pytest.approx(4 * bound(1000, 100, 0.05) / 1000)


@pytest.mark.parametrize("p", [0.5, 0.2])
def test_the_chance_of_ever_missing_by_every_path(p):
    expected = 0.0
    for path in product((0, 1), repeat=12):
        sums = np.cumsum(path) - p * np.arange(1, 13)
        if any(abs(s) > bound(n, 1.0, 0.4) for n, s in enumerate(sums, start=1)):
            expected += p ** sum(path) * (1 - p) ** (12 - sum(path))
    assert 0.01 < expected < 0.4
    assert ever_missed(12, p, 0.6, 1.0) == pytest.approx(expected, abs=1e-12)


def test_looking_after_each_of_5000_networks_misses_less_often_than_said():
    assert ever_missed(5000, 0.5) == pytest.approx(0.0334, abs=5e-5)
    assert ever_missed(5000, 0.3) == pytest.approx(0.01445, abs=5e-5)
    assert ever_missed(5000, 0.3) == pytest.approx(ever_missed(5000, 0.7))
    assert all(
        ever_missed(2000, p, 0.95, rho) < 0.05 for p in (0.02, 0.3, 0.5) for rho in (1.0, 10.0, 1000.0)
    )


def test_the_exact_chance_is_the_simulated_one():
    rng, n = np.random.default_rng(0), np.arange(1, 2001)
    limit = 0.5 * np.sqrt((n + 100) * np.log((n + 100) / (100 * 0.05**2)))
    missed = sum(
        (np.abs(np.cumsum(rng.random((500, 2000)) < 0.5, axis=1) - n / 2) > limit).any(axis=1).sum()
        for _ in range(16)
    )
    assert missed / 8000 == pytest.approx(ever_missed(2000, 0.5), abs=4 * sqrt(0.026 / 8000))


def test_rates_between_the_bounds_are_covered_at_every_look():
    rng, missed = np.random.default_rng(0), 0
    for _ in range(300):
        found = confidence_sequence(rng.beta(0.1, 0.1, 1000))
        missed += ((found.low > 0.5) | (found.high < 0.5)).any()
    assert missed / 300 < 0.05


@pytest.mark.parametrize("n", [10, 1000, 10**6])
def test_the_best_rho_is_narrower_than_its_neighbours(n):
    rho = best_rho(n, 0.9)
    assert boundary(n, 0.9, rho) < min(boundary(n, 0.9, 1.05 * rho), boundary(n, 0.9, 0.95 * rho))


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="within the bounds, 0 to 1"):
        confidence_sequence([0.5, 1.5])
    with pytest.raises(ValueError, match="rho is 0"):
        confidence_sequence([0.5], rho=0)
    with pytest.raises(ValueError, match="within the bounds"):
        confidence_sequence([0.5], bounds=(1, 0))
    with pytest.raises(ValueError, match="got 0 networks"):
        ever_missed(0, 0.5)
    with pytest.raises(ValueError, match="0 networks"):
        best_rho(0)
