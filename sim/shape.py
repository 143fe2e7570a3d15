"""Shapes of networks in a world: widths, numbers of parameters, and what multiplies each of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..kernels.choices import Activation
from ..kernels.layers import layers_of
from ..kernels.tables import Network
from .behaviour import Array
from .observations import observations
from .world import World

UNSCALED = np.zeros(0)


def shape_of(
    world: World,
    hidden: tuple[int, ...] | None,
    outputs: int,
    activation: Activation,
    bias: bool,
    pinned: int = 0,
    scale: Callable[[int, int], float] = lambda layer, inputs: 1.0,
    recurrent: bool = False,
) -> Network:
    """A network in a world, a table where `hidden` is None; scale(layer, inputs) multiplies the weights."""
    if hidden is None:
        rows = int(observations(world).max()) + 1
        return Network(np.array([outputs]), int(activation), 0, pinned, rows * outputs, UNSCALED)
    widths = np.array([world.features.shape[1], *hidden, outputs])
    shape = Network(widths, int(activation), int(bias), pinned, 0, UNSCALED, int(recurrent))
    layers = layers_of(shape)
    factors = [scale(number, layer.inputs) for number, layer in enumerate(layers)]
    scales = UNSCALED
    if any(factor != 1.0 for factor in factors):
        parts = [
            part
            for factor, layer in zip(factors, layers, strict=True)
            for part in (np.full(layer.weights, factor), np.ones(layer.biases))
        ]
        scales = np.concatenate(parts)
    parameters = sum(layer.weights + layer.biases for layer in layers)
    return shape._replace(parameters=parameters, scale=scales)


def by_inputs(network: Network) -> Array:
    """(P,): 1/√inputs for every weight of a layer, 0 for its biases."""
    parts = [
        part
        for layer in layers_of(network)
        for part in (np.full(layer.weights, layer.inputs**-0.5), np.zeros(layer.biases))
    ]
    return np.concatenate(parts)
