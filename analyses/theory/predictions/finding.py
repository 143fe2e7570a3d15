"""What was found of a prediction, and what a prediction is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ....sim.runfile import Run

Array = NDArray[np.float64]
Measure = Callable[[Run], Any]


class Finding(NamedTuple):
    """A prediction beside what was found.

    Args:
        what: what is predicted.
        expected, found: where there are several values, those that are farthest apart.
        error: the tolerance of an exact prediction, the standard error of any other.
        p: the p-value of a sample; None where the prediction is exact.
    """

    what: str
    expected: float
    found: float
    error: float
    p: float | None = None

    @property
    def deviation(self) -> float:
        """(found − expected)/error: beyond ±1 an exact prediction has failed."""
        gap = self.found - self.expected
        return gap / self.error if gap and self.error else gap and float(np.sign(gap)) * np.inf

    def holds(self, alpha: float) -> bool:
        """Whether it is met: within its tolerance, or with a p-value of at least `alpha`."""
        return bool(abs(self.deviation) <= 1 if self.p is None else self.p >= alpha)


class Prediction(Protocol):
    """Anything that can be held against a run."""

    @property
    def what(self) -> str:
        """What is predicted, in a few words."""
        ...

    @property
    def stochastic(self) -> bool:
        """Whether a run meets it by chance, and may so miss it."""
        ...

    def judge(self, run: Run) -> Finding:
        """What was found of it in a run."""
        ...
