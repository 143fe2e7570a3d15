"""Selection without gradients: which initial weights a network keeps, and what that asks of a condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field, model_validator

from ..kernels.choices import Activation
from ..kernels.lanes.vector import LANES
from ..kernels.selection_tables import Criterion
from .errors import Fault
from .functionals import Functional, RowTable, evaluations
from .inits import LeCun, Normal
from .policy import Policy
from .registry import Options
from .world import World

if TYPE_CHECKING:
    from .experiment import Condition

UNBOUNDED = 3e38
MAX_ATTEMPTS = 2**32
"""An attempt's number is a word of its address."""


Bound = Annotated[float, Field(ge=-UNBOUNDED, le=UNBOUNDED)]


class Band(Options):
    """Bounds: at least `above`, at most `below`; either may be left out."""

    above: Bound | None = None
    below: Bound | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Band:
        if self.above is None and self.below is None:
            raise ValueError("`above`, `below` or both")
        if self.above is not None and self.below is not None and self.above >= self.below:
            raise ValueError("`above` less than `below`")
        return self

    @property
    def bounds(self) -> tuple[float, float]:
        """(lowest, highest)."""
        return (
            -UNBOUNDED if self.above is None else self.above,
            UNBOUNDED if self.below is None else self.below,
        )


class Selection(Options):
    """What weights must fulfil, and how many are tried (`[training.select]`).

    Args:
        loss: bounds of the condition's loss.
        margin: bounds of the normalised margin min_s (z[s, d] − max_{b ≠ d} z[s, b]) / ‖θ‖ᴸ, d the
            demonstrated action, over the states of the loss: for imitation by networks homogeneous of
            degree L, the number of their layers.
        attempts: weights tried at most for one network.
        particles: M of multilevel splitting, a multiple of 16; moves: of each particle at a level.
    """

    loss: Band
    margin: Band | None = None
    attempts: Annotated[int, Field(ge=1, le=MAX_ATTEMPTS)] = 10_000_000
    particles: Annotated[int, Field(ge=16, le=4096, multiple_of=LANES)] | None = None
    moves: Annotated[int, Field(ge=1, le=10_000)] | None = None


DEFAULT_PARTICLES, DEFAULT_MOVES = 64, 20


def selection_faults(condition: Condition) -> list[Fault]:
    """What of a condition does not go with selecting its networks, or the other way round."""
    training, select = condition.training, condition.training.select
    if training.method == "gradient":
        if select is None:
            return []
        expected = 'none unless method = "guess_and_check" or "multilevel_splitting"'
        return [Fault("training.select", "a table", expected)]
    if select is None:
        expected = "a table, such as { loss = { below = 0.1 } }"
        return [Fault("training.select", "nothing", expected)]
    found = _vain_faults(condition, select)
    given = f"method = {training.method!r}"
    if condition.compute.backend != "numba":
        expected = f'"numba", whose kernels alone select ({given})'
        found.append(Fault("compute.backend", f'"{condition.compute.backend}"', expected))
    if not isinstance(condition.policy.init, Normal | LeCun):
        expected = "`normal` or `lecun` with a method that draws initial weights again and again"
        found.append(Fault("policy.init.kind", repr(condition.policy.init.kind), expected))
    if not condition.loss.of_policy:
        expected = '"gradient" for this loss, which the policy alone does not determine'
        found.append(Fault("training.method", repr(training.method), expected))
    if condition.loss.critic:
        found.append(Fault("loss.critic", "a critic", f"none with {given}, which compares no returns"))
    if condition.phases:
        found.append(Fault("phase", "phases", f"none with {given}, which begins from fresh weights"))
    if training.method == "guess_and_check":
        for name in ("particles", "moves"):
            if getattr(select, name) is not None:
                expected = 'none unless method = "multilevel_splitting"'
                found.append(Fault(f"training.select.{name}", str(getattr(select, name)), expected))
    elif select.attempts < swarm_of(select) * (1 + moves_of(select)):
        least = swarm_of(select) * (1 + moves_of(select))
        expected = f"at least {least:,}: the particles, and one level of moves"
        found.append(Fault("training.select.attempts", f"{select.attempts:,}", expected))
    return found + (_margin_faults(condition) if select.margin else [])


def _vain_faults(condition: Condition, select: Selection) -> list[Fault]:
    """What no number of attempts would bring about."""
    found = []
    if isinstance(condition.policy.init, Normal) and condition.policy.init.std == 0:
        expected = "above 0 where weights are drawn again and again: all attempts would be the same"
        found.append(Fault("policy.init.std", "0", expected))
    if condition.loss.supervised and select.loss.bounds[1] <= 0:
        expected = "above 0, which this loss never falls below"
        found.append(Fault("training.select.loss.below", f"{select.loss.below:g}", expected))
    return found


def _margin_faults(condition: Condition) -> list[Fault]:
    found = []
    loss, policy = condition.loss, condition.policy
    if loss.signal != ("demonstrator",) or loss.states == "own":
        expected = "none but for imitation on fixed states, which say what the right action is"
        found.append(Fault("training.select.margin", "a band", expected))
    elif condition.world.demonstrator is not None and labels(condition.world) is None:
        expected = "none where the demonstrator is not sure of its action"
        found.append(Fault("training.select.margin", "a band", expected))
    if policy.own_head:
        expected = f"none with the head {policy.own_head}: it is a difference of logits"
        found.append(Fault("training.select.margin", "a band", expected))
    if degree(policy) is None:
        expected = "none but for homogeneous networks: without biases, and linear, deep linear or ReLU"
        found.append(Fault("training.select.margin", "a band", expected))
    return found


def swarm_of(select: Selection) -> int:
    """M, the particles of multilevel splitting."""
    return select.particles or DEFAULT_PARTICLES


def moves_of(select: Selection) -> int:
    """The moves of each particle at a level."""
    return select.moves or DEFAULT_MOVES


def degree(policy: Policy) -> int | None:
    """L of a policy whose logits are homogeneous of degree L in its weights, None of any other."""
    if policy.hidden is None:
        return 1
    if policy.hidden == ():
        return 1
    layered = policy.activation in (Activation.RELU, Activation.IDENTITY) and not policy.bias
    return len(policy.hidden) + 1 if layered else None


def labels(world: World) -> np.ndarray | None:
    """(S,) the demonstrator's action, None where it has no certain one in a state that it may act in."""
    assert world.demonstrator is not None
    certain = world.demonstrator.max(axis=1) == 1
    return world.demonstrator.argmax(axis=1) if certain[~world.terminal].all() else None


def criterion_of(condition: Condition, objective: Functional) -> Criterion:
    """What a guess must fulfil, as the kernels take it."""
    select = condition.training.select
    assert select is not None
    rows = RowTable(condition.world)
    table = evaluations([objective], rows)
    evaluated = rows.table(0)
    label = np.full(len(evaluated.features), -1, np.int32)
    bounds = [select.loss.bounds, (-UNBOUNDED, UNBOUNDED)]
    layers = 0
    if select.margin:
        actions = labels(condition.world)
        assert actions is not None
        layers = degree(condition.policy) or 0
        bounds[1] = select.margin.bounds
        started = table.start > 0
        label[table.row[started]] = actions[objective.episodes.acting[started]]
    return Criterion(evaluated, table, np.array(bounds, np.float64), label, layers)
