"""In float64 on the JAX backend: the numbers of theory to nine digits, where they have as many.

Every number stands beside one that is iterated here, in float64 and by the formula alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, log
from typing import Any

import numpy as np
import popgrad
import pytest
from popgrad.analyses.theory import forms
from popgrad.analyses.theory.forms import Form, logit, sigmoid
from popgrad.sim.runfile import Run
from scipy.special import lambertw
from theory_cases import (
    IMITATION,
    OUTCOME,
    PREFERENCE,
    PROCESS,
    Table,
    above,
    begins,
    crossings_of,
    experiment,
    own_world,
)

KAPPA = 2.0
"""How far one step on a softmax head moves the difference of two logits."""


def ran(conditions: Mapping[str, Table], **sections: Any) -> Run:
    """The experiment in float64; the caller closes it."""
    return popgrad.run(experiment(conditions, **sections), backend="jax", precision="float64")


def descent(h: float) -> Table:
    """Plain descent by h = κη on the difference of the logits."""
    return {"kind": "sgd", "learning_rate": h / KAPPA}


def iterated(g: Callable[[float], float], start: float, h: float, updates: int) -> list[float]:
    """z after 0, 1, … updates of z ← z + h g(z) from logit(start)."""
    z = [logit(start)]
    for _ in range(updates):
        z.append(z[-1] + h * g(z[-1]))
    return z


def updates_until(form: Form, start: float, level: float, h: float) -> int:
    """The same until the level is crossed."""
    z = z0 = logit(start)
    goal, done = logit(level), 0
    while z <= goal:
        z, done = z + h * form.g(z, z0), done + 1
    return done


def moved(run: Run, name: str) -> float:
    """θ_best − θ_other at the end of training, of the first network."""
    best, other = run.weights(name)[0]
    return float(best - other)


def test_what_is_recorded_is_in_float64():
    training = {"updates": 2, "record": {"every": 1}}
    with ran({"outcome": {"loss": OUTCOME}}, policy=begins(0.01), training=training) as run:
        for name in ("rate", "margin", "loss", "observed_return", "intended_return", "gradient_norm"):
            assert run.values(name).dtype == np.float64, name
        assert run.margin("best", "outcome")[0, 0] == pytest.approx(logit(0.01), rel=1e-14)


def test_what_a_world_lacks_is_in_float64_too():
    with ran(
        {"imitation": {"loss": IMITATION}}, world=own_world("boolean"), policy={"kind": "tabular"}
    ) as run:
        assert run.values("observed_return").dtype == np.float64
        assert np.isnan(run.observed_return("imitation")).all()


def test_the_constant_of_expected_reward():
    """δ_k of three arms (1, 0.8, 0.3) from even chances at η = 0.4; k η δ_k tends to (K − 1)/K."""
    reward, eta, times = np.array([1.0, 0.8, 0.3]), 0.4, (0, 99, 999, 99_999)
    tables = {"outcome": {"loss": OUTCOME}}
    with ran(
        tables,
        world={"kind": "bandit", "reward": reward.tolist()},
        policy={"kind": "tabular"},
        optimiser={"kind": "sgd", "learning_rate": eta},
        training={"updates": times[-1], "record": {"at": list(times)}},
    ) as run:
        lost = 1 - run.observed_return("outcome")[0]
    theta, expected = np.zeros(3), []
    for k in range(times[-1] + 1):
        pi = np.exp(theta) / np.exp(theta).sum()
        expected += [1 - pi @ reward] if k in times else []
        theta = theta + eta * pi * (reward - pi @ reward)
    np.testing.assert_allclose(lost, expected, rtol=1e-9)
    assert lost == pytest.approx([0.3, 0.0250705337, 0.00177630410, 1.66849382e-5], rel=1e-7)
    assert 1e5 * eta * lost[-1] == pytest.approx(2 / 3, rel=2e-3)


def test_a_step_is_pi_times_advantage_and_moves_no_sum():
    """π (r − r̄) from weights that are drawn, which two rates tell: θ₀ = 2 θ(η) − θ(2η)."""
    reward = np.array([1.0, 0.6, 0.2, 0.9])
    rates = {"one": 0.5, "two": 1.0}
    with ran(
        {name: {"loss": OUTCOME, "optimiser.learning_rate": rate} for name, rate in rates.items()},
        world={"kind": "bandit", "reward": reward.tolist()},
        policy={"kind": "tabular", "init": {"kind": "normal"}},
        population={"networks": 16},
        training={"updates": 1, "record": {"at": [0, 1]}},
    ) as run:
        one, two = (run.weights(name) for name in rates)
        norm = run.gradient_norm("one")[:, 0]
    theta, step = 2 * one - two, 2 * (two - one)
    pi = np.exp(theta) / np.exp(theta).sum(axis=1, keepdims=True)
    climb = pi * (reward - (pi @ reward)[:, None])
    np.testing.assert_allclose(step, climb, atol=1e-14)
    np.testing.assert_allclose(norm, np.linalg.norm(climb, axis=1), rtol=1e-13)
    np.testing.assert_allclose(step.sum(axis=1), 0, atol=1e-14)


STEPS = {
    "cross-entropy": (forms.CROSS_ENTROPY, IMITATION, {0.05: (265, 315, 361), 0.5: (26, 31, 36)}),
    "expected reward": (forms.EXPECTED_REWARD, OUTCOME, {0.05: (532, 2431, 20525), 0.5: (54, 245, 2055)}),
}
"""Updates from 0.1, 0.01 and 0.001 to 0.9 by steps of h."""


@pytest.mark.parametrize("name", STEPS)
def test_times_to_the_update(name):
    form, loss, published = STEPS[name]
    starts = (0.1, 0.01, 0.001)
    conditions = {
        f"{start} by {h}": {"loss": loss, "policy": begins(start), "optimiser": descent(h)}
        for h in published
        for start in starts
    }
    training = {"updates": 21_000, "record": {"at": [0]}, "watch": [above(0.9)]}
    with ran(conditions, training=training) as run:
        found = [times[0] for times in crossings_of(run).values()]
    assert found == [n for h in published for n in published[h]]
    assert found == [updates_until(form, start, 0.9, h) for h in published for start in starts]


LONG = {"preference 0.5": (forms.preference(0.5), {**PREFERENCE, "beta": 0.5}, 1e-5, 0.99, 0.5)}
"""Long waits, met without the millionth that float32 is allowed: form, loss, start, level, h."""


@pytest.mark.parametrize("name", LONG)
def test_long_times_to_the_update(name):
    form, loss, start, level, h = LONG[name]
    expected = updates_until(form, start, level, h)
    assert expected == ceil(form.updates(start, level, h))
    training = {"updates": expected + 5, "record": {"at": [0]}, "watch": [above(level)]}
    with ran({name: {"loss": loss}}, policy=begins(start), optimiser=descent(h), training=training) as run:
        assert crossings_of(run) == {name: [expected]}


TRAJECTORY = {
    0.01: (0.02628766, 0.42192188, 0.92785408, 0.98911922),
    1e-4: (0.00027173, 0.01441780, 0.89620242, 0.98854940),
}
"""p at s = 1, 5, 20, 100 of the flow of cross-entropy from a probability."""
AT = (1, 5, 20, 100)


def test_cross_entropy_follows_the_exact_trajectory_as_its_step_goes_to_zero():
    """e^z = W(e^C), C = z₀ + e^{z₀} + s; at steps of h and h/2, and what they tend to, off by h²."""
    sizes = (0.02, 0.01)
    conditions = {
        f"{start} by {h}": {
            "loss": IMITATION,
            "policy": begins(start),
            "optimiser": descent(h),
            "training.updates": round(AT[-1] / h),
            "training.record": {"at": [0, *(round(s / h) for s in AT)]},
        }
        for start in TRAJECTORY
        for h in sizes
    }
    with ran(conditions) as run:
        curves = {}
        for name in run.conditions:
            start, h = map(float, name.split(" by "))
            margins = run.margin("best", name)[0]
            curves[start, h] = margins[np.isfinite(margins)][-len(AT) :]
            z = iterated(lambda z: sigmoid(-z), start, h, round(AT[-1] / h))
            np.testing.assert_allclose(curves[start, h], [z[round(s / h)] for s in AT], atol=1e-12)
    for start, published in TRAJECTORY.items():
        z0 = logit(start)
        flow = np.log([lambertw(np.exp(z0 + np.exp(z0) + s)).real for s in AT])
        assert [sigmoid(z) for z in flow] == pytest.approx(published, abs=6e-9)
        coarse, fine = (curves[start, h] for h in sizes)
        assert np.abs(2 * (fine - flow) / (coarse - flow) - 1).max() < 0.02
        np.testing.assert_allclose(2 * fine - coarse, flow, atol=2e-5)


def test_preferences_move_like_the_logarithm_of_time_and_stop_where_labels_say():
    """y ← y + h β² σ(−y); with a tenth of the labels wrong p* = 0.45 exactly, from 0.01 by β = 1/2."""
    betas = {0.1: 0.23504055, 0.5: 2.40638958, 1.0: 3.85329780}
    h, updates = 1e-2, 5000
    conditions = {
        str(beta): {"loss": {**PREFERENCE, "beta": beta}, "training.updates": updates} for beta in betas
    }
    conditions["noisy"] = {
        "loss": {**PREFERENCE, "beta": 0.5, "label_noise": 0.1},
        "training.updates": 4000,
        "optimiser": descent(0.5),
    }
    with ran(conditions, policy=begins(0.01), optimiser=descent(h)) as run:
        for beta, published in betas.items():
            z = iterated(lambda z, b=beta: b * sigmoid(-b * (z - logit(0.01))), 0.01, h, updates)[-1]
            assert moved(run, str(beta)) == pytest.approx(z, abs=1e-12)
            assert beta * (z - logit(0.01)) == pytest.approx(published, rel=3e-4)
        assert sigmoid(moved(run, "noisy")) == pytest.approx(0.45, abs=1e-12)


def test_entropy_keeps_the_good_arm_at_the_logistic_of_gap_over_tau():
    """p* = σ(D/τ) = σ(4) = 0.9820137900, to which it comes at the rate h τ p*(1 − p*)."""
    tau, h, updates = 0.25, 0.5, 14_000
    loss = {**OUTCOME, "entropy": tau}
    with ran(
        {"entropy": {"loss": loss}},
        optimiser=descent(h),
        training={"updates": updates, "record": {"at": [0]}},
    ) as run:
        z = moved(run, "entropy")
    expected = iterated(lambda z: sigmoid(z) * sigmoid(-z) * (1 - tau * z), 0.5, h, updates)[-1]
    assert z == pytest.approx(expected, abs=1e-12)
    assert sigmoid(z) == pytest.approx(0.9820137900, abs=1e-9)


def test_conditioning_on_success_multiplies_the_odds_by_the_ratio_of_chances():
    """odds_k = odds₀ (0.9/0.6)^k."""
    epochs, rounds = 1000, 10
    loss = {"kind": "return_conditioned", "estimator": "exact", "edges": [0.5], "epochs": epochs}
    with ran(
        {"conditioned": {"loss": loss}},
        world=own_world("odds"),
        policy=begins(0.01),
        optimiser={"kind": "sgd", "learning_rate": 2.0},
        training={"updates": rounds * epochs, "record": {"at": [0]}},
    ) as run:
        found = run.final("best", "conditioned")[0]
    assert found == pytest.approx(sigmoid(logit(0.01) + rounds * log(1.5)), rel=1e-9)
    assert found == pytest.approx(0.3680785414, abs=1e-9)


def test_adam_by_its_own_formulas():
    """Its first step −η g/(|g| + ε); after a silence of t − 1 updates the ratio of its corrections."""
    gradients = np.array([1e-3, 1e-8, 1e-10, 0.0])
    with ran(
        {"consequence": {"loss": {"kind": "consequence", "estimator": "exact"}}},
        world={"kind": "bandit", "reward": (-4 * gradients).tolist()},
        policy={"kind": "tabular"},
        optimiser={"kind": "adam", "learning_rate": 1e-3},
    ) as run:
        step = run.weights("consequence")[0]
    np.testing.assert_allclose(step, -1e-3 * gradients / (gradients + 1e-8), rtol=1e-9)
    np.testing.assert_allclose(step, [-9.9999e-4, -5e-4, -9.90099e-6, 0], rtol=1e-6)
    with ran(
        {"outcome": {"loss": {"kind": "outcome", "episodes": 1}}},
        policy=begins(0.01),
        optimiser={"kind": "adam", "learning_rate": 1.0, "eps": 0.0},
        population={"networks": 2048},
        training={"updates": 105, "record": {"at": [0]}, "watch": [above(0.010001)]},
    ) as run:
        t = run.explored_at("best", "outcome")
        best, _ = run.weights("outcome").T
    found, t = best[t > 0] - logit(0.01) / 2, t[t > 0]
    expected = 0.1 / (1 - 0.9**t) * np.sqrt((1 - 0.999**t) / 0.001)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert {11, 101} <= set(t.tolist())
    assert [found[t == n][0] for n in (11, 101)] == pytest.approx([0.4821333, 0.980394], abs=1e-6)


def test_adam_takes_as_long_as_iterated():
    """From 0.1 … 10⁻⁶ to 1/2 under imitation at η = 0.01."""
    starts = (0.1, 0.01, 1e-3, 1e-4, 1e-6)
    with ran(
        {str(start): {"loss": IMITATION, "policy": begins(start)} for start in starts},
        optimiser={"kind": "adam", "learning_rate": 0.01},
        training={"updates": 800, "record": {"at": [0]}, "watch": [above(0.5)]},
    ) as run:
        found = [times[0] for times in crossings_of(run).values()]
    assert found == [adam_updates(start) for start in starts] == [122, 256, 378, 496, 729]


def adam_updates(start: float, eta: float = 0.01) -> int:
    """Kingma and Ba's recursion on z, whose two logits have gradients ∓(1 − p)."""
    z, m, v, t = logit(start), 0.0, 0.0, 0
    while z <= 0:
        g, t = sigmoid(-z), t + 1
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        z += 2 * eta * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return t


