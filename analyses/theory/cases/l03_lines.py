"""Walks to a coin, and a corridor after a cue: what policies without skill collect.

On the coin line a policy of zeros steps either way with probability ½, so an episode is a random walk held by
walls, from the law of (p, c) until p = c or 2L steps are done; (L + 1) × (L + 1) probabilities are enumerated
here. One long step of imitation of a coin at the right end, from zeros, makes every weight of (1, p, c) large
and positive: it walks right everywhere and collects a coin placed anywhere where p ≤ c,

    (L + 2)/(2(L + 1))

After a cue a policy that cannot remember chooses right with some probability r whatever the cue was, and is
paid ½(1 − r) + ½ r = ½, before it learns and after.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from ....sim.runfile import Run
from ..arms import IMITATION, experiment
from ..case import Case, Curve, Effort, Plot
from ..predictions import Array, Exact

LENGTHS, DIVERSITY = (1, 2, 4, 7), 0.3


def cases(effort: Effort) -> Iterator[Case]:
    """The coin line before and after it is always right; and the cue."""
    close = {"absolute": effort.tolerance(3e-7, 1e-13)}
    conditions, predictions = {}, []
    for length in LENGTHS:
        for diversity in (0.0, DIVERSITY):
            name = f"length {length}, diversity {diversity}"
            world = {"kind": "coin_line", "length": length, "diversity": diversity}
            conditions[name] = {"loss": IMITATION, "world": world}
            trained, tested = (
                by_chance(length, law(length, diversity)),
                by_chance(length, np.ones(length + 1)),
            )
            predictions += [
                Exact(f"collected by chance, {name}", trained, _rate("collects_coin", name, 0), **close),
                Exact(f"in the test, {name}", tested, _rate("collects_coin_test", name, 0), **close),
            ]
        name = f"length {length}, diversity 0.0"
        predictions += [
            Exact(f"always right, {name}", 1, _rate("collects_coin", name, -1), **close),
            Exact(f"in the test, {name}", right(length), _rate("collects_coin_test", name, -1), **close),
            Exact(f"away from the coin, {name}", 1, _rate("walks_away", name, -1), **close),
        ]
    tables = experiment(
        "Coins by chance and always right",
        conditions,
        policy={"kind": "linear", "head": "logit"},
        optimiser={"kind": "sgd", "learning_rate": 1000.0},
    )
    title = "coins that a walk collects by chance, and one that always goes right"
    yield Case("L03.coin_line", title, tables, tuple(predictions), _plot)

    tables = experiment(
        "A cue without a memory",
        {
            name: {"loss": {"kind": "outcome", "episodes": 4}, "policy": policy}
            for name, policy in {
                "table": {"kind": "tabular", "init": {"kind": "normal"}},
                "layers": {"kind": "mlp", "hidden": [8], "init": {"kind": "normal"}},
            }.items()
        },
        world={"kind": "cue", "length": 2},
        population={"networks": 64},
        training={"updates": 200, "record": {"linear": 20}},
    )
    rounding = effort.tolerance(6e-7, 1e-13)
    predictions = [
        Exact(f"paid by a {name}, at every record", 0.5, lambda run, n=name: run.intended_return(n), rounding)
        for name in ("table", "layers")
    ]
    yield Case("L03.cue", "a cue that is not remembered is worth nothing", tables, tuple(predictions))


def law(length: int, diversity: float) -> Array:
    """Of the coin on 0 … L in training."""
    places = np.arange(length + 1)
    return (1 - diversity) * (places == length) + diversity * (places > 0) / length


def by_chance(length: int, coin: Array) -> float:
    """Probability that a walk of steps ±1, held by walls, meets the coin within 2L of them."""
    at = np.outer(np.ones(length + 1), coin) / ((length + 1) * coin.sum())
    met = float(np.trace(at))
    for _ in range(2 * length):
        np.fill_diagonal(at, 0)
        left, right = np.roll(at, -1, axis=0) / 2, np.roll(at, 1, axis=0) / 2
        left[-1], right[0] = at[-1] / 2, at[0] / 2
        at = left + right
        met += float(np.trace(at))
    return met


def right(length: ArrayLike) -> Array:
    """(L + 2)/(2(L + 1))."""
    length = np.asarray(length, float)
    return (length + 2) / (2 * (length + 1))


def _rate(behaviour: str, condition: str, at: int):
    return lambda run: run.rate(behaviour, condition)[0, at]


def _plot(run: Run) -> Plot:
    lengths, line = np.array(LENGTHS), np.linspace(1, 7, 61)
    walks = np.array([by_chance(n, np.ones(n + 1)) for n in range(1, 8)])
    chance, always = (
        np.array([_rate("collects_coin_test", f"length {n}, diversity 0.0", at)(run) for n in LENGTHS])
        for at in (0, -1)
    )
    curves = (
        Curve("always right", line, right(line), lengths, always),
        Curve("by chance", np.arange(1.0, 8), walks, lengths, chance),
    )
    return Plot("length L", "coins collected in the test", curves)
