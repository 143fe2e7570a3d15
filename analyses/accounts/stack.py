"""A stack of accounts over time: above zero what raised a behaviour, below what lowered it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import Normal, Stroke
from scipy.stats import t as student

from ..panels import time_axis
from ..statistics import Array
from ..style import COLOURS, HATCHES
from .changes import Changes
from .history import OTHERS, REST

FILLS = {OTHERS: ("0.6", ""), REST: ("0.2", "||||||")}
OUTLINE = [Stroke(linewidth=4, foreground="white"), Normal()]


def fill(name: str, named: list[str]) -> dict[str, Any]:
    """How an account's area is drawn: its colour, and a hatch by which it is told in grey."""
    if name in FILLS:
        colour, hatch = FILLS[name]
    else:
        colour, hatch = COLOURS[named.index(name) % len(COLOURS)], HATCHES[named.index(name) % len(HATCHES)]
    return {"facecolor": to_rgba(colour, 0.35), "edgecolor": colour, "hatch": hatch, "linewidth": 0.6}


def draw_stack(panel: Axes, layers: Mapping[str, Array], changes: Changes, named: list[str]) -> None:
    """The layers of one condition at its recorded times, and the behaviour's own change over them."""
    time = changes.time
    above, below = np.zeros(len(time)), np.zeros(len(time))
    for name, values in layers.items():
        amount = np.nan_to_num(values)
        raised, lowered = above + np.maximum(amount, 0), below + np.minimum(amount, 0)
        for start, stop in ((above, raised), (below, lowered)):
            if (start != stop).any():
                panel.fill_between(time, start, stop, **fill(name, named))
        above, below = raised, lowered
    width = student.ppf(0.975, max(changes.networks - 1, 1)) * np.nan_to_num(changes.error)
    panel.fill_between(
        time, changes.mean - width, changes.mean + width, color="black", alpha=0.35, linewidth=0, zorder=3
    )
    panel.plot(time, changes.mean, color="black", linewidth=1.8, path_effects=OUTLINE, zorder=4)
    panel.axhline(0, color="black", linewidth=0.7)
    panel.set_xlabel("updates done")
    time_axis(panel, time)


def handles(names: list[str], named: list[str]) -> list[Patch | Line2D]:
    """What stands in the legend."""
    line = Line2D([], [], color="black", linewidth=1.8, label="the behaviour's own change")
    return [line, *(Patch(label=name, **fill(name, named)) for name in names)]
