"""The oracle of the ledger: each push by itself, back-propagated and multiplied out, in float64.

A step is θ' = θ − D∘g − decay − carried, g the sum of the gradients that each pair's push has alone. With the
slope of a behaviour averaged over points of the step, its account of a pair is −slope · (D ∘ that gradient).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import naive
import naive_consequence
import naive_losses
import numpy as np
from naive import Array, Loss, Net
from naive_optimisers import Optimiser, clipped, schedule_factor

if TYPE_CHECKING:
    from popgrad.sim.behaviour import Behaviour
    from popgrad.sim.world import World


def rate(net: Net, world: World, loss: Loss, behaviour: Behaviour, theta: Array) -> float:
    """What the policy that acts shows of a behaviour, in the behaviour's own setting."""
    stage, rows = naive.stage_of(world, behaviour), world
    if loss["kind"] == "return_conditioned":
        rows = naive_losses.every_bin(world, loss)
        target = len(loss["edges"]) if loss.get("target") is None else loss["target"]
        stage = naive_losses.conditioned(stage, loss, target)
    Z = naive.logits(net, rows, theta, stage.features)
    pi = np.exp(naive.log_softmax(Z))
    if loss["kind"] == "consequence":
        pi = naive_consequence.acting_policy(loss, Z)
    return naive.behaviour_rate_recursive(world, behaviour, pi)


def margin(net: Net, world: World, loss: Loss, behaviour: Behaviour, theta: Array) -> float:
    """ln p − ln(1 − p) of a behaviour in one state."""
    p = rate(net, world, loss, behaviour, theta)
    return float(np.log(p) - np.log1p(-p))


def two_points(start: Array, end: Array) -> list[Array]:
    """Those between the ends at which Gauss's rule averages a cubic exactly."""
    return [start + x * (end - start) for x in (0.5 - 1 / np.sqrt(12), 0.5 + 1 / np.sqrt(12))]


def mean_slope(
    of: Any, net: Net, world: World, loss: Loss, behaviour: Behaviour, points: list[Array]
) -> Array:
    """(P,): the gradient of `rate` or `margin`, by central differences, averaged over parameters."""
    found = [
        naive.finite_difference(lambda moved: of(net, world, loss, behaviour, moved), theta)
        for theta in points
    ]
    return np.mean(found, axis=0)


def accounts(net: Net, world: World, theta: Array, pi: Array, U: Array, direction: Array) -> Array:
    """(S, A): −direction · the gradient of −U[s, a] ln π(a|s), pair by pair."""
    found = np.zeros(U.shape)
    for s, a in zip(*np.nonzero(U), strict=True):
        alone = np.zeros(U.shape)
        alone[s, a] = U[s, a]
        found[s, a] = -direction @ naive.backward(net, world, theta, naive.logit_gradient(pi, alone))
    return found


def errors(net: Net, world: World, theta: Array, G: Array, direction: Array) -> Array:
    """(S, A): −direction · the gradient that an output's own error has."""
    found = np.zeros(G.shape)
    for s, a in zip(*np.nonzero(G), strict=True):
        alone = np.zeros(G.shape)
        alone[s, a] = G[s, a]
        found[s, a] = -direction @ naive.backward(net, world, theta, alone)
    return found


class Applied(NamedTuple):
    """D (P,), what a step multiplied its gradient by, and its parts decay and carried (P,)."""

    multiplier: Array
    decay: Array
    carried: Array


def applied(optimiser: Optimiser, theta: Array, g: Array, update: int) -> Applied:
    """Of an optimiser about to take a step by the gradient g; it takes it.

    Whatever the step has besides D∘g and decay came from earlier gradients: all of what an optimiser makes
    of a gradient of 0, in SGD; in Adam the share β₁ m of the mean. Where g is divided by √v̂ or |g|, D is that
    division.
    """
    table = optimiser.table
    options = {"momentum": 0.0, "nesterov": False, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, **table}
    options |= {"beta2": 0.9} if table["kind"] == "rmsprop" and "beta2" not in table else {}
    eta = table["learning_rate"] * schedule_factor(table.get("schedule"), update, optimiser.updates)
    short = clipped(g, table.get("clip_norm"))
    shrink = np.linalg.norm(short) / np.linalg.norm(g)
    strength = table.get("weight_decay", 0.0)
    first = optimiser.first * np.ones_like(theta)
    after = optimiser.step(theta, g, update)
    step = theta - after
    if table["kind"] == "sgd":
        ahead = 1 + options["momentum"] if options["nesterov"] else 1.0
        D, decay = eta * ahead * np.ones_like(theta), eta * ahead * strength * theta
        carried = eta * options["momentum"] * first * (options["momentum"] if options["nesterov"] else 1.0)
    elif table["kind"] in ("adam", "adamw"):
        root = np.sqrt(optimiser.second / (1 - options["beta2"] ** optimiser.steps)) + options["eps"]
        mean = 1 - options["beta1"] ** optimiser.steps
        D, decay = eta * (1 - options["beta1"]) / mean / root, eta * strength * theta
        carried = eta * options["beta1"] * first / mean / root
    else:
        whole = np.sqrt(optimiser.second) + options["eps"] if table["kind"] == "rmsprop" else np.abs(short)
        D, decay, carried = eta / whole, np.zeros_like(theta), np.zeros_like(theta)
    np.testing.assert_allclose(D * short + decay + carried, step, rtol=1e-9, atol=1e-15)
    return Applied(D * shrink, decay, carried)
