"""Where learning ends when it does not end at certainty."""

from __future__ import annotations

from math import log

import numpy as np
import popgrad
import pytest
from popgrad.analyses.theory.forms import logit, sigmoid
from theory_cases import HEADS, IMITATION, OUTCOME, Table, begins, experiment, own_world

TAU = 0.25
GOAL = 1 / TAU
"""z* = D/τ for a gap D = 1."""


def log_odds(condition: Table, start: float, h: float, updates: int, head: str = "softmax") -> float:
    """The log-odds of the good arm after training, in float64."""
    tables = experiment(
        {"condition": condition},
        policy={**begins(start), "head": head},
        optimiser={"kind": "sgd", "learning_rate": h / HEADS[head]},
        training={"updates": updates, "record": {"at": [0]}},
    )
    with popgrad.run(tables) as run:
        weights = run.weights("condition")[0]
        return float(weights[0] - weights[1] if head == "softmax" else -weights[0])


ENTROPIC = {"loss": {**OUTCOME, "entropy": TAU}}


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("start", [0.5, 0.999])
def test_entropy_keeps_the_good_arm_at_the_logistic_of_gap_over_tau(start, head):
    """p* = σ(D/τ) = σ(4)."""
    z = log_odds(ENTROPIC, start, 0.5, 12_000, head)
    assert sigmoid(z) == pytest.approx(0.98201379, abs=1e-7)


@pytest.mark.parametrize("head", HEADS)
def test_entropy_draws_it_there_at_a_linear_rate(head):
    """z − z* shrinks by e^(−τ p*(1 − p*) s); from both sides, so that what is quadratic in it cancels."""
    h, updates = 0.1, 5000
    rates = [
        log(start / (log_odds(ENTROPIC, sigmoid(GOAL + start), h, updates, head) - GOAL)) / (h * updates)
        for start in (0.01, -0.01)
    ]
    assert np.mean(rates) == pytest.approx(0.0044156766, rel=1e-3)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("q", [0.6, 0.9, 0.999])
def test_imitation_of_noisy_labels_ends_at_their_share(q, head):
    z = log_odds({"loss": IMITATION, "world.demonstrator": [q, 1 - q]}, 0.01, 1.0, 40_000, head)
    assert z == pytest.approx(logit(q), abs=1e-6)


EPOCHS = 1000


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(("rounds", "probability"), [(1, 0.0149253731), (10, 0.3680785414)])
def test_conditioning_on_success_multiplies_the_odds_by_the_ratio_of_chances(rounds, probability, head):
    """Arms that pay with 0.9 and 0.6: the odds grow 1.5-fold in a round of episodes learnt to the end."""
    loss = {"kind": "return_conditioned", "estimator": "exact", "edges": [0.5], "epochs": EPOCHS}
    tables = experiment(
        {"conditioned": {"loss": loss}},
        world=own_world("odds"),
        policy={**begins(0.01), "head": head},
        optimiser={"kind": "sgd", "learning_rate": 4 / HEADS[head]},
        training={"updates": rounds * EPOCHS, "record": {"at": [0]}},
    )
    with popgrad.run(tables) as run:
        assert run.final("best", "conditioned")[0] == pytest.approx(probability, abs=1e-6)
