"""The ledger: every change of a behaviour, booked to the pushes of the update that made it.

With all else held fixed a cost C is a function of ln π on the trained rows, and pushes by U = −∂C/∂ln π
(in a regression: of the outputs y, −∂C/∂y). A step takes θ to θ' = θ − D ∘ g − decayed − carried; along a
behaviour's mean slope ∇̄b between the two it has the parts

    account(s, a) = U[s, a] · d ln π(a|s)        (regression: −∂C/∂y · dy)

d being the derivative in direction D ∘ ∇̄b at the step's start, which is one pass forwards for each behaviour.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from ..division import DIVIDED_ABOVE, DOUBTED_BELOW, MOST_PANELS, ROUNDING, STEADY_BY
from .applied import applied
from .costs import Subject, cost_at, evaluated, pushed, trained
from .functionals import functionals
from .learner import Learner, Parts, Training
from .optimisers import descended


def booked(training: Training, before: Learner, after: Learner, update: Any, factor: Any) -> tuple[Any, Any]:
    """The books after a step (K, entries), and what rounding left of them; the same where none was taken."""
    # As a whole beside the update, so that the compiler makes of that what it makes of it without a ledger.
    before, after = jax.lax.optimization_barrier((before, after))
    plan = training.plan
    policy = plan.network.parameters
    theta = before.weights[:policy]

    def table(theta: Any) -> Any:
        return getattr(trained(training, before.hyper, theta), pushed(plan))

    push = pushes(training, before, update)
    _, back = jax.vjp(table, theta)
    (gradient,) = back(-push.sum(axis=0))
    step = applied(plan.optimiser, before, after, gradient, factor)
    slopes = mean_slopes(training, before.hyper, theta, after.weights[:policy])
    _, forwards = jax.linearize(table, theta)
    moved = jax.vmap(forwards)(step.multiplier * slopes)  # (K, R, A)
    accounts = (push * moved[:, None]).reshape(len(slopes), -1)
    lines = -slopes @ jnp.stack([step.decayed, step.carried], axis=1)
    entries = jnp.concatenate([accounts, lines], axis=1)
    live = after.stopped_at < 0
    return descended(before.books, before.books_residual, jnp.where(live, entries, 0))


def pushes(training: Training, learner: Learner, update: Any) -> Any:
    """(1 + baseline + entropy, R, A): U of an update's signal, and of the others that a ledger has."""
    plan = training.plan
    theta, critic = jnp.split(learner.weights, [plan.network.parameters])
    policy, name = trained(training, learner.hyper, theta), pushed(plan)

    def push(parts: Any) -> tuple[Any, Any]:
        def cost(table: Any) -> Any:
            subject = Subject(policy._replace(**{name: table}), theta, critic)
            return cost_at(training, learner, update, subject, Parts(*parts))[0]

        found = -jax.grad(cost)(getattr(policy, name))
        return found, found

    # The bonus is added, so that without any the rest is what it is; a clip looks at the whole advantage.
    slopes, found = jax.jacfwd(push, has_aux=True)(jnp.array([1, 0], theta.dtype))
    baseline, entropy = slopes[..., 0], slopes[..., 1]
    others = [baseline] * plan.ledger.baseline + [entropy] * plan.ledger.entropy
    return jnp.stack([found - baseline, *others])


def mean_slopes(training: Training, hyper: Any, theta: Any, end: Any) -> Any:
    """(K, P): ∇b of every behaviour, averaged along a step from θ, which is divided where it needs to be."""
    ledger, way = training.plan.ledger, end - theta

    def behaviours(theta: Any) -> Any:
        seen = evaluated(training, ledger.rows, hyper, theta)
        return functionals(ledger.evaluations, seen, hyper)[ledger.odds]

    def along(panels: Any) -> Any:
        def add(number: Any, total: Any) -> Any:
            panel, point = number // len(ledger.node), number % len(ledger.node)
            x = (panel + jnp.asarray(ledger.node)[point]) / panels
            return total + jnp.asarray(ledger.share)[point] / panels * jax.jacrev(behaviours)(theta + x * way)

        none = jnp.zeros((len(ledger.evaluations.setting), theta.size), theta.dtype)
        return jax.lax.fori_loop(0, panels * len(ledger.node), add, none)

    if not ledger.divided:
        return along(1)
    before, after = (behaviours(point) for point in (theta, end))
    change, height = after - before, 1 + jnp.abs(after)

    def missed(mean: Any, settled: Any) -> Any:
        off = jnp.abs(change - mean @ way)
        return ~settled & (off > DIVIDED_ABOVE * jnp.abs(change) + ROUNDING * height)

    def finer(found: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        panels, mean, settled = found
        new, off = along(panels), jnp.abs(change - mean @ way)
        steady = (STEADY_BY * jnp.abs((new - mean) @ way) < off) & (off < DOUBTED_BELOW * height)
        mean = jnp.where(missed(mean, settled)[:, None], new, mean)
        return 2 * panels, mean, settled | steady

    def wanted(found: tuple[Any, Any, Any]) -> Any:
        panels, mean, settled = found
        return (panels <= MOST_PANELS) & missed(mean, settled).any()

    ends = (jax.jacrev(behaviours)(theta) + jax.jacrev(behaviours)(end)) / 2
    return jax.lax.while_loop(wanted, finer, (jnp.int32(1), ends, jnp.zeros(len(ends), bool)))[1]
