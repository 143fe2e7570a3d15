"""Functionals of a policy by exact occupancy, and log-odds; gradients go through all of it."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..choices import Form, Hyperparameter
from ..tables import Evaluations
from .dynamics import Moves, occupancy
from .policy import Policy
from .shapes import q_logarithm


def functionals(table: Evaluations, policy: Policy, hyper: Any) -> tuple[Any, Any]:
    """The value of every functional (F,), and its margin (F,), not a number where there is none."""
    occupied = {int(setting): visits(table, policy, int(setting)) for setting in np.unique(table.setting)}
    pairs = [
        functional(table, k, policy, occupied[int(setting)], hyper) for k, setting in enumerate(table.setting)
    ]
    dtype = policy.log_p.dtype
    values, margins = zip(*pairs, strict=True) if pairs else ((), ())
    return jnp.array(values, dtype), jnp.array(margins, dtype)


def span(table: Evaluations, setting: int) -> slice:
    """Where a setting's local states stand."""
    return slice(int(table.states[setting]), int(table.states[setting + 1]))


def visits(table: Evaluations, policy: Policy, setting: int) -> Any:
    """(states,): the occupancy of a setting."""
    own = span(table, setting)
    moves = Moves(jnp.asarray(table.successor)[own], jnp.asarray(table.probability)[own])
    pi = jnp.exp(policy.log_p)[jnp.asarray(table.row)[own]]
    start, discount = jnp.asarray(table.start)[own], jnp.asarray(table.discount)[setting]
    return occupancy(moves, start, pi, int(table.horizon[setting]), discount)


def functional(table: Evaluations, k: int, policy: Policy, d: Any, hyper: Any) -> tuple[Any, Any]:
    """The value of functional k and its margin, d being the occupancy of its setting."""
    own = span(table, int(table.setting[k]))
    row = jnp.asarray(table.row)[own]
    at = int(table.weight_at[k])
    weight = jnp.asarray(table.weight)[at : at + own.stop - own.start]
    log_p, form = policy.log_p[row], Form(table.form[k])
    margin = log_odds(log_p[0], weight[0]) if table.margin[k] else jnp.nan
    if form == Form.LINEAR:
        return jnp.asarray(table.constant)[k] + (d * (weight * jnp.exp(log_p)).sum(axis=1)).sum(), margin
    if form == Form.SQUARED:
        inner = -((weight - jnp.exp(log_p)) ** 2).sum(axis=1) / (2 * weight.shape[1])
    else:
        worth = jnp.where(weight == 0, 0, log_p)
        worth = q_logarithm(worth, hyper[Hyperparameter.Q]) if form == Form.TSALLIS else worth
        inner = (weight * worth).sum(axis=1)
    return (d * inner).sum() / d.sum(), margin


def log_odds(log_p: Any, weight: Any) -> Any:
    """ln π(in) − ln π(out) of the actions of weight 1 and 0."""
    inside, outside = (jax.nn.logsumexp(jnp.where(weight == kind, log_p, -jnp.inf)) for kind in (1, 0))
    return inside - outside
