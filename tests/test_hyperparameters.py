"""Hyperparameters that differ between networks: drawn, kept in the file, and each network uses its own."""

from __future__ import annotations

from typing import Any

import naive
import numpy as np
import popgrad
import pytest
from cases import experiment
from popgrad.kernels.choices import Hyperparameter
from popgrad.sim.blocks import simulate_block
from popgrad.sim.lower import lower
from popgrad.sim.optimiser import OPTIMISERS
from popgrad.sim.pace import Control
from popgrad.sim.registry import options_of
from popgrad.sim.spec import read_experiment

NETWORKS, SEED = 40, 2**33 + 7
OUTCOME = {"kind": "outcome", "episodes": 4}
CLIPPED = {**OUTCOME, "rule": "clipped"}
CRITIC = {"kind": "tabular", "learning_rate": 0.1}
TSALLIS = {"kind": "imitation", "rule": "tsallis"}
PREFERENCE = {"kind": "preference", "pairs": "own"}
NORMAL = {"kind": "normal"}
SPREADS: dict[str, tuple[str, dict[str, Any]]] = {
    "learning_rate": ("optimiser.learning_rate", {}),
    "momentum": ("optimiser.momentum", {}),
    "weight_decay": ("optimiser.weight_decay", {}),
    "beta1": ("optimiser.beta1", {"optimiser": {"kind": "adam", "learning_rate": 0.1}}),
    "beta2": ("optimiser.beta2", {"optimiser": {"kind": "rmsprop", "learning_rate": 0.1}}),
    "eps": ("optimiser.eps", {"optimiser": {"kind": "adamw", "learning_rate": 0.1}}),
    "clip_norm": ("optimiser.clip_norm", {}),
    "init_std": ("policy.init.std", {"policy": {"kind": "linear", "init": NORMAL}}),
    "entropy": ("loss.entropy", {"loss": OUTCOME}),
    "clip": ("loss.clip", {"loss": CLIPPED}),
    "q": ("loss.q", {"loss": {**TSALLIS, "q": 0.5}}),
    "beta": ("loss.beta", {"loss": PREFERENCE}),
    "label_noise": ("loss.label_noise", {"loss": PREFERENCE}),
    "temperature": ("loss.temperature", {"loss": {"kind": "consequence", "estimator": "exact"}}),
    "epsilon": ("loss.epsilon", {"loss": {"kind": "consequence", "episodes": 4, "acting": "epsilon_greedy"}}),
    "critic_learning_rate": (
        "loss.critic.learning_rate",
        {"loss": {**OUTCOME, "baseline": "critic", "critic": CRITIC}},
    ),
}
"""Where each is set, and the tables that have it."""
KINDS = {
    "uniform": [0.05, 0.45],
    "log_uniform": [0.02, 0.4],
    "choice": [0.1, 0.3, 0.2],
    "grid": [0.4, 0.1, 0.25, 0.15, 0.3],
}


