"""When all H steps must be good the outcome's reward waits like ε^−H, and approval of each step does not."""

from __future__ import annotations

import pytest
from theory_cases import HEADS, OUTCOME, PROCESS, Table, above, begins, crossings, experiment, own_world

STEPS = (1, 2, 3)


def times_to_half(loss: Table, h: float, start: float, head: str, steps=STEPS, **world: bool) -> list[float]:
    """T = h · updates until the good action has probability 1/2, for chains of so many steps."""
    tables = experiment(
        {str(n): {"loss": loss, "world": own_world("chain", steps=n, **world)} for n in steps},
        policy={**begins(start), "head": head},
        optimiser={"kind": "sgd", "learning_rate": h / HEADS[head]},
        training={"updates": 1_100_000, "record": {"at": [0]}, "watch": [above(0.5)]},
    )
    return [h * crossed[0] for crossed in crossings(tables).values()]


@pytest.mark.parametrize("head", HEADS)
def test_outcome_reward_waits_like_the_power_h(head):
    """H² ε^H T tends to 1. A step of h takes T + (h/2) ln(g₁/g₀), rounded up."""
    found = times_to_half(OUTCOME, 0.5, 0.01, head)
    scaled = [n**2 * 0.01**n * T for n, T in zip(STEPS, found, strict=True)]
    assert scaled == pytest.approx([1.08180, 1.04176, 1.03092], rel=0.012)
    assert scaled[1:] == pytest.approx([1.04176, 1.03092], rel=1e-3)
    (rarer,) = times_to_half(OUTCOME, 0.5, 0.001, head, steps=(2,))
    assert 4 * 0.001**2 * rarer == pytest.approx(1.00403, rel=2e-5)


@pytest.mark.parametrize("head", HEADS)
def test_approval_of_every_step_waits_the_shorter_the_longer_the_chain(head):
    """T/H, with T = 1012.8 for one step from 0.001."""
    found = times_to_half(PROCESS, 0.1, 0.001, head, forgiving=True)
    assert found == pytest.approx([1012.8125 / n for n in STEPS], abs=0.5)
