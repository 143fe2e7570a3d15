"""Sampled reward on two arms moves on one of them alone: a sum of independent geometric waiting times."""

from __future__ import annotations

import numpy as np
import popgrad
import pytest
from cases import Z
from theory_cases import HEADS, above, begins, experiment

APPROVING, DISAPPROVING = [1.0, 0.0], [0.0, -1.0]

MOMENTS = [
    (APPROVING, 0.01, 0.5, 0.2, 590.1112, 175.2990),
    (DISAPPROVING, 0.01, 0.5, 0.2, 542.8517, 5.9195),
    (APPROVING, 0.05, 0.9, 1.0, 46.6138, 21.4757),
    (DISAPPROVING, 0.05, 0.9, 1.0, 41.4920, 8.2370),
    (APPROVING, 0.1, 0.9, 0.1, 268.2785, 25.8553),
    (DISAPPROVING, 0.1, 0.9, 0.1, 264.1717, 24.3595),
]
"""Reward, initial probability, level, h; mean and standard deviation of the updates it takes, exactly."""


@pytest.mark.parametrize(("head", "n"), [("softmax", 20_000), ("logit", 10_000)])
@pytest.mark.parametrize(("reward", "start", "level", "h", "mean", "sd"), MOMENTS)
def test_approving_and_disapproving_take_as_long_but_do_not_spread_alike(
    reward, start, level, h, mean, sd, head, n
):
    tables = experiment(
        {"outcome": {"loss": {"kind": "outcome", "episodes": 1, "baseline": "none"}}},
        world={"kind": "bandit", "reward": reward},
        policy={**begins(start), "head": head},
        optimiser={"kind": "sgd", "learning_rate": h / HEADS[head]},
        population={"networks": n},
        training={"updates": 6000, "record": {"at": [0]}, "watch": [above(level)]},
    )
    with popgrad.run(tables) as run:
        times = run.crossed_at(run.watches[0], "outcome")
    assert (times > 0).all()
    deviation = times - times.mean()
    spread = np.sqrt((deviation**2).mean())
    error_of_spread = np.sqrt(((deviation**4).mean() - spread**4) / n) / (2 * spread)
    assert abs(times.mean() - mean) < Z * spread / np.sqrt(n)
    assert abs(spread - sd) < Z * error_of_spread
