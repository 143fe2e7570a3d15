"""What every loss, policy and optimiser keeps to: finite, the same bits however cut, read back as written."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
import tomlkit
from cases import LOSSES, WORLDS, condition_of, experiment, literals
from popgrad.kernels.lanes.advance import advance, initialise
from popgrad.kernels.lanes.measure import measure
from popgrad.sim import blocks, losses, pace
from popgrad.sim.blocks import Control, simulate_block
from popgrad.sim.experiment import Condition
from popgrad.sim.lower import Plan, lower
from popgrad.sim.optimiser import OPTIMISERS
from popgrad.sim.policies import POLICIES
from popgrad.sim.registry import functions_in, options_of
from popgrad.sim.spec import read_experiment

SHAPES: dict[str, list[dict[str, Any]]] = {
    "tabular": [{}, {"init": {"kind": "normal"}}],
    "linear": [{"bias": True, "init": {"kind": "lecun"}}, {"init": {"kind": "normal", "std": 0.5}}],
    "mlp": [
        {"hidden": [3]},
        {"hidden": [2, 3], "activation": "relu", "parameterisation": "mean_field"},
        {"hidden": [4], "bias": False, "parameterisation": "tangent_kernel"},
    ],
    "deep_linear": [{"hidden": [3], "bias": True}, {"hidden": [2], "parameterisation": "tangent_kernel"}],
    "controller": [{}, {"memory": 3, "init": {"kind": "normal", "std": 0.5}}],
}
DESCENTS: dict[str, list[dict[str, Any]]] = {
    "sgd": [{}, {"momentum": 0.5, "nesterov": True}, {"momentum": 0.9, "weight_decay": 0.01}],
    "adam": [{}, {"schedule": {"kind": "step", "every": 2, "factor": 0.5}}],
    "adamw": [{}, {"clip_norm": 0.5}],
    "rmsprop": [{}, {"schedule": {"kind": "cosine", "warm_up": 2}}],
    "sign": [{}, {"schedule": {"kind": "linear", "over": 3, "to": 0.1}}],
}
PLACES = {name: world for name, world in WORLDS.items() if name != "coin_line_3"}
UPDATES = 5
TRAINING = {"updates": UPDATES, "record": {"every": 2}}
LAST = 21
"""Network ids go up to here: two tiles, the second of them not full."""


def goes_with(loss: dict[str, Any]) -> set[str]:
    """The kinds of policies that a loss is for: tables alone, or all but those that it says too little to."""
    kinds = {"tabular", "controller"} if loss.get("rule") == "natural" else set(SHAPES)
    memoryless = loss["kind"] == "imitation" or loss.get("compare") == "actions"
    return kinds - {"controller"} if memoryless else kinds


def turned(options: Mapping[str, Any], turn: int) -> list[Any]:
    """The values in another order, each turn another first."""
    values = list(options.values())
    return values[turn % len(values) :] + values[: turn % len(values)]


def conditions(number: int) -> Iterator[Condition]:
    """One loss with every kind of policy that it goes with and every kind of optimiser."""
    loss = list(LOSSES.values())[number]
    for turn, (kind, shapes) in enumerate(SHAPES.items()):
        for place, (method, descents) in enumerate(DESCENTS.items()):
            at = number + turn + place
            policy = {"kind": kind, **shapes[at % len(shapes)]}
            descent = {"kind": method, "learning_rate": 0.05, **descents[at % len(descents)]}
            for world in turned(PLACES, at):
                found = condition_of(world, policy, loss, TRAINING, optimiser=descent)
                if not found.loss.faults(world) and not found.loss.policy_faults(found.policy):
                    yield found
                    break


def block(plan: Plan, condition: Condition, first: int, last: int) -> dict[str, np.ndarray]:
    return simulate_block(plan, condition, np.arange(first, last, dtype=np.uint32), Control())


def assert_same_bits(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert one.keys() == other.keys()
    for name, array in one.items():
        assert (array.dtype, array.shape) == (other[name].dtype, other[name].shape), name
        assert array.tobytes() == np.ascontiguousarray(other[name]).tobytes(), name


def test_every_kind_is_here():
    assert set(SHAPES) == set(POLICIES) - {"recurrent"}  # which the vectors do not have
    assert set(DESCENTS) == set(OPTIMISERS)
    assert {loss["kind"] for loss in LOSSES.values()} == set(functions_in(losses))


NOWHERE = {
    ("rule", "unlikelihood", kind) for kind in ("outcome", "secure_outcome", "mona", "decoupled_approval")
}
"""Choices that a loss shares with others and refuses."""


@pytest.mark.parametrize("kind", functions_in(losses))
def test_every_option_and_every_choice_of_one_is_in_some_case(kind):
    """Were a choice refused wherever it is tried, it would go untested without a word."""
    tables = [table for table in LOSSES.values() if table["kind"] == kind]
    for name, field in options_of(functions_in(losses)[kind]).model_fields.items():
        given = [table[name] for table in tables if name in table]
        refused = {choice for option, choice, other in NOWHERE if (option, other) == (name, kind)}
        assert set(literals(field.annotation)) - refused == {
            value for value in given if isinstance(value, str)
        }
        assert given or (kind, name) == ("return_conditioned", "target")


@pytest.mark.parametrize("number", range(len(LOSSES)), ids=list(LOSSES))
def test_whatever_the_policy_and_optimiser(number, monkeypatch):
    """Finite, learning, and the same bits in blocks of other sizes, run backwards and in small slices."""
    tried = 0
    for condition in conditions(number):
        plan = lower(condition)
        with monkeypatch.context() as patch:
            for module in (blocks, pace):
                patch.setattr(module, "SLICE_SECONDS", 0.0)
            parts = [block(plan, condition, *ends) for ends in ((17, LAST), (3, 17), (0, 3))][::-1]
        whole = block(plan, condition, 0, LAST)
        assert_same_bits(whole, {name: np.concatenate([part[name] for part in parts]) for name in whole})
        assert (whole["diverged_at"] == -1).all()
        for name in ("rate", "loss", "gradient_norm", "weights"):
            assert np.isfinite(whole[name]).all(), name
        assert (whole["weights"] != 0).any()
        assert (whole["gradient_norm"] > 0).any()
        tried += 1
    assert tried == len(OPTIMISERS) * len(goes_with(list(LOSSES.values())[number]))
    kernels: list[Any] = [initialise, advance, measure]
    assert [len(kernel.signatures) for kernel in kernels] == [1, 1, 1]


BANDIT = {"kind": "bandit", "reward": [1.0, 0.3, -0.5], "approval": [0.7, -0.2, 0.1]}


@pytest.mark.parametrize("number", range(len(LOSSES)), ids=list(LOSSES))
def test_an_experiment_written_as_toml_is_read_back_the_same(number):
    loss = list(LOSSES.values())[number]
    for turn, (method, descents) in enumerate(DESCENTS.items()):
        kinds = [kind for kind in SHAPES if kind in goes_with(loss)]
        shapes = SHAPES[kind := kinds[(number + turn) % len(kinds)]]
        tables = experiment(
            loss,
            world=BANDIT,
            policy={"kind": kind, **shapes[number % len(shapes)]},
            optimiser={
                "kind": method,
                "learning_rate": {"uniform": [0.1, 0.2]},
                **descents[number % len(descents)],
            },
            phase=[{"updates": 9, "loss": loss, "optimiser.learning_rate": 0.3}],
        )
        first = read_experiment(tables)
        again = read_experiment(tomllib.loads(tomlkit.dumps(first.tables)))
        assert again.digest == first.digest
        assert plain(again.tables) == plain(first.tables)
        (one,), (other,) = first.conditions, again.conditions
        for a, b in zip((one, *one.phases), (other, *other.phases), strict=True):
            assert (a.loss, a.optimiser, a.policy) == (b.loss, b.optimiser, b.policy)
            assert a.scalars == b.scalars


def plain(value: Any) -> Any:
    """Tables with lists for tuples, as they are read."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    return [plain(entry) for entry in value] if isinstance(value, list | tuple) else value
