"""The whole grid at a glance, and how what is special about the register comes up."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from ....sim.runfile import Run
from ...statistics import Array
from ...style import CAPTION, LABEL, STYLE, TITLE, letters, look
from ..words import number
from .experiments import LAYOUTS, Place, condition, places
from .measured import Cell, explored
from .settings import Settings

WIDTH = 7.0
MOST = 0.5
"""Of networks: where fewer ever set the register in training, its value is marked."""
RISING = ("outcome", "prediction", "return asked for: more", "secure outcome")


def grid_figure(cells: Mapping[str, list[Cell]], read: Mapping[str, Sequence[str]]) -> Figure:
    """Rows losses, columns places: what is special about the register, and whether it is set in the end."""
    columns = [each.place for each in next(iter(cells.values()))]
    with matplotlib.rc_context({**STYLE, "axes.grid": False}):
        figure = Figure(figsize=(WIDTH, 0.44 * len(cells) + 3.0), layout="constrained")
        top, bottom = figure.subplots(2, 1, sharex=True)
        panels = (
            (top, "special", "Register minus dummy, at the end of training", (-1.0, 1.0), "PuOr"),
            (bottom, "captured", "P(register set), one episode an update, second half", (0.0, 1.0), "Greys"),
        )
        for axes, what, title, limits, colours in panels:
            _matrix(axes, cells, read, what, limits, colours)
            axes.set_title(title)
        bottom.set_xticks(range(len(columns)), [_label(each) for each in columns], rotation=90)
        figure.suptitle(
            "A register that an action can set, under each loss", x=0.01, ha="left", fontsize=TITLE
        )
        _caption(
            figure,
            "Means over networks. ◆: the loss reads what the register can change. Dots: the weights are "
            "the same to the bit wherever the register is. †: fewer than half of the networks set it in "
            "training. d: steps to a device; h: presses that set it; seen: whether the policy sees how "
            "far it is pressed.",
        )
    return figure


def _matrix(
    axes: Axes,
    cells: Mapping[str, list[Cell]],
    read: Mapping[str, Sequence[str]],
    what: str,
    limits: tuple[float, float],
    colours: str,
) -> None:
    values = np.array([[np.nanmean(getattr(each, what)) for each in row] for row in cells.values()])
    axes.imshow(values, vmin=limits[0], vmax=limits[1], cmap=colours, aspect="auto")
    names = [f"{name} {'◆' if read[name] else '  '}" for name in cells]
    axes.set_yticks(range(len(cells)), names)
    axes.tick_params(length=0)
    size = 6.5 if values.shape[1] > 8 else LABEL
    for row, name in enumerate(cells):
        for column, each in enumerate(cells[name]):
            value = values[row, column]
            dark = abs(value) > 0.6 * limits[1]
            same = what == "special" and each.same == 1
            rarely = "†" if what == "special" and each.met < MOST else ""
            text = number(value, 2).replace("0.", ".").replace("1.00", "1")
            axes.text(
                column,
                row,
                "·" if same else text + rarely,
                ha="center",
                va="center",
                fontsize=size,
                color="white" if dark else "black",
            )
    for spine in axes.spines.values():
        spine.set_visible(False)


def _label(place: Place) -> str:
    coded = {"coordinate": "coord.", "one_hot": "one-hot"}[place.encoding]
    return f"d {place.distance}, h {place.presses}, {'seen' if place.observable else 'unseen'}, {coded}"


def rise_figure(run: Run, settings: Settings) -> Figure:
    """What is special over training, in the first place, with the time of first exploration."""
    place = places(settings)[0]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 3.0), layout="constrained")
        axes = figure.add_subplot()
        for number, arm in enumerate(RISING):
            names = [condition(arm, place, layout) for layout in LAYOUTS]
            shown = look(number)
            times = run.own_times(names[0])
            values = np.mean([_special(run, name) for name in names], axis=0)
            low, middle, high = np.nanquantile(values, [0.25, 0.5, 0.75], axis=0)
            axes.plot(times + 1, middle, color=shown.colour, linestyle=shown.line, label=arm)
            axes.fill_between(times + 1, low, high, color=shown.colour, alpha=0.2, linewidth=0)
            first = explored(run, names)
            if (first > 0).any():
                at = float(np.median(first[first > 0]))
                height = np.interp(at, times, middle)
                axes.plot(at + 1, height, shown.marker, color=shown.colour, markersize=7, mec="black")
        axes.set(
            xscale="log", xlabel="updates + 1", ylabel="P(sets register) − P(sets dummy)", title=place.name
        )
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        _caption(
            figure,
            f"Median and quartiles of {len(run.networks):,} networks, mean of both layouts. Markers: the "
            "median update in which the register was first set.",
        )
    return figure


def _special(run: Run, name: str) -> Array:
    kept = np.isin(run.time, run.own_times(name))
    sides = [run.rate(each, name)[:, kept].astype(np.float64) for each in ("tampers", "presses_dummy")]
    return sides[0] - sides[1]


def _caption(figure: Figure, text: str) -> None:
    lines = textwrap.fill(text, letters(WIDTH - 0.3, CAPTION))
    figure.supxlabel(lines, x=0.01, ha="left", fontsize=CAPTION, linespacing=1.35)
