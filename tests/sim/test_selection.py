"""What was selected does what was asked, and was the first that did."""

from __future__ import annotations

from typing import Any

import naive
import numpy as np
import popgrad
import pytest
from cases import Table, experiment, world_of
from policy_cases import net_of
from popgrad.kernels.threefry import Purpose, draw
from popgrad.sim.selection import degree
from scipy.stats import norm
from selection_cases import COIN, GUESS, RELU, SPLIT, attempts, condition_of, selected

NORMAL = {"kind": "normal"}
SHORT = {"kind": "coin_line", "length": 2, "diversity": 0.5}
POLICIES: dict[str, tuple[Table, Table, int]] = {
    "relu": (COIN, RELU, 2),
    "three layers": (SHORT, {**RELU, "hidden": [5, 4], "head": "softmax", "init": {"kind": "lecun"}}, 3),
    "mean field": (SHORT, {**RELU, "parameterisation": "mean_field"}, 2),
    "deep linear": (SHORT, {"kind": "deep_linear", "hidden": [3], "init": NORMAL}, 2),
    "linear": (SHORT, {"kind": "linear", "init": {"kind": "normal", "std": 3.0}}, 1),
    "tabular": (
        {"kind": "bandit", "reward": [0.0, 1.0, 0.5]},
        {"kind": "tabular", "init": {"kind": "normal", "std": 2.0}},
        1,
    ),
}