def put(tables: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """A copy of the tables with a dotted key set."""
    head, _, rest = key.partition(".")
    return {**tables, head: put(tables.get(head, {}), rest, value) if rest else value}


def tables_of(name: str, value: Any, seed: int = SEED) -> dict[str, Any]:
    """A small experiment in which one hyperparameter has a value, or a distribution."""
    key, sections = SPREADS[name]
    given = {
        "policy": {"kind": "linear", "init": NORMAL},
        "optimiser": {"kind": "sgd", "learning_rate": 0.1},
        "loss": {"kind": "imitation"},
        **sections,
    }
    given = put(given, key, value)
    loss = given.pop("loss")
    training = {"updates": 6, "record": {"every": 3}}
    world = {"kind": "coin_line", "length": 2, "diversity": 0.3}
    if loss["kind"] == "preference":
        world = {"kind": "bandit", "reward": [1.0, 0.3, -0.5]}
    return experiment(
        loss, **given, world=world, seed=seed, population={"networks": NETWORKS}, training=training
    )


def expected_of(name: str, kind: str, values: list[float]) -> np.ndarray:
    """(networks,): by the first word of each network's draw at its own index, in Python's own arithmetic."""
    found = []
    for network in range(NETWORKS):
        word = naive.draw(SEED, network, "hyperparameters", 0, int(Hyperparameter[name.upper()]))[0]
        u = (word + 0.5) / 2**32
        found.append(
            {
                "uniform": lambda u=u: values[0] + u * (values[1] - values[0]),
                "log_uniform": lambda u=u: values[0] * (values[1] / values[0]) ** u,
                "choice": lambda u=u: values[int(u * len(values))],
                "grid": lambda network=network: values[network % len(values)],
            }[kind]()
        )
    return np.array(found)


def test_every_hyperparameter_is_here():
    assert set(SPREADS) == {which.name.lower() for which in Hyperparameter}


@pytest.mark.parametrize("name", SPREADS)
@pytest.mark.parametrize("kind", KINDS)
def test_values_are_drawn_at_the_hyperparameters_own_address(name, kind):
    spread = {kind: KINDS[kind]}
    (condition,) = read_experiment(tables_of(name, spread)).conditions
    arrays = simulate_block(lower(condition), condition, np.arange(NETWORKS, dtype=np.uint32), Control())
    # Of a decay the kernels hold what it leaves, 1 − β, and that to float32.
    used, expected = arrays[name], expected_of(name, kind, KINDS[kind])
    if name.startswith("beta") and name != "beta":
        used, expected = 1 - used, 1 - expected
    np.testing.assert_allclose(used, expected, rtol=1.2e-7)
    assert (used == used.astype(np.float32)).all()


@pytest.mark.parametrize("name", SPREADS)
def test_each_network_trains_as_if_its_value_were_everybodys(name):
    values = [0.3, 0.05, 0.45]
    ids = np.arange(NETWORKS, dtype=np.uint32)
    (mixed,) = read_experiment(tables_of(name, {"grid": values})).conditions
    arrays = simulate_block(lower(mixed), mixed, ids, Control())
    weights = []
    for turn, value in enumerate(values):
        (plain,) = read_experiment(tables_of(name, value)).conditions
        alone = simulate_block(lower(plain), plain, ids, Control())
        assert name not in alone
        weights.append(alone["weights"])
        for record in ("weights", "rate", "loss", "gradient_norm"):
            mine = ids % len(values) == turn
            np.testing.assert_array_equal(arrays[record][mine], alone[record][mine], err_msg=record)
    assert (weights[0] != weights[1]).any()


def test_a_file_keeps_every_one_that_is_drawn_by_its_name(tmp_path):
    loss = {**CLIPPED, "clip": {"uniform": [0.1, 0.3]}, "entropy": {"choice": [0.0, 0.1]}}
    tables = experiment(
        [loss, {"kind": "imitation"}],
        policy={"kind": "linear", "init": {"kind": "normal", "std": {"log_uniform": [0.1, 1.0]}}},
        optimiser={"kind": "sgd", "learning_rate": 0.1, "momentum": {"grid": [0.0, 0.5]}},
    )
    with popgrad.run(tables, tmp_path / "out.h5") as run:
        assert set(run.hyperparameters) == {"clip", "entropy", "init_std", "momentum"}
        assert np.isnan(run.hyperparameter("clip", "1_imitation")).all()
        np.testing.assert_array_equal(run.hyperparameter("momentum", "1_imitation"), [0.0, 0.5] * 8)
        for name in ("init_std", "momentum"):  # networks are paired over conditions
            one, other = (run.hyperparameter(name, condition) for condition in run.conditions)
            np.testing.assert_array_equal(one, other)
        assert set(run.hyperparameter("entropy", "0_outcome")) == {0.0, float(np.float32(0.1))}


def test_draws_of_different_hyperparameters_are_independent():
    values = {name: expected_of(name, "uniform", [0.0, 1.0]) for name in SPREADS}
    table = np.array(list(values.values()))
    assert len(np.unique(table)) == table.size


@pytest.mark.parametrize("kind", OPTIMISERS)
def test_every_number_of_an_optimiser_may_be_a_distribution(kind):
    fields = options_of(OPTIMISERS[kind]).model_fields
    numbers = [name for name in fields if name.upper() in Hyperparameter.__members__]
    assert {"learning_rate", "clip_norm"} <= set(numbers)
    optimiser = {"kind": kind, **{name: {"uniform": [0.1, 0.2]} for name in numbers}}
    (condition,) = read_experiment(experiment({"kind": "imitation"}, optimiser=optimiser)).conditions
    assert {which.name.lower() for which in condition.drawn} == set(numbers)
