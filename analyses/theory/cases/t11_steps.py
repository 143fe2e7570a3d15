"""To the update: counts from iteration elsewhere, bounds that are proved, and steps below float32's reach.

Under the cross-entropy and the expected reward (c = hD) the number of updates K is within

    T/(h(1 + h e^h/8)) ≤ K ≤ ⌈T/h⌉        and        T/(c(1 + b)) ≤ K ≤ T/(c(1 − b)) + 1,  b = c e^{c/4}/8

for every initial probability, level and h. Of K arms, all wrong ones alike, z = θ_good − θ_bad moves by
K/(K − 1) of a step and F = z + e^z/(K − 1). On the plateau of the expected reward a step h p(1 − p) can be
less than half of a float32's last place (4.8·10⁻⁷ for 8 ≤ |z| < 16), and plain float32 never leaves it.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, exp, log

import numpy as np

from ....sim.runfile import Run
from ..arms import (
    HEADS,
    IMITATION,
    OUTCOME,
    above,
    begins,
    by_condition,
    descent,
    experiment,
    final_log_odds,
    first_crossing,
)
from ..case import Case, Effort, Table
from ..forms import CROSS_ENTROPY, EXPECTED_REWARD, Form, logit
from ..predictions import Array, Exact, Steps

STARTS = (0.1, 0.01, 0.001)
LENGTHS = (0.05, 0.5)
RULES = {"cross_entropy": (CROSS_ENTROPY, IMITATION), "reward": (EXPECTED_REWARD, OUTCOME)}


def cases(effort: Effort) -> Iterator[Case]:
    """Both rules, ten arms, and the plateau."""
    for name, (form, loss) in RULES.items():
        yield _counted(name, form, loss, effort)
    yield _ten_arms()
    yield _plateau(effort)


def iterated(form: Form, start: float, level: float, h: float) -> int:
    """How often z ← z + h g(z) is done before z exceeds the level, in float64."""
    z, goal, done = logit(start), logit(level), 0
    while z <= goal:
        z, done = z + h * form.g(z, 0.0), done + 1
    return done


def bounds(form: Form, start: float, level: float, h: float) -> tuple[float, float]:
    """The least and the largest number of updates that are proved possible."""
    T = form.time(start, level)
    if form is CROSS_ENTROPY:
        return T / (h * (1 + h * exp(h) / 8)), ceil(T / h)
    b = h * exp(h / 4) / 8
    return T / (h * (1 + b)), T / (h * (1 - b)) + 1


def _counted(name: str, form: Form, loss: Table, effort: Effort) -> Case:
    settings = [(start, h, head) for start in STARTS for h in LENGTHS for head in HEADS]
    counts = {setting: iterated(form, setting[0], 0.9, setting[1]) for setting in settings}
    settings = [setting for setting in settings if counts[setting] < effort.longest]
    conditions = {
        _name(*setting): {
            "loss": loss,
            "policy": {**begins(setting[0]), "head": setting[2]},
            "optimiser": descent(setting[1], setting[2]),
            "training.updates": counts[setting] + 5,
        }
        for setting in settings
    }
    tables = experiment(
        f"Updates to 0.9 under {name}",
        conditions,
        training={"updates": 1, "record": {"at": [0]}, "watch": [above(0.9)]},
    )
    limits = np.array([bounds(form, start, 0.9, h) for start, h, _ in settings])
    middle, half = limits.mean(axis=1), np.ptp(limits, axis=1) / 2
    found = by_condition(first_crossing, conditions)
    predictions = (
        Exact("updates to 0.9, iterated in float64", [counts[setting] for setting in settings], found),
        Exact("between the bounds that are proved", middle, found, absolute=half),
    )
    return Case(f"T11.{name}", f"updates to 0.9 under {name}, counted and bounded", tables, predictions)


def _name(start: float, h: float, head: str) -> str:
    return f"{head}, {start:g} by {h:g}"


def _ten_arms() -> Case:
    K, start, eta = 10, 0.001, 0.01
    form = Form(lambda z, z0: 1 / (1 + exp(z) / (K - 1)), lambda z, z0: z + exp(z) / (K - 1))
    z0, z1 = logit(start) + log(K - 1), log(K - 1)
    h = K / (K - 1) * eta
    expected = (form.F(z1, z0) - form.F(z0, z0)) / h + log(form.g(z1, z0) / form.g(z0, z0)) / 2
    tables = experiment(
        "Ten arms by cross-entropy",
        {"imitation": {"loss": IMITATION}},
        world={"kind": "bandit", "reward": [1.0] + (K - 1) * [0.0]},
        policy=begins(start),
        optimiser={"kind": "sgd", "learning_rate": eta},
        training={"updates": 1000, "record": {"at": [0]}, "watch": [above(0.5)]},
    )
    prediction = Steps("updates to 1/2", [expected], by_condition(first_crossing, ["imitation"]), slack=0.01)
    return Case("T11.ten_arms", "ten arms by cross-entropy: κ = K/(K − 1)", tables, (prediction,))


def _plateau(effort: Effort) -> Case:
    start, updates = 1e-4, 1000
    lengths = (1e-3, 5e-3)
    conditions = {f"{h:g}": {"loss": OUTCOME, "optimiser": descent(h)} for h in lengths}
    tables = experiment(
        "Steps below half of a float32's last place",
        conditions,
        policy=begins(start),
        training={"updates": updates, "record": {"at": [0]}},
    )
    moved = [EXPECTED_REWARD.log_odds(start, updates, h) - logit(start) for h in lengths]

    def measure(run: Run) -> Array:
        return by_condition(lambda run, name: final_log_odds(run, name)[0] - logit(start), conditions)(run)

    tolerance = effort.tolerance(1e-9, 1e-12)
    predictions = (Exact("how far z moves in 1,000 updates", moved, measure, absolute=tolerance),)
    return Case("T11.plateau", "steps of 10⁻⁷ and 5·10⁻⁷ on a z of 9 add up", tables, predictions)
