"""What the visits of sampled episodes cost: surrogates whose gradient is the update's.

Advantages, drawn actions and visits are held fixed; autodiff does the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp

from ..choices import Baseline, Credit, Hyperparameter, Shape, Weighing
from ..threefry import STEP_BITS, Purpose
from .dynamics import inverse
from .episodes import Batch
from .learner import Context
from .pairs import flipped, pair_costs, preference
from .policy import log_not
from .shapes import entropy, label_cost
from .threefry import Pair, words

if TYPE_CHECKING:
    from .sight import Sight

fixed = jax.lax.stop_gradient


class Seen(NamedTuple):
    """The policy at the visits of a batch: log_p (H, E, A) and outputs (H, E, ·).

    old (H, E, A) is ln π of the policy that is compared with; value (H, E) a critic's, and state_value
    (H, E) the exact V_t(s) where it is the baseline.
    """

    log_p: Any
    outputs: Any
    old: Any = None
    value: Any = None
    state_value: Any = None


def at(table: Any, action: Any) -> Any:
    """What a table (H, E, A) says of the actions (H, E)."""
    return jnp.take_along_axis(table, action[..., None], axis=-1)[..., 0]


def sampled_cost(context: Context, batch: Batch, seen: Seen, sight: Sight) -> Any:
    """What the policy descends, by what visits are credited with."""
    plan, credit = context.plan, Credit(context.plan.signal.credit)
    if credit == Credit.TARGET:
        return -jnp.where(batch.alive, at(seen.log_p, batch.action), 0).sum() / plan.sampling.episodes
    if credit == Credit.EPISODES:
        return episode_pairs(context, batch, seen)
    if credit in (Credit.ACTION, Credit.QUERY):
        return action_cost(context, batch, seen) + entropy_cost(context, batch, seen)
    labels = jnp.asarray(plan.signal.labels)[batch.state]
    if credit == Credit.LABELS:
        costs = weights(context, batch) * label_cost(context, seen.log_p, labels)
        return costs.sum() + entropy_cost(context, batch, seen)
    visits = jnp.maximum(batch.alive.sum(), 1).astype(batch.gain.dtype)
    if credit == Credit.NORMALISED_LABELS:
        costs = label_cost(context, seen.log_p, labels)
    elif credit == Credit.PAIRS:
        costs = pair_costs(context.hyper, seen.log_p - seen.old, labels, None)
    else:
        costs = own_pairs(context, batch, seen.log_p - seen.old, labels, sight)
    return jnp.where(batch.alive, costs, 0).sum() / visits


def weights(context: Context, batch: Batch) -> Any:
    """(H, E): γᵗ/E of each visit, 0 where there is none."""
    share = jnp.asarray(context.plan.episodes.weight)[:, None] / context.plan.sampling.episodes
    return jnp.where(batch.alive, share, 0)


def action_cost(context: Context, batch: Batch, seen: Seen) -> Any:
    """The cost of the actions that were taken, or asked about, by their advantages."""
    rule = context.plan.rule
    weight, taken = weights(context, batch), at(seen.log_p, batch.action)
    if rule.shape == Shape.UNLIKELIHOOD:
        return (weight * batch.gain * at(log_not(seen.log_p, context.parts is not None), batch.action)).sum()
    if rule.shape == Shape.REGRESSION:
        return 0.5 * (weight * (at(seen.outputs, batch.action) - batch.gain) ** 2).sum()
    subtracted = baseline(context, batch, seen)
    if context.parts is not None:
        subtracted = context.parts.baseline * subtracted
    advantage = batch.gain - subtracted
    if rule.weighing == Weighing.NORMALISED:
        weight = weight * deviation(batch.gain)
    old = fixed(taken) if seen.old is None else at(seen.old, batch.action)
    return (weight * visit_cost(context, taken, old, advantage)).sum()


def visit_cost(context: Context, log_p: Any, old: Any, advantage: Any) -> Any:
    """The cost of visits by the rule: −A ln π, PPO's −min(ρA, clip(ρ)A), or a user's own."""
    weighing = context.plan.rule.weighing
    if weighing == Weighing.OWN:
        assert context.own.rule is not None
        return context.own.rule(log_p, old, advantage)
    if weighing == Weighing.CLIPPED:
        # What was all but impossible may have become likely: e^80 is as far beyond a clip as any ratio.
        rho, limit = jnp.exp(jnp.minimum(log_p - old, 80)), context.hyper[Hyperparameter.CLIP]
        plain, cut = rho * advantage, jnp.clip(rho, 1 - limit, 1 + limit) * advantage
        return -jnp.where(plain <= cut, plain, cut)  # which has a derivative where both are 0
    return -advantage * log_p


def baseline(context: Context, batch: Batch, seen: Seen) -> Any:
    """What is subtracted from each return (H, E); an episode that has finished counts as one of 0."""
    kind, episodes = context.plan.signal.baseline, context.plan.sampling.episodes
    total = batch.gain.sum(axis=1, keepdims=True)
    if kind == Baseline.MEAN:
        return total / episodes
    if kind == Baseline.LEAVE_ONE_OUT:
        return (total - batch.gain) / (episodes - 1)
    if kind == Baseline.VALUE:
        return seen.state_value
    return fixed(seen.value) if kind == Baseline.CRITIC else jnp.zeros_like(total)


def deviation(gain: Any) -> Any:
    """(H, 1): 1/σ of each step's returns (H, E), taken from the first so that equal ones have no spread."""
    off = gain - gain[:, :1]
    off = off - off.mean(axis=1, keepdims=True)
    return inverse(jnp.sqrt((off**2).mean(axis=1, keepdims=True)), gain[:, :1])


