"""A learned baseline: which small network predicts the return from a state."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from ..kernels.choices import Activation
from ..kernels.tables import Network
from .behaviour import Array
from .population import scalar
from .registry import Options
from .shape import by_inputs, shape_of
from .world import World


class Critic(Options):
    """A learned baseline: V̂(s), a small network of its own with one output.

        L = ½ Σ_visits (V̂(s) − G)² / E

    It descends L, in which no visit is discounted, at its own learning rate, beside the policy and by the
    same optimiser and schedule. L is a sum over visits, so in long episodes the rate is to be small. A table
    and a linear map begin at V̂ = 0, layers with weights from N(0, 1/inputs). Its parameters follow the
    policy's in the run file's `weights`.

    Args:
        kind: `tabular`, one number for each observation; `linear` in the features, with a bias; or `mlp`,
            tanh layers with biases.
        learning_rate: its own.
        hidden: widths of the layers of an `mlp`.
    """

    kind: Literal["tabular", "linear", "mlp"]
    learning_rate: scalar(0, above=True)  # type: ignore[valid-type]
    hidden: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _layers(self) -> Critic:
        if bool(self.hidden) != (self.kind == "mlp"):
            raise ValueError('`hidden`, the widths of the layers, with kind = "mlp" and no other')
        return self

    def network(self, world: World) -> Network:
        """Its shape in a world."""
        hidden = None if self.kind == "tabular" else self.hidden
        return shape_of(world, hidden, 1, Activation.TANH, bias=True)

    def scale(self, world: World) -> Array:
        """(P,), the standard deviations of its initial weights."""
        shape = self.network(world)
        return by_inputs(shape) if self.hidden else np.zeros(shape.parameters)


NO_CRITIC = Network(np.zeros(1, np.int64), int(Activation.TANH), 0, 0, 0, np.zeros(0))
