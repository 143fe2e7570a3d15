"""The cost of an update: what a network descends, by where its rows come from."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..choices import Credit, Shape, Source
from ..tables import Rows, TrainingPlan
from ..threefry import Purpose
from .episodes import Batch, rollout
from .exact import exact_cost, expected
from .learner import WHOLE, Context, Learner, Parts, Training
from .network import outputs
from .policy import Policy, acted, choice, drawn
from .sampled import asked_about, critic_cost, sampled_cost, weights
from .shapes import label_cost
from .sight import ByState, ByVisit, Sight, seen_in
from .threefry import words

fixed = jax.lax.stop_gradient

SHARED = np.uint32(0xFFFFFFFF)
"""The number of a network that stands for what the population shares."""


class Aside(NamedTuple):
    """What comes to light on the way to a cost.

    cost, the policy's; kept, what the rule goes on comparing with; shown (B,) and rare, of the episodes
    drawn; visits (N,) and probability (R, A), where the natural gradient asks for them.
    """

    cost: Any
    kept: Any
    shown: Any
    rare: Any
    visits: Any = None
    probability: Any = None


class Subject(NamedTuple):
    """What descends: a policy on the trained rows, its weights, and a critic's weights.

    There is no policy where rows are an update's own.
    """

    policy: Policy | None
    theta: Any
    critic: Any


def evaluated(training: Training, rows: Rows, hyper: Any, theta: Any) -> Policy:
    """A policy on rows; one that remembers, as an episode begins."""
    features, observation = jnp.asarray(rows.features), jnp.asarray(rows.observation)
    values = outputs(training.plan.network, features, observation, theta)
    return acted(training.plan, training.own, hyper, values)


def cost_of(training: Training, learner: Learner, theta: Any, critic: Any, update: Any) -> tuple[Any, Aside]:
    """What policy and critic descend together, and what comes to light on the way."""
    by_visit = len(training.plan.table.features) > 0
    policy = None if by_visit else trained(training, learner.hyper, theta)
    parts = WHOLE if len(training.plan.without) else None
    return cost_at(training, learner, update, Subject(policy, theta, critic), parts)


def cost_at(
    training: Training, learner: Learner, update: Any, subject: Subject, parts: Parts | None
) -> tuple[Any, Aside]:
    """The same, of a policy that has been evaluated; parts as `Context` has them."""
    plan, rule = training.plan, training.plan.rule
    policy, theta, critic = subject
    context = Context(plan, training.own, learner.hyper, learner.network, update, parts)
    if len(plan.without):
        policy = bounded(plan, policy)
    kept, old = learner.kept, None
    if rule.kept:
        began = update - (update - rule.first) % rule.epochs
        now = theta if policy is None else policy.outputs
        kept = old = jnp.where(began == update, fixed(now), learner.kept)
        if rule.replayed:
            context = context._replace(update=began)
    shown = jnp.zeros(training.shows.shape[1], jnp.uint32)
    aside = Aside(0.0, kept, shown, jnp.zeros((), bool))
    if plan.source == Source.DRAWN:
        cost, paid = minibatch_cost(context, policy, theta), 0.0
    elif policy is None:
        sight = ByVisit(context, theta, old if rule.replayed else fixed(theta), old, critic)
        cost, paid, aside, _ = of_episodes(training, context, sight, aside)
    else:
        cost, paid, aside = of_states(training, context, policy, old, critic, aside)
    return cost + paid, aside._replace(cost=fixed(cost))


def trained(training: Training, hyper: Any, theta: Any) -> Policy:
    """The policy on the trained rows."""
    policy = evaluated(training, training.plan.rows, hyper, theta)
    return Policy(*(part[: training.plan.rows.trained] for part in policy))


def bounded(plan: TrainingPlan, policy: Policy | None) -> Policy:
    """The policy, nothing being pushed where the plan leaves pushes out."""
    assert policy is not None
    left = jnp.zeros(policy.log_p.size, bool).at[plan.without].set(True).reshape(policy.log_p.shape)
    name = pushed(plan)
    table = getattr(policy, name)
    return policy._replace(**{name: jnp.where(left, fixed(table), table)})


def pushed(plan: TrainingPlan) -> str:
    """What of a policy an update's cost goes through: of a regression the outputs, else ln π."""
    return "outputs" if plan.rule.shape == Shape.REGRESSION else "log_p"


