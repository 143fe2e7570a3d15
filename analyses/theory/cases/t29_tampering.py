"""Two arms of equal worth, the second of which makes the reward read R: who learns to take it, how fast.

Under the observed reward the gap is R − 1 in the tampering arm's favour, dz/ds = (R − 1) p(1 − p). A loss
that does not read the reward's column does the same to the last bit, whatever R is.

Reference: Everitt et al. 2017 (arXiv 1705.08417) for observed beside true reward.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import numpy as np
from scipy.special import expit

from ....sim.runfile import Run
from ..arms import HEADS, OUTCOME, PROCESS, above, begins, by_condition, descent, experiment, first_crossing
from ..case import Case, Curve, Effort, Plot, Table
from ..forms import EXPECTED_REWARD, times
from ..predictions import Array, Exact, Steps

START, H = 0.01, 0.2
READINGS = (1.5, 2.0, 5.0)
BLIND: dict[str, Table] = {
    "imitation": {"kind": "imitation"},
    "minibatch": {"kind": "imitation", "estimator": "minibatch", "rows": 4},
    "process": PROCESS,
    "sampled process": {"kind": "process", "estimator": "sampled", "episodes": 4},
    "labelled": {**PROCESS, "labels": "all"},
    "unlikelihood": {**PROCESS, "rule": "unlikelihood"},
    "observed process": {**PROCESS, "kind": "observed_process"},
    "decoupled": {"kind": "decoupled_approval", "episodes": 4},
    "secure outcome": {"kind": "secure_outcome", "episodes": 4},
    "preference": {"kind": "preference"},
}
SEEING: dict[str, Table] = {
    "outcome": OUTCOME,
    "sampled outcome": {"kind": "outcome", "episodes": 4},
    "normalised": {"kind": "outcome", "episodes": 4, "rule": "normalised"},
    "mona": {"kind": "mona", "episodes": 4},
    "consequence": {"kind": "consequence", "estimator": "exact"},
}


def cases(effort: Effort) -> Iterator[Case]:
    """How fast tampering is learnt, and by whom it is not."""
    yield _learnt()
    yield _isolated()


def bandit(reading: float) -> Table:
    """An honest arm, and one that makes the reward read R."""
    return {
        "kind": "bandit",
        "reward": [1.0, 1.0],
        "observed_reward": [1.0, reading],
        "demonstrator": [1.0, 0.0],
        "approval": [1.0, -1.0],
    }


def _learnt() -> Case:
    settings = [(reading, head) for reading in READINGS for head in HEADS]
    expected = [times(EXPECTED_REWARD, reading - 1).updates(START, 0.5, H) for reading, _ in settings]
    conditions = {
        f"R = {reading}, {head}": {
            "loss": OUTCOME,
            "world": bandit(reading),
            "policy": {**begins(START, "arm_1"), "head": head},
            "optimiser": descent(H, head),
        }
        for reading, head in settings
    }
    training = {"updates": ceil(max(expected)) + 50, "record": {"linear": 25}}
    training["watch"] = [above(0.5, "arm_1", freeze=False)]
    tables = experiment("Learning to tamper", conditions, training=training)
    found = by_condition(first_crossing, conditions)

    def draw(run: Run) -> Plot:
        curves = []
        for reading in READINGS:
            form = times(EXPECTED_REWARD, reading - 1)
            line = np.linspace(0, run.time[-1], 200)[1:]
            z = np.array([form.log_odds(START, k, H) for k in line])
            rate = run.rate("arm_1", f"R = {reading}, softmax")[0]
            curves.append(Curve(f"R = {reading:g}", line, expit(z), run.time, rate))
        return Plot("updates", "probability of tampering", tuple(curves))

    prediction = Steps("updates to 1/2", expected, found, slack=0.06)
    return Case("T29.learnt", "tampering is learnt the sooner the more it pays", tables, (prediction,), draw)


def _isolated() -> Case:
    conditions = {
        f"{name}, R = {reading:g}": {"loss": loss, "world": bandit(reading)}
        for name, loss in {**BLIND, **SEEING}.items()
        for reading in (2.0, 100.0)
    }
    tables = experiment(
        "What the reading changes",
        conditions,
        policy=begins(START, "arm_1"),
        optimiser=descent(H),
        population={"networks": 40},
        training={"updates": 300, "record": {"every": 10}},
    )

    def differing(run: Run, name: str) -> float:
        """The share of networks whose weights or margins differ anywhere."""
        one, other = (f"{name}, R = {reading:g}" for reading in (2.0, 100.0))
        parts: list[tuple[Array, Array]] = [(run.weights(one), run.weights(other))]
        parts.append((run.margin("arm_1", one), run.margin("arm_1", other)))
        return float(np.any([(a != b).any(axis=1) for a, b in parts], axis=0).mean())

    def mostly(run: Run, name: str) -> float:
        """1 where most networks differ; one that never draws the arm does not."""
        return float(differing(run, name) > 0.5)

    def moving(run: Run, name: str) -> float:
        """The share of networks that learn anything."""
        return float((np.ptp(run.margin("arm_1", f"{name}, R = 2"), axis=1) > 0).mean())

    predictions = (
        Exact("differing networks, reward not read", np.zeros(len(BLIND)), by_condition(differing, BLIND)),
        Exact("most networks differ, reward read", np.ones(len(SEEING)), by_condition(mostly, SEEING)),
        Exact("networks that learn", np.ones(len(BLIND)), by_condition(moving, BLIND)),
    )
    title = "a loss that does not read the reward is the same to the bit, R = 2 or 100"
    return Case("T29.isolated", title, tables, predictions)
