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
    behaviours were shown since somebody last asked. books and books_residual (behaviours, entries),
    compensated like the weights: what a Ledger books, added up.
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
    books: Any = None
    books_residual: Any = None


class Parts(NamedTuple):
    """How much of an update's baseline and of its entropy bonus there is, 1 being all.

    A push's derivative by either is what that part pushes.
    """

    baseline: Any
    entropy: Any


WHOLE = Parts(1.0, 1.0)


class Context(NamedTuple):
    """One update of one network: its plan, a user's functions, hyperparameters, and where its draws are.

    parts, where it is not None, asks that the cost's derivative by ln π(a|s) be minus what pushes (s, a).
    Without it that holds of the gradient on the weights alone.
    """

    plan: TrainingPlan
    own: Own
    hyper: Any
    network: Any
    update: Any
    parts: Parts | None = None
