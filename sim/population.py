"""Who is trained: how many networks, and hyperparameters that differ between them."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, model_validator

from ..kernels.choices import Hyperparameter
from ..kernels.threefry import Purpose, draw, uniform
from .registry import Options

COMPLEMENTS = (Hyperparameter.BETA1, Hyperparameter.BETA2)
"""Decays near one: the kernels take what they leave, 1 − β, which float32 holds precisely."""

MAX_NETWORKS = 2**32 - 1
"""Network ids are words; the last one stands for what the population shares."""


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
        if kind == "log_uniform" and min(values) <= 0:
            raise ValueError("log_uniform of numbers above 0")
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


Scalar = float | Spread
"""A hyperparameter: one value, or a distribution over networks."""


def scalar(low: float, high: float = np.inf, *, above: bool = False, below: bool = False) -> Any:
    """The type of a hyperparameter from `low`, or `above` it, to `high`, or `below` it, for an annotation.

    The bounds hold for the float32 number that the kernels use.
    """
    lower = f"above {low:g}" if above else f"of at least {low:g}"
    upper = f" and {'below' if below else 'at most'} {high:g}" if np.isfinite(high) else ""

    def within(value: Scalar) -> Scalar:
        numbers = next(iter(value.values().values())) if isinstance(value, Spread) else [value]
        with np.errstate(over="ignore", under="ignore"):
            used = np.array(numbers, np.float64).astype(np.float32)
        outside = (used < low) | (used > high) | ~np.isfinite(used)
        if (outside | (above & (used == low)) | (below & (used == high))).any():
            raise ValueError(
                f"a number {lower}{upper} in float32, or a distribution of such numbers over networks"
            )
        return value

    return Annotated[float | Spread, AfterValidator(within)]


def per_network(
    value: Scalar,
    seed: int,
    networks: NDArray[np.uint32],
    which: Hyperparameter,
    dtype: type[np.floating] = np.float32,
) -> NDArray[np.float64]:
    """A hyperparameter of every network, as the numbers of a precision that the kernels use say it."""
    given = value.of(seed, networks, which) if isinstance(value, Spread) else np.full(len(networks), value)
    if which in COMPLEMENTS:
        return 1 - rounded(1 - given, dtype)
    return rounded(given, dtype)


def rounded(values: NDArray[np.float64], dtype: type[np.floating]) -> NDArray[np.float64]:
    """The nearest numbers of a precision, in float64."""
    return values.astype(dtype).astype(np.float64)
