"""Worlds of too many states to evaluate them all: what is refused and why, and what size does not cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import popgrad
import pytest
from cases import LOSSES, WORLDS, condition_of, experiment
from policy_cases import first_fit
from popgrad.kernels.lanes.scratch import scratch_sizes
from popgrad.sim.behaviour import Behaviour
from popgrad.sim.blocks import Control, simulate_block
from popgrad.sim.by_visit import MAX_LISTED, by_visit_faults
from popgrad.sim.costs import update_cycles
from popgrad.sim.errors import InvalidInput
from popgrad.sim.estimate import block_size, estimate
from popgrad.sim.experiment import MAX_HELD, Experiment
from popgrad.sim.lower import lower
from popgrad.sim.simulate import Work
from popgrad.sim.spec import read_experiment
from popgrad.sim.too_large import refuse_too_large
from popgrad.sim.world import World

POLICY = {"kind": "mlp", "hidden": [5]}


def graph(states: int, horizon: int = 6) -> World:
    """States that lead anywhere, a tenth of them ends, with every column that a large world needs."""
    random = np.random.default_rng(0)
    S, A, D = states, 3, 12
    terminal = random.uniform(size=S) < 0.1
    terminal[0] = False
    weight = (random.uniform(size=(S, A)) < 0.3).astype(float)
    start = ~terminal / (~terminal).sum()
    return World(
        successor=random.integers(0, S, (S, A), dtype=np.int32),
        start=start,
        terminal=terminal,
        features=random.normal(size=(S, D)),
        horizon=horizon,
        contexts=start,
        observed_reward=random.normal(size=(S, A)),
        observed_entry_reward=random.normal(size=S),
        demonstrator=random.dirichlet(np.ones(A), S),
        approval=np.tanh(random.normal(size=(S, A))),
        observed_approval=np.tanh(random.normal(size=(S, A))),
        behaviours=(
            Behaviour("wanders", "Does what counts.", weight, entry=np.ones(S)),
            Behaviour("begins", "Takes action 0 in state 0.", np.eye(A)[[0] * S], (np.arange(S) == 0) * 1.0),
        ),
    )


@pytest.fixture(scope="module")
def large() -> World:
    return graph(100_000)


LEARNING = {
    "minibatch": {"kind": "imitation", "estimator": "minibatch", "rows": 30},
    "demonstrator": {"kind": "imitation", "states": "demonstrator", "estimator": "minibatch", "rows": 30},
    "dagger": {"kind": "imitation", "states": "own", "estimator": "sampled", "episodes": 6},
    "outcome": {"kind": "outcome", "episodes": 6, "baseline": "mean"},
    "process": {"kind": "process", "states": "contexts", "episodes": 6, "labels": "all"},
    "decoupled": {"kind": "decoupled_approval", "episodes": 6},
    "clipped": {"kind": "outcome", "episodes": 6, "rule": "clipped", "epochs": 2},
    "consequence": {"kind": "consequence", "episodes": 6},
    "preference": {"kind": "preference", "estimator": "sampled", "episodes": 6},
}


@pytest.mark.parametrize("loss", LEARNING.values(), ids=LEARNING)
def test_working_memory_and_cost_are_those_of_the_rows_and_not_of_the_states(loss, large):
    options = {"rows": "visits", "updates": 3}
    small, big = (lower(condition_of(world, POLICY, loss, options)) for world in (graph(100), large))
    sizes = [scratch_sizes(plan.training, plan.measurement, plan.surveys) for plan in (small, big)]
    assert sizes[0] == sizes[1]
    assert update_cycles(small.training) == update_cycles(big.training)
    assert len(big.training.table.features) > 10_000
    assert big.training.rows.trained == 0


@pytest.mark.parametrize("loss", LEARNING.values(), ids=LEARNING)
def test_networks_learn_in_a_world_of_100_000_states(loss, large):
    condition = condition_of(large, POLICY, loss, {"updates": 5, "record": {"every": 1}}, rate=0.5)
    assert condition.by_visit
    assert not by_visit_faults(condition)
    arrays = simulate_block(lower(condition), condition, np.arange(16, dtype=np.uint32), Control())
    assert (arrays["diverged_at"] == -1).all()
    assert (arrays["gradient_norm"] > 0).all()
    for name in ("rate", "loss", "observed_return"):
        assert np.isfinite(arrays[name]).all()
    assert (arrays["rate"][:, 0, 1] != arrays["rate"][:, -1, 1]).all()


def test_worlds_up_to_a_size_are_held_and_larger_ones_are_not_unless_a_file_says_otherwise():
    sizes = {
        states: [
            condition_of(graph(states), POLICY, LEARNING["outcome"], options).by_visit
            for options in ({}, {"rows": "states"}, {"rows": "visits"})
        ]
        for states in (MAX_HELD, MAX_HELD + 1)
    }
    assert sizes == {MAX_HELD: [False, False, True], MAX_HELD + 1: [True, False, True]}


REFUSED = {
    "exact": ("loss.estimator", "expectation"),
    "return_conditioned": ("loss.kind", "`outcome`"),
    "natural": ("loss.rule", "Fisher"),
    "value": ("loss.baseline", "leave_one_out"),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_just_what_takes_every_state_is_refused_with_what_to_use_instead(loss):
    _, world = first_fit(loss, ["tanh_5", "tabular"], list(WORLDS))
    condition = condition_of(WORLDS[world], POLICY, loss, {"rows": "visits"})
    expected = [REFUSED[loss["kind"]]] if loss["kind"] in REFUSED else []
    expected = expected or [
        REFUSED[word] for word in loss.values() if isinstance(word, str) and word in REFUSED
    ]
    faults = by_visit_faults(condition)
    assert sorted(fault.path for fault in faults) == sorted(path for path, _ in expected)
    for path, word in expected:
        (fault,) = (fault for fault in faults if fault.path == path)
        assert word in fault.expected
        assert "rows of their own" in fault.given
    held = condition_of(WORLDS[world], POLICY, loss)
    assert not by_visit_faults(held)


def faults_of(loss: dict[str, Any], training: dict[str, Any], **sections: Any) -> list[str]:
    """The faults of an experiment on the coin line, whose episodes are short and contexts few."""
    tables = experiment(loss, training={"updates": 5, **training}, **sections)
    with pytest.raises(InvalidInput) as caught:
        read_experiment(tables)
    return [str(fault) for fault in caught.value.faults]


def test_an_exact_loss_is_refused_by_the_file_with_the_path_of_its_estimator():
    (fault,) = faults_of({"kind": "imitation"}, {"rows": "visits"})
    assert (
        "loss.estimator (condition \"0_imitation\"): got 'exact' where updates have rows of their own ("
        in fault
    )
    assert '"minibatch" with `rows`' in fault


def test_a_phase_is_refused_by_its_own_path():
    phase = [{"updates": 3, "loss": {"kind": "imitation"}}]
    (fault,) = faults_of({"kind": "outcome"}, {"rows": "visits"}, phase=phase)
    assert fault.startswith("phase[0].loss.estimator: got 'exact'")


def test_a_watch_on_an_episode_or_on_many_contexts_is_refused():
    world = graph(200)
    everywhere = Behaviour("all", "Takes action 0.", np.eye(3)[[0] * 200], world.start)
    world = replace(world, behaviours=(*world.behaviours, everywhere))
    for name, refused in (("begins", False), ("wanders", True), ("all", True)):
        watch = [{"behaviour": name, "below": 0.5}]
        condition = condition_of(world, POLICY, LEARNING["outcome"], {"rows": "visits", "watch": watch})
        faults = by_visit_faults(condition)
        assert [fault.path for fault in faults] == ["training.watch[0].behaviour"] * refused
        assert all(f"at most {MAX_LISTED} states" in fault.expected for fault in faults)


def test_selection_is_refused():
    select = {"method": "guess_and_check", "select": {"loss": {"below": 0.1}}, "rows": "visits"}
    found = faults_of({"kind": "outcome"}, select)
    assert any(fault.startswith("training.method: got 'guess_and_check' where updates") for fault in found)


def test_episodes_to_record_are_refused_where_records_are_exact():
    (fault,) = faults_of({"kind": "outcome"}, {"recorded": 5})
    assert fault.startswith("training.recorded: got 5, expected none where every state is evaluated")
    for wrong in (0, 2**16 + 1):
        assert faults_of({"kind": "outcome"}, {"recorded": wrong, "rows": "visits"})
    default, given = (
        condition_of(WORLDS["branching"], POLICY, LEARNING["outcome"], {"rows": "visits", **more})
        for more in ({}, {"recorded": 5})
    )
    for condition, episodes in ((default, 64), (given, 5)):
        assert {survey.sampling.episodes for survey in lower(condition).surveys} == {episodes}


def test_tables_of_too_many_numbers_are_refused():
    condition = condition_of(graph(25), POLICY, LEARNING["outcome"], {"rows": "visits"})
    plan = lower(condition)
    endless = np.lib.stride_tricks.as_strided(np.zeros(1, np.float32), (2**28, 8), (0, 0))
    training = plan.training._replace(table=plan.training.table._replace(features=endless))
    with pytest.raises(InvalidInput, match="2,147,483,648 numbers in the table of features"):
        refuse_too_large(condition, training, plan.measurement, ())


def test_bins_of_returns_do_not_make_a_world_too_large_to_hold():
    loss = {"kind": "return_conditioned", "edges": [-0.5, 0.5], "episodes": 2}
    condition = condition_of(graph(2000), POLICY, loss)
    assert not by_visit_faults(condition)
    assert len(lower(condition).training.table.features) == 0


def test_a_run_by_visit_beside_one_that_holds_every_state():
    tables = experiment(
        [{"kind": "outcome", "episodes": 4}, {"kind": "imitation", "estimator": "minibatch", "rows": 3}],
        phase=[{"updates": 4, "loss": {"kind": "outcome", "episodes": 2}}],
    )
    tables["condition"].append({**tables["condition"][0], "name": "held"})
    for condition in tables["condition"][:2]:
        condition["training.rows"] = "visits"
    with popgrad.run(tables) as run:
        assert (
            run.rate("walks_away", "0_outcome")[:, -1] != run.rate("walks_away", "1_imitation")[:, -1]
        ).any()
        near = run.values("weights")
        np.testing.assert_allclose(near[0], near[2], atol=1e-4)


def test_whatever_the_number_of_threads():
    tables = experiment(
        [LEARNING["minibatch"], LEARNING["clipped"]],
        population={"networks": 1500},
        training={"updates": 300, "record": {"log": 5}, "rows": "visits", "recorded": 512},
    )
    assert Work(read_experiment(tables)).size < 1500
    one, two = popgrad.run(tables, threads=1), popgrad.run(tables, threads=2)
    with one, two:
        for name in ("rate", "loss", "observed_return", "gradient_norm", "weights"):
            a, b = (np.ascontiguousarray(run.values(name)).view(np.uint8) for run in (one, two))
            np.testing.assert_array_equal(a, b)


def test_estimates_count_what_is_gathered_and_recorded(large):
    loss = LEARNING["outcome"]
    conditions = tuple(condition_of(large, POLICY, loss, {"updates": 100, "recorded": n}) for n in (1, 64))
    plans = [lower(condition) for condition in conditions]
    few, many = (Experiment("test", {}, 1000, (condition,)) for condition in conditions)
    expected = [estimate(each, [plan], 1) for each, plan in zip((few, many), plans, strict=True)]
    assert expected[0].seconds < expected[1].seconds
    assert expected[0].memory < expected[1].memory < 1e9
    assert expected[0].memory > estimate(few, [lower(condition_of(graph(100), POLICY, loss))], 1).memory + 1e7
    assert block_size(many, plans[1:]) >= 16
    assert Work(
        read_experiment(experiment({"kind": "outcome"}, training={"updates": 5, "rows": "visits"}))
    ).size
