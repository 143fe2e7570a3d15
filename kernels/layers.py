"""The layers of a network, in the order of its parameters."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from .tables import Network


class Layer(NamedTuple):
    """One layer of a network: what it reads, what it gives, and how many biases it has."""

    inputs: int
    outputs: int
    biases: int

    @property
    def weights(self) -> int:
        """How many weights it has."""
        return self.inputs * self.outputs


def layers_of(network: Network) -> list[Layer]:
    """The layers of a network that is no table, in the order of its parameters."""
    widths = [int(width) for width in network.widths]
    found = [Layer(inputs, outputs, outputs * network.bias) for inputs, outputs in pairwise(widths)]
    if network.recurrent:
        found.insert(1, Layer(widths[1], widths[1], 0))
    return found
