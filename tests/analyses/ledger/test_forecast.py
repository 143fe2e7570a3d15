"""The prediction from accounts: pushes against the oracle, extrapolations by hand, and a small run."""

from __future__ import annotations

import numpy as np
import pytest
from naive_on_policy import exact_push
from popgrad.analyses.ledger import forecast as part
from popgrad.analyses.ledger.extrapolation import integrated, kernel_of, logarithmic, straight
from popgrad.analyses.ledger.forecast_experiments import CELLS, Size
from popgrad.analyses.ledger.forecast_found import distance, few, scored
from popgrad.analyses.ledger.forecast_measured import Forecast, forecast
from popgrad.analyses.ledger.pushes import imitation, outcome, pushed
from popgrad.analyses.ledger.worlds.every_margin import every_margin
from popgrad.sim.worlds.coin_line import coin_line

COIN = coin_line(length=3, diversity=0.3)
STATES = np.flatnonzero(COIN.contexts)


def policies(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.05, 0.95, (3, COIN.states))


@pytest.mark.parametrize(("rule", "kind"), [(imitation, "imitation"), (outcome, "outcome")])
def test_pushes_are_those_of_the_oracle(rule, kind):
    right = policies()
    tables = rule(COIN, right)
    for one, table in zip(right, tables, strict=True):
        pi = np.stack([1 - one, one], axis=1)
        wanted = (
            exact_push(COIN, {"kind": "outcome", "estimator": "exact"}, pi, pi).U
            if kind == "outcome"
            else COIN.contexts[:, None] * COIN.demonstrator
        )
        np.testing.assert_allclose(table, wanted, atol=1e-12)


def test_a_push_moves_the_logit_by_minus_the_gradient():
    """F = −∂/∂z of the loss with U held fixed, by the oracle's one line G = π ΣU − U."""
    right = policies(1)[:, STATES]
    margins = np.log(right / (1 - right))
    force, total = pushed(outcome, COIN, STATES, margins)
    full = np.full((3, COIN.states), 0.5)
    full[:, STATES] = right
    U = outcome(COIN, full)
    pi = np.stack([1 - full, full], axis=2)
    G = pi * U.sum(axis=2, keepdims=True) - U
    np.testing.assert_allclose(force, -G[:, STATES, 1], atol=1e-12)
    assert (np.abs(force) <= total + 1e-15).all()
    assert (total > 0).all()


def test_the_kernel_of_a_linear_policy_is_known_and_its_prediction_exact():
    """z = x·w: the kernel is x·x′ for good, so that its accounts tell all of training."""
    random = np.random.default_rng(2)
    x, rate, steps = COIN.features, 0.1, 40
    truth = x @ x[STATES].T
    w = random.normal(size=(3, x.shape[1]))
    accounts, total, path = np.zeros((3, COIN.states, len(STATES), 2)), np.zeros((3, len(STATES))), [w @ x.T]
    for step in range(steps):
        z = path[-1]
        right = 1 / (1 + np.exp(-z))
        U = imitation(COIN, right)[:, STATES]
        up, down = U[..., 1] * (1 - right[:, STATES]), U[..., 0] * right[:, STATES]
        if step < 10:
            accounts += rate * truth[:, :, None] * np.stack([-down, up], axis=2)[:, None]
            total += rate * (up + down)
        w = w + rate * (up - down) @ x[STATES]
        path.append(w @ x.T)
    kernel = kernel_of(accounts, total)
    np.testing.assert_allclose(kernel, np.broadcast_to(truth, kernel.shape), atol=1e-12)
    rows = np.concatenate([[COIN.states - 1], STATES])

    def force(z):
        return pushed(imitation, COIN, STATES, z)[0]

    found = integrated(kernel[:, rows], path[10][:, rows], force, rate, np.array([5, 30]))
    np.testing.assert_allclose(found[:, 0], path[15][:, rows], atol=1e-12)
    np.testing.assert_allclose(found[:, 1], path[40][:, rows], atol=1e-12)


