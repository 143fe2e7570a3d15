"""What a policy does, from its weights: the forward pass in NumPy and float64, for reading runs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..kernels.choices import Activation
from ..kernels.layers import layers_of
from ..kernels.tables import Network
from .behaviour import Array
from .observations import observations
from .policy import Policy
from .world import World

ACTIVATIONS = {
    Activation.TANH: np.tanh,
    Activation.RELU: lambda x: np.maximum(x, 0.0),
    Activation.IDENTITY: lambda x: x,
}


def probabilities(policy: Policy, world: World, weights: Array, states: NDArray[np.integer]) -> Array:
    """π(a|s) = softmax_a z(s), the actions of a policy in some states.

    Args:
        world: as the policy sees it (`seen_by`): with its memory, and what it is told.
        weights: (P,), layer by layer: weights (outputs, inputs), then biases; a table by observation.
        states: (n,).

    Returns:
        (n, A), of pairs of an action and a memory where it has one.

    Example:
        >>> from popgrad.sim.policies import tabular
        >>> from popgrad.sim.worlds.bandit import bandit
        >>> probabilities(tabular(), bandit(), np.log([1.0, 3.0]), np.array([0]))
        array([[0.25, 0.75]])
    """
    return softmax(logits(policy, world, weights, states))


def logits(policy: Policy, world: World, weights: Array, states: NDArray[np.integer]) -> Array:
    """(n, A): z(s); with one logit for two actions, that of action 0 is 0.

    Raises:
        ValueError: another number of weights than the policy has in that world.
    """
    network = policy.network(world)
    weights = np.asarray(weights, np.float64)
    if weights.shape != (network.parameters,):
        raise ValueError(f"weights of shape {weights.shape}, not ({network.parameters},)")
    if policy.hidden is None:
        outputs = weights.reshape(-1, int(network.widths[0]))[observations(world)[states]]
    else:
        scaled = weights * network.scale.astype(np.float64) if len(network.scale) else weights
        outputs = _layers(policy, network, scaled, world.features[states])
    return np.insert(outputs, 0, 0.0, axis=1) if network.pinned else outputs


def softmax(z: Array) -> Array:
    """(n, A): probabilities in proportion to exp z."""
    raised = np.exp(z - z.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def greedy(z: Array, epsilon: float) -> Array:
    """(n, A): ε/A, and the rest shared by the actions of the largest z."""
    best = z == z.max(axis=1, keepdims=True)
    return epsilon / z.shape[1] + (1 - epsilon) * best / best.sum(axis=1, keepdims=True)


def _layers(policy: Policy, network: Network, weights: Array, features: Array) -> Array:
    values, at = features, 0
    for number, layer in enumerate(layers_of(network)):
        matrix = weights[at : at + layer.weights].reshape(layer.outputs, layer.inputs)
        at += layer.weights
        values = values @ matrix.T
        if layer.biases:
            values = values + weights[at : at + layer.biases]
            at += layer.biases
        if number < len(policy.hidden or ()):
            values = ACTIVATIONS[policy.activation](values)
    return values
