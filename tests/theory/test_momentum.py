"""Heavy-ball momentum, v ← μv + g and θ ← θ − ηv: how far, how fast, and where it is stable."""

from __future__ import annotations

from math import ceil

import numpy as np
import popgrad
import pytest
from popgrad.analyses.theory.forms import CROSS_ENTROPY, logit
from theory_cases import IMITATION, PROCESS, above, begins, crossings, experiment


def heavy_ball(learning_rate: float, momentum: float) -> dict[str, object]:
    return {"kind": "sgd", "learning_rate": learning_rate, "momentum": momentum}


def test_under_a_constant_gradient_it_goes_as_far_as_the_sum_says():
    """η/(1 − μ) · (k − μ(1 − μᵏ)/(1 − μ)) after k updates."""
    tables = experiment(
        {"process": {"loss": {**PROCESS, "labels": "all"}}},
        optimiser=heavy_ball(0.1, 0.9),
        training={"updates": 50, "record": {"at": [0]}},
    )
    with popgrad.run(tables) as run:
        good, bad = run.weights("process")[0]
    assert good == pytest.approx(41.04638398, rel=1e-6)
    assert bad == pytest.approx(-41.04638398, rel=1e-6)


REWARDS = np.array([1.0, -0.5])
CURVATURE = 0.5


def errors(step: float, updates: list[int]) -> np.ndarray:
    """(updates, arms): z − z* on a quadratic of curvature λ = 1/2, for ηλ = `step` and μ = 0.9.

    Predictions of the reward by two arms that are acted on at random have the gradient (z − reward)/2.
    """
    loss = {"kind": "consequence", "estimator": "exact", "acting": "epsilon_greedy", "epsilon": 1.0}
    tables = experiment(
        {str(n): {"loss": loss, "training.updates": n} for n in updates},
        world={"kind": "bandit", "reward": REWARDS.tolist()},
        policy={"kind": "tabular"},
        optimiser=heavy_ball(step / CURVATURE, 0.9),
    )
    with popgrad.run(tables) as run:
        return np.array([run.weights(str(n))[0] for n in updates]) - REWARDS


def test_below_the_stable_step_it_shrinks_by_the_root_of_mu():
    """At ηλ = 3.79 < 2(1 + μ) the roots are complex: e_k² − e_{k+1} e_{k−1} is multiplied by μ an update."""
    e = errors(3.79, [9, 10, 11, 59, 60, 61])
    early, late = (e[i] ** 2 - e[i + 1] * e[i - 1] for i in (1, 4))
    radius = (late / early) ** (1 / (2 * 50))
    np.testing.assert_allclose(radius, 0.94868, rtol=2e-5)


def test_above_it_it_grows():
    """At ηλ = 3.81 the larger root is −1.06466; after 100 updates the other one, −0.845, is forgotten."""
    e = errors(3.81, [100, 101, 150])
    np.testing.assert_allclose(e[1] / e[0], -1.06466, rtol=1e-5)
    np.testing.assert_allclose((e[2] / e[0]) ** (1 / 50), 1.06466, rtol=1e-5)


@pytest.mark.parametrize("head", ["softmax", "logit"])
@pytest.mark.parametrize(
    ("mu", "h", "updates", "slack"),
    [(0.5, 0.01, 787, 1), (0.9, 0.001, 1566, 1), (0.9, 0.01, 141, 5), (0.99, 1e-4, 1402, 50)],
)
def test_imitation_with_momentum_takes_as_long_as_iterated_and_nearly_as_expanded(
    mu, h, updates, slack, head
):
    """T/h′ + ½ (1 + μ)/(1 − μ) ln(g₁/g₀) + μ/(1 − μ), h′ = h/(1 − μ): good while memory is short."""
    tables = experiment(
        {"imitation": {"loss": IMITATION}},
        policy={**begins(0.01), "head": head},
        optimiser=heavy_ball(h / {"softmax": 2, "logit": 1}[head], mu),
        training={"updates": 2000, "record": {"at": [0]}, "watch": [above(0.9)]},
    )
    assert crossings(tables) == {"imitation": [updates]}
    g0, g1 = (CROSS_ENTROPY.g(logit(p), 0) for p in (0.01, 0.9))
    expanded = CROSS_ENTROPY.time(0.01, 0.9) * (1 - mu) / h
    expanded += (1 + mu) / (1 - mu) * np.log(g1 / g0) / 2 + mu / (1 - mu)
    assert abs(ceil(expanded) - updates) <= slack
