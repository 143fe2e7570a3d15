"""The accounts that the kernel books, against the oracle's of every push by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import naive
import naive_ledger
import naive_optimisers
import numpy as np
import pytest
from cases import LOSSES, WORLDS, Taken, condition_of, parameters_of, working
from ledger_lanes import books_of
from ledger_oracle import pushes
from policy_cases import NORMAL, POLICY_TABLES, fits, net_of, seen_by
from popgrad.kernels.lanes.advance import advance_booked
from popgrad.kernels.lanes.vector import LANES
from popgrad.sim.experiment import Condition
from popgrad.sim.initial import fresh_state
from popgrad.sim.lower import lower

SEED = 2**40 + 5
IDS = np.arange(7, 7 + LANES, dtype=np.uint32)
LANE = 9
RATE = 0.125
f = np.float32

BOOKED = {
    name: loss
    for name, loss in LOSSES.items()
    if loss.get("rule") != "natural"
    and loss.get("acting") != "epsilon_greedy"
    and loss["kind"] not in ("secure_outcome", "mona", "observed_process")  # as outcome, or process
    and not (loss["kind"] == "process" and loss["labels"] == "sampled")  # as outcome
    and loss.get("judged_on", "approval") == "approval"
}
POLICIES = [name for name in POLICY_TABLES if name != "controller"]


class Books(NamedTuple):
    """One network's path, and its books after each update: (K, kinds, rows, A) and (K, LINES)."""

    path: list[Taken]
    accounts: list[np.ndarray]
    lines: list[np.ndarray]


def booked(condition: Condition, updates: int) -> Books:
    """What a network's books are after each of its first updates."""
    plan = lower(condition)
    state, scratch = fresh_state(plan, condition, IDS), working(plan)
    training = plan.training
    factors = condition.optimiser.schedule.factors(updates, 0, updates).astype(f)
    books = Books([], [], [])
    for update in range(updates):
        before = parameters_of(plan, state)
        advance_booked(training, state, scratch, factors[update : update + 1], 0, 1, update, update + 1)
        table = scratch.behaviour if training.rule.replayed else scratch.probability
        acted = table.reshape(-1, training.actions, LANES)[training.episodes.row].astype(np.float64)
        books.path.append(Taken(before, parameters_of(plan, state), acted))
        accounts, lines = books_of(plan, state)
        books.accounts.append(accounts[LANE])
        books.lines.append(lines[LANE])
    return books


def cases() -> Iterator[Any]:
    """Every way to push, each with another policy, world and behaviour."""
    turn = 0
    for name, loss in BOOKED.items():
        for shift in range(len(POLICIES)):
            policy = POLICIES[(turn + shift) % len(POLICIES)]
            worlds = [world for world in WORLDS if fits(WORLDS[world], POLICY_TABLES[policy], loss)]
            if worlds:
                world = worlds[turn % len(worlds)]
                behaviours = WORLDS[world].behaviours
                behaviour = behaviours[turn % len(behaviours)].name
                yield pytest.param(loss, policy, world, behaviour, id=f"{name}-{policy}-{world}-{behaviour}")
                turn += 1
                break


@pytest.mark.parametrize(("loss", "policy_name", "world_name", "behaviour"), list(cases()))
def test_every_push_is_booked_by_what_it_did(loss, policy_name, world_name, behaviour, monkeypatch):
    policy, world = {**POLICY_TABLES[policy_name], "init": NORMAL}, WORLDS[world_name]
    training = {"ledger": {"behaviours": [behaviour], "nodes": 2}}
    condition = condition_of(world, policy, loss, training, rate=RATE, seed=SEED)
    books, net = booked(condition, 2), net_of(policy)
    rows, size = lower(condition).booked, naive.parameter_count(net_of(policy), seen_by(world, loss))
    step = condition, policy, loss, books.path
    for update, taken in enumerate(books.path):
        at = naive.Address(SEED, int(IDS[LANE]), update)
        theta = taken.before[LANE][:size]
        points = naive_ledger.two_points(theta, taken.after[LANE][:size])
        slope = naive_ledger.mean_slope(
            naive_ledger.rate, net, world, loss, world.behaviour(behaviour), points
        )
        pi, U, _ = pushes(monkeypatch, *step, at, LANE)
        seen = seen_by(world, loss)
        if pi is None:
            expected = naive_ledger.errors(net, seen, theta, U, RATE * slope)
        else:
            expected = naive_ledger.accounts(net, seen, theta, pi, U, RATE * slope)
        before = books.accounts[update - 1][0] if update else 0.0
        got = (books.accounts[update][0] - before).sum(axis=0)
        size_of = max(1e-2 * RATE, float(np.abs(expected).max()))
        np.testing.assert_allclose(got[: len(rows)], expected[rows], rtol=2e-4, atol=2e-5 * size_of)
        np.testing.assert_array_equal(got[len(rows) :], 0.0)
        assert np.abs(expected).sum() == pytest.approx(np.abs(expected[rows]).sum())
        np.testing.assert_array_equal(books.lines[update], 0.0)
        if (
            U is not None
            and loss["estimator"] != "exact"
            and "epsilon" not in loss
            and not loss.get("entropy")
        ):
            never = U[rows] == 0
            np.testing.assert_array_equal(got[: len(rows)][never], 0.0)


