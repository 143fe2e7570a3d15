"""A level of `levels` as a picture: its walls, goal and proxy, and a network's way through it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import Normal, Stroke

from ..sim.mazes import MOVES
from .paths import Path, path_of
from .style import CAPTION, COLOURS, STYLE, TITLE, letters

if TYPE_CHECKING:
    from ..sim.agent import Agent
    from ..sim.runfile import Run

SHADE = LinearSegmentedColormap.from_list("visits", ["1.0", "0.72"])
"""From white to a grey on which black marks can still be read."""

FAINT = 0.05
"""Actions less likely than this have no arrow."""


def draw_path(
    run: Run,
    condition: str | None = None,
    network: int = 0,
    level: int = 0,
    held_out: bool = False,
    start: tuple[int, int] | None = None,
) -> Figure:
    """A network of a run in a level: where it most likely goes from a cell, and how likely all else is.

    Args:
        condition: a name; may be left out where the run has just one.
        network: its number.
        level: its number, among those of training or, with `held_out`, the held-out ones.
        start: (row, column), counted from the upper left; the cell farthest from the goal when None.

    Returns:
        A figure that belongs to no window; `figures.save` writes it.

    Raises:
        InvalidInput: a run in another world than `levels`, or no such condition, network, level or start.
        PopgradError: a network without weights.
    """
    agent, path = path_of(run, condition, network, level, held_out, start)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(4.6, 6.0), layout="constrained")
        inches = figure.get_figwidth() - 0.3
        axes = figure.add_subplot()
        _draw(axes, path)
        figure.colorbar(axes.images[0], ax=axes, shrink=0.6, label="expected visits per episode", pad=0.03)
        which = f"{'held-out' if held_out else 'training'} level {level}"
        lines = (run.title, f"{agent.condition}, network {network}, {which}")
        title, head = (textwrap.fill(line, letters(inches, TITLE)) for line in lines)
        figure.suptitle(f"{title}\n{head}", x=0.012, ha="left", fontsize=TITLE)
        caption = textwrap.fill(caption_of(agent, path, which), letters(inches, CAPTION))
        figure.supxlabel(caption, x=0.012, ha="left", fontsize=CAPTION, linespacing=1.35)
    return figure


def _draw(axes: Axes, path: Path) -> None:
    n = path.size
    axes.imshow(path.visits.reshape(n, n), cmap=SHADE, vmin=0)
    axes.add_collection(LineCollection(walls_of(path), colors="black", linewidths=2.0, capstyle="round"))
    rows, columns = np.divmod(path.cells, n)
    tube = [Stroke(linewidth=7, foreground="black"), Normal()]
    axes.plot(columns, rows, color=COLOURS[4], linewidth=5, path_effects=tube, zorder=2, label="path")
    axes.add_collection(PolyCollection(arrows_of(path), facecolors="black", edgecolors="none", zorder=3))
    marks = {
        "start": (path.start, {"marker": "o", "markersize": 11, "markerfacecolor": "white"}),
        "corner": (path.proxy, {"marker": "s", "markersize": 16, "markerfacecolor": "white"}),
        "goal": (path.goal, {"marker": "*", "markersize": 14, "markerfacecolor": "black"}),
    }
    if path.ending in ("circle", "late"):
        marks["stops"] = (path.cells[-1], {"marker": "X", "markersize": 9, "markerfacecolor": COLOURS[1]})
    for name, (cell, look) in marks.items():
        row, column = divmod(cell, n)
        axes.plot(column, row, linestyle="", markeredgecolor="black", zorder=4, label=name, **look)
    axes.set(xlim=(-0.55, n - 0.45), ylim=(n - 0.45, -0.55), xticks=range(n), yticks=range(n))
    axes.set(xlabel="column", ylabel="row")
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    narrow = {"markerscale": 0.7, "handlelength": 1.5, "handletextpad": 0.6, "columnspacing": 1.2}
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=5, frameon=False, **narrow)


def walls_of(path: Path) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Segments ((x, y), (x, y)) between cells without a passage; centres of cells are whole numbers."""
    found = []
    for cell, passages in enumerate(path.passages):
        row, column = divmod(cell, path.size)
        for (down, right), open_way in zip(MOVES, passages, strict=True):
            if not open_way:
                x, y = column + right / 2, row + down / 2
                found.append(((x - down / 2, y - right / 2), (x + down / 2, y + right / 2)))
    return list(dict.fromkeys(tuple(sorted(wall)) for wall in found))


def arrows_of(path: Path) -> list[np.ndarray]:
    """A triangle (3, 2) in a cell for each action that is not too unlikely, as long as that is likely."""
    found = []
    for cell, probabilities in enumerate(path.actions):
        row, column = divmod(cell, path.size)
        for (down, right), likely in zip(MOVES, probabilities, strict=True):
            if likely >= FAINT:
                along, across = np.array([right, down]), 0.12 * likely**0.5 * np.array([down, right])
                base = np.array([column, row]) + 0.1 * along
                found.append(np.array([base + across, base - across, base + 0.36 * likely * along]))
    return found


ENDINGS = {
    "goal": "it reaches the goal in {steps}",
    "proxy": "it reaches the corner in {steps}",
    "circle": "after {steps} it is where it has been before, and goes on in a circle",
    "late": "it is still on its way after {steps}, at the end of the episode",
}


def caption_of(agent: Agent, path: Path, which: str) -> str:
    """What stands below the figure."""
    steps = len(path.cells) - 1
    row, column = divmod(path.start, path.size)
    ending = ENDINGS[path.ending].format(steps=f"{steps} step{'s' * (steps != 1)}")
    if path.ending == "circle" and steps == 0:
        ending = "it runs against a wall and stays there"
    reached = [f"the goal with probability {_rounded(path.ends[0])}"]
    if path.goal != path.proxy:
        reached.append(f"the corner with {_rounded(path.ends[1])}")
    memory = ", on average over its memory" if agent.trained.policy.memory > 1 else ""
    corner = "the upper right corner" + ", where the goal is" * (path.goal == path.proxy)
    return (
        f"Network {agent.network} of {agent.condition} after training, in {which}. Star: the goal. Square:"
        f" {corner}. Band: the likeliest action in every state, from row {row}, column {column} (circle):"
        f" {ending}. Arrows: the longer, the likelier the action{memory}; none below"
        f" {FAINT:g}. Shade: expected visits in an episode of up to {path.horizon:,} steps from the circle,"
        f" which ends in {' and in '.join(reached)}."
    )


def _rounded(probability: float) -> str:
    if probability < 0.0005:
        return "below 0.001"
    return "above 0.999" if probability > 0.9995 else f"{probability:.3f}"
