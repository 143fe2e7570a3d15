"""The peer's problems, each with the gradient of one network's loss as JAX takes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import jax

    Params = list[dict[str, jax.Array]]
    Gradient = Callable[[Params, jax.Array], Params]


@dataclass(frozen=True, eq=False)
class Imitation:
    """Supervised learning: features (R, D), labels (R,) and weight (R,), which sums to one."""

    features: np.ndarray
    labels: np.ndarray
    weight: np.ndarray
    hidden: tuple[int, ...]
    outputs: int
    activation: str
    bias: bool
    learning_rate: float

    @property
    def widths(self) -> tuple[int, ...]:
        """Inputs, hidden layers, outputs."""
        return (self.features.shape[1], *self.hidden, self.outputs)

    def gradient(self) -> Gradient:
        """The gradient of one network's loss."""
        import jax
        import jax.numpy as jnp
        import optax

        x, y, weight = (
            jnp.asarray(self.features),
            jnp.asarray(self.labels),
            jnp.asarray(self.weight, jnp.float32),
        )

        def loss(params: Params, _: jax.Array) -> jax.Array:
            z = logits(params, x, self.activation)
            if self.outputs == 1:
                return (weight * optax.sigmoid_binary_cross_entropy(z[:, 0], y)).sum()
            return (weight * optax.softmax_cross_entropy_with_integer_labels(z, y)).sum()

        return jax.grad(loss)


@dataclass(frozen=True, eq=False)
class Outcome:
    """REINFORCE on a line of `length` steps, whose coin a share `diversity` of episodes puts anywhere on it.

    With `tables` the policy is evaluated once on all places, episodes look it up, and one backward pass
    closes the update; without, it is evaluated at every step of every episode, and again for the gradient.
    """

    length: int
    diversity: float
    episodes: int
    hidden: tuple[int, ...]
    learning_rate: float
    tables: bool
    bias: bool = False

    @property
    def widths(self) -> tuple[int, ...]:
        """Inputs, hidden layers, outputs."""
        return (3, *self.hidden, 1)

    def gradient(self) -> Gradient:
        """An estimate of the gradient of one network's loss, from one update's episodes."""
        from .jax_coin_line import by_rollouts, by_tables

        return by_tables(self) if self.tables else by_rollouts(self)


def logits(params: Params, x: jax.Array, activation: str) -> jax.Array:
    """A multilayer perceptron: x (..., D) to logits (..., outputs)."""
    import jax

    for number, layer in enumerate(params):
        if number:
            x = jax.nn.relu(x) if activation == "relu" else jax.numpy.tanh(x)
        x = x @ layer["w"]
        if "b" in layer:
            x = x + layer["b"]
    return x
