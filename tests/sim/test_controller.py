"""Policies with a memory, against recursion over what is remembered, in worlds that know of no memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click.testing
import naive
import naive_memory
import numpy as np
import popgrad
import pytest
import tomlkit
from cases import LOSSES, WORLDS, condition_of, experiment, parameters_of, updates_of
from popgrad.cli import main
from popgrad.kernels.lanes.vector import LANES
from popgrad.sim.behaviour import Behaviour
from popgrad.sim.blocks import Control, simulate_block
from popgrad.sim.controller import with_memory
from popgrad.sim.errors import InvalidInput
from popgrad.sim.initial import fresh_state
from popgrad.sim.lower import lower
from popgrad.sim.spec import read_experiment
from popgrad.sim.world import World
from popgrad.sim.worlds.cue import cue

IDS = np.arange(3, 3 + LANES, dtype=np.uint32)
LANE = 5
RATE = 0.125
NORMAL = {"kind": "normal", "std": 0.8}
OUTCOME = {"kind": "outcome", "estimator": "exact"}
PLACES = {**WORLDS, "cue": cue(length=1)}


def remembers(memory: int) -> dict[str, Any]:
    return {"kind": "controller", "memory": memory, "init": NORMAL}


@pytest.mark.parametrize("memory", [2, 3])
@pytest.mark.parametrize("name", ["bandit", "branching", "coin_line_2", "cue"])
def test_exact_outcome_descends_the_expected_return_of_acting_and_remembering(name, memory):
    world = PLACES[name]
    condition = condition_of(world, remembers(memory), OUTCOME, rate=RATE)
    (taken,) = updates_of(lower(condition), condition, IDS, range(1))
    theta = taken.before[LANE]
    reward = naive.column_of(world, "observed_reward", (world.states, world.actions))
    entry = naive.column_of(world, "observed_entry_reward", (world.states,))

    def expected_return(parameters: np.ndarray) -> float:
        pi = naive_memory.table_policy(world, memory, parameters)
        return naive_memory.count(world, pi, world.start, reward, entry)

    assert len(theta) == len(naive.observations(world)) * world.actions * memory**2
    climb = naive.finite_difference(expected_return, theta)
    np.testing.assert_allclose((theta - taken.after[LANE]) / RATE, -climb, rtol=3e-6, atol=3e-6)


def elsewhere(world: World) -> World:
    """The world with a behaviour that is measured in a variant of it: backwards through its states."""
    variant = World(
        successor=world.successor[::-1],
        probability=world.probability[::-1],
        start=world.start[::-1],
        terminal=world.terminal[::-1],
        features=world.features[::-1],
        horizon=2,
    )
    weight = np.arange(world.states * world.actions).reshape(world.states, world.actions) / 7
    told = Behaviour("elsewhere", "Acts in the variant.", weight, variant=variant)
    return World(**{**vars(world), "behaviours": (*world.behaviours, told)})


@pytest.mark.parametrize("name", ["bandit", "branching", "coin_line_2", "cue"])
def test_behaviours_are_measured_from_memory_0_whatever_is_remembered(name):
    world, memory = elsewhere(PLACES[name]), 2
    condition = condition_of(world, remembers(memory), OUTCOME)
    plan = lower(condition)
    arrays = simulate_block(plan, condition, IDS, Control())
    theta = parameters_of(plan, fresh_state(plan, condition, IDS))[LANE]
    pi = naive_memory.table_policy(world, memory, theta)
    for number, behaviour in enumerate(world.behaviours):
        seen = behaviour.variant
        known = naive.observations(world)
        own = pi if seen is None else pi[:, [first_like(world, row, known) for row in seen.features.tolist()]]
        expected = naive_memory.rate(world, behaviour, own)
        assert arrays["rate"][LANE, 0, number] == pytest.approx(expected, rel=3e-6, abs=3e-6)
        if behaviour.margin_state is not None:
            margin = np.log(expected) - np.log1p(-expected)
            assert arrays["margin"][LANE, 0, number] == pytest.approx(margin, abs=1e-5)


def first_like(world: World, row: list[float], known: list[tuple[float, ...]]) -> int:
    """A state of the world that looks like that."""
    assert tuple(row) in known
    return world.features.tolist().index(row)


def test_what_sampled_episodes_show_is_counted_whatever_is_remembered():
    """Visits count by state and action, of a behaviour over contexts at memory 0, where it is measured."""
    world, memory, updates = PLACES["branching"], 2, 12
    loss = {"kind": "outcome", "episodes": 3}
    training = {"updates": updates}
    condition = condition_of(world, remembers(memory), loss, training, rate=1e-30, seed=3)
    plan = lower(condition)
    arrays = simulate_block(plan, condition, IDS, Control())
    theta = parameters_of(plan, fresh_state(plan, condition, IDS))[LANE]
    wide = naive_memory.remembering(world, memory)
    pi = naive.probabilities(naive.Net("tabular"), wide, theta)
    shown = np.zeros(len(world.behaviours), int)
    for update in range(updates):
        for episode in naive.sampled_episodes(wide, pi, 3, int(IDS[LANE]), update, 3):
            for number, behaviour in enumerate(world.behaviours):
                inside = behaviour.weight != 0
                for state, action in zip(episode.states, episode.actions, strict=True):
                    m, s = divmod(state, world.states)
                    told = behaviour.contexts is None or (behaviour.contexts[s] > 0 and m == 0)
                    shown[number] += told and inside[s, action // memory]
                if episode.terminal is not None and behaviour.entry is not None:
                    shown[number] += behaviour.entry[episode.terminal % world.states] != 0
    assert arrays["visits"][LANE].tolist() == shown.tolist()
    assert shown.all()


@pytest.mark.parametrize("loss", ["outcome", "imitation", "consequence"])
def test_a_controller_of_one_memory_state_is_a_table_to_the_bit(loss):
    one, other = (
        simulate_block(lower(condition), condition, IDS, Control())
        for condition in (
            condition_of(WORLDS["branching"], policy, {"kind": loss}, {"updates": 20}, rate=0.3)
            for policy in ({**remembers(1)}, {"kind": "tabular", "init": NORMAL})
        )
    )
    for name, array in one.items():
        assert array.tobytes() == other[name].tobytes(), name


def cue_tables(policy: dict[str, Any], loss: dict[str, Any], updates: int) -> dict[str, Any]:
    return experiment(
        loss,
        world={"kind": "cue", "length": 2},
        policy=policy,
        optimiser={"kind": "adam", "learning_rate": 0.05},
        population={"networks": 64},
        training={"updates": updates, "record": {"log": 5}},
    )


SAMPLED = {"kind": "outcome", "episodes": 16, "baseline": "leave_one_out"}


@pytest.mark.parametrize("loss", [OUTCOME, SAMPLED], ids=["exact", "sampled"])
def test_a_memory_is_what_it_takes_to_match_the_cue(loss, tmp_path):
    found = {}
    for kind in ("controller", "tabular"):
        policy = {"kind": kind, "init": {"kind": "normal"}}
        with popgrad.run(cue_tables(policy, loss, 600), tmp_path / f"{kind}.h5") as run:
            found[kind] = run.final("matches_cue", *run.conditions)
    assert np.median(found["controller"]) > 0.95
    assert (found["controller"] > 0.95).mean() > 0.6
    np.testing.assert_allclose(found["tabular"], 0.5, atol=1e-6)


@pytest.mark.parametrize("loss", ["process", "mona", "decoupled_approval"])
def test_what_pays_later_is_not_remembered_by_who_does_not_look_ahead(loss, tmp_path):
    """From a table of zeros, where all memory states are alike, so that only noise parts them."""
    policy = {"kind": "controller", "init": {"kind": "zeros"}}
    with popgrad.run(cue_tables(policy, {"kind": loss, "estimator": "exact"}, 300), tmp_path / "m.h5") as run:
        np.testing.assert_allclose(run.final("matches_cue", *run.conditions), 0.5, atol=1e-5)


def test_a_return_to_aim_at_goes_round_the_memory():
    """The states are bins, and in each of them memory states: measured are those of the target's bin."""
    world, memory = PLACES["cue"], 2
    loss = {"kind": "return_conditioned", "edges": [0.5], "encoding": "one_hot", "episodes": 4}
    condition = condition_of(world, remembers(memory), loss)
    plan = lower(condition)
    arrays = simulate_block(plan, condition, IDS, Control())
    theta = parameters_of(plan, fresh_state(plan, condition, IDS))[LANE]
    half = theta.reshape(2, -1)[1]  # the bin that is acted at is the second
    pi = naive_memory.table_policy(world, memory, half)
    for number, behaviour in enumerate(world.behaviours):
        expected = naive_memory.rate(world, behaviour, pi)
        assert arrays["rate"][LANE, 0, number] == pytest.approx(expected, rel=3e-6)


