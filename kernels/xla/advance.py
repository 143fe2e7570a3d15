"""The time loop on a population: updates, the watches checked before the first and after every one."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from ..choices import Hyperparameter
from ..tables import TrainingPlan, entries_of
from ..threefry import Purpose
from .costs import evaluated
from .functionals import functionals
from .learner import Learner, Training
from .optimisers import direction
from .structure import Data, Skeleton, joined
from .threefry import normal, words
from .update import first, stepped

Begin = tuple[Any, Any, Any]
"""How parameters begin: centre, rest and scale, each (P,)."""

FACTORS = 1024
"""Updates in one call at most."""


def watched(training: Training, learner: Learner, update: Any) -> Learner:
    """The learner with the watches noted that are crossed after `update` updates, and stopped by them."""
    plan, watches = training.plan, training.plan.watches
    if not len(watches.freeze):
        return learner
    theta = learner.weights[: plan.network.parameters]
    values, margins = functionals(
        watches.evaluations, evaluated(training, plan.rows, learner.hyper, theta), learner.hyper
    )
    value = jnp.where(jnp.asarray(watches.evaluations.margin), margins, values)
    learning = learner.stopped_at < 0
    crossed = learning & (watches.sign * value < watches.sign * watches.level)
    new = crossed & (learner.crossed_at < 0)
    return learner._replace(
        crossed_at=first(learner.crossed_at, update, crossed),
        stopped_at=first(learner.stopped_at, update, (new & watches.freeze).any()),
    )


@partial(jax.jit, static_argnums=0, donate_argnums=2)
def advance(
    skeleton: Skeleton, data: Data, population: Learner, factors: Any, start: Any, count: Any
) -> Learner:
    """A population after `count` updates from `start` on, the watches checked at both ends.

    factors (FACTORS,), what the schedule multiplies the learning rates by at each of these updates. Noting a
    crossing twice changes nothing, so it does not matter how a run is cut into calls.
    """
    training: Training = joined(skeleton, data)

    def goes_on(carry: tuple[Any, Learner]) -> Any:
        number, population = carry
        return (number < count) & (population.stopped_at < 0).any()

    def update(carry: tuple[Any, Learner]) -> tuple[Any, Learner]:
        number, population = carry

        def one(learner: Learner) -> Learner:
            now = (start + number).astype(jnp.int32)
            return stepped(training, watched(training, learner, now), now, factors[number])

        return number + 1, jax.vmap(one)(population)

    _, population = jax.lax.while_loop(goes_on, update, (jnp.zeros_like(count), population))
    return jax.vmap(lambda learner: watched(training, learner, start + count))(population)


@partial(jax.jit, static_argnums=0)
def populated(skeleton: Skeleton, data: Data, network: Any, hyper: Any, begin: Begin) -> Learner:
    """Networks (n,) before their first update: parameter p is centre[p] − rest[p] + std · scale[p] · normal.

    std, a hyperparameter, is that of the policy's parameters; of a critic's it is 1. begin: centre, rest,
    scale, each (P,).
    """
    training: Training = joined(skeleton, data)
    plan = training.plan

    def one(network: Any, hyper: Any) -> Learner:
        weights, residual = drawn(plan, network, hyper, begin)
        chain, policy = direction(plan.optimiser, hyper), plan.network.parameters
        moments = tuple(chain.init(weights[part]) for part in (slice(0, policy), slice(policy, None)))
        behaviours = training.shows.shape[1]
        booked = len(plan.ledger.evaluations.setting), entries_of(plan)
        books = jnp.zeros(booked, weights.dtype)
        return Learner(
            network,
            weights,
            residual,
            moments,
            hyper,
            jnp.zeros(kept_shape(plan), weights.dtype),
            stopped_at=never(),
            diverged_at=never(),
            crossed_at=never(len(plan.watches.freeze)),
            explored_at=never(behaviours),
            rare_at=never(),
            shown=jnp.zeros(behaviours, jnp.uint32),
            books=books,
            books_residual=books,
        )

    return jax.vmap(one)(network, hyper)


def drawn(plan: TrainingPlan, network: Any, hyper: Any, begin: Begin) -> tuple[Any, Any]:
    """A network's initial weights and what rounding left of them."""
    centre, rest, scale = begin
    number = jnp.arange(len(scale), dtype=jnp.uint32)
    word, _ = words(plan.seeds, network, Purpose.WEIGHTS, 0, number)
    std = jnp.where(number < plan.network.parameters, hyper[Hyperparameter.INIT_STD], 1)
    return centre + std * scale * normal(word, centre.dtype.type), rest


def kept_shape(plan: TrainingPlan) -> tuple[int, ...]:
    """Of what a rule compares with: outputs of trained rows, or weights where rows are an update's own."""
    if len(plan.table.features):
        return (plan.network.parameters * plan.rule.kept,)
    return plan.rows.trained * plan.rule.kept, plan.actions - plan.network.pinned


def never(*shape: int) -> Any:
    """Records of what has not happened."""
    return jnp.full(shape, -1, jnp.int32)
