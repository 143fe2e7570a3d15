"""What a policy does: behaviours and returns, and the size of the next gradient."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from ..tables import MeasurementPlan
from .costs import evaluated
from .functionals import functionals
from .learner import Learner, Training
from .structure import Data, Skeleton, joined
from .update import gradient_of


def measured(training: Training, plan: MeasurementPlan, learner: Learner, update: Any) -> Any:
    """(2 · functionals + 2,) of one network after `update` updates.

    The functionals, their margins, and of the update that starts here (for a network that has stopped, of
    the one it stopped before) the squared norm of the policy's gradient and the objective.
    """
    policy = training.plan.network.parameters
    seen = evaluated(training, plan.rows, learner.hyper, learner.weights[:policy])
    values, margins = functionals(plan.evaluations, seen, learner.hyper)
    when = jnp.where(learner.stopped_at < 0, update, learner.stopped_at)
    when = jnp.maximum(when, training.plan.rule.first)  # what stopped in an earlier phase stands before this
    gradient, aside = gradient_of(training, learner, when)
    squares = (gradient[:policy] ** 2).sum()
    return jnp.concatenate([values, margins, jnp.stack([squares, aside.cost])])


@partial(jax.jit, static_argnums=0)
def measure(skeleton: Skeleton, data: Data, population: Learner, update: Any) -> Any:
    """(n, 2 · functionals + 2) of a population; the plan is a pair of Training and MeasurementPlan."""
    training, plan = joined(skeleton, data)
    return jax.vmap(lambda learner: measured(training, plan, learner, update))(population)
