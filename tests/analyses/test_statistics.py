"""Intervals against published values, a second formula and exact coverage; summaries against NumPy."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from popgrad.analyses.statistics import LEVELS, count_above, quantiles_over_networks, summarise, wilson
from scipy.stats import binom, norm

# Newcombe (1998), Stat. Med. 17:857-872, Table I, method 3.
NEWCOMBE = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
]


@pytest.mark.parametrize(("successes", "trials", "low", "high"), NEWCOMBE)
def test_wilson_gives_the_published_limits(successes, trials, low, high):
    found = wilson(successes, trials)
    assert np.round(found, 4).tolist() == [low, high]


@settings(derandomize=True, deadline=None)  # the first call loads statsmodels
@given(st.data(), st.integers(1, 10**7), st.floats(0.5, 0.999))
def test_wilson_solves_the_score_equation(data, trials, confidence):
    successes = data.draw(st.integers(0, trials))
    q, z = successes / trials, norm.ppf((1 + confidence) / 2)
    for p in wilson(successes, trials, confidence):
        assert trials * (q - p) ** 2 == pytest.approx(z * z * p * (1 - p), rel=1e-6, abs=1e-9)


def coverage(n: int, p: np.ndarray) -> np.ndarray:
    """The probability that the interval holds p, by summing over every outcome."""
    x = np.arange(n + 1)[:, None]
    low, high = wilson(x, n)
    return (binom.pmf(x, n, p) * ((low <= p) & (p <= high))).sum(axis=0)


@pytest.mark.parametrize("n", [5, 10, 20, 50, 100, 1000])
def test_wilson_covers_95_percent_on_average_and_never_much_less(n):
    p = np.linspace(0.0005, 0.9995, 1000)
    covered = coverage(n, p)
    assert 0.949 < covered.mean() < 0.956
    assert covered[(p > 0.1) & (p < 0.9)].min() > 0.89
    assert (
        covered.min() > 0.83
    )  # its known weakness, next to 0 and 1: Brown, Cai and DasGupta (2001), section 4


def test_wilson_broadcasts_keeps_shapes_and_knows_nothing_without_trials():
    low, high = wilson(np.zeros((2, 1, 1)), [[0, 20, 7]])
    assert low.shape == high.shape == (2, 1, 3)
    assert (low == 0).all()
    assert high[0, 0].round(4).tolist() == [1.0, 0.1611, 0.3543]
    assert [limit.shape for limit in wilson(3, 7)] == [(), ()]
    assert wilson(7, 7)[1] == 1


@pytest.mark.parametrize("counts", [(-1, 3), (4, 3), (0.5, 3), (np.nan, 3), (1, np.inf)])
def test_wilson_refuses_what_are_not_counts(counts):
    with pytest.raises(ValueError, match="whole numbers"):
        wilson(*counts)


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_wilson_refuses_a_confidence_that_is_none(confidence):
    with pytest.raises(ValueError, match="between 0 and 1"):
        wilson(1, 3, confidence)


@pytest.fixture
def rates():
    values = np.random.default_rng(0).random((101, 7), dtype=np.float32)
    values[:, 2] = np.nan  # a time that the condition does not have
    values[:5, 4:] = np.nan  # networks that diverged
    return values


def test_quantiles_leave_out_nan(rates):
    found = quantiles_over_networks(rates)
    assert np.isnan(found[:, 2]).all()
    kept = [0, 1, 3, 4, 5, 6]
    np.testing.assert_allclose(found[:, kept], np.nanquantile(rates[:, kept], LEVELS, axis=0), rtol=1e-6)


def test_quantiles_leave_their_input_alone(rates):
    before = rates.copy()
    quantiles_over_networks(rates)
    np.testing.assert_array_equal(rates, before)


def test_above_is_strict_and_nan_is_no_trial():
    successes, trials = count_above(np.array([[0.5, np.nan], [0.51, np.nan], [0.2, 0.9]], np.float32))
    assert successes.tolist() == [1, 1]
    assert trials.tolist() == [3, 1]


def run_of(rates: np.ndarray, diverged_at: np.ndarray) -> SimpleNamespace:
    time = np.arange(rates.shape[1]) * 10
    return SimpleNamespace(
        path=Path("run.h5"),
        time=time,
        hyperparameters=(),
        rate=lambda b, c: rates,
        diverged_at=lambda c: diverged_at,
    )


def test_a_summary_drops_times_and_leaves_out_the_diverged(rates):
    summary = summarise(run_of(rates, np.where(np.arange(101) < 5, 33, -1)), "b", "c")
    assert summary.time.tolist() == [0, 10, 30, 40, 50, 60]
    assert summary.trials.tolist() == [101, 101, 101, 96, 96, 96]
    assert summary.diverged == 5
    np.testing.assert_array_equal(summary.final, rates[5:, 6])
    np.testing.assert_allclose(summary.share[-1], (rates[5:, 6] > 0.5).mean())
    above = [(rates[:, t] > 0.5).sum() for t in (0, 1, 3, 4, 5, 6)]
    np.testing.assert_array_equal(summary.interval, wilson(above, summary.trials))


def test_networks_that_all_diverged_have_no_final_values(rates):
    rates[:, 3:] = np.nan
    summary = summarise(run_of(rates, np.full(101, 25)), "b", "c")
    assert summary.time.tolist() == [0, 10]
    assert summary.final.size == 0
