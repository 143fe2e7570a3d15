"""The forward pass in NumPy, against the oracle; and networks of runs, against what was recorded of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import naive
import naive_losses
import naive_memory
import numpy as np
import popgrad
import pytest
from cases import WORLDS, condition_of, experiment
from policy_cases import POLICY_TABLES, acted_in, fits, net_of
from popgrad.sim.acting import logits, probabilities
from popgrad.sim.agent import agent_of
from popgrad.sim.errors import InvalidInput, PopgradError

OUTCOME = {"kind": "outcome", "estimator": "exact"}
RETURNS = {"kind": "return_conditioned", "edges": [0.5], "episodes": 4}


@pytest.mark.parametrize("name", POLICY_TABLES)
@pytest.mark.parametrize("place", ["branching", "bandit", "coin_line_3"])
def test_probabilities_are_those_of_the_oracle(name, place):
    table, world = POLICY_TABLES[name], WORLDS[place]
    if not fits(world, table, OUTCOME):
        assert table["head"] == "logit"
        return
    policy, net = condition_of(world, table, OUTCOME).policy, net_of(table)
    seen = acted_in(world, table)
    theta = np.random.default_rng(7).normal(size=naive.parameter_count(net, seen))
    states = np.array([seen.states - 1, 0, 0, seen.states // 2])
    expected = naive.probabilities(net, seen, theta)[states]
    np.testing.assert_allclose(probabilities(policy, seen, theta, states), expected, rtol=1e-6)
    np.testing.assert_allclose(
        logits(policy, seen, theta, states), naive.logits(net, seen, theta)[states], 1e-6
    )
    with pytest.raises(ValueError, match=rf"not \({len(theta)},\)"):
        probabilities(policy, seen, theta[1:], states)


CONSEQUENCE = {"kind": "consequence", "episodes": 4}
TRAINED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "mlp": ({"kind": "mlp", "hidden": [4, 3], "parameterisation": "tangent_kernel"}, OUTCOME),
    "critic": (
        {"kind": "deep_linear", "hidden": [4], "bias": True},
        {
            **OUTCOME,
            "estimator": "sampled",
            "baseline": "critic",
            "critic": {"kind": "tabular", "learning_rate": 0.1},
        },
    ),
    "logit": ({"kind": "tabular", "head": "logit", "init": {"kind": "normal"}}, {"kind": "imitation"}),
    "tempered": ({"kind": "linear"}, {**CONSEQUENCE, "temperature": {"uniform": [0.2, 2.0]}}),
    "greedy": ({"kind": "linear"}, {**CONSEQUENCE, "acting": "epsilon_greedy", "epsilon": 0.3}),
    "told": ({"kind": "mlp", "hidden": [4]}, RETURNS),
    "controller": ({"kind": "controller"}, {"kind": "outcome", "episodes": 4}),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    tables = experiment([loss for _, loss in TRAINED.values()])
    for condition, (name, (policy, _)) in zip(tables["condition"], TRAINED.items(), strict=True):
        condition |= {"name": name, "policy": policy}
    del tables["policy"]
    tables["policy"] = {"kind": "tabular"}
    with popgrad.run(tables, tmp_path_factory.mktemp("run") / "trained.h5") as opened:
        yield opened


@pytest.mark.parametrize("name", TRAINED)
def test_networks_act_as_the_run_recorded_them(run, name):
    """`walks_away` is the probability of a step right at a probe, in the copy that episodes begin in."""
    for network in (0, 11):
        agent = agent_of(run, name, network)
        world = agent.trained.world
        behaviour = world.behaviour("walks_away")
        first = int(np.flatnonzero(agent.world.start)[0]) // world.states * world.states
        pi = agent.probabilities(np.array([first + behaviour.margin_state]))
        right = pi.reshape(world.actions, -1)[1].sum()
        assert right == pytest.approx(run.final("walks_away", name)[network], rel=3e-6, abs=3e-6)


def test_predictions_are_acted_on_at_the_temperature_of_the_network(run):
    agent = agent_of(run, "tempered", 5)
    temperature = float(run.hyperparameter("temperature", "tempered")[5])
    states = np.arange(agent.world.states)
    z = logits(agent.trained.policy, agent.world, agent.weights, states)
    acted = naive_losses.acting_policy({"kind": "consequence", "temperature": temperature}, z)
    np.testing.assert_allclose(agent.probabilities(states), acted, rtol=1e-9)


FAULTS = {
    "no condition": ((None, 0), r"condition: got nothing, expected one of mlp, critic"),
    "another condition": (("contrller", 0), r"condition: got 'contrller'.*did you mean 'controller'"),
    "a large network": (("mlp", 16), r"network: got 16, expected a number from 0 to 15"),
    "a negative network": (("mlp", -1), r"network: got -1, expected a number from 0"),
}


@pytest.mark.parametrize(("arguments", "message"), FAULTS.values(), ids=FAULTS)
def test_what_a_run_does_not_have_is_refused(run, arguments, message):
    with pytest.raises(InvalidInput, match=message):
        agent_of(run, *arguments)


def test_a_run_without_weights_says_so(tmp_path: Path):
    tables = experiment(OUTCOME, training={"updates": 2, "weights": False})
    with popgrad.run(tables, tmp_path / "none.h5") as run, pytest.raises(PopgradError, match=r"weights"):
        agent_of(run)


def test_a_network_that_diverged_says_so(tmp_path: Path):
    policy = {"kind": "mlp", "hidden": [4], "activation": "relu", "init": {"kind": "normal", "std": 1e25}}
    tables = experiment(OUTCOME, policy=policy)
    with popgrad.run(tables, tmp_path / "lost.h5") as run:
        lost = int(np.flatnonzero(run.diverged_at(run.conditions[0]) >= 0)[0])
        with pytest.raises(PopgradError, match=rf"network {lost} of 0_outcome has no finite weights"):
            agent_of(run, network=lost)


def test_a_controller_is_read_as_pairs_of_action_and_memory(run):
    agent = agent_of(run, "controller", 3)
    world = agent.trained.world
    pi = naive_memory.table_policy(world, 2, agent.weights)
    found = agent.probabilities(np.arange(agent.world.states))
    np.testing.assert_allclose(found.reshape(2, world.states, world.actions, 2), pi, rtol=1e-9)
