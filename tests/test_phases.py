"""Phases: one loss and then another, on the same networks, clock and random addresses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import naive
import naive_losses
import naive_optimisers
import numpy as np
import popgrad
import pytest
from cases import WORLDS, condition_of, experiment, parameters_of
from popgrad.kernels.choices import Hyperparameter
from popgrad.sim.blocks import simulate_block
from popgrad.sim.experiment import Condition
from popgrad.sim.initial import fresh_state
from popgrad.sim.lower import lower
from popgrad.sim.pace import Control
from popgrad.sim.spec import read_experiment

IDS = np.arange(20, dtype=np.uint32)
FIRST, SECOND = 7, 9
IMITATION = {"kind": "imitation", "estimator": "minibatch", "rows": 3}
OUTCOME = {"kind": "outcome", "episodes": 4, "baseline": "leave_one_out"}
MLP = {"kind": "mlp", "hidden": [4], "init": {"kind": "normal"}}
WATCHES = [{"behaviour": "walks_away", "below": 0.3}, {"behaviour": "collects_coin", "above": 0.97}]
BY_TIME = ("rate", "margin", "loss", "observed_return", "intended_return", "gradient_norm")


def tables_of(
    loss: dict[str, Any], phases: list[dict[str, Any]], updates: int, **sections: Any
) -> dict[str, Any]:
    training = {"updates": updates, "record": {"every": 1}, "watch": WATCHES}
    return experiment(
        loss, policy=MLP, training=training, **({"phase": phases} if phases else {}), **sections
    )


def trained(
    loss: dict[str, Any], phases: list[dict[str, Any]], updates: int, **sections: Any
) -> dict[str, Any]:
    (condition,) = read_experiment(tables_of(loss, phases, updates, **sections)).conditions
    return simulate_block(lower(condition), condition, IDS, Control())


def assert_same_until(end: int, one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    """The same records at times before `end`."""
    for name in BY_TIME:
        np.testing.assert_array_equal(one[name][:, :end], other[name][:, :end], err_msg=name)


def test_the_first_phase_is_a_run_of_its_own_and_time_counts_on():
    alone = trained(IMITATION, [], FIRST)
    both = trained(OUTCOME, [{"updates": FIRST, "loss": IMITATION}], SECOND)
    assert both["rate"].shape[1] == FIRST + SECOND + 1
    assert_same_until(FIRST, both, alone)
    np.testing.assert_array_equal(both["rate"][:, FIRST], alone["rate"][:, FIRST])
    assert (both["rate"][:, -1] != both["rate"][:, FIRST]).any()
    early = (alone["crossed_at"] >= 0) & (alone["crossed_at"] < FIRST)
    assert early.any()
    np.testing.assert_array_equal(both["crossed_at"][early], alone["crossed_at"][early])
    assert (both["crossed_at"] > FIRST).any()
    assert (both["explored_at"][both["explored_at"] >= 0] > FIRST).all()  # imitation explores nothing


@pytest.mark.parametrize("loss", [IMITATION, OUTCOME, {**OUTCOME, "estimator": "exact", "baseline": None}])
def test_two_phases_of_one_loss_are_one_long_run_to_the_bit(loss):
    """So no random address is used twice, and none is left out."""
    loss = {key: value for key, value in loss.items() if value is not None}
    if loss.get("estimator") == "exact":
        loss.pop("episodes")
    long = trained(loss, [], FIRST + SECOND)
    phases = [{"updates": 3, "loss": loss}, {"updates": FIRST - 3, "loss": loss}]
    cut = trained(loss, phases, SECOND)
    for name, array in long.items():
        np.testing.assert_array_equal(cut[name], array, err_msg=name)


def test_epochs_begin_with_their_phase():
    """Seven updates of imitation, and then an epoch of three begins at update 7, not at 6 or 9."""
    clipped = {"kind": "outcome", "rule": "clipped", "epochs": 3, "episodes": 4, "clip": 0.05}
    world = WORLDS["branching"]
    linear = {"kind": "linear", "bias": True, "init": {"kind": "normal"}}
    first = condition_of(world, linear, {"kind": "imitation"}, {"updates": FIRST}, rate=0.25)
    second = condition_of(world, linear, clipped, {"updates": 5}, rate=0.25)
    condition = replace(second, phases=(first,), begins=FIRST)
    path = stages_of_oracle(condition, ({"kind": "imitation"}, clipped), lane=3)
    after = simulate_block(lower(condition), condition, IDS, Control())["weights"][3]
    np.testing.assert_allclose(after, path, atol=1e-5)


@pytest.mark.parametrize(
    "second",
    [
        {"kind": "preference", "beta": 0.7},
        {"kind": "consequence", "estimator": "exact"},
        {"kind": "outcome", "estimator": "exact", "rule": "clipped", "epochs": 2, "clip": 0.05},
        OUTCOME,
    ],
    ids=lambda loss: loss["kind"],
)
@pytest.mark.parametrize("method", ["momentum", "adam"])
def test_the_second_phase_begins_at_the_firsts_weights_with_fresh_moments(second, method):
    """Against the oracle, whose optimiser, schedule, reference and old policy are new in each phase."""
    kinds = {
        "momentum": {"kind": "sgd", "momentum": 0.75},
        "adam": {"kind": "adam", "eps": 1e-3, "schedule": {"kind": "linear", "warm_up": 3}},
    }
    descent = {**kinds[method], "learning_rate": 0.0625}
    world, first = WORLDS["branching"], {"kind": "imitation"}
    linear = {"kind": "linear", "bias": True, "init": {"kind": "normal"}}
    one = condition_of(
        world, linear, first, {"updates": FIRST}, optimiser={**descent, "learning_rate": 0.125}
    )
    two = condition_of(world, linear, second, {"updates": SECOND}, optimiser=descent)
    condition = replace(two, phases=(one,), begins=FIRST)
    tables = ({**descent, "learning_rate": 0.125}, descent)
    path = stages_of_oracle(condition, (first, second), lane=5, descents=tables)
    after = simulate_block(lower(condition), condition, IDS, Control())["weights"][5]
    np.testing.assert_allclose(after, path, atol=2e-5)


def stages_of_oracle(
    condition: Condition, losses: tuple[dict[str, Any], ...], lane: int, descents: Any = None
) -> np.ndarray:
    """(P,): the final parameters of a linear policy, stage after stage."""
    stages = (*condition.phases, condition)
    plan = lower(stages[0])
    net = naive.Net("linear", bias=True)
    theta = parameters_of(plan, fresh_state(plan, stages[0], IDS))[lane]
    tables = descents or [{"kind": "sgd", "learning_rate": 0.25}] * len(stages)
    for stage, loss, table in zip(stages, losses, tables, strict=True):
        optimiser = naive_optimisers.optimiser(table, stage.training.steps)
        path = [theta]
        for turn in range(stage.training.steps):
            began = turn - turn % stage.loss.epochs
            found = naive_losses.step(
                net,
                stage.world,
                loss,
                path[-1],
                at=naive.Address(0, int(IDS[lane]), stage.begins + turn),
                old=path[began],
                epoch_start=stage.begins + began,
                reference=path[0],
            )
            path.append(optimiser.step(path[-1], found.gradient, turn))
        theta = path[-1]
    return theta


def test_a_phase_has_an_optimiser_of_its_own_where_it_says_so():
    other = {"kind": "adam", "learning_rate": 0.02}
    phase = {"updates": FIRST, "loss": IMITATION, "optimiser": other}
    both = trained(OUTCOME, [phase], SECOND)
    assert_same_until(FIRST, both, trained(IMITATION, [], FIRST, optimiser=other))
    faster = {"updates": FIRST, "loss": IMITATION, "optimiser.learning_rate": 0.7}
    alone = trained(IMITATION, [], FIRST, optimiser={"kind": "sgd", "learning_rate": 0.7})
    assert_same_until(FIRST, trained(OUTCOME, [faster], SECOND), alone)


def test_a_critic_begins_anew_and_is_kept_by_the_last_phase_alone():
    critic = {"kind": "linear", "learning_rate": 0.1}
    criticised = {"kind": "outcome", "episodes": 4, "baseline": "critic", "critic": critic}
    policy = trained(OUTCOME, [{"updates": 3, "loss": criticised}], 4)["weights"].shape[1]
    both = trained(criticised, [{"updates": 3, "loss": criticised}], 4)["weights"]
    assert both.shape[1] > policy
    long = trained(criticised, [], 7)["weights"]
    assert (both[:, policy:] != long[:, policy:]).any()
    alone = trained(criticised, [], 3)
    assert_same_until(3, trained(criticised, [{"updates": 3, "loss": criticised}], 4), alone)


def test_a_file_keeps_its_phases(tmp_path):
    tables = tables_of(OUTCOME, [{"updates": FIRST, "loss": {"kind": "imitation"}}], SECOND)
    with popgrad.run(tables, tmp_path / "out.h5") as run:
        assert run.time.tolist() == list(range(FIRST + SECOND + 1))
        (phase,) = run.spec["phase"]
        assert phase["updates"] == FIRST
        assert phase["loss"]["rule"] == "cross_entropy"
        with popgrad.run(run.spec, tmp_path / "again.h5") as again:
            np.testing.assert_array_equal(again.weights("0_outcome"), run.weights("0_outcome"))


def test_episodes_that_several_updates_share_are_counted_once():
    loss = {"kind": "outcome", "rule": "clipped", "epochs": 4, "episodes": 3}
    arms = {"kind": "bandit", "reward": [1.0, 0.0]}
    (condition,) = read_experiment(experiment(loss, world=arms, training={"updates": 8})).conditions
    visits = simulate_block(lower(condition), condition, range(16), Control())["visits"]
    names = [behaviour.name for behaviour in condition.world.behaviours]
    both = visits[:, names.index("arm_0")] + visits[:, names.index("arm_1")]
    assert (both == 2 * 3).all()


def test_a_distribution_replaces_a_number_and_another_distribution():
    swept = {"kind": "sgd", "learning_rate": {"uniform": [0.1, 0.2]}}
    tables = experiment(IMITATION, optimiser=swept)
    tables["condition"][0]["optimiser"] = {"learning_rate": {"log_uniform": [0.3, 0.4]}}
    tables["phase"] = [{"updates": 3, "loss": IMITATION, "optimiser": {"learning_rate": {"grid": [0.7]}}}]
    (condition,) = read_experiment(tables).conditions
    networks = np.arange(16, dtype=np.uint32)
    rates = condition.hyperparameter(Hyperparameter.LEARNING_RATE, networks)
    assert ((rates >= 0.3) & (rates <= 0.4)).all()
    first = condition.phases[0].hyperparameter(Hyperparameter.LEARNING_RATE, networks)
    np.testing.assert_allclose(first, 0.7, rtol=1e-7)
