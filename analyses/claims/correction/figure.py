"""The figures: the whole at a glance, and every exponent beside its region."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...statistics import Interval
from ...style import COLOURS, HATCHES, MARKERS, STYLE, look
from ...theory.figures import powers_of_ten
from ..words import CONFIDENCE
from .explained import STAKE
from .exponents import of_law
from .findings import Findings
from .tails import Tail
from .words import REGION, label

DRAWN = (
    *("three_steps", "two_steps", "reward", "preference_0.5"),
    *("normalised", "preference_0.1", "cross_entropy", "all_actions"),
)
"""Rules of which the first panel draws the times."""

COMPARED = (
    *("cross_entropy", "all_actions", "unlikelihood", "consequence", "preference_0.5"),
    *("preference_0.5, own pairs", "normalised", "squared_error", "reward"),
)
"""Rules whose exponents the second panel compares between ways to train."""

SMALL = 6.5
WAYS = {"exact": "exact, table", "sampled": "sampled, table", "layer": "exact, hidden layer"}


def figure(found: Findings) -> Figure:
    """Laws, what sampling makes of them, survival, and what explains correction."""
    with matplotlib.rc_context(STYLE):
        drawn = Figure(figsize=(7.0, 7.8), layout="constrained")
        axes = drawn.subplots(2, 2)
        _laws(axes[0, 0], found)
        _compared(axes[0, 1], found)
        _survival(axes[1, 0], found.tails)
        _explained(axes[1, 1], found)
        return drawn


def _laws(ax: Axes, found: Findings) -> None:
    rows = {of.row.name: of for of in found.rows["exact"]}
    for number, which in enumerate(DRAWN):
        of, style = rows[which], look(number)
        line = np.geomspace(of.epsilons[0], of.epsilons[-1], 60)
        law = np.array([of.row.law(float(each)) for each in line])
        shown = law < of.cap * 1.5
        ax.plot(line[shown], law[shown], color=style.colour, linestyle=style.line, linewidth=1.0)
        ax.plot(of.epsilons, of.medians, style.marker, color=style.colour, label=label(which))
    ax.axhline(found.rows["exact"][0].cap, color="0.4", linewidth=0.8, linestyle=":", label="end of training")
    ax.set(xscale="log", yscale="log", xlabel="initial probability ε of the good action")
    ax.set_ylabel("updates to probability 1/2")
    ax.invert_xaxis()
    powers_of_ten(ax.xaxis)
    powers_of_ten(ax.yaxis)
    ax.set_title("a  Exact gradients; lines are theory")
    _below(ax, 2)


def _compared(ax: Axes, found: Findings) -> None:
    rows = {(of.row.name, of.row.way, of.row.adam): of for group in found.rows.values() for of in group}
    lines = [
        (which, adam)
        for which in COMPARED
        for adam in (False, True)
        if any((which, way, adam) in rows for way in WAYS)
    ]
    _region(ax)
    for number, (way, called) in enumerate(WAYS.items()):
        for place, (which, adam) in enumerate(lines):
            if (which, way, adam) in rows:
                interval = rows[which, way, adam].exponent(CONFIDENCE)
                _bar(ax, interval, place + 0.24 * (number - 1), number)
        ax.plot([], [], MARKERS[number], color=COLOURS[number], label=called, markersize=3.5)
    ax.set_yticks(range(len(lines)), [label(which) + (", Adam" if adam else "") for which, adam in lines])
    ax.tick_params(axis="y", labelsize=SMALL)
    ax.invert_yaxis()
    ax.set_xlabel("exponent of the time in 1/ε (95 %)")
    ax.set_title("b  Sampled, and in a layer")
    _below(ax, 2)


def _survival(ax: Axes, tails: list[Tail]) -> None:
    floor = 0.5 / tails[0].times.size
    for number, tail in enumerate(tails):
        style, curve = look(number), tail.curve()
        shown = curve.share > 0
        ax.step(
            *(curve.time[shown], curve.share[shown]),
            where="post",
            color=style.colour,
            linestyle=style.line,
            label=f"h r = {tail.h:g}: slope −{1 / tail.h:g}",
        )
        limits = curve.low[shown], curve.high[shown]
        ax.fill_between(curve.time[shown], *limits, step="post", color=style.colour, alpha=0.2, linewidth=0)
        at, law = np.arange(1, tail.updates + 1), tail.law[1:]
        ax.plot(at[law > floor], law[law > floor], color="black", linewidth=0.6, zorder=3)
    ax.plot([], [], color="black", linewidth=0.6, label="theory")
    ax.set(xscale="log", yscale="log", xlabel="updates", ylabel="share not corrected", ylim=(floor, 1.3))
    powers_of_ten(ax.xaxis)
    powers_of_ten(ax.yaxis)
    ax.set_title("c  A bad action that pays r: survival")
    _below(ax, 2)


def _explained(ax: Axes, found: Findings) -> None:
    places, left = np.arange(len(found.several)), np.zeros(len(found.several))
    for number, group in enumerate(found.several[0].times.groups):
        widths = np.array([max(0.0, each.times.shares[number]) for each in found.several])
        look_ = {"color": COLOURS[number], "hatch": HATCHES[number], "edgecolor": "white", "alpha": 0.8}
        ax.barh(places, widths, left=left, height=0.58, label=group, **look_)
        left += widths
    for place, each in enumerate(found.several):
        part, whole = each.times.part(STAKE, CONFIDENCE), each.times.r_squared
        ax.plot([part.low * whole, part.high * whole], [place + 0.4] * 2, color="black", linewidth=1.2)
        ax.plot(part.estimate * whole, place + 0.4, "|", color="black")
    ax.plot([], [], color="black", linewidth=1.2, label="gap and visits, 95 %")
    ax.set_yticks(places, [each.cell for each in found.several], fontsize=SMALL)
    ax.set(xlim=(0, 1), xlabel="R² of the rank of the correction time")
    ax.invert_yaxis()
    ax.set_title("d  What explains correction")
    _below(ax, 3)


def forest(found: Findings) -> Figure:
    """Every exponent with its interval and its law."""
    titles = {"exact": "exact", "adam": "exact", "sampled": "sampled", "layer": "hidden layer"}
    rows = [(group, of) for group, members in found.rows.items() for of in members]
    with matplotlib.rc_context(STYLE):
        drawn = Figure(figsize=(7.0, 0.6 + 0.165 * len(rows)), layout="constrained")
        ax = drawn.subplots()
        _region(ax)
        for place, (group, of) in enumerate(rows):
            _bar(ax, of.exponent(CONFIDENCE), place, list(titles).index(group))
            if of.row.lawful:
                ax.plot(of_law(of), place, "|", color="black", markersize=9, zorder=1)
        labels = [f"{label(of.row.name)}{', Adam' * of.row.adam} ({titles[group]})" for group, of in rows]
        ax.set_yticks(range(len(rows)), labels, fontsize=SMALL)
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.set_xlabel("exponent of the time in 1/ε (95 %); |: the law's; grey: hardly matters")
        return drawn


def _below(ax: Axes, columns: int) -> None:
    ax.legend(
        fontsize=SMALL,
        frameon=False,
        ncols=columns,
        loc="upper center",
        bbox_to_anchor=(0.45, -0.15),
        handlelength=1.4,
        columnspacing=0.9,
        labelspacing=0.3,
    )


def _region(ax: Axes) -> None:
    ax.axvspan(*REGION, color="0.88", zorder=0, linewidth=0)


def _bar(ax: Axes, interval: Interval, place: float, number: int) -> None:
    """An interval; one without an upper limit ends in an arrow."""
    colour, marker = COLOURS[number], MARKERS[number]
    bounded = np.isfinite(interval.high)
    end = interval.high if bounded else interval.low + 0.5
    ax.plot([interval.low, end], [place, place], color=colour, linewidth=1.2, zorder=2)
    if np.isfinite(interval.estimate):
        ax.plot(interval.estimate, place, marker, color=colour, markersize=3.5, zorder=3)
    if not bounded:
        ax.plot(end, place, ">", color=colour, markersize=4, zorder=3)