def entropy_cost(context: Context, batch: Batch, seen: Seen) -> Any:
    """−τ Σ_visits γᵗ/E · H(π), 0 where no bonus is paid."""
    if not context.plan.rule.entropy:
        return 0.0
    bonus = weights(context, batch) * entropy(context, seen.log_p)
    return -context.hyper[Hyperparameter.ENTROPY] * bonus.sum()


def critic_cost(batch: Batch, value: Any) -> Any:
    """½ Σ_visits (V̂(s) − G)²/E."""
    return 0.5 * (jnp.where(batch.alive, value - batch.gain, 0) ** 2).sum() / batch.gain.shape[1]


def query_words(context: Context) -> Pair:
    """(H, E): the pairs of words at the addresses of visits, for purpose `query`."""
    plan = context.plan
    steps = jnp.arange(plan.episodes.horizon, dtype=jnp.uint32)[:, None]
    numbers = jnp.arange(plan.sampling.episodes, dtype=jnp.uint32)[None] << STEP_BITS
    return words(plan.seeds, context.network, Purpose.QUERY, context.update, steps + numbers)


def asked_about(context: Context, batch: Batch, sight: Sight) -> Batch:
    """The batch with an action that is only asked about in the place of each one taken, its label added."""
    asked = sight.again(batch, query_words(context)[0])
    label = jnp.asarray(context.plan.signal.labels)[batch.state, asked]
    return batch._replace(action=asked, gain=jnp.where(batch.alive, batch.gain + label, batch.gain))


def own_pairs(context: Context, batch: Batch, ratio: Any, labels: Any, sight: Sight) -> Any:
    """(H, E): the cost of the action taken and a second one drawn there, the label drawn too."""
    hyper = context.hyper
    word, other = query_words(context)
    asked = sight.again(batch, word)
    score, rival = at(labels, batch.action), at(labels, asked)
    sign = jnp.where((score > rival) ^ flipped(other, hyper[Hyperparameter.LABEL_NOISE]), 1, -1)
    cost = preference(hyper, sign * (at(ratio, batch.action) - at(ratio, asked)))
    return jnp.where(score == rival, 0, cost)


def episode_pairs(context: Context, batch: Batch, seen: Seen) -> Any:
    """Episodes 2i and 2i + 1, the one of the higher return against the other."""
    plan, hyper = context.plan, context.hyper
    along = jnp.where(batch.alive, at(seen.log_p - seen.old, batch.action), 0).sum(axis=0)
    worth = batch.gain[0] + batch.started
    first = jnp.arange(0, plan.sampling.episodes, 2, dtype=jnp.uint32) << STEP_BITS
    _, word = words(plan.seeds, context.network, Purpose.QUERY, context.update, first)
    sign = jnp.where((worth[::2] > worth[1::2]) ^ flipped(word, hyper[Hyperparameter.LABEL_NOISE]), 1, -1)
    cost = preference(hyper, sign * (along[::2] - along[1::2]))
    return jnp.where(worth[::2] == worth[1::2], 0, cost).sum() * 2 / plan.sampling.episodes
