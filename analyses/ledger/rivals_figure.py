"""The comparison at a glance: what is credited, what leaving out does, and where the difference goes."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from ...sim.world import World
from ..statistics import Interval
from ..style import COLOURS, HATCHES, LINES, MARKERS, STYLE
from .rivals_found import Found
from .rivals_measured import METHODS, PLACES, Measured

SMALL = 6.8
SHORT = {
    "coin at the right end": "right end",
    "coin to the right": "to the right",
    "coin to the left": "to the left",
}


def overview(found: Sequence[Found], world: World) -> Figure:
    """Six panels: pairs of each loss; methods, time, and compensation."""
    with matplotlib.rc_context({**STYLE, "xtick.labelsize": SMALL, "ytick.labelsize": SMALL}):
        figure = Figure(figsize=(7.2, 5.4), layout="constrained")
        axes = figure.subplots(2, 3)
        for i, each in enumerate(found):
            _pairs(axes[0, i], each.measured, world)
            axes[0, i].set_title(f"({'abc'[i]}) {each.loss}")
        axes[0, 0].set_ylabel("leaving it out: change lost")
        _methods(axes[1, 0], found)
        _times(axes[1, 1], found)
        _moved(axes[1, 2], found)
        return figure


def _pairs(axes: Axes, found: Measured, world: World) -> None:
    """Means over networks, a point for every pair."""
    credit, effect = (each.mean(axis=0) for each in found.both("margin", "ledger", "pair"))
    names = np.array(
        [(world.state_groups or ())[np.argwhere(found.entries[i].mask)[0, 0]] for i in found.columns("pair")]
    )
    for i, (group, short) in enumerate(SHORT.items()):
        own = names == group
        axes.plot(
            credit[own], effect[own], MARKERS[i], color=COLOURS[i], linestyle="none", label=short, alpha=0.85
        )
    ends = np.array([-1.0, 1.0]) * max(np.abs(credit).max(), np.abs(effect).max()) * 1.3
    axes.plot(ends, ends, color="black", linewidth=0.8)
    axes.axhline(0, color="0.6", linewidth=0.6)
    for scale, axis in ((axes.set_xscale, axes.xaxis), (axes.set_yscale, axes.yaxis)):
        scale("symlog", linthresh=0.1, linscale=0.6)
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
    ticks = [tick for tick in (-10, -1, 0, 1, 10) if abs(tick) <= ends[1]]
    axes.set_xticks(ticks)
    axes.set_yticks(ticks)
    axes.set_xlabel("ledger: change of margin")
    axes.legend(fontsize=SMALL - 0.6, frameon=False, loc="upper left", handletextpad=0.1, title="coin",
                title_fontsize=SMALL - 0.6)  # fmt: skip


def _methods(axes: Axes, found: Sequence[Found]) -> None:
    for i, method in enumerate(METHODS):
        middle = [each.pairs(method).within for each in found]
        axes.errorbar(
            np.arange(len(found)) + 0.22 * (i - 1), [each.estimate for each in middle], yerr=_bars(middle),
            color=COLOURS[i], marker=MARKERS[i], linestyle="none", capsize=2, elinewidth=0.9, label=method,
        )  # fmt: skip
    axes.set_xticks(range(len(found)), _names(found))
    axes.set_ylim(min(0.0, axes.get_ylim()[0]), 1.0)
    axes.set_ylabel("rank correlation in a network")
    axes.set_title("(d) methods against leaving out")
    _legend(axes, 3)


def _times(axes: Axes, found: Sequence[Found]) -> None:
    for i, each in enumerate(found):
        slopes = [scale for _, scale in each.early.values()]
        axes.errorbar(
            list(each.early), [scale.estimate for scale in slopes], yerr=_bars(slopes), color=COLOURS[i],
            linestyle=LINES[i], marker=MARKERS[i], capsize=2, elinewidth=0.9, label=each.loss,
        )  # fmt: skip
    axes.axhline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(0, 1.15)
    axes.set_xlabel("updates without it")
    axes.set_ylabel("slope of effect on ledger")
    axes.set_title("(e) the longer, the less")
    _legend(axes, 1)


def _moved(axes: Axes, found: Sequence[Found]) -> None:
    """From 1, what is booked, down or up by what others do, to what leaving out shows."""
    for row, each in enumerate(found):
        level = 1.0
        for i, place in enumerate(PLACES):
            step = each.moved[place].estimate
            axes.barh(
                row + 0.25 * (i - 1), step, left=level, height=0.23, color=COLOURS[i], hatch=HATCHES[i],
                edgecolor="white", linewidth=0.5, label=place if row == 0 else None,
            )  # fmt: skip
            level += step
        axes.plot([level], [row], "k|", markersize=22, markeredgewidth=1.6)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.axvline(0, color="0.6", linewidth=0.6)
    axes.set_yticks(range(len(found)), _names(found))
    axes.invert_yaxis()
    axes.set_xlabel("of an account of 1")
    axes.set_title("(f) others make up for it")
    _legend(axes, 1)


def _names(found: Sequence[Found]) -> list[str]:
    return [each.loss.replace(", ", ",\n") for each in found]


def _bars(found: Sequence[Interval]) -> list[list[float]]:
    return [[each.estimate - each.low for each in found], [each.high - each.estimate for each in found]]


def _legend(axes: Axes, columns: int) -> None:
    axes.legend(
        fontsize=SMALL - 0.4, frameon=False, ncols=columns, loc="upper center", bbox_to_anchor=(0.45, -0.24),
        handlelength=1.8, columnspacing=0.7, borderaxespad=0, handletextpad=0.4,
    )  # fmt: skip