def measured(world: Table, policy: Table, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Loss and normalised margin of networks in float64, from their weights."""
    made, net, layers = world_of(world), net_of(policy), degree(condition_policy(policy))
    assert made.demonstrator is not None
    assert made.contexts is not None
    seen = made.contexts > 0
    right = made.demonstrator[seen].argmax(axis=1)[:, None]
    losses, margins = [], []
    for theta in weights:
        logits = naive.logits(net, made, theta)[seen]
        chosen = np.take_along_axis(logits, right, 1)[:, 0]
        log_p = np.take_along_axis(naive.log_softmax(logits), right, 1)[:, 0]
        np.put_along_axis(logits, right, -np.inf, 1)
        losses.append(-made.contexts[seen] @ log_p)
        margins.append((chosen - logits.max(axis=1)).min() / np.linalg.norm(theta) ** layers)
    return np.array(losses), np.array(margins)


def condition_policy(policy: Table) -> Any:
    """The policy of a table."""
    return condition_of(selected({"loss": {"below": 0.1}}, world=SHORT, policy=policy)).policy


@pytest.mark.parametrize("method", [GUESS, SPLIT])
@pytest.mark.parametrize("name", POLICIES)
def test_loss_and_normalised_margin_of_what_was_found_lie_in_their_bands(name, method):
    world, policy, layers = POLICIES[name]
    assert degree(condition_policy(policy)) == layers
    free = selected({"loss": {"below": 0.3}}, networks=40, world=world, policy=policy)
    with popgrad.run(free) as run:
        low, high = np.quantile(measured(world, policy, run.weights("a"))[1], [0.5, 0.8])
    select = {"loss": {"above": 0.02, "below": 0.3}, "margin": {"above": low, "below": high}}
    with popgrad.run(selected(select, method, 40, world=world, policy=policy)) as run:
        loss, margin = measured(world, policy, run.weights("a"))
        recorded, nearest = run.loss("a")[:, 0], run.hyperparameter("nearest_loss", "a")
    assert ((recorded >= np.float32(0.02)) & (recorded <= np.float32(0.3))).all()
    np.testing.assert_allclose(loss, recorded, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(nearest, recorded)
    assert margin.min() > low - 1e-5 * abs(low)
    assert margin.max() < high + 1e-5 * abs(high)


def test_the_degree_of_policies_that_are_not_homogeneous_is_none():
    for change in ({"bias": True}, {"activation": "tanh"}):
        assert degree(condition_policy({**RELU, **change})) is None


@pytest.mark.parametrize("init", [{"kind": "normal", "std": 0.7}, {"kind": "lecun"}])
def test_what_was_found_is_the_first_attempt_that_fits(init):
    """Parameters 2i and 2i + 1 are the two words of index i, at the update that is the attempt's number."""
    policy = {**RELU, "hidden": [3], "bias": True, "init": init}
    tables = selected({"loss": {"below": 0.25}}, networks=6, world=SHORT, policy=policy, seed={"guess": 5})
    with popgrad.run(tables) as run:
        tried, weights = attempts(run).astype(int), run.weights("a")
    assert tried.min() < 20 < tried.max()
    condition = condition_of(tables)
    std = init.get("std", 1.0) * condition.policy.initial(condition.world)[1]
    index = np.arange(-(-weights.shape[1] // 2))
    for network, last in enumerate(tried):
        words = draw(5, network, Purpose.GUESS, np.arange(last)[:, None], index)
        normals = norm.ppf((np.stack(words, axis=2).reshape(last, -1) + 0.5) * 2.0**-32)
        every = std * normals[:, : weights.shape[1]]
        np.testing.assert_allclose(weights[network], every[-1], rtol=2e-6, atol=2e-7)
        net, world = net_of(policy), condition.world
        assert world.contexts is not None
        assert world.demonstrator is not None
        losses = [
            -(world.contexts[:, None] * world.demonstrator * naive.log_softmax(naive.logits(net, world, w)))
            .sum(axis=1)
            .sum()
            for w in every
        ]
        assert losses[-1] <= 0.25 < min(losses[:-1], default=1)


@pytest.mark.parametrize(
    "loss", [{"kind": "outcome"}, {"kind": "process", "labels": "all", "estimator": "exact"}]
)
def test_a_loss_on_own_episodes_is_selected_by_what_is_recorded_of_it(loss):
    condition = [{"name": "a", "loss": loss}]
    free = selected({"loss": {"below": 100.0}}, networks=300, world=SHORT, condition=condition)
    with popgrad.run(free) as run:
        assert (attempts(run) == 1).all()
        low, high = np.quantile(run.loss("a")[:, 0].astype(float), [0.1, 0.2])
    band = {"loss": {"above": low, "below": high}}
    with popgrad.run(selected(band, world=SHORT, condition=condition)) as run:
        recorded = run.loss("a")[:, 0]
        assert ((recorded >= np.float32(low)) & (recorded <= np.float32(high))).all()
        assert 5 < attempts(run).mean() < 20


@pytest.mark.parametrize("method", [GUESS, SPLIT])
def test_a_band_that_nothing_reaches_ends_without_weights(method):
    select = {"loss": {"below": 1e-25}, "attempts": 5001, **({"particles": 16} if method == SPLIT else {})}
    tables = selected(select, method, networks=20, training={"updates": 10, "record": {"every": 5}})
    with popgrad.run(tables) as run:
        assert (attempts(run) == -1).all()
        assert np.isnan(run.weights("a")).all()
        assert np.isnan(run.hyperparameter("hit_rate", "a")).all()
        nearest = run.hyperparameter("nearest_loss", "a")
        assert ((nearest >= 0) & (nearest < 0.1)).all()
        for behaviour in run.behaviours:
            assert np.isnan(run.rate(behaviour, "a")).all()
            assert np.isnan(run.margin(behaviour, "a")).all()
        for curve in (run.loss, run.observed_return, run.intended_return, run.gradient_norm):
            assert np.isnan(curve("a")).all()
        assert (run.diverged_at("a") == -1).all()


def test_the_limit_counts_attempts_one_by_one():
    many = selected({"loss": {"below": 0.2}}, networks=200)
    few = selected({"loss": {"below": 0.2}, "attempts": 5}, networks=200)
    with popgrad.run(many) as a, popgrad.run(few) as b:
        tried = attempts(a)
        within = tried <= 5
        assert {*tried[tried < 9]} == {*range(1, 9)}
        np.testing.assert_array_equal(attempts(b), np.where(within, tried, -1))
        np.testing.assert_array_equal(b.weights("a")[within], a.weights("a")[within])
        assert (b.hyperparameter("nearest_loss", "a")[~within] > 0.2).all()


def test_an_experiment_without_selection_has_no_numbers_of_one():
    with popgrad.run(experiment({"kind": "imitation"})) as run:
        assert run.hyperparameters == ()
