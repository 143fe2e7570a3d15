"""After a silence Adam's first step is up to three times η.

When every gradient before update t was 0, m̂ = (1 − β₁)g/(1 − β₁ᵗ) and v̂ = (1 − β₂)g²/(1 − β₂ᵗ), so
the step is

    η (1 − β₁)/(1 − β₁ᵗ) √((1 − β₂ᵗ)/(1 − β₂)) → η · 0.1 √1000 = 3.16 η

With reward 1 for a rare arm alone nothing is learnt until that arm is first drawn, at a geometric time.

Reference: Kingma and Ba 2015 (arXiv 1412.6980), section 2.1.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.runfile import Run
from ..adam import corrections
from ..arms import above, begins, crossings, experiment
from ..case import Case, Curve, Effort, Plot
from ..forms import logit
from ..predictions import Array, Exact, Share

START, UPDATES = 0.01, 1200


def cases(effort: Effort) -> Iterator[Case]:
    """One."""
    tables = experiment(
        "The first step after a silence",
        {"outcome": {"loss": {"kind": "outcome", "episodes": 1}}},
        policy=begins(START),
        optimiser={"kind": "adam", "learning_rate": 1.0, "eps": 0.0},
        population={"networks": effort.population(4096)},
        training={"updates": UPDATES, "record": {"at": [0]}, "watch": [above(START + 1e-6)]},
    )
    spoken = 1 - (1 - START) ** 100
    predictions = (
        Exact("a step over its expectation", 1.0, _ratio, absolute=3 * corrections(effort)),
        Exact("updates from the first reward to the first step", 0.0, _delay),
        Share("silent for at most 100 updates", spoken, lambda run: _silence(run) <= 100),
    )
    yield Case("T18.silence", "Adam's first step after a silence", tables, predictions, _plot)


def step(t: Array) -> Array:
    """At update t, in units of η."""
    return 0.1 / (1 - 0.9**t) * np.sqrt((1 - 0.999**t) / 0.001)


def _silence(run: Run) -> Array:
    """(network,) the update of the first reward; infinite where there was none."""
    t = run.explored_at("best", "outcome").astype(float)
    return np.where(t > 0, t, np.inf)


def _delay(run: Run) -> Array:
    t = run.explored_at("best", "outcome")
    return crossings(run, "outcome")[0] - t


def _ratio(run: Run) -> Array:
    """(network who moved, logit)."""
    t = _silence(run)
    way = (run.weights("outcome") - np.array([0.5, -0.5]) * logit(START)) * [1, -1]
    return (way / step(np.minimum(t, UPDATES))[:, None])[np.isfinite(t)]


def _plot(run: Run) -> Plot:
    t = _silence(run)
    line = np.arange(1.0, UPDATES + 1)
    some = np.isfinite(t) & (np.arange(len(t)) < 100)
    way = run.weights("outcome")[some, 0] - logit(START) / 2
    return Plot(
        "update of the first reward", "step/η", (Curve("adam", line, step(line), t[some], way),), "log"
    )