def heavy_ball(h: float, momentum: float) -> Table:
    return {"kind": "sgd", "learning_rate": h / KAPPA, "momentum": momentum}


def test_momentum_goes_as_far_and_takes_as_long_as_its_sums_say():
    """η/(1 − μ) · (k − μ(1 − μᵏ)/(1 − μ)) under a constant gradient; times of imitation from 0.01 to 0.9."""
    with ran(
        {"process": {"loss": {**PROCESS, "labels": "all"}}},
        optimiser=heavy_ball(0.2, 0.9),
        training={"updates": 50, "record": {"at": [0]}},
    ) as run:
        good, bad = run.weights("process")[0]
    assert [good, -bad] == pytest.approx([41.04638398] * 2, rel=1e-9)
    assert good == pytest.approx(0.1 / 0.1 * (50 - 0.9 * (1 - 0.9**50) / 0.1), rel=1e-13)
    waits = {(0.5, 0.01): 787, (0.9, 0.001): 1566, (0.9, 0.01): 141, (0.99, 1e-4): 1402}
    with ran(
        {
            f"{mu} {h}": {"loss": IMITATION, "policy": begins(0.01), "optimiser": heavy_ball(h, mu)}
            for mu, h in waits
        },
        training={"updates": 1600, "record": {"at": [0]}, "watch": [above(0.9)]},
    ) as run:
        found = [times[0] for times in crossings_of(run).values()]
    assert found == list(waits.values()) == [ball_updates(*pair) for pair in waits]


