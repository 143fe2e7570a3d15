"""A network of a finished run, acting again: its policy, its weights and the world that it sees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.choices import Hyperparameter
from .acting import greedy, logits, softmax
from .behaviour import Array
from .errors import Fault, InvalidInput, PopgradError, nearest
from .from_run import Continued, loss_of, stored
from .loss import Loss
from .population import Spread
from .runfile import Run
from .seen import seen_by
from .world import World


@dataclass(frozen=True, eq=False)
class Agent:
    """A trained network.

    Args:
        condition, network: which one.
        tables: the condition's tables, as the run has them.
        trained: policy and world; loss, None where it is a plug-in's.
        weights: (P,), the policy's final ones.
        scalars: its hyperparameters of acting, where the loss has them.
    """

    condition: str
    network: int
    tables: dict[str, Any]
    trained: Continued
    loss: Loss | None
    weights: Array
    scalars: dict[Hyperparameter, float]

    @cached_property
    def world(self) -> World:
        """The world as the policy sees it: state c · S + s is state s, with what it remembers and is told."""
        return seen_by(self.trained.policy, self.trained.targets, self.trained.world)

    def probabilities(self, states: NDArray[np.integer]) -> Array:
        """(n, A): what it does in some states of the world that it sees, as it acts under its loss."""
        z = logits(self.trained.policy, self.world, self.weights, states)
        if self.loss is not None and self.loss.acting == "epsilon_greedy":
            return greedy(z, self.scalars[Hyperparameter.EPSILON])
        return softmax(z / self.scalars.get(Hyperparameter.TEMPERATURE, 1.0))


def agent_of(run: Run, condition: str | None = None, network: int = 0) -> Agent:
    """A network of a run.

    Args:
        condition: a name; may be left out where the run has just one.
        network: its number.

    Raises:
        InvalidInput: no such condition or network, or none named of several.
        PopgradError: no weights in the run, or none that are finite.
    """
    name = _condition(run, condition)
    if not 0 <= network < len(run.networks):
        expected = f"a number from 0 to {len(run.networks) - 1:,}"
        raise InvalidInput(str(run.path), [Fault("network", str(network), expected)])
    trained = stored(run, name)
    if trained.policy.recurrent or trained.policy.own_head:
        given = "a recurrent policy" if trained.policy.recurrent else "a policy with a plug-in's head"
        expected = "one whose weights and state alone say what it does"
        raise InvalidInput(str(run.path), [Fault("condition", f"{name!r}, {given}", expected)])
    weights = run.weights(name)[network, : trained.parameters]
    if not np.isfinite(weights).all():
        raise PopgradError(
            f"{run.path}: network {network} of {name} has no finite weights: it diverged or was never found;"
            " name one that has them"
        )
    tables = run.tables[name]
    loss = loss_of(run, tables["loss"])
    return Agent(name, network, tables, trained, loss, weights, _scalars(run, name, network, loss))


def _condition(run: Run, condition: str | None) -> str:
    names = ", ".join(run.conditions)
    if condition is None and len(run.conditions) > 1:
        expected = f"one of {names}, for the run has several"
        raise InvalidInput(str(run.path), [Fault("condition", "nothing", expected)])
    if condition is not None and condition not in run.conditions:
        close = nearest(condition, run.conditions)
        raise InvalidInput(str(run.path), [Fault("condition", repr(condition), f"one of {names}", close)])
    return next(iter(run.conditions)) if condition is None else condition


def _scalars(run: Run, condition: str, network: int, loss: Loss | None) -> dict[Hyperparameter, float]:
    found = {}
    for which, value in loss.scalars if loss else ():
        drawn = isinstance(value, Spread)
        found[which] = (
            float(run.hyperparameter(which.name.lower(), condition)[network]) if drawn else float(value)
        )
    return found
