"""Cases with known answers, end to end through `popgrad.run`.

Sampled REINFORCE on two arms moves only on one of them, so a correction time is a sum of independent
geometric waiting times with exact moments. Exact gradients on two arms follow dz/ds = g(z), whose time
T = F(z₁) − F(z₀) has a closed form; K = ⌈T/h + ½ ln(g(z₁)/g(z₀))⌉ is the number of steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import popgrad
import pytest
from cases import Z

HEADS = {"softmax": 2.0, "logit": 1.0}
"""κ, how far one step on the logits moves their difference."""


def two_arms(
    loss: dict[str, Any], probability: float, level: float, h: float, updates: int, **options: Any
) -> dict[str, Any]:
    """A table on two arms, the best one beginning at `probability`; h = κη."""
    head = options.get("head", "softmax")
    policy = {"kind": "tabular", "head": head}
    policy["init"] = {"kind": "probability", "of": "best", "value": probability}
    return {
        "title": "theory",
        "world": {"kind": "bandit", "reward": options.get("reward", [1.0, 0.0])},
        "policy": policy,
        "optimiser": {"kind": "sgd", "learning_rate": h / HEADS[head]},
        "population": {"networks": options.get("networks", 1)},
        "training": {
            "updates": updates,
            "record": {"at": [0]},
            "watch": [{"behaviour": "best", "above": level, "freeze": True}],
        },
        "condition": [{"name": "learning", "loss": loss}],
    }


def crossings(experiment: dict[str, Any]) -> np.ndarray:
    with popgrad.run(experiment) as run:
        return run.crossed_at(run.watches[0], "learning")


@pytest.mark.parametrize(("head", "n"), [("softmax", 100_000), ("logit", 20_000)])
@pytest.mark.parametrize(
    ("reward", "mean", "sd"), [([1.0, 0.0], 590.1112, 175.2990), ([0.0, -1.0], 542.8517, 5.9195)]
)
def test_geometric_approving_and_disapproving_take_as_long_but_spread_30_fold(reward, mean, sd, head, n):
    loss = {"kind": "outcome", "episodes": 1, "baseline": "none"}
    times = crossings(two_arms(loss, 0.01, 0.5, 0.2, 6000, reward=reward, head=head, networks=n))
    assert (times > 0).all()
    deviation = times - times.mean()
    spread = np.sqrt((deviation**2).mean())
    error_of_spread = np.sqrt(((deviation**4).mean() - spread**4) / n) / (2 * spread)
    assert abs(times.mean() - mean) < Z * spread / np.sqrt(n)
    assert abs(spread - sd) < Z * error_of_spread


STEPS = {
    ("imitation", 0.05): (265, 315, 361),
    ("imitation", 0.5): (26, 31, 36),
    ("outcome", 0.05): (532, 2431, 20525),
    ("outcome", 0.5): (54, 245, 2055),
}


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(("number", "probability"), list(enumerate([0.1, 0.01, 0.001])))
@pytest.mark.parametrize(("kind", "h"), list(STEPS))
def test_correction_times_to_the_update(kind, h, number, probability, head):
    loss = {"kind": kind, "estimator": "exact"}
    found = crossings(two_arms(loss, probability, 0.9, h, 30_000, head=head))
    assert found.tolist() == [STEPS[kind, h][number]]


def difference_moved(eps: float, h: float, updates: int) -> float:
    """How far θ_best − θ_other moves under the exact outcome gradient."""
    experiment = two_arms({"kind": "outcome", "estimator": "exact"}, eps, 0.999, h, updates)
    with popgrad.run(experiment) as run:
        best, other = run.weights("learning")[0]
    return float(best - other - (np.log(eps) - np.log1p(-eps)))


def plain_float32(eps: float, h: float, updates: int) -> float:
    """The same in float32 sums without compensation."""
    start = z = np.float32(np.log(eps) - np.log1p(-eps))
    for _ in range(updates):
        p = np.float32(1) / (np.float32(1) + np.exp(-z))
        z = np.float32(z + np.float32(h) * p * (np.float32(1) - p))
    return float(z - start)


def test_steps_below_float32_add_up_on_a_plateau():
    assert plain_float32(1e-4, 1e-3, 1000) == 0
    assert difference_moved(1e-4, 1e-3, 1000) == pytest.approx(1e-4, rel=0.01)


def test_steps_just_above_it_are_not_rounded_up_either():
    assert plain_float32(1e-4, 5e-3, 1000) == pytest.approx(9.54e-4, rel=0.01)
    assert difference_moved(1e-4, 5e-3, 1000) == pytest.approx(5e-4, rel=0.01)
