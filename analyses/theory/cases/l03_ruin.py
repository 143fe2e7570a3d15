"""The gambler's ruin: exact returns of a walk between 0 and N.

From x, a step right with probability p, left with q = 1 − p, the discounted chance to end at N solves
u_x = γ(p u_{x+1} + q u_{x−1}), u_0 = 0, u_N = 1:

    u_x = E γᵀ 1[ends at N] = (λ₊ˣ − λ₋ˣ)/(λ₊ᴺ − λ₋ᴺ),    λ± = (1 ± √(1 − 4pqγ²))/(2pγ)

x/N where λ₊ = λ₋ = 1. The other end has v_x, which is u with p and q exchanged, N − x for x. Steps count

    E Σ_{t<T} γᵗ = (1 − u_x − v_x)/(1 − γ),    or E T = x(N − x), (x − N u_x)/(q − p) at γ = 1

A horizon H that comes first leaves (1 − γᴴ)/(1 − γ).

Reference: Feller 1968, "An Introduction to Probability Theory and Its Applications" I, chapter XIV.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np

from ....sim.runfile import Run
from ..arms import begins, experiment, own_world
from ..case import Case, Curve, Effort, Plot, Table
from ..predictions import Exact

GOAL = 10
SETTINGS = ((3, 0.5, 1.0), (7, 0.4, 1.0), (1, 0.6, 1.0), (5, 0.5, 0.9), (2, 0.7, 0.95))
"""x, p, γ."""

SHORT = 7
"""A horizon before any end of a longer line."""


def cases(effort: Effort) -> Iterator[Case]:
    """Walks until they end, and one that a horizon ends."""
    conditions: dict[str, Table] = {}
    predictions = []
    close = {"relative": effort.tolerance(3e-6, 1e-12)}
    for x, p, discount in SETTINGS:
        name = f"from {x}, p {p}, discount {discount}"
        conditions[name] = _condition(p, goal=GOAL, start=x, discount=discount)
        u, time = won(x, p, discount), duration(x, p, discount)
        predictions += [
            Exact(f"chance to win, {name}", won(x, p, 1), _first("wins", name), **close),
            Exact(f"chance to lose, {name}", won(GOAL - x, 1 - p, 1), _first("loses", name), **close),
            Exact(f"mean steps, {name}", duration(x, p, 1), _first("steps", name), **close),
            Exact(f"discounted win, {name}", u, lambda run, n=name: run.intended_return(n)[0, 0], **close),
            Exact(
                f"discounted steps, {name}", time, lambda run, n=name: run.observed_return(n)[0, 0], **close
            ),
        ]
    conditions["short"] = _condition(0.3, goal=30, start=15, discount=0.8, horizon=SHORT)
    horizon = (1 - 0.8**SHORT) / 0.2
    predictions += [
        Exact(
            "discounted steps to a horizon", horizon, lambda run: run.observed_return("short")[0, 0], **close
        ),
        Exact("steps to a horizon, not discounted", SHORT, _first("steps", "short"), **close),
    ]
    tables = experiment("The gambler's ruin", conditions)
    title = (
        "a gambler's ruin: chances, times and discounted returns, by dynamic programming as in closed form"
    )
    yield Case("L03.ruin", title, tables, tuple(predictions), _plot)


def won(x: int, p: float, discount: float) -> float:
    """u_x."""
    root = sqrt(1 - 4 * p * (1 - p) * discount**2)
    if root == 0:
        return x / GOAL
    up, down = (1 + root) / (2 * p * discount), (1 - root) / (2 * p * discount)
    return (up**x - down**x) / (up**GOAL - down**GOAL)


def duration(x: int, p: float, discount: float) -> float:
    """E Σ γᵗ until either end."""
    u, v = won(x, p, discount), won(GOAL - x, 1 - p, discount)
    if discount < 1:
        return (1 - u - v) / (1 - discount)
    return x * (GOAL - x) if p == 0.5 else (x - GOAL * u) / (1 - 2 * p)


def _condition(p: float, **world: float) -> Table:
    loss = {"kind": "process", "estimator": "exact"}
    return {"loss": loss, "policy": begins(p, of="right"), "world": own_world("ruin", **world)}


def _first(behaviour: str, condition: str):
    return lambda run: run.rate(behaviour, condition)[0, 0]


def _plot(run: Run) -> Plot:
    places = np.arange(GOAL + 1)
    curves = []
    for x, p, discount in SETTINGS:
        found = np.array([_first("wins", f"from {x}, p {p}, discount {discount}")(run)])
        line = np.array([won(int(place), p, 1) for place in places])
        curves.append(Curve(f"p {p}", places.astype(float), line, np.array([float(x)]), found))
    return Plot("start", "chance to win", tuple(curves))
