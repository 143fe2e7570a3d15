"""On a plateau a step is less than half a unit in the last place of float32; all of them must add up."""

from __future__ import annotations

import numpy as np
import popgrad
import pytest
from popgrad.analyses.theory.forms import logit
from theory_cases import OUTCOME, begins, experiment


def difference_moved(eps: float, h: float, updates: int, backend: str) -> float:
    """How far θ_best − θ_other moves under the exact outcome gradient, in float32."""
    tables = experiment(
        {"outcome": {"loss": OUTCOME}},
        policy=begins(eps),
        optimiser={"kind": "sgd", "learning_rate": h / 2},
        training={"updates": updates, "record": {"at": [0]}},
    )
    with popgrad.run(tables, backend=backend) as run:
        best, other = run.weights("outcome")[0]
    return float(best - other) - logit(eps)


def plain_float32(eps: float, h: float, updates: int) -> float:
    """The same in float32 sums without compensation."""
    start = z = np.float32(np.log(eps) - np.log1p(-eps))
    for _ in range(updates):
        p = np.float32(1) / (np.float32(1) + np.exp(-z))
        z = np.float32(z + np.float32(h) * p * (np.float32(1) - p))
    return float(z - start)


@pytest.mark.parametrize("backend", ["numba", "jax"])
def test_steps_below_float32_add_up(backend):
    """Compensated sums must survive either compiler: a difference that it sees through is 0."""
    assert plain_float32(1e-4, 1e-3, 1000) == 0
    assert difference_moved(1e-4, 1e-3, 1000, backend) == pytest.approx(1e-4, rel=0.01)


@pytest.mark.parametrize("backend", ["numba", "jax"])
def test_steps_just_above_it_are_not_rounded_up_either(backend):
    assert plain_float32(1e-4, 5e-3, 1000) == pytest.approx(9.54e-4, rel=0.01)
    assert difference_moved(1e-4, 5e-3, 1000, backend) == pytest.approx(5e-4, rel=0.01)
