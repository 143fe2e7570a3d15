"""Policies: tiny networks from a state's features to the probabilities of its actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ..kernels.choices import Activation, Hyperparameter
from ..kernels.tables import Network
from .behaviour import Array
from .errors import Fault, nearest
from .inits import LECUN, ZEROS, FromRun, LeCun, NetworkInit, Normal, Probability, TableInit, Zeros
from .population import Scalar
from .world import World

Head = Literal["softmax", "logit"]
Parameterisation = Literal["standard", "tangent_kernel", "mean_field"]

MAX_PARAMETERS = 2**27 - 1
"""Kernels number the elements of an array by 32 bits with a sign, sixteen to a parameter."""


@dataclass(frozen=True)
class Policy:
    """A policy's shape and initial weights.

    Args:
        hidden: widths of the hidden layers; None for a table of logits.
        activation, bias: of the hidden layers; whether layers have biases.
        head: "softmax", one logit per action; "logit", one logit z with π(action 1) = σ(z).
        init: how the weights begin.
        parameterisation: what the weights of layers that read hidden ones are multiplied by.
    """

    hidden: tuple[int, ...] | None
    activation: Activation
    bias: bool
    head: Head
    init: Normal | LeCun | Zeros | Probability | FromRun
    parameterisation: Parameterisation = "standard"

    def network(self, world: World) -> Network:
        """The shape in a world: widths, and the number of parameters P."""
        pinned = int(self.head == "logit")
        outputs = world.actions - pinned
        return shape_of(world, self.hidden, outputs, self.activation, self.bias, pinned, self._scale)

    def _scale(self, layer: int, inputs: int) -> float:
        """What a layer's weights are multiplied by: 1, 1/√m or 1/m where it reads m hidden units."""
        power = {"standard": 0.0, "tangent_kernel": -0.5, "mean_field": -1.0}[self.parameterisation]
        return inputs**power if layer > 0 else 1.0

    @property
    def scalars(self) -> tuple[tuple[Hyperparameter, Scalar], ...]:
        """The policy's hyperparameters."""
        return ((Hyperparameter.INIT_STD, self.init.std),) if isinstance(self.init, Normal) else ()

    def faults(self, world: World) -> list[Fault]:
        """What does not fit the world, with paths below `policy`."""
        found = []
        parameters = self.network(world).parameters
        if parameters > MAX_PARAMETERS:
            found.append(Fault("hidden", f"{parameters:,} parameters", f"at most {MAX_PARAMETERS:,}"))
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
            given = f'"tabular", where the variant of {", ".join(unseen)} shows what the world never shows'
            if unseen:
                found.append(Fault("kind", given, "a policy that generalises, or a variant that looks alike"))
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

        Both are 0 where the weights come from a run.
        """
        shape = self.network(world)
        centre, scale = np.zeros(shape.parameters), np.zeros(shape.parameters)
        if isinstance(self.init, Normal):
            scale[:] = 1.0
        elif isinstance(self.init, Probability):
            centre[:] = _table_of_probability(world, self.init, shape.pinned).ravel()
        elif isinstance(self.init, LeCun):
            scale[:] = by_inputs(shape.widths, self.bias)
        return centre, scale


def shape_of(
    world: World,
    hidden: tuple[int, ...] | None,
    outputs: int,
    activation: Activation,
    bias: bool,
    pinned: int = 0,
    scale: Callable[[int, int], float] = lambda layer, inputs: 1.0,
) -> Network:
    """A network in a world, a table where `hidden` is None; scale(layer, inputs) multiplies the weights."""
    if hidden is None:
        rows = int(observations(world).max()) + 1
        return Network(np.array([outputs]), int(activation), 0, pinned, rows * outputs, UNSCALED)
    widths = np.array([world.features.shape[1], *hidden, outputs])
    parameters = int((widths[:-1] * widths[1:]).sum() + bias * widths[1:].sum())
    factors = [scale(layer, int(inputs)) for layer, inputs in enumerate(widths[:-1])]
    scales = UNSCALED
    if any(factor != 1.0 for factor in factors):
        weights = zip(factors, widths[:-1] * widths[1:], widths[1:], strict=True)
        parts = [[np.full(size, factor), np.ones(bias * rows)] for factor, size, rows in weights]
        scales = np.concatenate([part for pair in parts for part in pair])
    return Network(widths, int(activation), int(bias), pinned, parameters, scales)


UNSCALED = np.zeros(0)


def by_inputs(widths: NDArray[np.int64], bias: bool) -> Array:
    """(P,): 1/√inputs for every weight of a layer, 0 for its biases."""
    parts = []
    for inputs, outputs in pairwise(widths):
        parts += [np.full(inputs * outputs, inputs**-0.5), np.zeros(bias * outputs)]
    return np.concatenate(parts)


def observations(world: World, seen_as: World | None = None) -> NDArray[np.int32]:
    """(S,): which distinct row of features each state shows, numbered by first appearance.

    `seen_as` gives the numbering of another world; what it never shows gets −1.
    """
    shown = (seen_as or world).features
    rows = np.ascontiguousarray(np.concatenate([shown, world.features]) + 0.0)
    whole = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1])))[:, 0]
    _, first, kind = np.unique(whole, return_index=True, return_inverse=True)
    number = np.empty(len(first), np.int32)
    number[np.argsort(first)] = np.arange(len(first))
    number[first >= len(shown)] = -1
    return number[kind[len(shown) :]]


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


def tabular(*, head: Head = "softmax", init: TableInit = ZEROS) -> Policy:
    """A table of logits, one row for each distinct observation (row of features).

        z[s, a] = θ[observation(s), a]

    Where no two states look alike it has one row for each state, and updates elsewhere leave a state's
    probabilities the same to the bit.

    Args:
        head: "softmax" or "logit".
        init: `zeros`, `normal` (std), `probability` (of a behaviour), or `run` (path, condition).
    """
    return Policy(None, Activation.TANH, False, head, init)


def linear(*, bias: bool = False, head: Head = "softmax", init: NetworkInit = ZEROS) -> Policy:
    """A linear map from features to logits, z = W x (+ b).

    Args:
        bias: whether there is a b. A world's features may already hold a constant.
        head: "softmax" or "logit".
        init: `zeros`, `normal` (std), `lecun` or `run` (path, condition).
    """
    return Policy((), Activation.TANH, bias, head, init)


def mlp(
    *,
    hidden: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)],
    activation: Literal["tanh", "relu"] = "tanh",
    bias: bool = True,
    parameterisation: Parameterisation = "standard",
    head: Head = "softmax",
    init: NetworkInit | None = None,
) -> Policy:
    """A multilayer perceptron, z = W_L φ(… φ(W₁ x + b₁) …) + b_L.

    Args:
        hidden: widths of the hidden layers, for instance [16] or [32, 32].
        activation: φ, "tanh" or "relu" (whose derivative at 0 is 0).
        bias: whether layers have biases.
        parameterisation: what multiplies the weights of a layer that reads m hidden units: `standard` 1,
            `tangent_kernel` 1/√m, `mean_field` 1/m.
        head: "softmax" or "logit".
        init: `lecun`, `normal` (std), `zeros` or `run` (path, condition); lecun by default, N(0, 1) where
            weights are multiplied.

    Reference: Jacot, Gabriel and Hongler 2018 (arXiv 1806.07572) for the tangent kernel; Mei, Montanari and
    Nguyen 2018 (arXiv 1804.06561) for the mean field.
    """
    return Policy(
        tuple(hidden),
        Activation[activation.upper()],
        bias,
        head,
        init or _usual(parameterisation),
        parameterisation,
    )


def deep_linear(
    *,
    hidden: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)],
    bias: bool = False,
    parameterisation: Parameterisation = "standard",
    head: Head = "softmax",
    init: NetworkInit | None = None,
) -> Policy:
    """Layers without activation, z = W_L … W₂ W₁ x (+ biases): linear in x, not in the parameters.

    Args:
        hidden: widths of the hidden layers.
        bias: whether layers have biases.
        parameterisation: `standard`, `tangent_kernel` or `mean_field`, as for `mlp`.
        head: "softmax" or "logit".
        init: `lecun`, `normal` (std), `zeros` or `run` (path, condition); lecun by default, N(0, 1) where
            weights are multiplied.

    Reference: Saxe, McClelland and Ganguli 2013 (arXiv 1312.6120).
    """
    return Policy(
        tuple(hidden), Activation.IDENTITY, bias, head, init or _usual(parameterisation), parameterisation
    )


def _usual(parameterisation: Parameterisation) -> Normal | LeCun:
    return LECUN if parameterisation == "standard" else Normal(kind="normal")


POLICIES = {"tabular": tabular, "linear": linear, "mlp": mlp, "deep_linear": deep_linear}