REFUSED = {
    name: table
    for name, table in LOSSES.items()
    if table["kind"] == "imitation" or table.get("compare") == "actions"
}


@pytest.mark.parametrize("loss", REFUSED.values(), ids=REFUSED)
def test_losses_that_do_not_say_what_to_remember_say_so(loss):
    tables = experiment(loss, policy={"kind": "controller"})
    path = "compare" if loss["kind"] == "preference" else "kind"
    with pytest.raises(InvalidInput, match=rf"loss\.{path}.*has a memory.*remember"):
        read_experiment(tables)
    assert read_experiment({**tables, "policy": {"kind": "controller", "memory": 1}}).conditions


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "none": ({"memory": 0}, r"policy\.memory.*got 0"),
    "too much": ({"memory": 65}, r"policy\.memory.*65"),
    "a head": ({"head": "logit"}, r"policy\.head.*not known"),
    "a probability": (
        {"init": {"kind": "probability", "of": "walks_away", "value": 0.1}},
        r"policy\.init\.kind.*'probability'.*normal",
    ),
}


@pytest.mark.parametrize(("options", "message"), FAULTS.values(), ids=FAULTS)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(InvalidInput, match=message):
        read_experiment(experiment(OUTCOME, policy={"kind": "controller", **options}))


def test_the_parameters_of_a_large_memory_are_counted_before_they_are_made():
    world = {"kind": "coin_line", "length": 60, "encoding": "one_hot"}
    tables = experiment(OUTCOME, world=world, policy={"kind": "controller", "memory": 64})
    assert 61**2 * 2 * 64**2 < 2**27
    assert read_experiment(tables).conditions
    tables["world"] = {**world, "length": 140}
    with pytest.raises(InvalidInput, match=r"policy\.memory.*162,865,152 parameters"):
        read_experiment(tables)


