"""The accounts of the JAX backend in float64 against the oracle's, and in float32 against the vectors'."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import naive
import naive_ledger
import naive_optimisers
import numpy as np
import pytest
from cases import WORLDS, Taken, condition_of
from ledger_lanes import accounts_after
from ledger_oracle import pushes
from ledger_xla import After, after_updates
from policy_cases import NORMAL, POLICY_TABLES, net_of, seen_by
from popgrad.kernels.lanes.vector import LANES
from popgrad.sim.experiment import Condition
from popgrad.sim.lower import lower, training_episodes

SEED = 2**40 + 5
IDS = np.arange(7, 7 + LANES, dtype=np.uint32)
LANE = 9
UPDATES = 2
RATE = 0.125


class Case(NamedTuple):
    """A loss, an optimiser, a policy and a behaviour of a world that go together, and what is booked."""

    loss: dict[str, Any]
    optimiser: dict[str, Any]
    policy: str
    world: str
    behaviour: str
    of: str = "rate"


CASES = {
    "shaped": Case(
        {"kind": "process", "estimator": "exact", "labels": "all", "rule": "unlikelihood"},
        {"kind": "sgd", "momentum": 0.75, "nesterov": True, "weight_decay": 0.1, "clip_norm": 0.02},
        "tanh_8_6_tangent",
        "branching",
        "acts_once",
        "margin",
    ),
    "regression": Case(
        {"kind": "consequence", "estimator": "exact"},
        {"kind": "adamw", "weight_decay": 0.1, "beta1": 0.5, "schedule": {"kind": "linear"}},
        "linear",
        "coin_line_2",
        "walks_away",
    ),
}


def path_of(case: Case, condition: Condition, found: list[After]) -> list[Taken]:
    """The updates of the lane that the oracle follows, which acts by its own probabilities."""
    world, net = WORLDS[case.world], net_of(POLICY_TABLES[case.policy])
    size, path = naive.parameter_count(net, world), []
    for before, after in pairwise(found):
        pi = naive.probabilities(net, seen_by(world, case.loss), before.parameters[LANE][:size])
        acting = training_episodes(world, condition.loss).acting
        acted = np.repeat(pi[acting][:, :, None], LANES, axis=2)
        path.append(Taken(before.parameters, after.parameters, acted))
    return path


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_push_is_booked_by_what_it_did(case, monkeypatch):
    world, policy = WORLDS[case.world], {**POLICY_TABLES[case.policy], "init": NORMAL}
    training = {"updates": UPDATES, "ledger": {"behaviours": [case.behaviour], "of": case.of, "nodes": 2}}
    table = {"learning_rate": 0.05, **case.optimiser}
    condition = condition_of(world, policy, case.loss, training, seed=SEED, optimiser=table)
    found, net, rows = (
        after_updates(condition, IDS, UPDATES, "float64"),
        net_of(policy),
        lower(condition).booked,
    )
    path, behaviour = path_of(case, condition, found), world.behaviour(case.behaviour)
    optimiser, measure = naive_optimisers.optimiser(table, UPDATES), getattr(naive_ledger, case.of)
    for update, taken in enumerate(path):
        theta, points = taken.before[LANE], naive_ledger.two_points(taken.before[LANE], taken.after[LANE])
        at = naive.Address(SEED, int(IDS[LANE]), update)
        pi, U, gradient = pushes(monkeypatch, condition, policy, case.loss, path, at, LANE)
        slope = naive_ledger.mean_slope(measure, net, world, case.loss, behaviour, points)
        made = naive_ledger.applied(optimiser, theta, gradient, update)
        if pi is None:
            expected = naive_ledger.errors(net, world, theta, U, made.multiplier * slope)
        else:
            expected = naive_ledger.accounts(net, world, theta, pi, U, made.multiplier * slope)
        before, after = found[update], found[update + 1]
        got = (after.accounts - before.accounts)[LANE, 0].sum(axis=0)
        size = float(np.abs(expected).max())
        np.testing.assert_allclose(got[: len(rows)], expected[rows], rtol=0, atol=1e-7 * size)
        lines = [-slope @ made.decay, -slope @ made.carried]
        np.testing.assert_allclose((after.lines - before.lines)[LANE, 0], lines, rtol=0, atol=1e-7 * size)
        assert size > 1e-4


def test_the_parts_of_a_push_are_those_of_the_vectors():
    """A baseline is clipped with the whole advantage; what was never sampled or is left out has nothing."""
    loss = {
        "kind": "outcome",
        "episodes": 4,
        "rule": "clipped",
        "clip": 0.02,
        "epochs": 3,
        "baseline": "mean",
        "entropy": 0.3,
    }
    policy, world = {**POLICY_TABLES["linear"], "init": NORMAL}, WORLDS["coin_line_2"]
    training = {"updates": 3, "ledger": {"behaviours": ["walks_away"]}, "without": ["2,1"]}
    condition = condition_of(world, policy, loss, training, rate=RATE, seed=SEED)
    *_, after = after_updates(condition, IDS, 3, "float32")
    expected = accounts_after(condition, IDS, 3)
    for kind in range(3):
        size = np.abs(expected[:, :, kind]).max()
        assert size > 1e-3
        np.testing.assert_allclose(after.accounts[:, :, kind], expected[:, :, kind], rtol=0, atol=4e-6 * size)
    row = int(np.flatnonzero(lower(condition).booked == 2)[0])
    np.testing.assert_array_equal(after.accounts[:, :, :, row, 1], 0.0)
    assert after.accounts[:, :, 2, row, 0].all()
    never = expected[:, :, :2] == 0
    assert never.any()
    np.testing.assert_array_equal(after.accounts[:, :, :2][never], 0.0)
