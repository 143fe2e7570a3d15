"""What the tests of kernels and runs share: conditions, worlds, and every loss that the registry can make."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import numpy as np
from popgrad.kernels.lanes.advance import advance
from popgrad.kernels.lanes.scratch import Scratch, scratch_for
from popgrad.kernels.lanes.vector import LANES
from popgrad.kernels.state import State
from popgrad.sim import losses, worlds
from popgrad.sim.behaviour import Behaviour
from popgrad.sim.errors import InvalidInput
from popgrad.sim.experiment import Condition, Training
from popgrad.sim.initial import fresh_state
from popgrad.sim.loss import Loss
from popgrad.sim.lower import Plan
from popgrad.sim.optimiser import OPTIMISERS
from popgrad.sim.policies import POLICIES
from popgrad.sim.registry import functions_in, make, options_of, read_options
from popgrad.sim.spec import read_seed
from popgrad.sim.world import World

Table = dict[str, Any]

EPISODES = 4
ROWS = 3
Z = 4.05
"""Standard errors that pass: over 200 checks a false alarm has 1 % (Šidák)."""


def experiment(loss: Table | list[Table], **sections: Any) -> Table:
    """An experiment's tables: small, of one condition for each loss, named by its place and kind."""
    given = loss if isinstance(loss, list) else [loss]
    tables = {
        "title": "test",
        "world": {"kind": "coin_line", "length": 2, "diversity": 0.3},
        "policy": {"kind": "linear", "init": {"kind": "normal"}},
        "optimiser": {"kind": "sgd", "learning_rate": 0.1},
        "population": {"networks": 16},
        "training": {"updates": 20, "record": {"log": 6}},
        "condition": [{"name": f"{n}_{table['kind']}", "loss": table} for n, table in enumerate(given)],
    }
    return {**tables, **sections}


def world_of(table: Table) -> World:
    """The world of a `[world]` table."""
    return make(functions_in(worlds), table, "world")


def condition_of(
    world: World,
    policy: Table,
    loss: Table,
    training: Table | None = None,
    rate: Any = 1.0,
    seed: Any = 0,
    optimiser: Table | None = None,
) -> Condition:
    """A condition in a world that no experiment file need name; plain descent at `rate` by default."""
    descent = make(OPTIMISERS, optimiser or {"kind": "sgd", "learning_rate": rate}, "optimiser")
    options = read_options(Training, {"updates": 1, **(training or {})}, "training")
    assert isinstance(options, Training)
    made = make(POLICIES, policy, "policy")
    return Condition(
        "test", world, made, make(functions_in(losses), loss, "loss"), descent, options, read_seed(seed), {}
    )


def literals(annotation: Any) -> list[Any]:
    """The names that an option may have, of a type that may also have none."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [value for part in get_args(annotation) for value in literals(part)]


NEEDED = {
    "edges": [0.0, 0.6],
    "q": 0.4,
    "critic": {"kind": "mlp", "hidden": [3], "learning_rate": 0.125},
    "rows": ROWS,
}
"""Values for options that some choices ask for."""
WELCOME = {
    "episodes": EPISODES,
    "entropy": 0.3,
    "clip": 0.05,
    "epochs": 2,
    "beta": 0.7,
    "label_noise": 0.2,
    "temperature": 0.6,
    "epsilon": 0.3,
}
"""Values for options that some choices allow."""


def _valid(kind: str, maker: Any, table: Table) -> bool:
    try:
        make({kind: maker}, table, "loss")
    except InvalidInput:
        return False
    return True


def _tables_of(kind: str, maker: Any) -> Iterator[Table]:
    fields = options_of(maker).model_fields
    named = {}
    for name, field in fields.items():
        values = literals(field.annotation) if name not in NEEDED else []
        if values:
            optional = NoneType in get_args(field.annotation)
            named[name] = [*values, None] if optional else values
    needed = [name for name in NEEDED if name in fields]
    for chosen in itertools.product(*named.values()):
        options = {name: value for name, value in zip(named, chosen, strict=True) if value is not None}
        for count in range(len(needed) + 1):
            tables = [
                {"kind": kind, **options, **{name: NEEDED[name] for name in names}}
                for names in itertools.combinations(needed, count)
            ]
            found = [table for table in tables if _valid(kind, maker, table)]
            if found:
                table = found[0]
                for name, value in WELCOME.items():
                    if name in fields and _valid(kind, maker, {**table, name: value}):
                        table[name] = value
                yield table
                break


def every_loss() -> dict[str, Table]:
    """Each loss that the options of the registry's makers give, once, by an id that says what it is."""
    found: dict[Loss, Table] = {}
    for kind, maker in functions_in(losses).items():
        for table in _tables_of(kind, maker):
            found.setdefault(make({kind: maker}, table, "loss"), table)
    return {"-".join(v for v in table.values() if isinstance(v, str)): table for table in found.values()}