def test_a_line_goes_on():
    time = np.arange(6.0)
    margins = np.stack([2 + 3 * time, 1 - time])
    np.testing.assert_allclose(straight(time, margins, np.array([10.0, 20.0])), [[32, 62], [-9, -19]])


def test_an_account_goes_on_by_its_own_law():
    later = np.array([10.0, 1000.0])
    for scale, tau in ((2.0, 3.0), (-0.5, 200.0)):
        half, whole, wanted = (scale * np.log1p(t / tau) for t in (5.0, 10.0, later))
        np.testing.assert_allclose(
            logarithmic(np.array(half), np.array(whole), 10.0, later), wanted, rtol=1e-6
        )
    given = np.array([1.0, 1.0, 1.0, 0.0]), np.array([3.0, 0.5, -1.0, 0.0])
    found = logarithmic(*given, 10.0, later)
    np.testing.assert_allclose(found, [[3, 300], [0.5, 0.5], [-1, -1], [0, 0]])


def test_distance_and_few_by_hand():
    assert distance(np.array([1.0, 2]), np.array([1.0, 2])) == 0
    assert distance(np.array([1.0, 2]), np.array([1.0, 3, 4, 5])) == pytest.approx(0.75)
    assert distance(np.array([0.0]), np.array([1.0])) == 1
    margins = np.random.default_rng(0).normal(size=4000)
    rates = 1 / (1 + np.exp(-margins))
    found = few(margins)
    groups = rates.reshape(400, 10).mean(axis=1)
    assert found.mean == pytest.approx(np.sqrt(((groups - rates.mean()) ** 2).mean()), rel=0.1)
    assert found.error == pytest.approx(0.71, abs=0.05)  # of a standard normal from nearly 0
    assert few(np.zeros(20)) == (0, 0, 0)


def test_scores_tell_a_good_way_from_a_bad_one():
    came = np.random.default_rng(0).normal(size=(60, 1))
    ways = {"kernel": came + 0.01, "account laws": -came, "straight line": came + 2, "as it is": 0.1 * came}
    made = Forecast(CELLS[0], 4, np.array([8]), came, came, ways, np.ones(60), (1.0, 1.0), 0.0)
    found = scored(made, resamples=20)
    assert found.best == "kernel"
    assert found.nearer
    assert found.scores["kernel"].error.estimate == pytest.approx(0.01)
    assert found.scores["kernel"].beyond.low == pytest.approx(1.99)
    assert found.scores["straight line"].beyond.estimate == 0
    assert found.scores["account laws"].ranks.estimate == pytest.approx(-1)
    assert found.scores["straight line"].mean.low > 0.1


def test_every_trained_state_has_a_margin():
    world = every_margin(length=3, diversity=0.3)
    names = [each.name for each in world.behaviours]
    assert names[3:] == [f"right_{state}" for state in STATES]
    assert all(each.margin_state == int(each.name[6:]) for each in world.behaviours[3:])


def test_accounts_predict_what_comes(tmp_path):
    """Twenty updates seen, 180 predicted, of wide networks, whose probe has yet to turn."""
    small = Size(networks=16, updates=200, share=0.1, records=3, resamples=20, cells=CELLS[:1])
    found = forecast(tmp_path, small.cells[0], small, 1)
    change, error = (
        np.abs(found.came[:, -1] - each[:, -1]).mean() for each in (found.begun, found.predicted["kernel"])
    )
    assert found.times.tolist()[-1] == 200
    assert found.begun.shape == (16, 21)
    assert change > 0.3
    assert error < 0.15 * change
    assert found.fit < 0.15
    assert 0 < np.median(found.moved) < 0.3
    whole = part.run(tmp_path, size=small, threads=1)
    assert small.cells[0].name in " ".join(whole.answer)
    assert "nan" not in " ".join(whole.answer) + str(whole.listings)
