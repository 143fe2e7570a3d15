"""One update's gradient on both backends, and how far apart the two are.

The measure is a unit of float32 in the last place of the largest component of the gradients of a block of
sixteen networks, the policies' and the critics' apart. A component is a sum over states, actions and
episodes, and in some network of every block its terms cancel: its own last place is then as small as chance
makes it, and says nothing of the arithmetic. The block's largest is of the size of the terms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any, NamedTuple

import jax
import numpy as np
from cases import LOSSES, WORLDS
from parity_lanes import IDS, Case, Update, lane_updates, plan_of
from policy_cases import POLICY_TABLES, fits
from popgrad.kernels.own import NOTHING_OWN
from popgrad.kernels.xla.advance import kept_shape
from popgrad.kernels.xla.learner import Learner, Training
from popgrad.kernels.xla.structure import joined, split
from popgrad.kernels.xla.update import gradient_of
from popgrad.sim.batches import hyperparameters, shows_of
from popgrad.sim.lower import Plan

QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
"""What makes a program that runs once cheap: a third of the time to compile."""


class Inputs(NamedTuple):
    """A program's arguments and the skeleton it is compiled for."""

    skeleton: Any
    data: Any
    population: Learner


class Program(NamedTuple):
    """What a case calls: `call` gives gradients (n, P), counts (n, pairs) and what the rule keeps."""

    inputs: Inputs
    call: Callable[..., Any]


def inputs_of(case: Case, precision: str) -> Inputs:
    """The update of a case, every pair (state, action) being a behaviour, so that all are counted."""
    plan, condition = plan_of(case, precision)
    pairs = len(shows_of(plan))
    skeleton, data = split(Training(plan.training, np.eye(pairs, dtype=np.uint8), NOTHING_OWN))
    dtype, training = condition.compute.dtype, plan.training
    n = len(IDS)
    parameters = training.network.parameters + training.critic.parameters
    population = Learner(
        network=IDS,
        weights=np.zeros((n, parameters), dtype),
        residual=None,
        moments=(),
        hyper=hyperparameters(condition, IDS),
        kept=np.zeros((n, *kept_shape(training)), dtype),
        stopped_at=None,
        diverged_at=None,
        crossed_at=None,
        explored_at=None,
        rare_at=None,
        shown=None,
    )
    return Inputs(skeleton, data, population)


def key_of(inputs: Inputs) -> Any:
    """What programs that are the same have in common."""
    leaves = jax.tree.leaves((inputs.data, inputs.population))
    return inputs.skeleton, tuple((leaf.shape, leaf.dtype.str) for leaf in leaves)


def compiled(inputs: Inputs, double: bool, options: Any = None) -> Callable[..., Any]:
    """The gradients of a population, compiled without much ado."""

    def gradients(data: Any, population: Learner, update: Any) -> Any:
        training = joined(inputs.skeleton, data)

        def one(learner: Learner) -> Any:
            gradient, aside = gradient_of(training, learner, update)
            return gradient, aside.shown, aside.kept

        return jax.vmap(one)(population)

    with jax.enable_x64(double):
        lowered = jax.jit(gradients).lower(inputs.data, inputs.population, np.int32(0))
        program = lowered.compile(compiler_options=QUICK if options is None else options)

    def call(*arguments: Any) -> Any:
        with jax.enable_x64(double):
            return jax.tree.map(np.asarray, program(*arguments))

    return call


class Programs:
    """Programs of cases, each compiled once however many cases share it, two at a time."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(2)
        self.known: dict[Any, Future[Callable[..., Any]]] = {}

    def ahead(self, cases: Iterable[Case], precision: str) -> None:
        """Begin to compile what cases will ask for."""
        for case in cases:
            self._future(inputs_of(case, precision), precision)

    def of(self, case: Case, precision: str) -> Program:
        """The program of a case."""
        inputs = inputs_of(case, precision)
        return Program(inputs, self._future(inputs, precision).result())

    def settle(self) -> None:
        """Wait for what is being compiled."""
        for future in list(self.known.values()):
            future.result()

    def _future(self, inputs: Inputs, precision: str) -> Future[Callable[..., Any]]:
        key = key_of(inputs)
        if key not in self.known:
            self.known[key] = self.pool.submit(compiled, inputs, precision == "float64")
        return self.known[key]


PROGRAMS = Programs()


def xla_updates(program: Program, path: Iterable[Update]) -> list[Update]:
    """The same updates on the JAX backend, each from the weights that the other backend had."""
    population, found = program.inputs.population, []
    dtype = population.weights.dtype
    for number, update in enumerate(path):
        population = population._replace(weights=update.weights.astype(dtype))
        gradient, counts, kept = program.call(program.inputs.data, population, np.int32(number))
        found.append(Update(update.weights, gradient, counts))
        population = population._replace(kept=kept)
    return found


def last_places(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """(n,): the largest difference in units in the last place of the block's largest component."""
    size = np.float32(np.abs(expected).max(initial=0))
    apart = np.abs(found.astype(np.float64) - expected).max(axis=1, initial=0)
    return apart / np.float64(np.spacing(size))