def test_check_counts_the_parameters_of_memory_and_action(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Five observations in two memory states, two actions with two next ones: 10 rows of 4."""
    monkeypatch.chdir(tmp_path)
    Path("cue.toml").write_text(tomlkit.dumps(cue_tables({"kind": "controller"}, OUTCOME, 1)))
    checked = click.testing.CliRunner().invoke(main, ["check", "cue.toml"])
    assert checked.exit_code == 0
    (row,) = (line for line in checked.output.splitlines() if "0_outcome" in line)
    assert [cell.strip() for cell in row.split("│")[2:5]] == ["10", "2", "40"]


def test_a_controller_may_be_selected_for_its_loss(tmp_path: Path):
    tables = cue_tables({"kind": "controller", "init": {"kind": "normal", "std": 3.0}}, OUTCOME, 1)
    select = {"method": "guess_and_check", "select": {"loss": {"below": -0.7}}}
    with popgrad.run({**tables, "training": select}, tmp_path / "selected.h5") as run:
        assert (run.final("matches_cue", *run.conditions) >= 0.7).all()


def test_a_controller_goes_on_from_a_run_of_one_with_as_much_memory(tmp_path: Path):
    first = cue_tables({"kind": "controller", "memory": 2}, OUTCOME, 20)
    popgrad.run(first, tmp_path / "first.h5").close()
    init = {"kind": "run", "path": str(tmp_path / "first.h5")}
    second = cue_tables({"kind": "controller", "memory": 2, "init": init}, OUTCOME, 20)
    with (
        popgrad.run(second, tmp_path / "second.h5") as run,
        popgrad.open_run(tmp_path / "first.h5") as before,
    ):
        for behaviour in ("matches_cue", "chooses_right"):
            began = run.rate(behaviour, *run.conditions)[:, 0]
            np.testing.assert_array_equal(began, before.final(behaviour, *before.conditions))
    second["policy"]["memory"] = 3
    with pytest.raises(InvalidInput, match=r"policy\.memory: got 3, expected 2, as in"):
        read_experiment(second)


def test_a_variant_with_a_demonstrator_is_remembered_in_too():
    """A variant is made of its world as a rule, demonstrator and all."""
    world = cue(length=1)
    other = replace(world, start=np.eye(world.states)[0], behaviours=())
    watched = replace(world.behaviours[0], name="elsewhere", variant=other)
    found = with_memory(replace(world, behaviours=(watched,)), 2)
    (behaviour,) = found.behaviours
    assert behaviour.variant is not None
    assert behaviour.variant.demonstrator is None
    assert behaviour.variant.states == found.states
