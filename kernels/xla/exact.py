"""What a policy costs in expectation over its own episodes, by dynamic programming.

Where an action is credited with all that follows, the cost is minus the expected return itself, and autodiff
goes through the recursion. The other rules hold visits, advantages and the acting policy fixed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from ..choices import Credit, Hyperparameter, Shape, Weighing
from .dynamics import NOISE, Moves, inverse, occupancy_by_time, values_by_time, variances_by_time
from .learner import Context
from .pairs import pair_costs
from .policy import Policy, log_not
from .sampled import visit_cost
from .shapes import entropy, label_cost

fixed = jax.lax.stop_gradient


class Expected(NamedTuple):
    """What is known of the policy in the N local states before anything is credited.

    log_p (N, A) and outputs (N, ·); acts (N, A), the probabilities that are acted by; old (N, A), ln π of the
    policy that is compared with, None where there is none; by_time (H, N), d_t; visits (N,), Σ_t γᵗ d_t.
    """

    log_p: Any
    outputs: Any
    acts: Any
    old: Any
    moves: Moves
    by_time: Any
    visits: Any


def exact_cost(context: Context, policy: Policy, known: Expected) -> Any:
    """What the policy, on the trained rows, descends."""
    plan, credit = context.plan, Credit(context.plan.signal.credit)
    paid = 0.0
    if plan.rule.entropy:
        paid = -context.hyper[Hyperparameter.ENTROPY] * (known.visits * entropy(context, known.log_p)).sum()
    if credit == Credit.ACTION:
        return paid + (return_cost if by_return(context) else action_cost)(context, known)
    if credit == Credit.TARGET:
        return target_cost(context, policy.log_p, known)
    labels = jnp.asarray(plan.signal.labels)
    if credit == Credit.LABELS:
        return paid + (known.visits * label_cost(context, known.log_p, labels)).sum()
    if credit == Credit.NORMALISED_LABELS:
        costs = label_cost(context, known.log_p, labels)
    else:
        drawn = fixed(jnp.exp(known.log_p)) if credit == Credit.OWN_PAIRS else None
        costs = pair_costs(context.hyper, known.log_p - known.old, labels, drawn)
    total = known.visits.sum()
    return (known.visits * costs).sum() / jnp.where(total > 0, total, 1)


def expected(context: Context, policy: Policy, behaviour: Any, old: Any) -> Expected:
    """Everything about the N local states; behaviour (R, A) is acted by, old (R, A) compared with."""
    episodes = context.plan.episodes
    row = jnp.asarray(episodes.row)
    log_p, outputs, acts, before = (
        None if part is None else part[row] for part in (policy.log_p, policy.outputs, behaviour, old)
    )
    moves = Moves(jnp.asarray(episodes.successor), jnp.asarray(episodes.probability))
    by_time = fixed(occupancy_by_time(moves, episodes.start, acts, episodes.horizon))
    visits = (jnp.asarray(episodes.weight)[:, None] * by_time).sum(axis=0)
    return Expected(log_p, outputs, acts, before, moves, by_time, visits)


def by_return(context: Context) -> bool:
    """Whether what is descended is minus the expected return, and nothing of it need be held fixed."""
    rule = context.plan.rule
    plain = rule.shape in (Shape.PUSH, Shape.NATURAL) and rule.weighing == Weighing.PLAIN
    return bool(plain and context.plan.signal.to_go)


def return_cost(context: Context, known: Expected) -> Any:
    """Minus the expected return, Σ start · V₀."""
    plan = context.plan
    _, v = values_by_time(known.moves, plan.signal, jnp.exp(known.log_p), plan.episodes.horizon)
    return -(jnp.asarray(plan.episodes.start) * v[0]).sum()


def action_cost(context: Context, known: Expected) -> Any:
    """The cost of actions by what follows them: Q_t and V_t of the acting policy are held fixed."""
    plan, weighing, shape = context.plan, context.plan.rule.weighing, context.plan.rule.shape
    q, v = map(fixed, values_by_time(known.moves, plan.signal, known.acts, plan.episodes.horizon))
    weight = jnp.asarray(plan.episodes.weight)[:, None] * known.by_time
    flow = weight[:, :, None] * known.acts  # (H, N, A)
    if shape == Shape.REGRESSION:
        return 0.5 * (flow * (known.outputs - q) ** 2).sum()
    if shape == Shape.UNLIKELIHOOD:
        return ((flow * q).sum(axis=0) * log_not(known.log_p, context.parts is not None)).sum()
    if weighing in (Weighing.CLIPPED, Weighing.OWN):
        old = fixed(known.log_p) if known.old is None else known.old
        return (flow * visit_cost(context, known.log_p, old, q - v[:, :, None])).sum()
    if weighing == Weighing.NORMALISED:
        spread = fixed(variances_by_time(known.moves, plan.signal, known.acts, q, v))
        flow = flow * jax.vmap(deviation)(known.by_time, v, spread)[:, None, None]
    return -((flow * q).sum(axis=0) * known.log_p).sum()


def deviation(d: Any, v: Any, spread: Any) -> Any:
    """1/σ of the return at a step over all episodes, one that has finished counting as 0; 0 where σ = 0."""
    mass = d.sum()
    ended = jnp.where(1 - mass > NOISE[d.dtype], 1 - mass, 0)
    mean = (d * v).sum() / (mass + ended)
    variance = (d * ((v - mean) ** 2 + spread)).sum() + ended * mean**2
    return inverse(jnp.sqrt(variance / (mass + ended)), mean)


def target_cost(context: Context, log_p: Any, known: Expected) -> Any:
    """−Σ d(s) π(a|s) P_k ln π in the row of the bin of branch k's payoff, in episodes of one step."""
    plan = context.plan
    states = len(plan.episodes.row)
    bins = (jnp.asarray(plan.signal.payoff)[..., None] >= jnp.asarray(plan.signal.edges)).sum(axis=-1)
    row = bins * states + jnp.arange(states)[:, None, None]
    taken = log_p[row, jnp.arange(plan.actions)[None, :, None]]
    flow = known.visits[:, None] * known.acts
    return -(flow[:, :, None] * jnp.asarray(plan.episodes.probability) * taken).sum()