def parts(plan: Plan) -> tuple[slice, ...]:
    """The policy's parameters and the critic's, if there is one."""
    policy = plan.training.network.parameters
    return (slice(0, policy), *([slice(policy, None)] if plan.training.critic.parameters else []))


def same_draws(one: Update, other: Update) -> np.ndarray:
    """(n,): whether both sampled the same episodes."""
    if one.counts is None or other.counts is None:
        return np.ones(len(one.weights), bool)
    width = min(one.counts.shape[1], other.counts.shape[1])
    return (one.counts[:, :width] == other.counts[:, :width]).all(axis=1)


class Difference(NamedTuple):
    """How far the backends are apart in a case: units in the last place, and networks that drew otherwise."""

    units: float
    redrawn: int


def difference(case: Case, path: Iterable[Update] | None = None) -> Difference:
    """Float32 on both backends, `path` being the lanes' where they are not these."""
    path = lane_updates(case) if path is None else path
    program, (plan, _) = PROGRAMS.of(case, "float32"), plan_of(case, "float32")
    return compared(plan, path, xla_updates(program, path))


def compared(plan: Plan, path: Iterable[Update], other: Iterable[Update]) -> Difference:
    """The updates of two backends from the same weights."""
    units, redrawn = 0.0, 0
    for one, two in zip(path, other, strict=True):
        same = same_draws(one, two)
        redrawn += int((~same).sum())
        for part in parts(plan):
            off = last_places(two.gradient[:, part], one.gradient[:, part])
            units = max(units, float(np.where(np.isfinite(off), off, np.inf)[same].max(initial=0)))
    return Difference(units, redrawn)


ALIKE = ("kind", "judged_on")
"""Options that choose among columns: losses that differ in no other are the same program on other data."""
USUAL = {("states", "own"), ("states", "demonstrator"), ("states", "contexts"), ("labels", "sampled")}
"""Choices that some losses have without saying so, or that are data too where an episode has one step."""


@cache
def turns() -> dict[str, int]:
    """Whose turn it is at every loss; the same, mostly, for losses that are the same program."""
    known: dict[Any, int] = {}
    found = {}
    for name, table in LOSSES.items():
        choices = {(key, value) for key, value in table.items() if isinstance(value, str)}
        key = frozenset(choice for choice in choices - USUAL if choice[0] not in ALIKE)
        found[name] = known.setdefault(key, len(known))
    return found


def turned(options: Iterable[str], turn: int) -> list[str]:
    """In another order, each turn another first."""
    values = list(options)
    return values[turn % len(values) :] + values[: turn % len(values)]


def one_each() -> dict[str, Case]:
    """Every loss once, policies and worlds in turn."""
    found = {}
    for loss, turn in turns().items():
        pairs = ((p, w) for p in turned(POLICY_TABLES, turn) for w in turned(WORLDS, turn))
        policy, world = next((p, w) for p, w in pairs if fits(WORLDS[w], POLICY_TABLES[p], LOSSES[loss]))
        found[loss] = Case(loss, policy, world)
    return found


def the_product() -> list[Case]:
    """Every loss with every policy that it goes with, worlds in turn."""
    found = []
    for loss, turn in turns().items():
        for number, policy in enumerate(POLICY_TABLES):
            worlds = turned(WORLDS, turn + number)
            going = (w for w in worlds if fits(WORLDS[w], POLICY_TABLES[policy], LOSSES[loss]))
            found += [Case(loss, policy, world) for world in going][:1]
    return found


def choices_of(table: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    """(kind, option, choice) of each option of a loss that is a choice among names."""
    return {(table["kind"], key, value) for key, value in table.items() if isinstance(value, str)}


def every_choice() -> list[str]:
    """Losses among which every kind has every choice of its options once, few of them."""
    choices = {name: choices_of(table) for name, table in LOSSES.items()}
    left, found = set().union(*choices.values()), []
    while left:
        best = max(choices, key=lambda name: len(choices[name] & left))
        found.append(best)
        left -= choices[best]
    return found
