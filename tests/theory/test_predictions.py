"""Predictions hold or fail as they say: p-values are uniform where theory is right, and small elsewhere."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from popgrad.analyses.theory.predictions import Counts, Exact, Finding, Law, Mean, Share, Steps, Variance
from scipy.stats import kstest, norm

RUN = cast(Any, None)
"""Measures below know what they find without a run."""


def gives(values):
    return lambda run: values


@pytest.mark.parametrize(
    ("found", "holds"),
    [([1.0, 2.1], True), ([1.0, 2.11], False), ([0.95, 2.0], True), ([np.nan, 2.0], False), ([], False)],
)
def test_exact_is_within_its_tolerance_everywhere(found, holds):
    value = [1.0, 2.0] if found else []
    finding = Exact("values", value, gives(np.array(found)), absolute=0.06, relative=0.022).judge(RUN)
    assert finding.holds(0.5) is holds


def test_exact_shows_what_is_farthest_off_in_tolerances():
    finding = Exact("values", [1.0, 100.0], gives([1.1, 101.0]), relative=0.05).judge(RUN)
    assert (finding.expected, finding.found, finding.error) == (1.0, 1.1, 0.05)
    assert finding.deviation == pytest.approx(2)


def test_without_tolerance_equal_is_equal():
    assert Exact("bits", [0.0, 3.0], gives([0.0, 3.0])).judge(RUN).holds(0.5)
    assert Exact("bits", 3.0, gives(3.0 + 1e-15)).judge(RUN).deviation == np.inf


@pytest.mark.parametrize(
    ("x", "slack", "found", "holds"),
    [
        (4.2, 0.0, 5, True),
        (4.2, 0.1, 5, True),
        (4.2, 0.1, 4, False),
        (4.2, 0.1, 6, False),
        (4.05, 0.1, 4, True),
        (4.95, 0.1, 6, True),
        (4.95, 0.0, 6, False),
        (4.0, 0.0, 4, True),
        (4.2, 0.0, -1, False),
        (4.2, 0.0, np.nan, False),
    ],
)
def test_steps_are_rounded_up(x, slack, found, holds):
    finding = Steps("updates", [9.5, x], gives([10, found]), slack=slack).judge(RUN)
    assert finding.holds(0.5) is holds


N = 400


def mean(rng, shift):
    sample = rng.exponential(size=N) + shift
    return Mean("mean", 1.0, gives(sample), sd=1.0)


def variance(rng, shift):
    return Variance("variance", 1.0, gives(rng.normal(scale=1 + shift, size=N)), fourth=0.0)


def share(rng, shift):
    return Share("share", 0.3, gives(rng.random(N) < 0.3 + shift))


def law(rng, shift):
    return Law("law", norm.cdf, gives(rng.normal(size=N) + shift))


def counts(rng, shift):
    p = np.array([0.2 + shift, 0.3, 0.5 - shift, 0.0])
    return Counts("counts", [0.2, 0.3, 0.5, 0.0], gives(rng.multinomial(N, p)))


BY_CHANCE = [mean, variance, share, law, counts]


@pytest.mark.parametrize("kind", BY_CHANCE)
def test_p_values_are_uniform_where_theory_is_right(kind):
    rng = np.random.default_rng(7)
    values = [kind(rng, 0.0).judge(RUN).p for _ in range(1000)]
    # A share's and a class's p-values are discrete: their steps, of 1/√(2πnpq), are allowed for.
    step = 1 / np.sqrt(2 * np.pi * N * 0.3 * 0.7) if kind in (share, counts) else 0.0
    assert kstest(values, "uniform").statistic < 0.06 + step
    assert abs(np.mean(np.array(values) < 0.05) - 0.05) < 0.025


@pytest.mark.parametrize("kind", BY_CHANCE)
def test_p_values_are_small_where_it_is_not(kind):
    rng = np.random.default_rng(8)
    assert np.median([kind(rng, 0.2).judge(RUN).p for _ in range(20)]) < 1e-3


def test_slack_is_what_theory_may_itself_be_off():
    sample = np.random.default_rng(9).normal(0.1, 0.01, size=N)
    assert Mean("mean", 0.0, gives(sample), slack=0.11).judge(RUN).p == 1
    assert Mean("mean", 0.0, gives(sample), slack=0.05).judge(RUN).p < 1e-6
    holds = np.arange(N) < 0.4 * N
    assert Share("share", 0.3, gives(holds), slack=0.11).judge(RUN).p > 0.5
    assert Share("share", 0.3, gives(holds), slack=0.02).judge(RUN).p < 0.01


def test_shares_that_theory_rules_out_are_found_out():
    assert Share("never", 0.0, gives([True] + 9 * [False])).judge(RUN).p == 0
    assert Share("never", 0.0, gives(10 * [False])).judge(RUN).p == 1
    assert Counts("classes", [0.5, 0.5, 0.0], gives([60, 60, 1])).judge(RUN).p == 0


def test_a_sample_that_is_not_there_does_not_pass():
    finding = Mean("mean", 1.0, gives(np.array([1.0, np.nan]))).judge(RUN)
    assert not finding.holds(1e-9)


def test_a_finding_says_how_far_off_it_is():
    assert Finding("x", 2.0, 3.0, 0.5).deviation == 2
    assert Finding("x", 2.0, 2.0, 0.0).deviation == 0
    assert Finding("x", 2.0, 1.0, 0.0).deviation == -np.inf


def exponential(rng):
    """Variance 1, fourth cumulant 6: as skewed as waiting times are."""
    return Variance("variance", 1.0, gives(rng.exponential(size=2000)), fourth=6.0)


def own_fourth(rng):
    return Variance("variance", 1.0, gives(rng.normal(size=500)))


def own_sd(rng):
    return Mean("mean", 0.0, gives(rng.normal(size=20)))


def rare_class(rng):
    p = np.array([0.025, 0.475, 0.5])
    return Counts("counts", p, gives(rng.multinomial(2000, p)))


@pytest.mark.parametrize("kind", [exponential, own_fourth, own_sd, rare_class])
def test_far_tails_are_about_as_likely_as_they_say(kind):
    """Below 10⁻³ there are about 8 of 8,000; alarms of a suite are farther out still."""
    rng = np.random.default_rng(11)
    far = sum(kind(rng).judge(RUN).p < 1e-3 for _ in range(8000))
    assert 1 <= far <= 22


def test_small_classes_are_taken_together_and_too_few_networks_are_refused():
    p = np.array([0.5, 0.3, 0.1, 0.04, 0.03, 0.02, 0.01])
    finding = Counts("counts", p, gives(np.array([500, 300, 100, 40, 30, 20, 10]))).judge(RUN)
    assert finding.expected == 3  # 500, 300, 100 and the rest, of 100
    with pytest.raises(ValueError, match="too few"):
        Counts("counts", p, gives(np.array([30, 20, 5, 5, 0, 0, 0]))).judge(RUN)
    shifted = Counts("counts", p, gives(np.array([500, 300, 100, 0, 0, 0, 100]))).judge(RUN)
    assert shifted.p == 1  # within a pool nothing is told apart
