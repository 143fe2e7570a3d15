"""∇̄b, the gradient of a behaviour averaged along a step: exact if the change of b is ∇̄b · (θ' − θ)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..division import DIVIDED_ABOVE, DOUBTED_BELOW, MOST_PANELS, ROUNDING, STEADY_BY
from .jit import inlined, jit
from .memory import load, store
from .occupancy import clear
from .slopes import fill_slopes
from .vector import LANES, any_lane, fma, negated, select, splat

f = np.float32
TOLERANCE, FLOOR, DOUBT, STEADY = f(DIVIDED_ABOVE), f(ROUNDING), f(DOUBTED_BELOW), f(STEADY_BY)


@inlined
def size_of(x: Any) -> Any:
    """|x|."""
    return select(x < splat(f(0.0)), splat(f(0.0)) - x, x)


@jit
def add_points(plan: Any, state: Any, scratch: Any, tile: int, base: int, k: int, panels: int, side: int):
    """∇̄b of behaviour k by the ledger's nodes on each of equal parts of the step, (P) in `refined`."""
    books, nodes, size = scratch.books, plan.ledger.node, plan.network.parameters * LANES
    at = side * len(books.mean) + k * size
    clear(books.refined, 0, plan.network.parameters)
    for panel in range(panels):
        for node in range(len(nodes)):
            x = (f(panel) + nodes[node]) / f(panels)
            for i in range(0, size, LANES):
                start = load(books.weights, i)
                way = load(state.weights, base + i) - start
                store(books.tangent, i, fma(splat(x), way, start))
            fill_slopes(plan, state, scratch, tile, books.tangent, 0, side, k, k + 1)
            share = splat(plan.ledger.share[node] / f(panels))
            for i in range(0, size, LANES):
                store(books.refined, i, fma(share, load(books.slopes, at + i), load(books.refined, i)))


@inlined
def made_by(state: Any, scratch: Any, base: int, slope: Any, at: int, size: int) -> Any:
    """∇̄b · (θ' − θ), ∇̄b standing from element `at` of `slope`."""
    made = splat(f(0.0))
    for i in range(0, size, LANES):
        way = load(state.weights, base + i) - load(scratch.books.weights, i)
        made = fma(load(slope, at + i), way, made)
    return made


@jit
def divide(plan: Any, state: Any, scratch: Any, tile: int, base: int, end: int, k: int, live: Any):
    """Where the mean of behaviour k misses, take that of a finer division, as often as it needs."""
    books, size = scratch.books, plan.network.parameters * LANES
    change, at = load(books.change, k * LANES), k * size
    height = size_of(load(books.value, end * len(books.change) + k * LANES)) + splat(f(1.0))
    enough = fma(splat(TOLERANCE), size_of(change), splat(FLOOR) * height)
    made = made_by(state, scratch, base, books.mean, at, size)
    panels = 1
    while panels <= MOST_PANELS:
        off = size_of(change - made)
        missed = live & (off > enough)
        if not any_lane(missed):
            break
        add_points(plan, state, scratch, tile, base, k, panels, 1 - end)
        for i in range(0, size, LANES):
            store(books.mean, at + i, select(missed, load(books.refined, i), load(books.mean, at + i)))
        finer = made_by(state, scratch, base, books.refined, 0, size)
        settled = (splat(STEADY) * size_of(finer - made) < off) & (off < splat(DOUBT) * height)
        live = live & negated(settled)
        made = select(missed, finer, made)
        panels *= 2


@inlined
def fill_mean(plan: Any, state: Any, scratch: Any, tile: int, base: int, end: int, live: Any):
    """∇̄b of every behaviour along the step that was just taken, (K, P) in `mean`.

    What is known of its start stands on one side of `slopes` and `value`; its end is put on the other, `end`,
    and is the start of the next. Where the ledger is `divided` the step is, in the lanes that need it, until
    what is left is small.
    """
    books = scratch.books
    size, behaviours = plan.network.parameters * LANES, len(plan.ledger.evaluations.setting)
    whole, sides = behaviours * size, behaviours * LANES
    if plan.ledger.divided:
        fill_slopes(plan, state, scratch, tile, state.weights, base, end, 0, behaviours)
        for i in range(0, whole, LANES):
            both = load(books.slopes, i) + load(books.slopes, whole + i)
            store(books.mean, i, splat(f(0.5)) * both)
        for i in range(0, sides, LANES):
            start = load(books.value, (1 - end) * sides + i)
            store(books.change, i, load(books.value, end * sides + i) - start)
        for k in range(behaviours):
            divide(plan, state, scratch, tile, base, end, k, live)
    else:
        for k in range(behaviours):
            add_points(plan, state, scratch, tile, base, k, 1, 1 - end)
            for i in range(0, size, LANES):
                store(books.mean, k * size + i, load(books.refined, i))
