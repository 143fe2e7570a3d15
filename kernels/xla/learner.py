"""What a program is about: a plan with what goes with it, a network on its way, and one update of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..own import Own
from ..tables import TrainingPlan


class Training(NamedTuple):
    """What an update needs: a plan, which pairs show behaviours (pairs, B) uint8, a user's functions."""

    plan: TrainingPlan
    shows: Any
    own: Own


class Learner(NamedTuple):
    """A network between two updates; with an axis of networks in front, a population.

    network uint32; weights and residual (P,), the parameter being weights − residual; moments, optax's
    states of the policy and of the critic; hyper (hyperparameters,); kept, what a rule compares with: outputs
    (R, ·), or the policy's weights where rows are an update's own. stopped_at, diverged_at, rare_at int32,
    crossed_at (watches,), explored_at (B,): updates done, −1 for not yet; shown (B,) uint32, how often
    behaviours were shown since somebody last asked.
    """

    network: Any
    weights: Any
    residual: Any
    moments: Any
    hyper: Any
    kept: Any
    stopped_at: Any
    diverged_at: Any
    crossed_at: Any
    explored_at: Any
    rare_at: Any
    shown: Any


class Context(NamedTuple):
    """One update of one network: its plan, a user's functions, hyperparameters, and where its draws are."""

    plan: TrainingPlan
    own: Own
    hyper: Any
    network: Any
    update: Any
