"""Imitation of a source of symbols: the loss that is left is the entropy given what is seen.

Symbols follow P(1|ab) with the stationary law π of their last two. A policy that sees the last k of them
ends, under the cross-entropy, at the source's own probability given these, and its loss at

    H_k = − Σ_x π(x) ln P(x_next | last k),    H₂ ≤ H₁ ≤ H₀

A table descends row by row: with one logit z for each of the 2ᵏ rows, ⟨·⟩ an average over π,

    z_r ← z_r + η (⟨P(1|ab); ab in r⟩ − π(r) σ(z_r))

The demonstrator's own states, from the stationary law on, have that law too.

Reference: Shannon 1948, "A mathematical theory of communication", section 7.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.special import expit

from ....sim.runfile import Run
from ..arms import IMITATION, experiment, own_world
from ..case import Case, Curve, Effort, Plot
from ..markov import ONE, stationary
from ..predictions import Array, Exact

ETA, UPDATES = 8.0, 400
STATES = ("contexts", "demonstrator")


def cases(effort: Effort) -> Iterator[Case]:
    """Policies that see two symbols, one or none, in fixed states or the demonstrator's."""
    conditions, predictions = {}, []
    for seen in (2, 1, 0):
        for states in STATES:
            name = f"{seen} seen, {states}"
            conditions[name] = {
                "loss": {**IMITATION, "states": states},
                "world": own_world("source", seen=seen),
            }
            losses, ones = learning(seen)
            close = effort.tolerance(3e-7, 1e-13)
            predictions += [
                Exact(f"entropy, {name}", entropy(seen), _loss(name, -1), close),
                Exact(f"P(1|ab), {name}", ones[-1], _ones(name), close),
                Exact(f"the loss at every record, {name}", losses, _loss(name, slice(None)), close),
            ]
    tables = experiment(
        "A source of symbols",
        conditions,
        policy={"kind": "tabular", "head": "logit"},
        optimiser={"kind": "sgd", "learning_rate": ETA},
        training={"updates": UPDATES, "record": {"every": 1}},
    )
    title = "imitation of a source of symbols ends at its entropy given the symbols seen"
    yield Case("T25.source", title, tables, tuple(predictions), _plot)


def entropy(seen: int) -> float:
    """H_k in nats."""
    p = _given(seen)[1]
    return float(-(stationary() * (ONE * np.log(p) + (1 - ONE) * np.log(1 - p))).sum())


def learning(seen: int) -> tuple[Array, Array]:
    """The loss and P(1|ab) after 0, 1, … updates, (UPDATES + 1,) and (UPDATES + 1, 4)."""
    law, (rows, target) = stationary(), _given(seen)
    z, ones = np.zeros(4), []
    for _ in range(UPDATES + 1):
        ones.append(expit(z))
        z = z + ETA * (rows @ law) * (target - ones[-1])
    p = np.array(ones)
    return -(ONE * np.log(p) + (1 - ONE) * np.log(1 - p)) @ law, p


def _given(seen: int) -> tuple[Array, Array]:
    """Which ab look alike, (4, 4); and the source's P(1 | last `seen`) for each ab."""
    last = np.arange(4) % 2**seen
    rows = (last[:, None] == last).astype(float)
    return rows, rows @ (stationary() * ONE) / (rows @ stationary())


def _loss(name: str, at: int | slice):
    return lambda run: run.loss(name)[0, at]


def _ones(name: str):
    return lambda run: np.array([run.rate(f"one_after_{i:02b}", name)[0, -1] for i in range(4)])


def _plot(run: Run) -> Plot:
    t = run.time
    few = np.unique(np.geomspace(1, UPDATES + 1, 25).astype(int)) - 1
    curves = [
        Curve(
            f"{seen} seen", t + 1.0, learning(seen)[0], few + 1.0, run.loss(f"{seen} seen, contexts")[0, few]
        )
        for seen in (2, 1, 0)
    ]
    return Plot("updates + 1", "cross-entropy in nats", tuple(curves), xscale="log")
