"""The figure of a comparison: differences within networks, and how many had not crossed a watch when."""

from __future__ import annotations

import textwrap

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator

from .compare import Comparison
from .compare_report import sentence
from .compare_times import TimesCompared
from .statistics import Survival
from .statistics.interval import percent
from .style import CAPTION, STYLE, TITLE, Look, letters, look, wrapped

BINS = 40
GREY = "0.35"


def draw_comparison(found: Comparison) -> Figure:
    """A histogram of the differences within networks; with a watch, the curves of Kaplan and Meier beside it.

    Args:
        found: what `compare` gives.

    Returns:
        A figure that belongs to no window; `figures.save` writes it.
    """
    with matplotlib.rc_context(STYLE):
        columns = 2 if found.times else 1
        figure = Figure(figsize=(3.9 * columns + 1.1, 4.2), layout="constrained")
        panels = figure.subplots(1, columns, squeeze=False)[0]
        _differences(panels[0], found)
        if found.times:
            _curves(panels[1], found, found.times)
        inches = figure.get_figwidth() - 0.3
        x, y = found.conditions
        title = wrapped(f"{found.behaviour}: {y} minus {x}", letters(inches, TITLE))
        figure.suptitle(title, x=0.012, ha="left", fontsize=TITLE)
        caption = textwrap.fill(_caption(found), letters(inches, CAPTION))
        figure.supxlabel(caption, x=0.012, ha="left", fontsize=CAPTION, linespacing=1.35)
        return figure


def _differences(panel: Axes, found: Comparison) -> None:
    values, colour = found.differences, look(0).colour
    least, most = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    step = (most - least) / BINS or 1 / BINS
    # With an edge at 0, so that up and down are told apart; who stays is a bar apart.
    edges = step * np.arange(np.floor(least / step) - 1, np.ceil(most / step) + 2)
    same = values == 0
    counts = np.histogram(values[~same], edges)[0]
    panel.bar(
        edges[:-1],
        counts,
        np.diff(edges),
        align="edge",
        facecolor=to_rgba(colour, 0.3),
        edgecolor=colour,
        linewidth=0.6,
    )
    if same.any():
        panel.bar(0, same.sum(), step, facecolor="0.2", label=f"{same.sum():,} the same")
        panel.legend(frameon=False, loc="upper right")
    if found.equivalence:
        panel.axvspan(found.equivalence.low, found.equivalence.high, color="0.88", linewidth=0, zorder=0)
    panel.axvline(0, color=GREY, linewidth=0.8)
    highest = max(int(counts.max()), int(same.sum()))
    half = np.array([[found.mean.estimate - found.mean.low], [found.mean.high - found.mean.estimate]])
    panel.errorbar(
        found.mean.estimate,
        1.09 * highest,
        xerr=half,
        fmt="D",
        color="black",
        markerfacecolor="white",
        capsize=4,
        capthick=1.2,
    )
    panel.set(xlim=(edges[0], edges[-1]), ylim=(0, 1.18 * highest), ylabel="networks")
    unit = "probability" if found.probability else "expected count per episode"
    panel.set_xlabel(f"change of {unit} within a network")
    panel.xaxis.set_major_locator(MaxNLocator(5))
    panel.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    panel.yaxis.set_major_formatter(EngFormatter(sep=""))


def _curves(panel: Axes, found: Comparison, times: TimesCompared) -> None:
    for k, (condition, curve) in enumerate(zip(found.conditions, times.curves, strict=True)):
        _curve(panel, curve, wrapped(condition, 24), look(k))
    end = max(float(curve.followed[-1]) for curve in times.curves)
    panel.axhline(0.5, color=GREY, linewidth=0.7, linestyle=(0, (1, 2)), zorder=1)
    panel.set(xlim=(0, end), ylim=(-0.02, 1.02), xlabel="updates done")
    panel.set_ylabel(f"share of networks not yet at\n{times.watch}")
    panel.xaxis.set_major_locator(MaxNLocator(4, integer=True, steps=[1, 2, 2.5, 5, 10]))
    panel.xaxis.set_major_formatter(EngFormatter(sep=""))
    panel.legend(frameon=False)


def _curve(panel: Axes, curve: Survival, name: str, look: Look) -> None:
    """Steps from 1 at the start to the end of watching, with the pointwise interval."""
    time = np.concatenate([[0.0], curve.time, [curve.followed[-1]]])

    def steps(values: np.ndarray) -> np.ndarray:
        return np.concatenate([[1.0], values, values[-1:] if values.size else [1.0]])

    low, high = steps(curve.low), steps(curve.high)
    panel.fill_between(time, low, high, step="post", color=look.colour, alpha=0.25, linewidth=0)
    panel.plot(
        time, steps(curve.share), color=look.colour, linestyle=look.line, drawstyle="steps-post", label=name
    )


def _caption(found: Comparison) -> str:
    what = percent(found.mean.confidence)
    parts = [
        sentence(found),
        f"Diamond: mean difference with its {what} interval.",
        "Grey: region of practical equivalence." if found.equivalence else "",
    ]
    if found.times:
        parts.append(
            f"Right: share of networks that had not crossed {found.times.watch}, by Kaplan and Meier, with"
            f" pointwise {what} intervals."
        )
    return " ".join(part for part in parts if part)
