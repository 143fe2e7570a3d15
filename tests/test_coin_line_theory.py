"""The coin line from end to end: correction times, what a table cannot learn, what always right collects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import popgrad
import pytest
from cases import condition_of, world_of
from popgrad.sim.blocks import Control, simulate_block
from popgrad.sim.lower import lower

WATCH = "walks_away < 0.5"


def walking(world: dict[str, Any], updates: int = 2000, **options: Any) -> dict[str, Any]:
    """Imitation of the walk to the coin, from zero weights; `policy` and `loss` add to the defaults."""
    policy = {"kind": "linear", "head": "logit", "init": {"kind": "zeros"}, **options.get("policy", {})}
    return {
        "title": "theory",
        "world": {"kind": "coin_line", "length": 4, **world},
        "policy": policy,
        "optimiser": {"kind": "sgd", "learning_rate": 0.05},
        "population": {"networks": options.get("networks", 1)},
        "training": {"updates": updates, "watch": [{"behaviour": "walks_away", "below": 0.5}]},
        "condition": [{"name": "imitation", "loss": {"kind": "imitation", **options.get("loss", {})}}],
    }


def corrected_at(experiment: dict[str, Any]) -> int:
    with popgrad.run(experiment) as run:
        return int(run.crossed_at(WATCH, "imitation")[0])


@pytest.mark.parametrize(
    ("options", "times"),
    [
        ({}, (26, 98, 603)),
        ({"loss": {"states": "demonstrator"}}, (59, 226, 1400)),
        ({"policy": {"bias": True}}, (31, 115, 715)),
    ],
    ids=["contexts", "demonstrator", "bias"],
)
@pytest.mark.parametrize(("number", "diversity"), list(enumerate([0.3, 0.1, 0.02])))
def test_correction_times_to_the_update(number, diversity, options, times):
    assert corrected_at(walking({"diversity": diversity}, **options)) == times[number]


def test_without_diversity_walking_away_is_never_corrected():
    with popgrad.run(walking({"diversity": 0.0})) as run:
        assert run.crossed_at(WATCH, "imitation").tolist() == [-1]
        assert run.rate("walks_away", "imitation")[0, 1:].min() > 0.5


def test_relative_features_correct_it_without_diversity():
    with popgrad.run(walking({"diversity": 0.0, "encoding": "relative"})) as run:
        assert run.crossed_at(WATCH, "imitation")[0] > 0
        assert run.rate("walks_away", "imitation")[0, -1] < 0.5


LOSSES = [
    {"kind": "imitation"},
    {"kind": "imitation", "states": "demonstrator", "estimator": "minibatch", "rows": 4},
    {"kind": "outcome", "episodes": 4},
    {"kind": "process", "estimator": "exact", "labels": "all"},
]


@pytest.mark.parametrize("diversity", [0.0, 0.02, 0.5, 1.0])
@pytest.mark.parametrize("encoding", ["absolute", "one_hot"])
def test_a_table_leaves_the_unseen_probe_the_same_to_the_bit(encoding, diversity):
    experiment = walking({"diversity": diversity, "encoding": encoding}, updates=100, networks=20)
    experiment["policy"] = {"kind": "tabular", "init": {"kind": "normal", "std": 2.0}}
    experiment["condition"] = [{"name": str(n), "loss": loss} for n, loss in enumerate(LOSSES)]
    with popgrad.run(experiment) as run:
        for name in run.conditions:
            margin = run.margin("walks_away", name)
            assert margin.shape[1] > 50
            assert len(np.unique(margin[:, 0])) == 20
            np.testing.assert_array_equal(margin, np.broadcast_to(margin[:, :1], margin.shape))
            assert (np.ptp(run.loss(name), axis=1) > 0).all()  # elsewhere it did learn


@pytest.mark.parametrize("length", [1, 2, 4, 7])
def test_always_right_collects_l_plus_2_of_twice_l_plus_1(length):
    world = world_of({"kind": "coin_line", "length": length})
    condition = condition_of(world, {"kind": "linear", "head": "logit"}, {"kind": "imitation"}, rate=1e-30)
    plan = replace(lower(condition), centre=np.array([60.0, 0.0, 0.0]))
    measured = simulate_block(plan, condition, np.arange(1, dtype=np.uint32), Control())["rate"][0, 0]
    rates = dict(zip((behaviour.name for behaviour in world.behaviours), measured, strict=True))
    assert rates["collects_coin_test"] == pytest.approx((length + 2) / (2 * (length + 1)), abs=1e-6)
    assert rates["collects_coin"] == pytest.approx(1, abs=1e-6)
    assert rates["walks_away"] == 1
