"""From outputs to probabilities: how a policy acts, and how an action is drawn from it."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..choices import Acting, Hyperparameter
from ..own import Own
from ..tables import TrainingPlan


class Policy(NamedTuple):
    """A policy on rows: outputs (R, ·), and log_p (R, A), ln π."""

    outputs: Any
    log_p: Any

    @property
    def probability(self) -> Any:
        """π (R, A), through which no gradient goes."""
        return jnp.exp(jax.lax.stop_gradient(self.log_p))


def acted(plan: TrainingPlan, own: Own, hyper: Any, outputs: Any) -> Policy:
    """How a policy acts on its outputs (R, ·)."""
    acting = Acting(plan.rule.acting)
    if own.head is not None:
        return Policy(outputs, jax.vmap(own.head)(outputs))
    if acting == Acting.GREEDY:
        return Policy(outputs, greedy(jax.lax.stop_gradient(outputs), hyper[Hyperparameter.EPSILON]))
    if acting == Acting.TEMPERED:
        return Policy(outputs, log_softmax(outputs / hyper[Hyperparameter.TEMPERATURE]))
    if plan.network.pinned:
        return Policy(outputs, log_softmax(jnp.pad(outputs, ((0, 0), (1, 0)))))
    return Policy(outputs, log_softmax(outputs))


def log_softmax(z: Any) -> Any:
    """ln π of logits (R, A), as (z − max) − ln(1 + Σ over the others of e^(z − max)).

    So ln π of the likeliest action, and its gradient, keep their precision however near to 0 they are. Not a
    number where a logit is not finite: the update makes weights that are none either, and the network is
    marked.
    """
    z = z * jnp.where(jnp.isfinite(z).all(axis=1, keepdims=True), 1, jnp.nan).astype(z.dtype)
    first = jax.nn.one_hot(z.argmax(axis=1), z.shape[1], dtype=bool)
    top = jnp.where(first, z, 0).sum(axis=1, keepdims=True)
    others = jnp.where(first, 0, jnp.exp(jnp.where(first, 0, z - top)))
    return jnp.where(first, 0, z - top) - jnp.log1p(others.sum(axis=1, keepdims=True))


def log_not(log_p: Any, by_pair: bool) -> Any:
    """ln(1 − π) of every action, from those of the others: (..., A) of ln π (..., A).

    Its derivative by pair is −π/(1 − π) by the action's own ln π, and 0 by the others'.
    """
    others = jnp.where(jnp.eye(log_p.shape[-1], dtype=bool), -jnp.inf, log_p[..., None, :])
    found = jax.nn.logsumexp(others, axis=-1)
    if not by_pair:
        return found
    found, own = map(jax.lax.stop_gradient, (found, log_p))
    return found - jnp.exp(own - found) * (log_p - own)


def greedy(values: Any, epsilon: Any) -> Any:
    """ln of the ε-greedy policy, equals sharing what is not random."""
    best = values == values.max(axis=1, keepdims=True)
    sound = jnp.where(jnp.isfinite(values).all(axis=1, keepdims=True), 0, jnp.nan).astype(values.dtype)
    share = jnp.where(best, (1 - epsilon) / best.sum(axis=1, keepdims=True).astype(values.dtype), 0)
    return jnp.log(epsilon / values.shape[1] + share) + sound


class Choice(NamedTuple):
    """Integer thresholds (..., A) uint32 of actions, and the likeliest (...), which takes the rest."""

    thresholds: Any
    likeliest: Any

    def of(self, row: Any, word: Any) -> Any:
        """The action that a word gives in each row: arrays of one shape."""
        return Choice(self.thresholds[row], self.likeliest[row]).here(word)

    def here(self, word: Any) -> Any:
        """The action that a word gives in the row of its own place."""
        reached = (word[..., None] >= self.thresholds).sum(axis=-1, dtype=jnp.int32)
        return jnp.where(reached == self.thresholds.shape[-1], self.likeliest, reached)


def choice(probability: Any) -> tuple[Choice, Any]:
    """How actions are drawn from probabilities (..., A), and where (...) some action has no word at all.

    Each but the likeliest has round(π · 2³²) words, laid out in order from word 0.
    """
    dtype = probability.dtype
    likeliest = probability.argmax(axis=-1).astype(jnp.int32)
    first = jax.nn.one_hot(likeliest, probability.shape[-1], dtype=bool)
    scaled = jnp.minimum(jnp.nan_to_num(probability) * dtype.type(2.0**32), dtype.type(2.0**31))
    share = jnp.where(first, np.uint32(0), jnp.rint(scaled).astype(jnp.uint32))
    rare = (~first & (share == 0)).any(axis=-1)
    return Choice(jnp.cumsum(share, axis=-1, dtype=jnp.uint32), likeliest), rare


def drawn(draws: Any, word: Any) -> Any:
    """The outcomes of a fixed distribution that words give."""
    return jnp.asarray(draws.outcomes)[jnp.searchsorted(draws.thresholds, word, side="right")]
