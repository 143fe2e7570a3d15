"""Training without some pushes: what is left out pushes nothing, and everything else does what it did."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import popgrad
import pytest
from cases import WORLDS, condition_of, experiment, updates_of
from popgrad.sim.errors import InvalidInput
from popgrad.sim.lower import lower
from popgrad.sim.spec import read_experiment
from popgrad.sim.without import pairs_of

COIN = WORLDS["coin_line_2"]
IDS = np.arange(16, dtype=np.uint32)
TABULAR = {"kind": "tabular", "init": {"kind": "normal"}}
MLP = {"kind": "mlp", "hidden": [5], "init": {"kind": "normal"}}


def test_pairs_are_named_by_state_or_group_and_action():
    assert np.argwhere(pairs_of("3,1", COIN)).tolist() == [[3, 1]]
    assert np.argwhere(pairs_of("3", COIN)).tolist() == [[3, 0], [3, 1]]
    group = pairs_of("coin at the right end, 0", COIN)
    assert group is not None
    assert np.argwhere(group).tolist() == [[2, 0], [5, 0]]
    assert [pairs_of(entry, COIN) for entry in ("9", "3,2", "nowhere", "", ",1", "3,")] == [None] * 6


def test_a_group_may_be_called_anything():
    world = replace(COIN, state_groups=("near, left", "3", *["far"] * 7))
    expected = {"near, left": [[0, 0], [0, 1]], "near, left,1": [[0, 1]], "3,1": [[1, 1]]}
    for entry, pairs in expected.items():
        named = pairs_of(entry, world)
        assert named is not None
        assert np.argwhere(named).tolist() == pairs
    assert pairs_of("9" * 5000, world) is None


@pytest.mark.parametrize(
    "loss",
    [
        {"kind": "imitation"},
        {"kind": "imitation", "rule": "squared_error"},
        {"kind": "outcome", "episodes": 4, "baseline": "mean", "entropy": 0.1},
        {"kind": "outcome", "estimator": "exact"},
        {"kind": "consequence", "episodes": 4},
    ],
    ids=["fixed", "shaped", "sampled", "exact", "regression"],
)
def test_a_table_learns_nothing_where_everything_is_left_out(loss):
    left = condition_of(COIN, TABULAR, loss, {"without": ["coin at the right end"]})
    whole = condition_of(COIN, TABULAR, loss)
    (without,), (taken,) = (updates_of(lower(each), each, IDS, range(1)) for each in (left, whole))
    moved, before = (each.after - each.before for each in (without, taken))
    silent = np.isin(np.arange(18) // 2, [2, 5])
    assert not moved[:, silent].any()
    assert before[:, silent].any()
    np.testing.assert_array_equal(moved[:, ~silent], before[:, ~silent])


def test_the_pushes_that_are_left_out_are_those_of_a_condition(tmp_path):
    conditions: list[dict[str, Any]] = [
        {"name": "whole", "loss": {"kind": "imitation"}},
        {"name": "without", "loss": {"kind": "imitation"}, "training.without": ["2,1", "5"]},
    ]
    training = {"updates": 5, "ledger": {"behaviours": ["walks_away"]}}
    run = popgrad.run(experiment([], condition=conditions, training=training, policy=MLP), tmp_path / "o.h5")
    whole, left = (run.ledger("walks_away", name).mean[0] for name in ("whole", "without"))
    assert whole[2, 1] != 0
    assert whole[5, 1] != 0
    assert left[2, 1] == left[5, 1] == 0
    assert ((whole != 0) & (left != 0)).any()


@pytest.mark.parametrize(
    ("training", "expected"),
    [
        ({"without": ["coin at the rigt end"]}, "coin at the right end"),
        ({"without": ["3,2"]}, "an action from 0 to 1"),
        ({"without": ["3"], "rows": "visits"}, "rows of their own"),
    ],
)
def test_what_cannot_be_left_out_is_refused_with_a_reason(training, expected):
    loss = {"kind": "outcome", "episodes": 4}
    with pytest.raises(InvalidInput, match=expected):
        read_experiment(experiment(loss, training={"updates": 5, **training}))
