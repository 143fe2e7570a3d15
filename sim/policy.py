"""Policies: tiny networks from a state's features to the probabilities of its actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..kernels.choices import Activation, Hyperparameter
from ..kernels.tables import Network
from .behaviour import Array
from .errors import Fault, nearest
from .inits import FromRun, LeCun, Normal, Probability, Zeros
from .observations import observations
from .plugin.bound import Bound
from .population import Scalar
from .shape import by_inputs, shape_of
from .world import World

Head = Literal["softmax", "logit"]
Parameterisation = Literal["standard", "tangent_kernel", "mean_field"]

MAX_PARAMETERS = 2**27 - 1
"""Kernels number the elements of an array by 32 bits with a sign, sixteen to a parameter."""

MAX_MEMORY = 64
"""A controller's table and the transitions it acts by grow with the square of its memory."""


@dataclass(frozen=True)
class Policy:
    """A policy's shape and initial weights.

    Args:
        hidden: widths of the hidden layers; None for a table of logits.
        activation, bias: of the hidden layers; whether layers have biases.
        head: "softmax", one logit per action; "logit", one logit z with π(action 1) = σ(z); or a plug-in's
            function of one output per action.
        init: how the weights begin.
        parameterisation: what the weights of layers that read hidden ones are multiplied by.
        memory: M, how many states its memory has; the world that it acts in is `with_memory(world, M)`.
        recurrent: whether the hidden layer reads what it was at the step before.
    """

    hidden: tuple[int, ...] | None
    activation: Activation
    bias: bool
    head: Head | Bound
    init: Normal | LeCun | Zeros | Probability | FromRun
    parameterisation: Parameterisation = "standard"
    memory: int = 1
    recurrent: bool = False

    def network(self, world: World) -> Network:
        """The shape in a world as it sees it: widths, and the number of parameters P."""
        pinned = int(self.head == "logit")
        rest = (self.activation, self.bias, pinned, self._scale, self.recurrent)
        return shape_of(world, self.hidden, world.actions - pinned, *rest)

    def _scale(self, layer: int, inputs: int) -> float:
        """What a layer's weights are multiplied by: 1, 1/√m or 1/m where it reads m hidden units."""
        power = {"standard": 0.0, "tangent_kernel": -0.5, "mean_field": -1.0}[self.parameterisation]
        return inputs**power if layer > 0 else 1.0

    @property
    def own_head(self) -> Bound | None:
        """The head that is a plug-in's, if it is one."""
        return self.head if isinstance(self.head, Bound) else None

    @property
    def scalars(self) -> tuple[tuple[Hyperparameter, Scalar], ...]:
        """The policy's hyperparameters."""
        return ((Hyperparameter.INIT_STD, self.init.std),) if isinstance(self.init, Normal) else ()

    def faults(self, world: World) -> list[Fault]:
        """What does not fit the world, its own memory not counted, with paths below `policy`."""
        found = []
        # A table with a memory has a row for each state of it, and outputs for each that may be next.
        parameters = self.network(world).parameters * self.memory**2
        if parameters > MAX_PARAMETERS:
            key = "hidden" if self.memory == 1 else "memory"
            found.append(Fault(key, f"{parameters:,} parameters", f"at most {MAX_PARAMETERS:,}"))
        if self.head == "logit" and world.actions != 2:
            found.append(
                Fault("head", f'"logit" in a world of {world.actions} actions', '"softmax", or two actions')
            )
        if self.hidden is None:
            unseen = [
                behaviour.name
                for behaviour in world.behaviours
                if behaviour.variant and (observations(behaviour.variant, world) < 0).any()
            ]
            kind = "tabular" if self.memory == 1 else "controller"
            given = f'"{kind}", where the variant of {", ".join(unseen)} shows what the world never shows'
            if unseen:
                found.append(Fault("kind", given, "a policy that generalises, or a variant that looks alike"))
        if isinstance(self.init, Probability) and self.own_head:
            given = f'"probability", with the head {self.head}'
            found.append(Fault("init.kind", given, "another init: the outputs that it sets are a softmax's"))
        if isinstance(self.init, Probability):
            names = [behaviour.name for behaviour in world.behaviours]
            if self.init.of not in names:
                close = nearest(self.init.of, names)
                found.append(Fault("init.of", repr(self.init.of), f"one of {', '.join(names)}", close))
            elif not _splits(world, self.init.of):
                found.append(
                    Fault("init.of", repr(self.init.of), "a behaviour whose weights are 0 and 1 in a state")
                )
        return found

    def initial(self, world: World) -> tuple[Array, Array]:
        """Parameter p begins as centre[p] + init_std · scale[p] · normal: (centre, scale), each (P,).

        The world is as the policy sees it. Both are 0 where the weights come from a run.
        """
        shape = self.network(world)
        centre, scale = np.zeros(shape.parameters), np.zeros(shape.parameters)
        if isinstance(self.init, Normal):
            scale[:] = 1.0
        elif isinstance(self.init, Probability):
            centre[:] = _table_of_probability(world, self.init, shape.pinned).ravel()
        elif isinstance(self.init, LeCun):
            scale[:] = by_inputs(shape)
        return centre, scale


def _acts(world: World, name: str) -> Array:
    """(S, A): the behaviour's weights in the states that it is about."""
    behaviour = world.behaviour(name)
    contexts = np.ones(world.states) if behaviour.contexts is None else behaviour.contexts
    return behaviour.weight * (contexts > 0)[:, None]


def _splits(world: World, name: str) -> bool:
    acts = _acts(world, name)
    rows = acts[acts.any(axis=1)]
    return rows.size > 0 and set(np.unique(rows)) == {0.0, 1.0} and not rows.all(axis=1).any()


def _table_of_probability(world: World, init: Probability, pinned: int) -> Array:
    acts, seen = _acts(world, init.of), observations(world)
    table = np.zeros((int(seen.max()) + 1, world.actions))
    for state in np.flatnonzero(acts.any(axis=1)):
        inside = acts[state] == 1
        odds = np.where(inside, init.value / inside.sum(), (1 - init.value) / (~inside).sum())
        table[seen[state]] = np.log(odds) - np.log(odds).mean()
    return (table - table[:, :1])[:, 1:] if pinned else table
