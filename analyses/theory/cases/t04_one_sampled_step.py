"""One sampled step of REINFORCE: every step there is, its probability, its mean and its length.

E episodes that draw arms a_i move θ by ĝ = Σ (R_i − b)(e_{a_i} − π)/E. Over all multinomial draws

    E ĝ = π (r − r̄) for any b that does not see the draw,    1 − 1/E of it for the mean of the batch
    E ‖ĝ‖² = Σ_a π_a (r_a − b)² c_a,  c_a = 1 − 2π_a + Σ π²      (E = 1), least at b = Σ π c r / Σ π c

and the best constant baseline is not r̄.

Reference: Williams 1992, Machine Learning 8:229-256; Greensmith, Bartlett and Baxter 2004, JMLR 5:1471-1530
(best baseline); Kool, van Hoof and Welling 2019 (leave-one-out).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np

from ....sim.runfile import Run
from ..case import Case, Curve, Effort, Plot
from ..enumeration import one_update, two_updates
from ..logits import climb
from ..one_step import PI, REWARD, THETA, from_the_same, held, masses, outcome, taken

MEAN = float(PI @ REWARD)
CONSTANTS = (0.0, 0.4, 1.0, 2.0)
BASELINES = {"value": (1, MEAN), "mean": (4, "mean"), "leave_one_out": (3, "leave_one_out")}
"""Baseline -> episodes, and b for the enumeration."""


def cases(effort: Effort) -> Iterator[Case]:
    """Constant baselines, those of a batch, and a critic's, which an earlier update taught."""
    yield _constants(effort)
    yield _batch(effort)
    yield _critic_step(effort)


def _constants(effort: Effort) -> Case:
    """A constant baseline is a reward less the constant; all conditions meet the same draws."""
    conditions, predictions = {}, []
    for b in CONSTANTS:
        name = f"b = {b:g}"
        conditions[name] = {"loss": outcome(1, "none"), "world.reward": (REWARD - b).tolist()}
        distance, counts, *moments = held(effort, name, one_update(PI, REWARD, 1, b), climb(THETA, REWARD))
        predictions += [distance, *moments] if conditions.keys() - {name} else [distance, counts, *moments]
    tables = from_the_same(effort, "One sampled step under constant baselines", conditions, 10_000)
    title = "a constant baseline moves no mean, and is best away from the mean reward"
    return Case("T04.constant", title, tables, tuple(predictions), _parabola)


def _parabola(run: Run) -> Plot:
    """E ‖ĝ‖² as a function of b."""
    b = np.linspace(CONSTANTS[0], CONSTANTS[-1], 100)
    c = 1 - 2 * PI + PI @ PI
    line = (PI * c * (REWARD - b[:, None]) ** 2).sum(axis=1)
    squares = [(taken(run, f"b = {each:g}") ** 2).sum(axis=1) for each in CONSTANTS]
    found = np.array([each.mean() for each in squares])
    error = np.array([each.std() / sqrt(len(each)) for each in squares])
    curve = Curve("one episode", b, line, np.array(CONSTANTS), found, error)
    return Plot("constant baseline", "mean square of the step's length", (curve,))


def _batch(effort: Effort) -> Case:
    """Baselines that are computed from the policy or the other episodes."""
    conditions, predictions = {}, []
    possible = {name: one_update(PI, REWARD, episodes, b) for name, (episodes, b) in BASELINES.items()}
    for name, (episodes, _) in BASELINES.items():
        conditions[name] = {"loss": outcome(episodes, name)}
        predictions += held(effort, name, possible[name], climb(THETA, REWARD))
    tables = from_the_same(
        effort, "One sampled step under baselines that follow the policy", conditions, 10_000
    )
    title = "the mean of a batch of E shrinks the step to 1 − 1/E, other baselines do not"
    return Case("T04.batch", title, tables, tuple(predictions), masses(possible))


def _critic_step(effort: Effort) -> Case:
    """The critic's first value is 0, its second what the first reward taught it."""
    possible = two_updates(THETA, REWARD, 0.5, 0.3)
    loss = outcome(1, "critic", critic={"kind": "tabular", "learning_rate": 0.3})
    condition = {"loss": loss, "optimiser.learning_rate": 0.5, "training.updates": 2}
    tables = from_the_same(effort, "Two sampled steps under a critic", {"critic": condition}, 10_000)
    title = "two steps of an episode each under a critic"
    predictions = tuple(held(effort, "critic", possible, climb(THETA, REWARD)))
    return Case("T04.critic_step", title, tables, predictions, masses({"critic": possible}))
