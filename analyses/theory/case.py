"""A case: an ordinary experiment, what theory says of it, and how to show both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from numpy.typing import ArrayLike

from ...sim.runfile import Run
from .predictions import Prediction

Table = dict[str, Any]


class Curve(NamedTuple):
    """A line that theory draws and the points that a simulation puts on it.

    Args:
        label: what sets it apart from the figure's other curves.
        x, expected: the line.
        at, found: the points.
        error: half the length of their error bars, if they have any.
    """

    label: str
    x: ArrayLike
    expected: ArrayLike
    at: ArrayLike
    found: ArrayLike
    error: ArrayLike | None = None


class Plot(NamedTuple):
    """Some curves in one pair of axes."""

    xlabel: str
    ylabel: str
    curves: tuple[Curve, ...]
    xscale: str = "linear"
    yscale: str = "linear"


@dataclass(frozen=True, eq=False)
class Case:
    """An experiment whose outcome is known.

    Args:
        name: the entry of the catalogue and, behind a dot, what sets it apart there: `T05.approving`.
        title: one line.
        experiment: its tables, as `popgrad.run` takes them; the suite adds a seed.
        predictions: what has to come out.
        plot: the expected curve and the simulated points, of a finished run.
        refused: the backends that cannot run it, each with the reason.
    """

    name: str
    title: str
    experiment: Table
    predictions: tuple[Prediction, ...]
    plot: Callable[[Run], Plot] | None = None
    refused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Effort:
    """How much is computed for a suite, and by what.

    Args:
        networks: of a population that is sampled; each case's own number if None.
        long: ten times the networks, and longer waits.
        backend, precision: as in an experiment's `[compute]`.
        device: as in `popgrad.run`.
    """

    networks: int | None = None
    long: bool = False
    backend: str = "numba"
    precision: str = "float32"
    device: str | None = None

    def population(self, usual: int) -> int:
        """How many networks sample what a case predicts."""
        return self.networks or (10 * usual if self.long else usual)

    @property
    def longest(self) -> float:
        """The updates of one network that a case may wait for: a second or so of each backend."""
        return (1_200_000 if self.long else 200_000) / (20 if self.backend == "jax" else 1)

    def tolerance(self, single: float, double: float) -> float:
        """The one of the two that goes with the precision."""
        return double if self.precision == "float64" else single