def of_states(
    training: Training, context: Context, policy: Policy, kept: Any, critic: Any, aside: Aside
) -> tuple[Any, Any, Aside]:
    """The costs of policy and critic where the policy is held on every state."""
    plan = context.plan
    old = None if kept is None else acted(plan, context.own, context.hyper, kept).log_p
    behaviour = policy.probability if old is None or not plan.rule.replayed else jnp.exp(old)
    if plan.source == Source.SAMPLED:
        value = critic_values(context, critic)
        acting, rare = choice(behaviour[jnp.asarray(plan.episodes.row)])
        sight = ByState(context, policy, behaviour, old, value, acting)
        cost, paid, aside, batch = of_episodes(training, context, sight, aside)
        visits = sampled_visits(context, batch) if plan.rule.shape == Shape.NATURAL else None
        return cost, paid, aside._replace(rare=rare.any(), visits=visits, probability=policy.probability)
    if plan.source == Source.EXACT:
        known = expected(context, policy, behaviour, old)
        aside = aside._replace(visits=known.visits, probability=policy.probability)
        return exact_cost(context, policy, known), 0.0, aside
    return fixed_cost(context, policy), 0.0, aside


def of_episodes(
    training: Training, context: Context, sight: Sight, aside: Aside
) -> tuple[Any, Any, Aside, Batch]:
    """The costs of policy and critic on sampled episodes, what they showed, and the episodes."""
    plan = context.plan
    batch, rare = rollout(context, training.shows, sight)
    if plan.signal.credit == Credit.QUERY:
        batch = asked_about(context, batch, sight)
    seen = sight.at(batch)
    cost = sampled_cost(context, batch, seen, sight)
    paid = 0.0 if seen.value is None else critic_cost(batch, seen.value)
    return cost, paid, aside._replace(shown=batch.shown, rare=rare), batch


def critic_values(context: Context, critic: Any) -> Any:
    """V̂ (R,) of the trained rows, None where there is no critic."""
    plan, rows = context.plan, context.plan.rows
    if not plan.critic.parameters:
        return None
    features, observation = (jnp.asarray(part)[: rows.trained] for part in (rows.features, rows.observation))
    return outputs(plan.critic, features, observation, critic)[:, 0]


def sampled_visits(context: Context, batch: Batch) -> Any:
    """d(s) = Σ_visits γᵗ / E (N,)."""
    shares = weights(context, batch)
    return jnp.zeros(len(context.plan.episodes.row), shares.dtype).at[batch.state].add(shares)


def fixed_cost(context: Context, policy: Policy) -> Any:
    """The cost of labels in states whose distribution is given."""
    plan = context.plan
    start = jnp.asarray(plan.episodes.start)
    weight = start / start.sum() if plan.signal.credit == Credit.NORMALISED_LABELS else start
    log_p = policy.log_p[jnp.asarray(plan.episodes.row)]
    return (weight * label_cost(context, log_p, jnp.asarray(plan.signal.labels))).sum()


def minibatch_cost(context: Context, policy: Policy | None, theta: Any) -> Any:
    """The mean cost of demonstrations (state, action) that are drawn for this update.

    Where the policy is not held, the population shares them.
    """
    plan, own, hyper = context.plan, context.own, context.hyper
    index = jnp.arange(plan.draws, dtype=jnp.uint32)
    network = context.network if policy is not None else SHARED
    word, _ = words(plan.seeds, network, Purpose.ROWS, context.update, index)
    pair = drawn(plan.drawn, word)
    state, action = pair // plan.actions, pair % plan.actions
    if policy is None:
        log_p = acted(plan, own, hyper, outputs(plan.network, *seen_in(plan.table, state), theta)).log_p
    else:
        log_p = policy.log_p[state]
    labels = jax.nn.one_hot(action, plan.actions, dtype=log_p.dtype)
    return label_cost(context, log_p, labels).mean()
