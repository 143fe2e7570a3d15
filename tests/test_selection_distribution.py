"""Selected weights follow the conditional law of initial weights; hit rates are those of the integrals."""

from __future__ import annotations

from typing import Any

import numpy as np
import popgrad
import pytest
from cases import Z
from scipy import integrate, stats
from selection_cases import COIN, GUESS, SPLIT, TABLE, TWO_ARMS, attempts, level, selected

SIZE = 2 * stats.norm.sf(Z)
"""A test of a whole distribution passes at the size of `Z` standard errors."""
SWARM = {"particles": 32, "moves": 8}


def assert_mean(sample: np.ndarray, mean: float, variance: float | None = None) -> None:
    spread = sample.var(ddof=1) if variance is None else variance
    assert abs(sample.mean() - mean) < Z * np.sqrt(spread / len(sample)), (sample.mean(), mean)


def assert_law(sample: np.ndarray, law: Any) -> None:
    """Mean, variance and distribution, the variance by its own variance (μ₄ − σ⁴)/n."""
    mean, variance, _, kurtosis = (float(moment) for moment in law.stats("mvsk"))
    assert_mean(sample, mean, variance)
    assert_mean((sample - mean) ** 2, variance, (kurtosis + 2) * variance**2)
    assert stats.kstest(sample, law.cdf).pvalue > SIZE


def band_of(low: float, high: float) -> dict[str, float]:
    """The losses of logits from `low` to `high`."""
    found = {} if np.isinf(high) else {"above": level(high)}
    return {**found, "below": level(low)}


def truncated(low: float, high: float, std: float) -> tuple[float, Any]:
    """The chance that N(0, std²) lies in an interval, and its law there."""
    a, b = low / std, high / std
    return float(stats.norm.sf(a) - stats.norm.sf(b)), stats.truncnorm(a, b, scale=std)


@pytest.mark.parametrize(("low", "high"), [(-1.0, np.inf), (0.5, 1.25), (2.0, 2.1), (4.0, np.inf)])
def test_two_arms_by_guessing(low, high):
    chance, law = truncated(low, high, 1.5)
    select = {"loss": band_of(low, high)}
    with popgrad.run(selected(select, networks=4000, world=TWO_ARMS, policy=TABLE)) as run:
        tried, weights = attempts(run), run.weights("a")[:, 0]
    assert_law(weights, law)
    ratio = 1 - chance
    assert_mean(tried, 1 / chance, ratio / chance**2)
    assert_mean((tried - 1 / chance) ** 2, ratio / chance**2, ratio * (8 * ratio + chance**2) / chance**4)
    chunks = np.unique(stats.geom(chance).ppf([0.2, 0.4, 0.6, 0.8]))
    share = np.diff([0, *stats.geom(chance).cdf(chunks), 1])
    counts = np.histogram(tried, [0, *(chunks + 0.5), np.inf])[0]
    assert stats.chisquare(counts, 4000 * share).pvalue > SIZE


@pytest.mark.parametrize(
    ("low", "high", "networks"),
    [(-1.0, np.inf, 4000), (2.0, 2.1, 3000), (1.5 * stats.norm.isf(1e-9), np.inf, 1500)],
)
def test_two_arms_by_splitting(low, high, networks):
    chance, law = truncated(low, high, 1.5)
    select = {"loss": band_of(low, high), **SWARM}
    with popgrad.run(selected(select, SPLIT, networks, world=TWO_ARMS, policy=TABLE)) as run:
        weights, rate = run.weights("a")[:, 0], run.hyperparameter("hit_rate", "a")
    assert_law(weights, law)
    assert_mean(rate / chance, 1.0)
    halvings = np.log2(1 / chance)
    ideal = (1 + 1 / SWARM["particles"]) ** halvings - 1  # were particles independent at every level
    assert 0.5 < (rate / chance).std() / np.sqrt(ideal) < 1.5


@pytest.mark.parametrize("method", [GUESS, SPLIT])
def test_a_sum_of_two_parameters_is_conditioned_and_their_difference_is_not(method):
    policy = {"kind": "linear", "bias": True, "head": "logit", "init": {"kind": "normal", "std": 0.8}}
    select = {"loss": {"below": level(1.5)}, **(SWARM if method == SPLIT else {})}
    with popgrad.run(selected(select, method, 2000, world=TWO_ARMS, policy=policy)) as run:
        weights = run.weights("a")
    std = 0.8 * np.sqrt(2)
    assert_law(weights.sum(axis=1), truncated(1.5, np.inf, std)[1])
    assert_law(weights @ [1, -1], stats.norm(0, std))


@pytest.mark.parametrize("method", [GUESS, SPLIT])
def test_three_arms_by_numerical_integration(method):
    """d = (z₁ − z₀, z₂ − z₀) has covariance [[2, 1], [1, 2]]; the loss is ln(1 + e^{d₁} + e^{d₂})."""
    below = 0.4
    world, policy = {"kind": "bandit", "reward": [1.0, 0, 0]}, {"kind": "tabular", "init": {"kind": "normal"}}
    select = {"loss": {"below": below}, **(SWARM if method == SPLIT else {})}

    def given(d: float, power: int) -> float:
        """d^power times the density of d₁ = d and the chance that d₂ is small enough beside it."""
        highest = np.log(np.expm1(below) - np.exp(d))
        return d**power * stats.norm.pdf(d, 0, 2**0.5) * stats.norm.cdf((highest - d / 2) / 1.5**0.5)

    end = np.log(np.expm1(below))
    chance, first, second = (integrate.quad(given, -12, end, (power,), points=[-3])[0] for power in range(3))
    mean, variance = first / chance, second / chance - (first / chance) ** 2
    with popgrad.run(selected(select, method, 4000, world=world, policy=policy)) as run:
        weights, tried, rate = run.weights("a"), attempts(run), run.hyperparameter("hit_rate", "a")
    for arm in (1, 2):
        difference = weights[:, arm] - weights[:, 0]
        assert_mean(difference, mean, variance)
        assert_mean((difference - mean) ** 2, variance)
    assert_mean(weights.sum(axis=1), 0.0, 3.0)
    if method == GUESS:
        assert_mean(tried, 1 / chance, (1 - chance) / chance**2)
    else:
        assert_mean(rate / chance, 1.0)


@pytest.mark.parametrize("below", [0.1, 0.01])
def test_splitting_agrees_with_guessing_on_the_coin_line(below):
    """By independent draws; networks that walk away are the rare ones."""
    networks = 4000
    conditions = [
        {"name": "guess", "loss": {"kind": "imitation"}},
        {"name": "split", "loss": {"kind": "imitation"}, "seed": 1, "training.method": SPLIT},
    ]
    conditions[1]["training.select"] = {"loss": {"below": below}, **SWARM}
    select = {"loss": {"below": below}}
    with popgrad.run(selected(select, networks=networks, world=COIN, condition=conditions)) as run:
        away = [run.margin("walks_away", name)[:, 0] > 0 for name in run.conditions]
        loss = [run.loss(name)[:, 0].astype(float) for name in run.conditions]
        tried, rate = attempts(run, "guess"), run.hyperparameter("hit_rate", "split")
    chance = networks / tried.sum()
    for a, b in (away, loss, (np.full(networks, chance), rate)):
        spread = (a.var() + b.var()) / networks
        spread += chance**2 * (1 - chance) / networks if b is rate else 0
        assert abs(a.mean() - b.mean()) < Z * np.sqrt(spread)
    assert 0.005 < away[0].mean() < 0.25
