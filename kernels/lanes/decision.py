"""From logits to probabilities to a choice, and from a push table back to the logits."""

from __future__ import annotations

from typing import Any

import numpy as np

from .elementary import exp, log1p
from .jit import inlined, jit
from .memory import fetch, gather, load, store
from .vector import LANES, count, fma, greatest, lane_numbers, least, negated, rounded, select, splat, word_of

f = np.float32
u = np.uint32


@inlined
def logit(values: Any, z_at: int, row: int, action: int, actions: int, pinned: int) -> Any:
    """The logit of an action; the first one of a pinned head is 0."""
    if action < pinned:
        return splat(f(0.0))
    return load(values, z_at + (row * (actions - pinned) + action - pinned) * LANES)


@jit
def softmax(values: Any, z_at: int, probability: Any, first: int, last: int, actions: int, pinned: int):
    """π[r, a] = e^{z[r, a] − max} / Σ_b e^{z[r, b] − max} of rows first … last − 1.

    It is not a number where a logit is not finite: so an update from logits that overflowed makes weights
    that are not finite, and the network is marked.
    """
    for r in range(first, last):
        top = logit(values, z_at, r, 0, actions, pinned)
        health = top * splat(f(0.0))
        for a in range(1, actions):
            z = logit(values, z_at, r, a, actions, pinned)
            top = greatest(z, top)
            health = fma(z, splat(f(0.0)), health)
        total = splat(f(0.0))
        at = r * actions * LANES
        for a in range(actions):
            e = exp(logit(values, z_at, r, a, actions, pinned) - top)
            total = total + e
            store(probability, at + a * LANES, e)
        scale = (splat(f(1.0)) + health) / total
        for k in range(at, at + actions * LANES, LANES):
            store(probability, k, load(probability, k) * scale)


@jit
def log_norm(
    values: Any, z_at: int, row: int, actions: int, pinned: int, weight: Any, weight_at: int, kind: f
) -> Any:
    """ln Σ e^z over the actions of a row whose weight is `kind`, in two parts: the largest z, and the rest.

    A negative kind takes all actions. The rest is ln(1 + Σ of the others' e^(z − top)): so ln π = (z − top) −
    rest keeps its precision for the likeliest action, however near to 0 that is.
    """
    top = splat(f(-np.inf))
    for a in range(actions):
        if kind < f(0.0) or weight[weight_at, a] == kind:
            top = greatest(logit(values, z_at, row, a, actions, pinned), top)
    others = splat(f(0.0))
    seen = others
    for a in range(actions):
        if kind < f(0.0) or weight[weight_at, a] == kind:
            z = logit(values, z_at, row, a, actions, pinned)
            first = (z == top) & (seen == splat(f(0.0)))
            others = others + select(first, splat(f(0.0)), exp(z - top))
            seen = select(first, splat(f(1.0)), seen)
    return top, log1p(others)


@jit
def log_sum(
    values: Any, z_at: int, row: int, actions: int, pinned: int, weight: Any, weight_at: int, kind: f
) -> Any:
    """ln Σ e^z over the actions of a row whose weight is `kind`; a negative kind takes all of them."""
    top, rest = log_norm(values, z_at, row, actions, pinned, weight, weight_at, kind)
    return top + rest


@jit
def logit_gradient(probability: Any, push: Any, delta: Any, d_at: int, rows: int, actions: int, pinned: int):
    """G[r, a] = π[r, a] Σ_b U[r, b] − U[r, a], for the actions that have an output.

    Written as Σ_{b ≠ a} (π_a U_b − π_b U_a), which is the same and keeps its precision where π_a is
    near 1: the plain form would subtract two nearly equal numbers there.
    """
    zero = splat(f(0.0))
    for r in range(rows):
        for a in range(pinned, actions):
            p = load(probability, (r * actions + a) * LANES)
            q = zero - fetch(push, 0, r, a, actions)
            g = zero
            for b in range(actions):
                if b != a:
                    other = load(probability, (r * actions + b) * LANES)
                    g = g + fma(p, fetch(push, 0, r, b, actions), q * other)
            store(delta, d_at + (r * (actions - pinned) + a - pinned) * LANES, g)


@inlined
def thresholds_of_row(at: int, probability: Any, n: int, thresholds: Any, likeliest: Any, actions: int):
    """Those of state n, its probabilities being from element `at`; returns how many actions got no word."""
    none = splat(u(0))
    rare = none
    best = load(probability, at)
    first = none
    for a in range(1, actions):
        p = load(probability, at + a * LANES)
        better = p > best
        best = select(better, p, best)
        first = select(better, splat(u(a)), first)
    store(likeliest, n * LANES, first)
    total = none
    for a in range(actions):
        scaled = load(probability, at + a * LANES) * splat(f(2.0**32))
        share = word_of(rounded(least(scaled, splat(f(2.0**31)))))
        others = negated(first == splat(u(a)))
        rare = rare + count(others & (share == none))
        total = total + select(others, share, none)
        store(thresholds, (n * actions + a) * LANES, total)
    return rare


@jit
def action_thresholds(row: Any, probability: Any, thresholds: Any, likeliest: Any, actions: int):
    """Integer thresholds of every state's actions: round(π · 2³²) words each, the likeliest the rest.

    The others are laid out in order from word 0, so that no sum can exceed 2³². Returns how many actions
    got no word at all.
    """
    rare = splat(u(0))
    for n in range(len(row)):
        at = row[n] * actions * LANES
        rare = rare + thresholds_of_row(at, probability, n, thresholds, likeliest, actions)
    return rare


@inlined
def chosen_action(thresholds: Any, likeliest: Any, state: Any, word: Any, actions: int) -> Any:
    """The action that a word gives in each lane's state."""
    lane = lane_numbers()
    at = state * splat(u(actions * LANES)) + lane
    reached = splat(u(0))
    for a in range(actions):
        reached = reached + count(word >= gather(thresholds, at + splat(u(a * LANES))))
    rest = gather(likeliest, state * splat(u(LANES)) + lane)
    return select(reached == splat(u(actions)), rest, reached)


@inlined
def drawn(outcomes: Any, thresholds: Any, word: Any) -> Any:
    """The outcome that a word gives: how many thresholds it reaches, found by bisection."""
    reached = splat(u(0))
    size = u(len(thresholds))
    step = u(1)
    while step * u(2) <= size:
        step = step * u(2)
    while step > u(0) and size > u(0):
        probe = reached + splat(step)
        inside = probe <= splat(size)
        threshold = gather(thresholds, select(inside, probe, splat(u(1))) - splat(u(1)))
        reached = select(inside & (word >= threshold), probe, reached)
        step = step >> u(1)
    return gather(outcomes, reached)
