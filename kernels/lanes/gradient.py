"""One update's gradient: forward, rule, backward."""

from __future__ import annotations

from typing import Any

from ..choices import Acting, Credit, Shape, Source
from ..tables import NEVER
from .acting import act
from .critic import critic_gradient, criticise
from .decision import logit_gradient, softmax
from .jit import inlined, jit
from .kept import compare, epoch_of, keep
from .network import backward, forward, scaled_gradient, scaled_weights
from .rules import fill_push
from .shape import (
    add_entropy,
    leave_out,
    natural_gradient,
    note_cross_entropy,
    regression_gradient,
    shape_rows,
)
from .state import base_of
from .vector import splat

FIXED = int(Source.FIXED)
LOGITS = int(Acting.LOGITS)
TARGET = int(Credit.TARGET)
PUSH, NATURAL, REGRESSION = int(Shape.PUSH), int(Shape.NATURAL), int(Shape.REGRESSION)
SQUARED, TSALLIS, UNLIKELIHOOD = int(Shape.SQUARED), int(Shape.TSALLIS), int(Shape.UNLIKELIHOOD)


@inlined
def logits_of(
    plan: Any,
    rows: Any,
    first: int,
    count: int,
    weights: Any,
    base: int,
    state: Any,
    scratch: Any,
    tile: int,
) -> int:
    """What policies of some weights act on in `count` rows; returns the element where all logits begin."""
    acting = plan.rule.acting
    z_at = forward(plan.network, rows, first, count, weights, base, scratch.values)
    if acting != LOGITS:
        last = first + count
        act(acting, state, tile, scratch.values, z_at, first, last, plan.actions, scratch.outputs)
    return z_at


@inlined
def evaluate_logits(plan: Any, rows: Any, state: Any, scratch: Any, tile: int) -> int:
    """What a tile's policies act on in each row; returns the element where the logits begin."""
    network = plan.network
    weights, base = state.weights, base_of(state, tile)
    if len(network.scale) > 0:
        scaled_weights(network, weights, base, scratch.scaled)
        weights, base = scratch.scaled, 0
    return logits_of(plan, rows, 0, len(rows.observation), weights, base, state, scratch, tile)


@inlined
def evaluate_policy(plan: Any, rows: Any, state: Any, scratch: Any, tile: int) -> int:
    """Logits and probabilities of a tile's policies on rows; returns where the logits begin."""
    z_at = evaluate_logits(plan, rows, state, scratch, tile)
    pinned, count = plan.network.pinned, len(rows.observation)
    softmax(scratch.values, z_at, scratch.probability, 0, count, plan.actions, pinned)
    return z_at


@jit
def rule_gradient(plan: Any, state: Any, scratch: Any, tile: int, z_at: int, update: Any, learning: Any):
    """Put the gradient on the outputs in the place of the logits, by way of the push table."""
    behaviour = scratch.probability
    rule = plan.rule
    if rule.kept:
        began = epoch_of(plan, scratch.words, update)
        keep(plan, state, scratch, tile, z_at, learning & (began == update))
        compare(plan, state, scratch, tile, z_at)
        if rule.replayed:
            behaviour, update = scratch.behaviour, began
    fill_push(plan, state, scratch, tile, behaviour, update)
    if plan.signal.credit == TARGET:
        note_cross_entropy(plan, scratch, z_at)
    if rule.shape in (SQUARED, TSALLIS, UNLIKELIHOOD):
        shape_rows(plan, state, scratch, tile, scratch.push)
        if plan.ledger.baseline:
            shape_rows(plan, state, scratch, tile, scratch.books.baseline)
    if rule.entropy:
        add_entropy(plan, state, scratch, tile)
    if rule.shape == REGRESSION:
        regression_gradient(plan, scratch, z_at)
        leave_out(plan, scratch.values, z_at)
    else:
        leave_out(plan, scratch.push, 0)
        if plan.ledger.baseline:
            leave_out(plan, scratch.books.baseline, 0)
        if plan.ledger.entropy:
            leave_out(plan, scratch.books.entropy, 0)
        count, pinned = plan.rows.trained, plan.network.pinned
        logit_gradient(scratch.probability, scratch.push, scratch.values, z_at, count, plan.actions, pinned)


@inlined
def policy_gradient(plan: Any, state: Any, scratch: Any, tile: int, z_at: int, update: Any, learning: Any):
    """The gradient of the update numbered by lane in `update`, the policy having been evaluated.

    It is left in `scratch.gradient`, the critic's behind the policy's; the logits are used up. Where an epoch
    begins, the lanes in `learning` keep theirs.
    """
    network, count, pinned = plan.network, plan.rows.trained, plan.network.pinned
    values = scratch.values
    critic = plan.critic.parameters > 0
    v_at = criticise(plan, count, state, scratch, tile) if critic else 0
    if plan.source == FIXED and plan.rule.shape == PUSH:
        logit_gradient(scratch.probability, plan.push, values, z_at, count, plan.actions, pinned)
    else:
        rule_gradient(plan, state, scratch, tile, z_at, update, learning)
    if critic:
        critic_gradient(plan, count, state, scratch, tile, v_at)
    weights, base = state.weights, base_of(state, tile)
    if len(network.scale) > 0:
        weights, base = scratch.scaled, 0
    backward(network, plan.rows, count, weights, base, values, z_at, scratch.gradient, 0)
    scaled_gradient(network, scratch.gradient, 0)
    if plan.rule.shape == NATURAL:
        natural_gradient(plan, scratch)


@jit
def update_gradient(plan: Any, state: Any, scratch: Any, tile: int, update: Any):
    """Evaluate the policy and leave the update's gradient in `scratch.gradient`."""
    z_at = evaluate_policy(plan, plan.rows, state, scratch, tile)
    # Every lane may keep: where an epoch begins here, these are the logits that its update keeps.
    every = update <= splat(NEVER)
    policy_gradient(plan, state, scratch, tile, z_at, update, every)
