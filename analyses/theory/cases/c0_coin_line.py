"""The coin line: when imitation stops walking away from a displaced coin, and what can never learn to.

A policy linear in (1, p, c), from zero weights, clones the walk to the coin by the exact cross-entropy. Its
update is logistic regression by gradient descent, iterated here in float64 from the definition of the world.
With diversity ε = 0 every context has c = L, and walking away from a coin at 0 is never unlearnt; a table
says nothing of states that training never shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from ....sim.runfile import Run
from ..arms import IMITATION, by_condition, experiment, first_crossing, recorded
from ..case import Case, Curve, Effort, Plot, Table
from ..predictions import Array, Exact

DIVERSITIES = (0.3, 0.1, 0.02)
LENGTHS = (2, 3, 4, 6, 8)
ETA = 0.05
WATCH = {"behaviour": "walks_away", "below": 0.5}


class Variant(NamedTuple):
    """What the states are drawn from, and whether the policy has a bias besides the feature 1."""

    title: str
    states: str = "contexts"
    bias: bool = False


VARIANTS = {
    "contexts": Variant("contexts"),
    "demonstrator": Variant("states of the demonstrator", states="demonstrator"),
    "bias": Variant("contexts, with a bias", bias=True),
}


def cases(effort: Effort) -> Iterator[Case]:
    """Flip times for every variant, no diversity, and tables."""
    for name, variant in VARIANTS.items():
        yield _flips(name, variant, effort)
    yield _never(effort)
    yield _unseen()


def states_of(length: int, diversity: float, occupancy: bool) -> tuple[Array, Array, Array]:
    """(p, c) of the states in which somebody acts, their weights, and whether the coin is to the right."""
    weight: dict[tuple[int, int], float] = {}
    for coin in range(1, length + 1):
        share = diversity / length + (1 - diversity) * (coin == length)
        for start in range(length + 1):
            way = range(start, coin) if start < coin else range(start, coin, -1)
            for p in way if occupancy else list(way)[:1]:
                weight[p, coin] = weight.get((p, coin), 0.0) + share
    where = np.array(list(weight), float)
    d = np.array(list(weight.values()))
    return where, d / d.sum(), (where[:, 1] > where[:, 0]).astype(float)


def probe_margins(length: int, diversities: Sequence[float], variant: Variant, updates: int) -> Array:
    """(diversity, update): z of a step right at the probe (⌈L/2⌉, 0) after 0, 1, … updates."""
    each = [states_of(length, diversity, variant.states == "demonstrator") for diversity in diversities]
    (where, _, right), d = each[0], np.array([weights for _, weights, _ in each])
    x = np.column_stack([np.ones(len(where)), where])
    probe = np.array([1.0, (length + 1) // 2, 0.0])
    if variant.bias:
        x, probe = np.column_stack([x, np.ones(len(x))]), np.append(probe, 1.0)
    w, found = np.zeros((len(d), len(probe))), [np.zeros(len(d))]
    for _ in range(updates):
        w += ETA * (d * (right - expit(w @ x.T))) @ x
        found.append(w @ probe)
    return np.array(found).T


def _experiment(title: str, conditions: dict[str, Table], updates: int, **policy: object) -> Table:
    return experiment(
        title,
        conditions,
        world={"kind": "coin_line"},
        policy={"kind": "linear", "head": "logit", "init": {"kind": "zeros"}, **policy},
        optimiser={"kind": "sgd", "learning_rate": ETA},
        training={"updates": updates, "record": {"log": 30}, "watch": [WATCH]},
    )


def _flips(name: str, variant: Variant, effort: Effort) -> Case:
    updates = 3000
    cells = [(length, diversity) for length in LENGTHS for diversity in DIVERSITIES]
    margins = {
        (length, diversity): z
        for length in LENGTHS
        for diversity, z in zip(
            DIVERSITIES, probe_margins(length, DIVERSITIES, variant, updates), strict=True
        )
    }
    flips = [int(np.argmax(z < 0)) if (z < 0).any() else -1 for z in margins.values()]
    conditions = {
        _cell(*cell): {
            "loss": {**IMITATION, "states": variant.states},
            "world.length": cell[0],
            "world.diversity": cell[1],
        }
        for cell in cells
    }
    tables = _experiment(f"Flip times over {variant.title}", conditions, updates, bias=variant.bias)

    def margin(run: Run, condition: str) -> Array:
        return recorded(run, run.margin("walks_away", condition), condition)[0]

    def at_recorded(run: Run) -> list[Array]:
        return [margins[cell][run.own_times(_cell(*cell))] - margin(run, _cell(*cell)) for cell in cells]

    def draw(run: Run) -> Plot:
        curves = []
        for diversity in DIVERSITIES:
            at = [length for length in LENGTHS if flips[cells.index((length, diversity))] > 0]
            expected = [flips[cells.index((length, diversity))] for length in at]
            found = [first_crossing(run, _cell(length, diversity)) for length in at]
            curves.append(Curve(f"diversity {diversity:g}", at, expected, at, found))
        return Plot("length L", "updates until it turns", tuple(curves), yscale="log")

    predictions = (
        Exact("updates until it turns", flips, by_condition(first_crossing, conditions)),
        Exact("z at the probe over training", 0.0, at_recorded, absolute=effort.tolerance(1e-5, 1e-9)),
    )
    title = f"when imitation turns to the coin, L = 2 … 8, {variant.title}"
    return Case(f"C0.flips_{name}", title, tables, predictions, draw)


def _cell(length: int, diversity: float) -> str:
    return f"L = {length}, diversity {diversity}"


def _never(effort: Effort) -> Case:
    updates = 4000
    margins = {length: probe_margins(length, [0.0], VARIANTS["contexts"], updates)[0] for length in LENGTHS}
    conditions: dict[str, Table] = {
        f"L = {length}": {"loss": IMITATION, "world.length": length} for length in LENGTHS
    }
    conditions["relative"] = {"loss": IMITATION, "world.encoding": "relative", "world.length": 4}
    tables = _experiment("No diversity", conditions, updates)

    def away(run: Run) -> list[Array]:
        return [
            margins[length][run.own_times(f"L = {length}")] - run.margin("walks_away", f"L = {length}")[0]
            for length in LENGTHS
        ]

    names = [f"L = {length}" for length in LENGTHS]
    predictions = (
        Exact("it never turns", np.full(len(names), -1), by_condition(first_crossing, names)),
        Exact("z at the probe over training", 0.0, away, absolute=effort.tolerance(1e-5, 1e-9)),
        Exact(
            "relative features turn at once",
            1,
            lambda run: first_crossing(run, "relative"),
        ),
    )

    def draw(run: Run) -> Plot:
        line = np.unique(np.geomspace(1, updates, 100).astype(int))
        curves = tuple(
            Curve(name, line, margins[length][line], run.time[1:], run.margin("walks_away", name)[0, 1:])
            for length, name in zip(LENGTHS, names, strict=True)
        )
        return Plot("updates", "log-odds of walking away", curves, xscale="log")

    return Case("C0.no_diversity", "without diversity it never turns", tables, predictions, draw)


LOSSES: dict[str, Table] = {
    "imitation": IMITATION,
    "minibatch": {"kind": "imitation", "states": "demonstrator", "estimator": "minibatch", "rows": 4},
    "outcome": {"kind": "outcome", "episodes": 4},
    "process": {"kind": "process", "estimator": "exact", "labels": "all"},
}


def _unseen() -> Case:
    conditions = {
        f"{loss}, {encoding}, diversity {diversity:g}": {
            "loss": LOSSES[loss],
            "world.encoding": encoding,
            "world.diversity": diversity,
        }
        for loss in LOSSES
        for encoding in ("absolute", "one_hot")
        for diversity in (0.0, 0.5, 1.0)
    }
    tables = _experiment("Tables and the unseen", conditions, 100)
    tables["policy"] = {"kind": "tabular", "init": {"kind": "normal", "std": 2.0}}
    tables["population"] = {"networks": 20}

    def moved(run: Run, name: str) -> float:
        margin = run.margin("walks_away", name)
        return float(np.abs(margin - margin[:, :1]).max())

    def learnt(run: Run, name: str) -> float:
        """1 where most networks learn something; one that never sees a reward does not."""
        return float((np.ptp(run.loss(name), axis=1) > 0).mean() > 0.5)

    predictions = (
        Exact("how far the unseen probe moves", np.zeros(len(conditions)), by_condition(moved, conditions)),
        Exact("most networks learn elsewhere", np.ones(len(conditions)), by_condition(learnt, conditions)),
    )
    return Case("C0.unseen", "a table leaves the unseen probe the same to the bit", tables, predictions)
