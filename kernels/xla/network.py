"""A network on rows: parameters to outputs. Its gradient is autodiff's."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from ..choices import Activation
from ..layers import layers_of
from ..tables import Network

ACTIVATIONS = {Activation.TANH: jnp.tanh, Activation.RELU: jax.nn.relu, Activation.IDENTITY: lambda x: x}


def outputs(network: Network, features: Any, observation: Any, theta: Any) -> Any:
    """(R, outputs) of features (R, D), or of a table by observation (R); theta (P,)."""
    if len(network.widths) == 1:
        return theta.reshape(-1, int(network.widths[0]))[observation]
    if network.recurrent:
        return step(network, remembered(network, len(features), theta.dtype), features, observation, theta)[1]
    x = features
    stack = layers(network, theta)
    for number, (weights, bias) in enumerate(stack):
        x = affine(x, weights, bias)
        if number < len(stack) - 1:
            x = ACTIVATIONS[Activation(network.activation)](x)
    return x


def remembered(network: Network, episodes: int, dtype: Any) -> Any:
    """What a network remembers as an episode begins: zeros (E, hidden), nothing if it never does."""
    return jnp.zeros((episodes, int(network.widths[1])), dtype) if network.recurrent else ()


def step(network: Network, memory: Any, features: Any, observation: Any, theta: Any) -> tuple[Any, Any]:
    """One step of E episodes: the memory after it and the outputs (E, ·)."""
    if not network.recurrent:
        return memory, outputs(network, features, observation, theta)
    (inward, bias), (onward, _), (outward, out_bias) = layers(network, theta)
    memory = ACTIVATIONS[Activation(network.activation)](
        affine(features, inward, bias) + affine(memory, onward, None)
    )
    return memory, affine(memory, outward, out_bias)


def along(network: Network, features: Any, observation: Any, theta: Any) -> Any:
    """Outputs (H, E, ·) at the steps of E episodes, of features (H, E, D)."""
    if not network.recurrent:
        flat = outputs(network, features.reshape(-1, features.shape[-1]), observation.ravel(), theta)
        return flat.reshape(*observation.shape, -1)
    begin = remembered(network, features.shape[1], theta.dtype)
    rows = features, observation
    return jax.lax.scan(lambda memory, row: step(network, memory, *row, theta), begin, rows)[1]


def product(x: Any, weights: Any) -> Any:
    """x Wᵀ as a product of matrices, in full precision where a device would take it in fewer bits."""
    return jnp.dot(x, weights.T, precision=jax.lax.Precision.HIGHEST)


def sums(x: Any, weights: Any) -> Any:
    """x Wᵀ as sums of products, which the compiler may fuse with what stands around them."""
    return (x[..., None, :] * weights).sum(axis=-1)


AFFINES = {"product": product, "sums": sums}
AFFINE = product


def affine(x: Any, weights: Any, bias: Any) -> Any:
    """x Wᵀ + b."""
    y = AFFINE(x, weights)
    return y if bias is None else y + bias


def layers(network: Network, theta: Any) -> list[tuple[Any, Any]]:
    """Weights (out, in) and bias (out), None where there is none, of every layer.

    A recurrent network has three: from the inputs, from what it remembers, and to the outputs.
    """
    scaled = theta * network.scale if len(network.scale) else theta
    found, at = [], 0
    for layer in layers_of(network):
        weights = scaled[at : at + layer.weights].reshape(layer.outputs, layer.inputs)
        at += layer.weights
        found.append((weights, scaled[at : at + layer.biases] if layer.biases else None))
        at += layer.biases
    return found
