"""A learned baseline: which small network predicts the return from a state."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from ..kernels.tables import Activation, Network
from .behaviour import Array
from .policy import by_inputs, shape_of
from .population import scalar
from .registry import Options
from .world import World


class Critic(Options):
    """V̂(s), a network of its own with one output: a table, a linear map with bias, or tanh layers with biases.

    It begins at V̂ = 0 (layers: their weights N(0, 1/inputs)) and descends ½ Σ_visits (V̂(s) − G)²/E at its own
    learning rate, beside the policy and by the same optimiser.
    """

    kind: Literal["tabular", "linear", "mlp"]
    learning_rate: scalar(0, above=True)  # type: ignore[valid-type]
    hidden: tuple[Annotated[int, Field(ge=1)], ...] = ()

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
        return by_inputs(shape.widths, bias=True) if self.hidden else np.zeros(shape.parameters)


NO_CRITIC = Network(np.zeros(1, np.int64), int(Activation.TANH), 0, 0, 0, np.zeros(0, np.float32))