LOSSES = every_loss()
NOISY = {name: table for name, table in LOSSES.items() if table["estimator"] != "exact"}
EXACT = {name: table for name, table in LOSSES.items() if table["estimator"] == "exact"}


def branching() -> World:
    """Six states, two of them terminal and one of these between the others; three successors, every column.

    Two of the successors are equally likely in some places, and one cannot happen in others.
    """
    random = np.random.default_rng(0)
    S, A = 6, 2
    successor = random.integers(0, S, (S, A, 3), dtype=np.int32)
    probability = random.dirichlet([2, 2, 2], (S, A))
    probability[0] = [[0.4, 0.2, 0.4], [0.5, 0.0, 0.5]]
    expert = random.uniform(0.1, 0.9, (S, 1))
    every = random.normal(size=(4, S, A))
    weight = (random.uniform(size=(S, A)) < 0.5).astype(float)
    return World(
        successor=successor,
        probability=probability,
        start=np.array([0.3, 0.1, 0.2, 0.0, 0.25, 0.15]),
        terminal=np.array([False, True, False, False, False, True]),
        horizon=4,
        discount=0.9,
        features=np.round(random.normal(size=(S, 4)), 2),
        contexts=np.array([2.0, 0, 1, 3, 1.5, 0]),
        reward=every[0],
        entry_reward=random.normal(size=S),
        observed_reward=every[1],
        observed_entry_reward=random.normal(size=S),
        demonstrator=np.hstack([expert, 1 - expert]),
        approval=np.tanh(every[2]),
        observed_approval=np.tanh(every[3]),
        catastrophe=random.uniform(size=(S, A)),
        behaviours=(
            Behaviour("weighs", "Does what weighs.", weight, entry=np.arange(S) / S),
            Behaviour(
                "acts_once", "Takes action 1 in state 2.", np.eye(S)[2][:, None] * [0, 1], np.eye(S)[2]
            ),
        ),
    )


WORLDS: Mapping[str, World] = {
    "coin_line_2": world_of({"kind": "coin_line", "length": 2, "diversity": 0.3}),
    "coin_line_3": world_of({"kind": "coin_line", "length": 3, "diversity": 0.3, "encoding": "relative"}),
    "bandit": world_of(
        {
            "kind": "bandit",
            "reward": [1.0, 0.3, -0.5],
            "observed_reward": [0.2, 1.5, -1.0],
            "approval": [0.7, -0.2, 0.1],
            "demonstrator": [0.6, 0.3, 0.1],
        }
    ),
    "reward_register": world_of({"kind": "reward_register", "distance": 1, "horizon": 4}),
    "branching": branching(),
}


def working(plan: Plan) -> Scratch:
    """Working memory for a plan."""
    return scratch_for(plan.training, plan.measurement)


def parameters_of(plan: Plan, state: State) -> np.ndarray:
    """(networks, P) float64: weights less their residuals."""
    exact = state.weights.astype(np.float64) - state.residual
    return np.swapaxes(exact.reshape(-1, len(plan.centre), LANES), 1, 2).reshape(len(state.network), -1)


@dataclass(frozen=True)
class Taken:
    """One update of a block: parameters before and after, (networks, P) float64, and what was acted by.

    acted (N, A, networks): the probabilities, in float32, of the local states that episodes go through.
    """

    before: np.ndarray
    after: np.ndarray
    acted: np.ndarray


def updates_of(plan: Plan, condition: Condition, ids: np.ndarray, updates: range) -> list[Taken]:
    """Some updates of a block, the first of them from its initial weights."""
    state, scratch = fresh_state(plan, condition, ids), working(plan)
    training, found = plan.training, []
    for update in updates:
        before = parameters_of(plan, state)
        tiles = len(state.network) // LANES
        advance(training, state, scratch, np.ones(1, np.float32), 0, tiles, update, update + 1)
        table = scratch.behaviour if training.rule.replayed else scratch.probability
        acted = table.reshape(-1, training.actions, LANES)[training.episodes.row].astype(np.float64)
        found.append(Taken(before, parameters_of(plan, state), acted))
    return found
