"""The books as a whole: complete, the same however a run is cut, and of no effect on what is trained."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from cases import WORLDS, condition_of, working
from popgrad.kernels.lanes.advance import advance, advance_booked
from popgrad.kernels.lanes.scratch import Scratch
from popgrad.kernels.lanes.vector import LANES
from popgrad.kernels.state import State
from popgrad.kernels.tables import is_booked
from popgrad.sim.engine import Engine
from popgrad.sim.experiment import Condition
from popgrad.sim.initial import fresh_state
from popgrad.sim.lower import Plan, lower
from popgrad.sim.records import Records

IDS = np.arange(2 * LANES, dtype=np.uint32)
NORMAL = {"kind": "normal", "std": 0.7}
MLP = {"kind": "mlp", "hidden": [8], "init": NORMAL}
LINEAR = {"kind": "linear", "init": NORMAL}
BEHAVIOURS = ["walks_away", "collects_coin"]
IMITATION = {"kind": "imitation"}
OUTCOME = {"kind": "outcome", "episodes": 8, "baseline": "leave_one_out", "entropy": 0.05}
LOSSES = {"imitation": IMITATION, "outcome": OUTCOME}
f = np.float32


def coin(loss: Any, policy: Any = MLP, rate: float = 0.1, **training: Any) -> Condition:
    """A condition on the short coin line."""
    return condition_of(WORLDS["coin_line_2"], policy, loss, {"updates": 20, **training}, rate=rate)


def begun(condition: Condition) -> tuple[Plan, State, Scratch]:
    """Two tiles before their first update."""
    plan = lower(condition)
    return plan, fresh_state(plan, condition, IDS), working(plan)


def trained(condition: Condition, cuts: tuple[int, ...] = (0, 20)) -> tuple[Plan, State]:
    """Two tiles after their updates, taken in several calls."""
    plan, state, scratch = begun(condition)
    for start, stop in pairwise(cuts):
        kernel = advance_booked if is_booked(plan.training) else advance
        kernel(plan.training, state, scratch, np.ones(stop - start, f), 0, 2, start, stop)
    return plan, state


def summed(plan: Plan, state: State) -> np.ndarray:
    """(n, K) float64: everything that was booked of each behaviour."""
    behaviours = len(plan.training.ledger.evaluations.setting)
    whole = (state.books.astype(np.float64) - state.books_residual).reshape(2, behaviours, -1, LANES)
    return whole.sum(axis=2).swapaxes(1, 2).reshape(len(IDS), behaviours)


def measured(plan: Plan, state: State, names: list[str], of: str = "rate") -> np.ndarray:
    """(n, K) float64: what is recorded of the behaviours now."""
    engine = Engine(plan)
    out = engine.room(2)
    engine.measure(state, (0, 2), 0, out.ravel())
    records = Records(plan, out)
    read = records.functional if of == "rate" else records.margin
    return np.stack([read(name).astype(np.float64) for name in names], axis=1)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_ledger_changes_no_bit_of_the_weights(loss):
    (_, without), (_, booked) = (
        trained(coin(loss, **more)) for more in ({}, {"ledger": {"behaviours": BEHAVIOURS}})
    )
    for name in ("weights", "residual", "visits", "explored_at"):
        np.testing.assert_array_equal(getattr(without, name), getattr(booked, name))


def test_the_books_do_not_depend_on_how_a_run_is_cut():
    condition = coin(OUTCOME, ledger={"behaviours": BEHAVIOURS})
    (_, whole), (_, cut) = trained(condition), trained(condition, (0, 1, 1, 7, 20))
    np.testing.assert_array_equal(whole.books, cut.books)
    np.testing.assert_array_equal(whole.books_residual, cut.books_residual)


def test_of_a_linear_policy_the_margin_is_booked_to_rounding():
    condition = coin(IMITATION, LINEAR, ledger={"behaviours": ["walks_away"], "of": "margin"})
    plan, state = trained(condition)
    before = measured(*begun(condition)[:2], ["walks_away"], "margin")
    change = measured(plan, state, ["walks_away"], "margin") - before
    np.testing.assert_allclose(summed(plan, state), change, rtol=1e-5, atol=1e-6)


def left_by(condition: Condition) -> tuple[np.ndarray, np.ndarray]:
    """(n, K) float64: what is unexplained of the behaviours' changes, and the changes."""
    change = -measured(*begun(condition)[:2], BEHAVIOURS)
    plan, state = trained(condition)
    change += measured(plan, state, BEHAVIOURS)
    return summed(plan, state) - change, change


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_first_order_leaves_a_remainder_of_second_order(loss):
    left = []
    for updates, rate in ((20, 0.02), (80, 0.005)):
        ledger = {"behaviours": BEHAVIOURS, "nodes": 0}
        condition = coin(loss, rate=rate, updates=updates, ledger=ledger)
        change = -measured(*begun(condition)[:2], BEHAVIOURS)
        plan, state = trained(condition, (0, updates))
        change += measured(plan, state, BEHAVIOURS)
        left.append(np.abs(summed(plan, state) - change).mean() / np.abs(change).mean())
    assert left[0] < 0.1
    assert 0.15 < left[1] / left[0] < 0.4  # 1/4 but for another path where episodes are sampled


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_steps_are_divided_until_little_is_left(loss, activation):
    policy = {**MLP, "activation": activation, "init": {"kind": "normal", "std": 1.2}}
    left, change = left_by(coin(loss, policy, rate=0.3, ledger={"behaviours": BEHAVIOURS}))
    assert (np.abs(left).mean(axis=0) < 5e-3 * np.abs(change).mean(axis=0)).all()
    fixed, _ = left_by(coin(loss, policy, rate=0.3, ledger={"behaviours": BEHAVIOURS, "nodes": 2}))
    assert np.abs(fixed).mean() > 5 * np.abs(left).mean()


