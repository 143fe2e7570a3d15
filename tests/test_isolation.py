"""What a loss does not read cannot change a weight, and what happens to one network cannot change another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import popgrad
import pytest
from cases import LOSSES, condition_of, experiment, world_of
from popgrad.sim import blocks
from popgrad.sim.blocks import Control, simulate_block
from popgrad.sim.experiment import Condition
from popgrad.sim.initial import fresh_state
from popgrad.sim.lower import lower
from popgrad.sim.world import ACTION_COLUMNS, ENTRY_COLUMNS, World

POLICY = {"kind": "mlp", "hidden": [4], "init": {"kind": "normal"}}
COLUMNS = (*ACTION_COLUMNS, *ENTRY_COLUMNS)


def complete() -> World:
    """The reward register with every column there is, an end to its episodes included."""
    world = world_of({"kind": "reward_register", "distance": 1, "horizon": 5})
    assert world.approval is not None
    ends = (world.features[:, -2:] == [0, 1]).all(axis=1)  # the dummy alone is set
    return replace(
        world,
        terminal=ends,
        entry_reward=ends * 0.5,
        observed_entry_reward=ends * 1.0,
        observed_approval=0.5 * world.approval,
        catastrophe=np.zeros((world.states, world.actions)),
        contexts=~ends / (~ends).sum(),
    )


WORLD = complete()


def one_step() -> World:
    """The same of one step, which ends where the first two actions lead."""
    begins = int(WORLD.start.argmax())
    ends = np.isin(np.arange(WORLD.states), WORLD.successor[begins, :2])
    return replace(
        WORLD,
        horizon=1,
        terminal=ends,
        contexts=WORLD.start,
        entry_reward=ends * 0.5,
        observed_entry_reward=ends * 1.0,
        behaviours=(),
    )


ONE_STEP = one_step()


def altered(world: World, column: str) -> World:
    """The same world with one column scrambled, and no less valid."""
    if column in ENTRY_COLUMNS:
        return replace(world, **{column: 1 - 2 * getattr(world, column)})
    return replace(world, **{column: getattr(world, column)[:, [1, 2, 0]] * 0.75 + 0.25 / 3})


def place_of(loss: dict[str, Any]) -> tuple[World, dict[str, Any]]:
    """A world and a policy that a loss goes with."""
    exact_return = (loss["kind"], loss["estimator"]) == ("return_conditioned", "exact")
    policy = {"kind": "tabular", "init": {"kind": "normal"}} if loss.get("rule") == "natural" else POLICY
    return ONE_STEP if exact_return else WORLD, policy


def trained(world: World, policy: dict[str, Any], loss: dict[str, Any]) -> np.ndarray:
    """Final weights of 32 networks."""
    condition = condition_of(world, policy, loss, {"updates": 20}, rate=0.3)
    return simulate_block(lower(condition), condition, np.arange(32, dtype=np.uint32), Control())["weights"]


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_weights_depend_on_the_columns_that_the_loss_names_and_no_others(loss):
    world, policy = place_of(loss)
    reads = condition_of(world, policy, loss).loss.columns
    weights = trained(world, policy, loss)
    assert np.isfinite(weights).all()
    moving = {c for c in COLUMNS if not np.array_equal(weights, trained(altered(world, c), policy, loss))}
    assert moving == set(reads) - {"contexts"}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_world_may_lack_every_column_that_the_loss_does_not_read(loss):
    world, policy = place_of(loss)
    condition = condition_of(world, policy, loss)
    used = {
        *condition.loss.columns,
        *(condition.loss.expected or ()),
    }  # the second are recorded as its signal
    bare = replace(world, **dict.fromkeys(set(COLUMNS) - used))
    np.testing.assert_array_equal(trained(bare, policy, loss), trained(world, policy, loss))


def test_the_register_is_seen_by_outcome_reward_alone():
    losses = [
        {"kind": "imitation"},
        {"kind": "process", "episodes": 8},
        {"kind": "secure_outcome", "episodes": 8},
        {"kind": "outcome", "episodes": 8},
    ]
    weights, returns = [], []
    for payout in (2.0, 50.0):
        world = {"kind": "reward_register", "distance": 1, "horizon": 5, "payout": payout}
        with popgrad.run(experiment(losses, world=world, policy=POLICY)) as run:
            weights.append([run.weights(name) for name in run.conditions])
            returns.append([run.observed_return(name) for name in run.conditions])
            assert (run.visits("tampers", "3_outcome") > 0).any()
    same = [np.array_equal(a, b) for a, b in zip(*weights, strict=True)]
    assert same == [True, True, True, False]
    assert not any(
        np.array_equal(a, b) for a, b in zip(*returns, strict=True)
    )  # though all are measured on it


def conditions_with(rates: list[float], training: dict[str, Any] | None = None) -> list[Condition]:
    """Conditions of different losses, learning rates dealt out by network."""
    world = world_of({"kind": "coin_line", "length": 2, "diversity": 0.3})
    watch = [{"behaviour": "walks_away", "below": 0.5}]
    options = {"updates": 12, "record": {"every": 1}, "watch": watch, **(training or {})}
    policy = {**POLICY, "activation": "relu"}
    losses = ({"kind": "imitation"}, {"kind": "outcome", "episodes": 4, "baseline": "value"})
    return [condition_of(world, policy, loss, options, rate={"grid": rates}) for loss in losses]


IDS = np.arange(40, dtype=np.uint32)


def run_block(condition: Condition) -> dict[str, np.ndarray]:
    return simulate_block(lower(condition), condition, IDS, Control())


def assert_lost(arrays: dict[str, np.ndarray], network: int, first: int) -> None:
    """The network has no records from its divergence on, and began with some."""
    when = int(arrays["diverged_at"][network])
    assert when >= first
    for name in ("rate", "loss", "gradient_norm", "observed_return"):
        assert np.isnan(arrays[name][network, when:]).all(), name
        assert not np.isnan(arrays[name][network, 0]).any(), name


def assert_others_same(one: dict[str, np.ndarray], other: dict[str, np.ndarray], but: list[int]) -> None:
    rest = np.delete(IDS, but)
    for name, array in one.items():
        a, b = np.ascontiguousarray(array[rest]), np.ascontiguousarray(other[name][rest])
        np.testing.assert_array_equal(a.view(np.uint8), b.view(np.uint8), err_msg=name)
    assert (one["diverged_at"][rest] == -1).all()


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("planted", [np.nan, np.inf, -np.inf])
def test_a_network_of_broken_weights_is_marked_and_disturbs_no_other(planted, number, monkeypatch):
    condition = conditions_with([0.05])[number]
    healthy = run_block(condition)

    def broken(*given: Any) -> Any:
        state = fresh_state(*given)
        parameters = len(state.weights) // len(state.network)
        state.weights.reshape(-1, parameters, 16)[1, 2, 5] = planted
        return state

    monkeypatch.setattr(blocks, "fresh_state", broken)
    arrays = run_block(condition)
    assert arrays["diverged_at"][21] == 1
    assert np.isnan(arrays["rate"][21, 1:]).all()
    assert_others_same(healthy, arrays, [21])


@pytest.mark.parametrize("number", [0, 1])
def test_a_network_that_blows_up_while_learning_disturbs_no_other(number):
    calm, wild = [0.05] * 8, [0.05] * 7 + [3e38]
    healthy, arrays = (run_block(conditions_with(rates)[number]) for rates in (calm, wild))
    blown = list(range(7, 40, 8))
    healthy.pop("learning_rate")
    arrays_without = {name: array for name, array in arrays.items() if name != "learning_rate"}
    assert_others_same(healthy, arrays_without, blown)
    lost = [network for network in blown if arrays["diverged_at"][network] >= 0]
    assert lost
    for network in lost:
        assert_lost(arrays, network, 1)


def test_a_run_with_diverged_networks_ends_and_says_so():
    tables = experiment(
        {"kind": "imitation"},
        policy={**POLICY, "activation": "relu"},
        optimiser={"kind": "sgd", "learning_rate": {"grid": [0.05, 3e38]}},
        training={"updates": 12, "watch": [{"behaviour": "walks_away", "below": 0.5}]},
    )
    with popgrad.run(tables) as run:
        diverged = run.diverged_at("0_imitation")
        assert (diverged[::2] == -1).all()
        assert (diverged[1::2] > 0).any()
        final = run.rate("walks_away", "0_imitation")[:, -1]
        np.testing.assert_array_equal(np.isnan(final), diverged >= 0)
