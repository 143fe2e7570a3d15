"""Boolean functions of one sign by a few rectified units without biases, at random weights.

On one input ±1 a unit of weight w is active on one side alone. Of m units,

    both sides have some with probability 1 − 2^{1−m}, and their outputs' signs are independent coins;
    else one side has none and its output is 0, which is false.

    P(11) = (1 − 2^{1−m})/4,    P(01) = P(10) = 1/4,    P(00) = 1/4 + 2^{−m}/2
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.runfile import Run
from ..arms import experiment
from ..booleans import rectified, truths
from ..case import Case, Curve, Effort, Plot
from ..predictions import Array, Counts

WIDTHS = (1, 2, 3, 6)


def cases(effort: Effort) -> Iterator[Case]:
    """All four functions, width after width."""
    tables = experiment(
        "Rectified units on one sign",
        {f"width {width}": rectified(1, width) for width in WIDTHS},
        population={"networks": effort.population(20_000)},
    )
    functions = [
        Counts(f"functions 00, 01, 10, 11 at width {width}", one_input(width), _functions(width))
        for width in WIDTHS
    ]
    title = "functions of one sign by few rectified units: exact at every width"
    yield Case("T27.few_units", title, tables, tuple(functions), _plot)


def one_input(width: float) -> Array:
    """P(00), P(01), P(10), P(11), written f(−1) f(1)."""
    lone = 2.0**-width
    return np.array([0.25 + lone / 2, 0.25, 0.25, (1 - 2 * lone) / 4])


def _functions(width: int):
    return lambda run: np.bincount(truths(run, f"width {width}", 1) @ [2, 1], minlength=4)


def _plot(run: Run) -> Plot:
    shares = np.array([_functions(width)(run) for width in WIDTHS]) / len(run.networks)
    m, at = np.linspace(1, 6, 101), np.array(WIDTHS, float)
    expected = np.array([one_input(width) for width in m])
    curves = [Curve(f"{k:02b}", m, expected[:, k], at, shares[:, k]) for k in (0, 1, 3)]
    return Plot("units m", "share of networks", tuple(curves))
