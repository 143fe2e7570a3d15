"""Direct preference optimisation against its reference, the policy that it begins from."""

from __future__ import annotations

from math import exp, log

import popgrad
import pytest
from popgrad.analyses.theory.forms import logit, sigmoid
from scipy.special import lambertw
from theory_cases import HEADS, PREFERENCE, Table, above, begins, crossings, experiment


def moved(condition: Table, start: float, updates: int, h: float, head: str) -> float:
    """How far the log-odds of the good arm moved, in float64."""
    tables = experiment(
        {"preference": condition},
        policy={**begins(start), "head": head},
        optimiser={"kind": "sgd", "learning_rate": h / HEADS[head]},
        training={"updates": updates, "record": {"at": [0]}},
    )
    with popgrad.run(tables) as run:
        weights = run.weights("preference")[0]
        # The good arm is number 0, and a head of one logit has that of number 1.
        return float(weights[0] - weights[1] if head == "softmax" else -weights[0]) - logit(start)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(
    ("beta", "flow", "descent"),
    [(0.1, 0.23504028, 0.23504055), (0.5, 2.40637098, 2.40638958), (1.0, 3.85326476, 3.85329780)],
)
def test_the_margin_grows_like_the_logarithm_of_time(beta, flow, descent, head):
    """y = β(z − z₀) solves y + e^y = 1 + β²s, so y(s) = ln W(e^(1 + β²s)); 50,000 steps of 0.001."""
    assert log(lambertw(exp(1 + beta**2 * 50)).real) == pytest.approx(flow, abs=1e-8)
    y = beta * moved({"loss": {**PREFERENCE, "beta": beta}}, 0.01, 50_000, 0.001, head)
    assert y == pytest.approx(flow, abs=1e-4)
    assert y == pytest.approx(descent, abs=3e-7)


@pytest.mark.parametrize("head", HEADS)
def test_labels_wrong_one_time_in_ten_end_at_045(head):
    """z* = z_ref + logit(q)/β; from 1/99 with q = 0.9 and β = 1/2 the odds are 81/99."""
    loss = {**PREFERENCE, "beta": 0.5, "label_noise": 0.1}
    z = logit(0.01) + moved({"loss": loss}, 0.01, 3000, 0.5, head)
    assert sigmoid(z) == pytest.approx(0.45, abs=1e-6)


@pytest.mark.parametrize(("beta", "product"), [(0.1, 1.0958), (0.5, 1.0059), (1.0, 1.0000)])
def test_rare_actions_wait_by_the_power_beta_of_their_odds(beta, product):
    """ε^β β² T to 1/2 tends to 1; at ε = 10⁻⁶ it is this. A step of h rounds T up by at most about h."""
    tables = experiment(
        {"preference": {"loss": {**PREFERENCE, "beta": beta}}},
        policy=begins(1e-6),
        optimiser={"kind": "sgd", "learning_rate": beta / HEADS["softmax"]},
        training={"updates": 1_100_000, "record": {"at": [0]}, "watch": [above(0.5)]},
    )
    (waited,) = crossings(tables)["preference"]
    assert 1e-6**beta * beta**2 * waited * beta == pytest.approx(product, rel=5e-4)
