"""A map of a world's states: how much each of them taught, drawn where the world says that it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_rgba
from matplotlib.patches import Patch, Rectangle

from ..statistics import Array
from ..style import COLOURS, LABEL, letters

RAISED, LOWERED, HATCH = COLOURS[1], COLOURS[0], "/////"
MOST_LABELS = 16
LONGEST = 12
"""How many times as wide as high a map may be before its cells are no longer squares."""


@dataclass(frozen=True, eq=False)
class Map:
    """States on a plane.

    Args:
        places: (S, 2), x and y of the centres of cells of width and height 1, y downwards.
        names: (S,).
        amounts: (S,), 0 exactly where nothing was pushed.
    """

    places: Array
    names: Sequence[str]
    amounts: Array

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height in cells."""
        width, height = np.ptp(self.places, axis=0) + 1
        return float(width), float(height)


def draw_map(panel: Axes, drawn: Map, most: float, inches: float) -> None:
    """A cell for each state: the darker the more, hatched below zero, with its amount where there is room.

    Args:
        most: the amount that is darkest, of all maps of a figure.
        inches: width of the panel.
    """
    for sign, colour, hatch in ((1, RAISED, ""), (-1, LOWERED, HATCH)):
        chosen = np.flatnonzero(drawn.amounts * sign > 0)
        depth = np.abs(drawn.amounts[chosen]) / most if most else np.zeros(len(chosen))
        cells = PatchCollection(_cells(drawn, chosen), hatch=hatch, linewidth=0.4, edgecolor="0.35")
        cells.set_facecolor([to_rgba(colour, 0.06 + 0.79 * float(each)) for each in depth])
        panel.add_collection(cells)
    rest = np.flatnonzero(drawn.amounts == 0)
    panel.add_collection(
        PatchCollection(_cells(drawn, rest), facecolor="white", edgecolor="0.8", linewidth=0.4)
    )
    width, height = drawn.extent
    low = drawn.places.min(axis=0) - 0.55
    panel.set(xlim=(low[0], low[0] + width + 0.1), ylim=(low[1] + height + 0.1, low[1]))
    panel.set_aspect("equal" if max(width / height, height / width) <= LONGEST else "auto")
    panel.grid(visible=False)
    panel.spines[:].set_visible(False)
    panel.tick_params(length=0)
    cell = inches / max(width, 1.0)
    if letters(cell, LABEL - 2) >= 8 and cell >= 0.36:
        _write(panel, drawn)
    _label(panel, drawn, cell)


def handles() -> list[Patch]:
    """What stands in the legend."""
    style: dict[str, Any] = {"edgecolor": "0.35", "linewidth": 0.4}
    return [
        Patch(facecolor=to_rgba(RAISED, 0.7), label="state raised it", **style),
        Patch(facecolor=to_rgba(LOWERED, 0.7), hatch=HATCH, label="state lowered it", **style),
        Patch(facecolor="white", edgecolor="0.8", linewidth=0.4, label="never pushed, or 0"),
    ]


def shared(names: Sequence[str], at: Array) -> dict[float, str]:
    """Coordinate -> what the names of all states there have in common, between commas.

    Empty where two coordinates would read alike, or one would have nothing to read.
    """
    found = {}
    for value in np.unique(at):
        parts = [names[int(k)].split(", ") for k in np.flatnonzero(at == value)]
        found[float(value)] = ", ".join(part for part in parts[0] if all(part in other for other in parts))
    distinct = len(set(found.values())) == len(found) and all(found.values())
    return found if distinct else {}


def _cells(drawn: Map, states: np.ndarray) -> list[Rectangle]:
    return [Rectangle((x - 0.5, y - 0.5), 1, 1) for x, y in drawn.places[states]]


def _write(panel: Axes, drawn: Map) -> None:
    white = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.8}
    for (x, y), amount in zip(drawn.places, drawn.amounts, strict=True):
        if amount:
            text = f"{amount:+.2f}" if abs(amount) >= 0.005 else f"{amount:+.0e}".replace("e-0", "e-")
            panel.text(x, y, text, fontsize=LABEL - 2, ha="center", va="center", bbox=white)


def _label(panel: Axes, drawn: Map, cell: float) -> None:
    across, down = (shared(drawn.names, drawn.places[:, axis]) for axis in (0, 1))
    across = across if len(across) <= MOST_LABELS else {}
    down = down if len(down) <= MOST_LABELS else {}
    long = max(map(len, across.values()), default=0) > letters(cell, LABEL - 1)
    panel.set_xticks(list(across), list(across.values()), rotation=90 if long else 0)
    panel.set_yticks(list(down), list(down.values()))
