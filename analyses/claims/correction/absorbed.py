"""Networks that are lost for good: sampled steps that do not fade as the good action gets rarer.

Both actions pay, the good one twice as much, and no baseline is subtracted, so each draw of the bad one
makes it likelier. The log-odds of two actions then walk: up when the good one is drawn, down otherwise. Along
the sign of a step the stretch is always h, by the natural gradient it is at least h r. So p falls
exponentially in the number of draws, the chance ever to draw the good action again is the sum of a geometric
series, and what has passed the edge is lost but for that chance. Theory knows the share from the walks of
T06 and T09.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from ....sim.runfile import Run
from ...statistics import Interval, share
from ...theory.arms import HEADS, above, begins, crossings, experiment
from ...theory.forms import logit
from ...theory.walks import any_steps, equal_steps
from ..claim import Table
from .rows import H

START = 0.1
EDGE = 10.1
"""Log-odds beyond which a network counts as lost, or as corrected for good."""

PAYS = (2.0, 1.0)
UPDATES = 500

SIGN, NATURAL = "the sign of a sampled step", "a sampled natural step"


@dataclass(frozen=True, eq=False)
class Absorbed:
    """What became of the networks of one rule.

    Args:
        name: of the rule.
        lost, corrected, networks: how many ended beyond either edge, and how many there were.
        theory: the share that is lost, of the walk.
    """

    name: str
    lost: int
    corrected: int
    networks: int
    theory: float

    def share(self, confidence: float) -> Interval:
        """That is lost."""
        return share(self.lost, self.networks, confidence, method="clopper_pearson")


def back() -> float:
    """The most that the chance can be to draw the good action once more, beyond the edge."""
    return float(expit(-EDGE - H * np.arange(1000)).sum())


def absorbing(networks: int) -> Table:
    """The experiment."""
    loss: Table = {"kind": "outcome", "episodes": 1, "baseline": "none"}
    conditions = {
        SIGN: {"loss": loss, "optimiser": {"kind": "sign", "learning_rate": H / HEADS["softmax"]}},
        NATURAL: {"loss": {**loss, "rule": "natural"}, "optimiser": {"kind": "sgd", "learning_rate": H}},
    }
    return experiment(
        "Whether networks are lost for good",
        conditions,
        world={"kind": "bandit", "reward": list(PAYS)},
        policy=begins(START),
        population={"networks": networks},
        training={
            "updates": UPDATES,
            "record": {"at": [0]},
            "watch": [above(float(expit(EDGE)), arm) for arm in ("arm_0", "arm_1")],
            "weights": False,
        },
    )


def absorbed(run: Run) -> list[Absorbed]:
    """Of both rules."""
    good, bad = (pay * H for pay in PAYS)
    theory = {
        SIGN: equal_steps(logit(START), H, EDGE).top,
        NATURAL: any_steps(lambda z: good / expit(z), lambda z: bad / expit(-z), logit(START), EDGE).top,
    }
    found = []
    for name, top in theory.items():
        right, wrong = (crossings(run, name) >= 0).sum(axis=1)
        found.append(Absorbed(name, int(wrong), int(right), len(run.networks), 1 - top))
    return found
