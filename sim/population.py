"""Who is trained: how many networks, and hyperparameters that differ between them."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from ..kernels.threefry import Purpose, draw, uniform
from .registry import Options

MAX_NETWORKS = 2**32 - 1
"""Network ids are words; the last one stands for what the population shares."""


class Hyperparameter(IntEnum):
    """The index of a hyperparameter's draw. Append only: these numbers are part of every result."""

    LEARNING_RATE = 0


class Population(Options):
    """The `[population]` table."""

    networks: Annotated[int, Field(ge=1, lt=MAX_NETWORKS)]


class Spread(Options):
    """A distribution of a hyperparameter over networks; just one of its keys is given.

    uniform = [a, b]; log_uniform = [a, b]; choice = [v₁, …, vₙ], drawn with equal probabilities;
    grid = [v₁, …, vₙ], dealt out by network id mod n.
    """

    uniform: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    log_uniform: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    choice: Annotated[list[float], Field(min_length=1)] | None = None
    grid: Annotated[list[float], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Spread:
        given = self.values()
        if len(given) != 1:
            raise ValueError("just one of uniform, log_uniform, choice and grid")
        ((kind, values),) = given.items()
        if min(values) <= 0:
            raise ValueError(f"{kind} of numbers above 0")
        if kind in ("uniform", "log_uniform") and values[0] > values[1]:
            raise ValueError(f"{kind} = [low, high] with low at most high")
        return self

    def values(self) -> dict[str, list[float]]:
        """The kinds that were given, with their numbers."""
        return {kind: values for kind, values in self.model_dump().items() if values is not None}

    def of(self, seed: int, networks: NDArray[np.uint32], which: Hyperparameter) -> NDArray[np.float64]:
        """The values of some networks, each drawn at its own address."""
        ((kind, values),) = self.values().items()
        if kind == "grid":
            return np.asarray(values)[networks % len(values)]
        u = uniform(draw(seed, networks, Purpose.HYPERPARAMETERS, 0, which)[0])
        if kind == "choice":
            return np.asarray(values)[(u * len(values)).astype(int)]
        low, high = values
        if kind == "uniform":
            return low + u * (high - low)
        return np.exp(np.log(low) + u * (np.log(high) - np.log(low)))


def per_network(
    value: float | Spread, seed: int, networks: NDArray[np.uint32], which: Hyperparameter
) -> NDArray[np.float64]:
    """A hyperparameter of every network, as the float32 numbers that the kernels use."""
    if isinstance(value, Spread):
        return value.of(seed, networks, which).astype(np.float32).astype(np.float64)
    return np.full(len(networks), np.float32(value), np.float64)