def test_what_a_network_books_does_not_depend_on_its_neighbours():
    condition = coin(OUTCOME, rate=0.5, ledger={"behaviours": BEHAVIOURS})
    plan, state = trained(condition)
    moved = fresh_state(plan, condition, IDS + np.uint32(5))
    advance_booked(plan.training, moved, working(plan), np.ones(20, f), 0, 2, 0, 20)
    books, others = (each.books.reshape(2, -1, LANES) for each in (state, moved))
    books, others = (each.swapaxes(0, 1).reshape(-1, len(IDS)) for each in (books, others))
    np.testing.assert_array_equal(books[:, 5:], others[:, :-5])


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_with_points_along_the_step_nothing_is_left_but_rounding(loss):
    ledger = {"behaviours": BEHAVIOURS, "nodes": 4}
    condition = coin(loss, {**MLP, "parameterisation": "tangent_kernel"}, rate=0.2, ledger=ledger)
    plan, state = trained(condition, (0, 7, 20))
    change = measured(plan, state, BEHAVIOURS) - measured(*begun(condition)[:2], BEHAVIOURS)
    assert np.abs(change).mean() > 0.1
    np.testing.assert_allclose(summed(plan, state), change, rtol=1e-5, atol=4e-6)


def test_networks_that_stop_book_nothing_more():
    watch = [{"behaviour": "walks_away", "above": 0.6, "freeze": True}]
    condition = coin(IMITATION, watch=watch, ledger={"behaviours": BEHAVIOURS})
    (plan, early), (_, late) = trained(condition, (0, 10)), trained(condition)
    stopped = (early.stopped_at >= 0) & (early.stopped_at < 10)
    assert (early.stopped_at[stopped] > 0).any()
    np.testing.assert_array_equal(summed(plan, late)[stopped], summed(plan, early)[stopped])
    np.testing.assert_array_equal(summed(plan, late)[early.stopped_at == 0], 0.0)
    going = late.stopped_at < 0
    assert (summed(plan, late)[going] != summed(plan, early)[going]).any(axis=1).all()


def test_networks_that_diverge_leave_finite_books_and_disturb_no_other():
    condition = coin(OUTCOME, ledger={"behaviours": BEHAVIOURS})
    plan, state, scratch = begun(condition)
    alone = fresh_state(plan, condition, IDS)
    state.weights.reshape(2, -1, LANES)[0, :, 3] = 3e38
    for each in (state, alone):
        advance_booked(plan.training, each, scratch, np.ones(20, f), 0, 2, 0, 20)
    assert state.diverged_at[3] == 1
    books, others = (each.books.reshape(2, -1, LANES) for each in (state, alone))
    np.testing.assert_array_equal(books[0, :, 3], 0.0)
    keep = np.arange(LANES) != 3
    np.testing.assert_array_equal(books[0][:, keep], others[0][:, keep])
    np.testing.assert_array_equal(books[1], others[1])


SPLIT = {
    "momentum": {"kind": "sgd", "momentum": 0.75},
    "nesterov": {"kind": "sgd", "momentum": 0.75, "nesterov": True, "clip_norm": 0.05},
    "adam": {"kind": "adam", "beta1": 0.8},
}


@pytest.mark.parametrize("loss", [IMITATION, OUTCOME, {"kind": "consequence", "episodes": 4}])
@pytest.mark.parametrize("optimiser", SPLIT.values(), ids=SPLIT)
def test_what_is_carried_splits_over_the_pushes_that_made_it(optimiser, loss):
    ledger = {"behaviours": BEHAVIOURS, "split_carried": True, "networks": 20}
    table = {"learning_rate": 0.05, **optimiser}
    condition = condition_of(
        WORLDS["coin_line_2"], MLP, loss, {"updates": 20, "ledger": ledger}, optimiser=table
    )
    plan, state = trained(condition, (0, 7, 20))
    shape = (2, len(BEHAVIOURS), -1, LANES)
    lines = (state.books.astype(np.float64) - state.books_residual).reshape(shape)[:, :, -1]
    split = (state.split.astype(np.float64) - state.split_residual).reshape(shape)
    assert np.abs(lines).mean() > 1e-3
    np.testing.assert_allclose(split.sum(axis=2), lines, rtol=1e-3, atol=1e-6)
    pairs = split.reshape(*shape[:2], plan.training.rows.trained, plan.training.actions, LANES)
    assert not pairs[:, :, len(plan.booked) :].any()
    assert (np.abs(pairs).max(axis=(2, 3)) > 0).mean() > 0.9


def test_a_carried_push_is_booked_to_the_pair_that_was_pushed():
    """Pairs alone: with all but one of them left out, what is carried is that one's."""
    world, loss = WORLDS["coin_line_2"], {"kind": "outcome", "estimator": "exact"}
    own = int(lower(condition_of(world, MLP, loss)).booked[1])
    others = [str(state) for state in range(world.states) if state != own]
    ledger = {"behaviours": BEHAVIOURS, "split_carried": True, "networks": 32}
    table = {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.5}
    training = {"updates": 20, "ledger": ledger, "without": [*others, f"{own},0"]}
    plan, state = trained(condition_of(world, MLP, loss, training, optimiser=table))
    shape = (2, len(BEHAVIOURS), plan.training.rows.trained, plan.training.actions, LANES)
    split = (state.split.astype(np.float64) - state.split_residual).reshape(shape)
    assert np.abs(split[:, :, 1, 1]).mean() > 1e-6
    split[:, :, 1, 1] = 0
    np.testing.assert_array_equal(split, 0.0)
