"""Watches: when a criterion is first met, and that a network it freezes learns no more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from cases import condition_of, world_of
from popgrad.sim.blocks import Control, simulate_block
from popgrad.sim.lower import lower

WORLD = world_of({"kind": "coin_line", "length": 2, "diversity": 0.5})
POLICY = {"kind": "mlp", "hidden": [4], "init": {"kind": "normal"}}
IDS = np.arange(48, dtype=np.uint32)
UPDATES = 40
NAMES = [behaviour.name for behaviour in WORLD.behaviours]
LOSSES = [{"kind": "imitation"}, {"kind": "outcome", "episodes": 4}]


def trained(loss: dict[str, Any], *watch: dict[str, Any], **training: Any) -> dict[str, np.ndarray]:
    options = {"updates": UPDATES, "record": {"every": 1}, "watch": list(watch), **training}
    condition = condition_of(WORLD, POLICY, loss, options, rate=0.3)
    return simulate_block(lower(condition), condition, IDS, Control())


def first(crossed: np.ndarray) -> np.ndarray:
    """(networks,) the first time at which it is so, −1 for never."""
    return np.where(crossed.any(axis=1), crossed.argmax(axis=1), -1)


CRITERIA = [
    {"behaviour": "walks_away", "below": 0.3},
    {"behaviour": "walks_away", "above": 0.7},
    {"behaviour": "collects_coin", "above": 0.9},
    {"behaviour": "collects_coin_test", "above": 0.8},
]


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss["kind"])
def test_a_watch_is_crossed_when_the_recorded_rate_first_meets_it(loss):
    arrays = trained(loss, *CRITERIA)
    for number, watch in enumerate(CRITERIA):
        rate = arrays["rate"][:, :, NAMES.index(watch["behaviour"])].astype(np.float64)
        met = rate < watch["below"] if "below" in watch else rate > watch["above"]
        found = arrays["crossed_at"][:, number]
        np.testing.assert_array_equal(found, first(met))
    assert len(np.unique(arrays["crossed_at"])) > 10
    assert {0, -1} <= set(arrays["crossed_at"].ravel().tolist())


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss["kind"])
def test_a_frozen_network_repeats_its_records_and_keeps_its_weights(loss):
    watch = CRITERIA[2]
    free, frozen = trained(loss, watch), trained(loss, {**watch, "freeze": True})
    at = free["crossed_at"][:, 0]
    np.testing.assert_array_equal(frozen["crossed_at"][:, 0], at)
    assert ((at > 0) & (at < UPDATES - 5)).sum() > 5
    for name in ("rate", "margin", "loss", "gradient_norm", "observed_return"):
        for network, when in enumerate(at):
            until = UPDATES if when < 0 else when
            records = frozen[name][network]
            np.testing.assert_array_equal(records[: until + 1], free[name][network, : until + 1])
            np.testing.assert_array_equal(
                records[until:], np.broadcast_to(records[until], records[until:].shape)
            )
    never = at < 0
    np.testing.assert_array_equal(frozen["weights"][never], free["weights"][never])
    crossed = int(at[at > 0].min())
    shorter = trained(loss, watch, updates=crossed)
    np.testing.assert_array_equal(frozen["weights"][at == crossed], shorter["weights"][at == crossed])


def test_episodes_of_a_frozen_network_are_not_counted():
    watch = {**CRITERIA[2], "freeze": True}
    arrays = trained(LOSSES[1], watch)
    at = arrays["crossed_at"][:, 0]
    visits = arrays["visits"][:, NAMES.index("collects_coin")]
    assert (visits[at >= 0] <= 4 * at[at >= 0]).all()
    assert (visits[at < 0] > 0).all()
    assert (arrays["explored_at"][at == 0] == -1).all()


@pytest.mark.parametrize("side", ["below", "above"])
def test_meeting_a_level_exactly_is_not_crossing_it(side):
    condition = condition_of(
        WORLD,
        {"kind": "linear", "init": {"kind": "zeros"}},
        {"kind": "imitation"},
        {"watch": [{"behaviour": "walks_away", side: 0.5}]},
        rate=1e-30,
    )
    arrays = simulate_block(lower(condition), condition, IDS, Control())
    assert (arrays["rate"][:, 0, NAMES.index("walks_away")] == 0.5).all()
    assert (arrays["crossed_at"] != 0).all()


@pytest.mark.parametrize("extreme", [1e-6, 1e-12])
def test_a_level_in_the_tail_is_met_by_the_margin_where_float32_has_no_such_rate(extreme):
    condition = condition_of(
        WORLD,
        {"kind": "linear", "head": "logit"},
        {"kind": "imitation"},
        {"updates": 1, "watch": [{"behaviour": "walks_away", "above": 1 - extreme}]},
        rate=1e-30,
    )
    margin = -np.log(extreme)
    for step, crossed in ((-0.01, -1), (0.01, 0)):
        plan = replace(lower(condition), centre=np.array([margin + step, 0.0, 0.0]))
        assert simulate_block(plan, condition, IDS, Control())["crossed_at"][0, 0] == crossed
