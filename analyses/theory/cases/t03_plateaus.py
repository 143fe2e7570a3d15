"""Expected reward from a rare good arm: the plateau of two arms, and three whose second pulls at first.

Two arms of gap D: z ← z + hDp(1 − p), so from ε to 1/2 it takes ε T κηD → 1 (`forms.EXPECTED_REWARD`, to the
update). Three arms that pay (1, 1 − D, 0) and begin at (ε, 1 − 2ε, ε): the third first gives its mass to the
second, the good arm waits until it is gone, and in the limit of small ε

    ε η T → [1/(6D²) − 1/2 + D/3]/(1 − D)²

for with c = 1 − D, X = π₁/(επ₂), Y = π₃/(επ₂) and s = εηt, to first order in ε

    dX/ds = X (2DX − cY),    dY/ds = Y (DX − 2cY),    X = Y = 1 at first

so ρ = Y/X falls from 1 to 0 with X = (D + cρ)³/ρ², which takes ∫₀¹ ρ/(D + cρ)⁴ dρ, the limit.

Reference: Mei, Xiao, Dai, Li, Szepesvari and Schuurmans 2020, NeurIPS, "Escaping the gravitational pull of
softmax".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import ceil, exp, log

import numpy as np

from ....sim.runfile import Run
from ..arms import HEADS, OUTCOME, above, begins, crossings, descent, experiment
from ..case import Case, Curve, Effort, Plot, Table
from ..forms import EXPECTED_REWARD, times
from ..logits import begins_with
from ..predictions import Exact, Steps

GAP, ETA = 0.5, 0.4
"""Of two arms."""

STARTS = (1e-1, 1e-2, 1e-3, 1e-4)
RARE = (1e-2, 1e-3, 1e-4)
GAPS = (0.05, 0.1, 0.2, 0.5)
STEP = 1.0
"""η of three arms."""


def cases(effort: Effort) -> Iterator[Case]:
    """Two arms and three."""
    yield _two(effort)
    yield _three(effort)


def _two(effort: Effort) -> Case:
    conditions, expected = {}, {}
    for head, kappa in HEADS.items():
        h = kappa * ETA
        for start in STARTS:
            updates = times(EXPECTED_REWARD, GAP).updates(start, 0.5, h)
            if updates < effort.longest:
                name = f"{head} from {start:g}"
                expected[name] = start, h, updates
                conditions[name] = {
                    "loss": OUTCOME,
                    "policy": {**begins(start), "head": head},
                    "optimiser": descent(h, head),
                    "training.updates": ceil(updates) + 10,
                }
    tables = experiment(
        "The plateau of two arms",
        conditions,
        world={"kind": "bandit", "reward": [1.0, 1.0 - GAP]},
        training={"updates": 1, "record": {"log": 30}, "watch": [above(0.5)]},
    )

    def waits(run: Run):
        return [crossings(run, name)[0, 0] for name in expected]

    predicted = Steps("updates to 1/2", [x for *_, x in expected.values()], waits, slack=0.06)
    return Case("T03.plateau", "a rare arm waits for 1/ε", tables, (predicted,), _plateau(expected))


def _plateau(expected: dict[str, tuple[float, float, float]]):
    """The log-odds along the way: the updates that theory says each takes."""

    def draw(run: Run) -> Plot:
        form, curves = times(EXPECTED_REWARD, GAP), []
        for name in (name for name in expected if name.startswith("softmax")):
            start, h, _ = expected[name]
            p = np.concatenate([np.geomspace(start, 0.5, 60)[1:], [0.5]])
            line = np.array([form.updates(start, level, h) for level in p])
            rate = run.rate("best", name)[0]
            shown = (run.time > 0) & (run.time <= crossings(run, name)[0, 0]) & np.isfinite(rate)
            curves.append(Curve(name, line, p, run.time[shown], rate[shown]))
        return Plot("updates", "probability of the good arm", tuple(curves), "log", "log")

    return draw


def limit(D: float) -> float:
    """ε η T of three arms as ε goes to 0."""
    return (1 / (6 * D**2) - 0.5 + D / 3) / (1 - D) ** 2


@cache
def iterated(D: float, start: float, eta: float) -> int:
    """Updates until the good one of three arms has probability 1/2, by the update rule in float64."""
    w = v = log(start / (1 - 2 * start))
    done = 0
    while True:
        x, y = exp(w), exp(v)
        total = 1 + x + y
        mean = (x + 1 - D) / total
        if x > 1 + y:
            return done
        second = 1 - D - mean
        w += eta * (x * (1 - mean) - second) / total
        v += eta * (-y * mean - second) / total
        done += 1


def _three(effort: Effort) -> Case:
    conditions: dict[str, Table] = {}
    settings = [(D, e) for D in GAPS for e in RARE if 1.1 * limit(D) / e < min(effort.longest, 1e5)]
    for D, start in settings:
        conditions[f"gap {D:g} from {start:g}"] = {
            "loss": OUTCOME,
            "world.reward": [1.0, 1.0 - D, 0.0],
            "training.updates": ceil(1.2 * limit(D) / start / STEP),
            **begins_with([log(start), log(1 - 2 * start), log(start)]),
        }
    tables = experiment(
        "The pull of a second-best arm",
        conditions,
        world={"kind": "bandit", "reward": [1.0, 0.5, 0.0]},
        policy={"kind": "tabular"},
        optimiser={"kind": "sgd", "learning_rate": STEP},
        training={"updates": 1, "record": {"at": [1]}, "watch": [above(0.5)]},
    )

    def waits(run: Run):
        return np.array([crossings(run, name)[0, 0] - 1 for name in conditions])

    def scaled(run: Run):
        return waits(run) * np.array([start * STEP for _, start in settings])

    def excess(run: Run):
        return (scaled(run) / [limit(D) for D, _ in settings] - 1) / [start for _, start in settings]

    predictions = (
        Exact(
            "updates to 1/2, as iterated",
            [iterated(D, start, STEP) for D, start in settings],
            waits,
            absolute=0.5,
            relative=effort.tolerance(3e-6, 0.0),
        ),
        Exact("relative distance of ε η T from its limit, over ε", 0.0, excess, absolute=20.0),
    )
    return Case(
        "T03.second_best", "a second-best arm pulls first", tables, predictions, _pull(settings, scaled)
    )


def _pull(settings, scaled):
    def draw(run: Run) -> Plot:
        found, D = scaled(run), np.geomspace(min(GAPS), max(GAPS), 50)
        line = np.array([limit(gap) for gap in D])
        curves = []
        for start in RARE:
            own = [n for n, (_, each) in enumerate(settings) if each == start]
            curves.append(
                Curve(f"from {start:g}", D, line, np.array([settings[n][0] for n in own]), found[own])
            )
        return Plot("gap to the second-best arm", "ε η times the updates to 1/2", tuple(curves), "log", "log")

    return draw