def ball_updates(mu: float, h: float) -> int:
    z, v, done = logit(0.01), 0.0, 0
    while z <= logit(0.9):
        v = mu * v + sigmoid(-z)
        z, done = z + h * v, done + 1
    return done


TAMPERING = {1.5: (1083.42, 1084), 2.0: (542.52, 543), 5.0: (136.84, 137)}
"""What the tampering arm reads -> T/h + ½ ln(g₁/g₀) and the updates to 1/2 from 0.01 at h = 0.2."""


def test_the_more_tampering_pays_the_sooner_it_is_learnt():
    worlds = {
        reading: {"kind": "bandit", "reward": [1.0, 1.0], "observed_reward": [1.0, reading]}
        for reading in TAMPERING
    }
    with ran(
        {str(reading): {"loss": OUTCOME, "world": world} for reading, world in worlds.items()},
        policy=begins(0.01, "arm_1"),
        optimiser=descent(0.2),
        training={"updates": 1200, "record": {"at": [0]}, "watch": [above(0.5, "arm_1")]},
    ) as run:
        found = crossings_of(run)
    for reading, (closed, updates) in TAMPERING.items():
        form = forms.times(forms.EXPECTED_REWARD, reading - 1)
        assert form.updates(0.01, 0.5, 0.2) == pytest.approx(closed, abs=0.005)
        assert found[str(reading)] == [updates] == [updates_until(form, 0.01, 0.5, 0.2)]
