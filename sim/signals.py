"""From a loss to what the kernels read of it: its rule, and what a visit is worth."""

from __future__ import annotations

import numpy as np

from ..kernels import tables
from ..kernels.choices import Acting, Baseline, Credit, Shape, Weighing
from ..kernels.tables import Rule
from .behaviour import Array
from .dynamics import Dynamics
from .experiment import Condition
from .loss import Loss
from .world import World

NEVER_AGAIN = 2**31 - 1
"""Updates in an epoch that outlasts every run."""


def summed(world: World, columns: tuple[str, ...]) -> Array:
    """The sum of some (state, action) columns."""
    return np.sum([getattr(world, name) for name in columns], axis=0)


def entry_of(world: World, loss: Loss) -> Array | None:
    """The column that is read on entering a terminal state."""
    return getattr(world, loss.entry) if loss.entry else None


def is_fixed(loss: Loss, episodes: Dynamics) -> bool:
    """Whether pushes are the same at every update, before the rule shapes them."""
    by_visits = loss.entropy or loss.rule == "natural"
    return loss.credit == "labels" and loss.estimator == "exact" and episodes.horizon == 1 and not by_visits


def reads_visits(loss: Loss) -> bool:
    """Whether something in an update asks how often each state was visited."""
    by_state = ["labels", "pairs"] + ["own_pairs", "target"] * (loss.estimator == "exact")
    return loss.entropy or loss.rule == "natural" or loss.credit in by_state


def lowered_rule(condition: Condition) -> Rule:
    """How pushes become a gradient, and outputs actions, in a phase that begins at an update."""
    loss = condition.loss
    weighing = {"normalised": Weighing.NORMALISED, "clipped": Weighing.CLIPPED, "own_rule": Weighing.OWN}
    shape = {
        "squared_error": Shape.SQUARED,
        "tsallis": Shape.TSALLIS,
        "unlikelihood": Shape.UNLIKELIHOOD,
        "natural": Shape.NATURAL,
        "regression": Shape.REGRESSION,
        "own_loss": Shape.OWN,
    }
    acting = {"logits": Acting.LOGITS, "softmax": Acting.TEMPERED, "epsilon_greedy": Acting.GREEDY}
    acts = Acting.OWN if condition.policy.own_head else acting[loss.acting]
    replayed = loss.rule in ("clipped", "own_rule") or loss.epochs > 1
    compared = loss.rule == "preference"
    return Rule(
        int(weighing.get(loss.rule, Weighing.PLAIN)),
        int(shape.get(loss.rule, Shape.PUSH)),
        int(loss.entropy),
        int(reads_visits(loss)),
        int(acts),
        int(replayed or compared),
        int(replayed),
        NEVER_AGAIN if compared else loss.epochs,
        condition.begins,
    )


def lowered_signal(world: World, loss: Loss, episodes: Dynamics) -> tables.Signal:
    """What a visit is worth under the loss; a myopic return goes no further than its own step."""
    column = summed(world, loss.signal)[episodes.acting]
    if loss.rule == "unlikelihood":
        column = np.minimum(column, 0.0)
    paid = column
    if loss.executed:
        paid = np.subtract(*(getattr(world, name)[episodes.acting] for name in loss.executed))
    payoff = paid[:, :, None] + world.discount * episodes.entered(entry_of(world, loss))
    expected = (episodes.probability * payoff).sum(axis=2)
    if loss.executed and loss.expected:
        expected = summed(world, loss.expected)[episodes.acting]
    return tables.Signal(
        payoff,
        expected,
        np.float64(0.0 if loss.myopic else world.discount),
        expected if loss.credit in ("pairs", "own_pairs") else column,
        np.array(loss.targets.edges if loss.targets else (), np.float64),
        episodes.worth(entry_of(world, loss)),
        int(lowered_credit(loss)),
        int(Baseline[loss.baseline.upper()]),
    )


def lowered_credit(loss: Loss) -> Credit:
    """What a visit pushes, as the kernels number it."""
    if loss.credit == "labels":
        return Credit.NORMALISED_LABELS if loss.supervised else Credit.LABELS
    return Credit[loss.credit.upper()]
