"""One network's update: the gradient of its cost by autodiff, and the step along it."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..choices import Hyperparameter, Shape
from ..tables import TrainingPlan
from .costs import Aside, cost_of
from .learner import Learner, Training
from .ledger import booked
from .natural import natural_gradient
from .optimisers import descended, direction


def gradient_of(training: Training, learner: Learner, update: Any) -> tuple[Any, Aside]:
    """The gradient of an update (P,), the critic's behind the policy's, and what came to light on the way."""
    policy = training.plan.network.parameters

    def cost(theta: Any) -> Any:
        return cost_of(training, learner, theta[:policy], theta[policy:], update)

    (_, aside), gradient = jax.value_and_grad(cost, has_aux=True)(learner.weights)
    if training.plan.rule.shape == Shape.NATURAL:
        own = natural_gradient(training.plan, gradient[:policy], aside.visits, aside.probability)
        gradient = jnp.append(own, gradient[policy:])
    return gradient, aside


def stepped(training: Training, learner: Learner, update: Any, factor: Any) -> Learner:
    """The learner after one update, its rates times `factor`; the same where it has stopped."""
    plan = training.plan
    learning = learner.stopped_at < 0
    gradient, aside = gradient_of(training, learner, update)
    step, moments = steps(plan, learner, gradient)
    weights, residual = descended(learner.weights, learner.residual, factor * step)
    lost = learning & ~jnp.isfinite(weights).all()
    shown, rare = noted(plan, aside, learning, update)
    moved = learner._replace(weights=weights, residual=residual, moments=moments, kept=aside.kept)
    moved = jax.tree.map(lambda new, old: jnp.where(learning, new, old), moved, learner)
    done = update + 1
    after = moved._replace(
        stopped_at=first(learner.stopped_at, done, lost),
        diverged_at=first(learner.diverged_at, done, lost),
        explored_at=first(learner.explored_at, done, shown > 0),
        rare_at=first(learner.rare_at, done, rare),
        shown=learner.shown + shown,
    )
    if not len(plan.ledger.evaluations.setting):
        return after
    books, rest = booked(training, learner, after, update, factor)
    return after._replace(books=books, books_residual=rest)


def steps(plan: TrainingPlan, learner: Learner, gradient: Any) -> tuple[Any, Any]:
    """−η · direction (P,), policy and critic each by an optimiser and a rate of its own; and the moments."""
    chain, policy = direction(plan.optimiser, learner.hyper), plan.network.parameters
    found, moments = [], []
    rates = (Hyperparameter.LEARNING_RATE, Hyperparameter.CRITIC_LEARNING_RATE)
    for number, part in enumerate((slice(0, policy), slice(policy, None))):
        step, state = chain.update(gradient[part], learner.moments[number], learner.weights[part])
        found.append(-learner.hyper[rates[number]] * jnp.asarray(step))
        moments.append(state)
    return jnp.concatenate(found), tuple(moments)


def noted(plan: TrainingPlan, aside: Aside, learning: Any, update: Any) -> tuple[Any, Any]:
    """What this update's own episodes showed, and whether an action was too rare in them."""
    own = learning
    if plan.rule.replayed:
        own = learning & ((update - plan.rule.first) % plan.rule.epochs == 0)
    return jnp.where(own, aside.shown, np.uint32(0)), own & aside.rare


def first(record: Any, when: Any, event: Any) -> Any:
    """`when` where the event has happened and had not before."""
    return jnp.where(event & (record < 0), when, record).astype(record.dtype)