PARTS = {
    name: loss
    for name, loss in BOOKED.items()
    if loss["kind"] == "outcome" and loss["estimator"] == "sampled" and loss["rule"] != "clipped"
}


@pytest.mark.parametrize("loss", PARTS.values(), ids=PARTS)
def test_signal_baseline_and_entropy_have_accounts_of_their_own(loss, monkeypatch):
    policy, world = {**POLICY_TABLES["tanh_5"], "init": NORMAL}, WORLDS["branching"]
    training = {"ledger": {"behaviours": ["weighs"], "nodes": 0}}
    condition = condition_of(world, policy, loss, training, rate=RATE, seed=SEED)
    books, net, plan = booked(condition, 1), net_of(policy), lower(condition)
    (taken,), size = books.path, naive.parameter_count(net_of(policy), world)
    theta = taken.before[LANE][:size]
    at = naive.Address(SEED, int(IDS[LANE]), 0)
    slope = naive_ledger.mean_slope(naive_ledger.rate, net, world, loss, world.behaviours[0], [theta])
    tables = []
    for change in ({"baseline": "none", "entropy": 0.0}, {"entropy": 0.0}, {}):
        pi, U, _ = pushes(monkeypatch, condition, policy, {**loss, **change}, books.path, at, LANE)
        tables.append(naive_ledger.accounts(net, world, theta, pi, U, RATE * slope))
    expected = [tables[0], tables[1] - tables[0], tables[2] - tables[1]]
    if loss["baseline"] == "none":
        del expected[1]
    size_of = max(float(np.abs(part).max()) for part in expected)
    for got, part in zip(books.accounts[0][0], expected, strict=True):
        np.testing.assert_allclose(got[: len(plan.booked)], part[plan.booked], rtol=2e-4, atol=2e-5 * size_of)


OPTIMISERS = {
    "momentum": {"kind": "sgd", "momentum": 0.75},
    "nesterov": {"kind": "sgd", "momentum": 0.75, "nesterov": True, "weight_decay": 0.1, "clip_norm": 0.02},
    "decay": {"kind": "sgd", "weight_decay": 0.1, "schedule": {"kind": "step", "every": 1, "factor": 0.5}},
    "adam": {"kind": "adam", "clip_norm": 0.05, "schedule": {"kind": "linear"}},
    "adamw": {"kind": "adamw", "weight_decay": 0.1, "beta1": 0.5},
    "rmsprop": {"kind": "rmsprop"},
    "sign": {"kind": "sign"},
}


@pytest.mark.parametrize("of", ["rate", "margin"])
@pytest.mark.parametrize("name", OPTIMISERS)
def test_what_the_optimiser_makes_of_a_push_is_booked_when_it_is_applied(name, of, monkeypatch):
    world, loss = WORLDS["branching"], {"kind": "imitation", "states": "contexts", "estimator": "exact"}
    policy = {**POLICY_TABLES["tanh_8_6_tangent"], "init": NORMAL}
    updates, behaviour = 3, world.behaviour("acts_once" if of == "margin" else "weighs")
    table = {"learning_rate": 0.05, **OPTIMISERS[name]}
    training = {"updates": updates, "ledger": {"behaviours": [behaviour.name], "of": of, "nodes": 2}}
    condition = condition_of(world, policy, loss, training, seed=SEED, optimiser=table)
    books, net, rows = booked(condition, updates), net_of(policy), lower(condition).booked
    optimiser, measure = naive_optimisers.optimiser(table, updates), getattr(naive_ledger, of)
    for update, taken in enumerate(books.path):
        theta, points = taken.before[LANE], naive_ledger.two_points(taken.before[LANE], taken.after[LANE])
        at = naive.Address(SEED, int(IDS[LANE]), update)
        pi, U, gradient = pushes(monkeypatch, condition, policy, loss, books.path, at, LANE)
        assert pi is not None
        slope = naive_ledger.mean_slope(measure, net, world, loss, behaviour, points)
        made = naive_ledger.applied(optimiser, theta, gradient, update)
        expected = naive_ledger.accounts(net, world, theta, pi, U, made.multiplier * slope)
        lines = [-slope @ made.decay, -slope @ made.carried]
        before = (books.accounts[update - 1], books.lines[update - 1]) if update else (0.0, 0.0)
        size_of = float(np.abs(expected).max())
        got = (books.accounts[update] - before[0])[0, 0]
        np.testing.assert_allclose(got[: len(rows)], expected[rows], rtol=1e-3, atol=1e-4 * size_of)
        np.testing.assert_allclose(
            (books.lines[update] - before[1])[0], lines, rtol=1e-3, atol=1e-4 * size_of
        )
