"""Theory's curves with the simulated points on them: a figure for each case, and pages of all."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from math import ceil
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from ...sim.runfile import Run
from ..figures import save
from ..style import CAPTION, LABEL, STYLE, TITLE, letters, look
from .case import Plot
from .overview import mark, overview
from .predictions import Finding
from .suite import Report, Verdict

COLUMNS, ROWS = 5, 8
"""Of panels in a page of curves."""

LONGEST = 60
"""Letters of a prediction's name that a figure has room for."""


class Album:
    """Draws cases as they are judged, and what is about all of them at the end.

    Args:
        folder: where the figures go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._plots: list[tuple[str, Plot]] = []

    def add(self, verdict: Verdict, run: Run) -> None:
        """Draw a case, while its run is open."""
        plot = verdict.case.plot(run) if verdict.case.plot else None
        if plot:
            self._plots.append((verdict.case.name, plot))
        save(figure_of(verdict, plot), self._folder / f"{verdict.case.name}.png")

    def close(self, report: Report) -> Path:
        """Draw the overview and the pages of all curves; the overview's path."""
        path = self._folder / "overview.png"
        if any(verdict.findings for verdict in report.verdicts):
            save(overview(report), path)
        for page, some in enumerate(batched(self._plots, COLUMNS * ROWS), start=1):
            save(curves(some), self._folder / f"curves_{page}.png")
        return path


def figure_of(verdict: Verdict, plot: Plot | None) -> Figure:
    """One case: theory's curves and the points on them, and how far off each prediction is."""
    shown = verdict.findings
    with matplotlib.rc_context(STYLE):
        height = max(3.2, 0.9 + 0.17 * len(shown))
        figure = Figure(figsize=(9.0 if plot else 6.0, height + 0.9), layout="constrained")
        if plot:
            left, right = figure.subplots(1, 2, width_ratios=[3, 2])
            draw_plot(left, plot)
            left.legend(fontsize=LABEL - 2, frameon=False, handletextpad=0.3, borderaxespad=0.2)
        else:
            right = figure.subplots()
        _draw_findings(right, shown, verdict.alpha)
        inches = figure.get_figwidth() - 0.3
        title = f"{verdict.case.name}: {verdict.case.title}"
        figure.suptitle(textwrap.fill(title, letters(inches, TITLE)), x=0.012, ha="left", fontsize=TITLE)
        caption = textwrap.fill(_caption(verdict, plot), letters(inches, CAPTION))
        figure.supxlabel(caption, x=0.012, ha="left", fontsize=CAPTION, linespacing=1.35)
    return figure


def _caption(verdict: Verdict, plot: Plot | None) -> str:
    bars = any(curve.error is not None for curve in plot.curves) if plot else False
    kinds = {finding.p is None for finding in verdict.findings}
    parts = [
        f"Lines are theory, markers the simulation{', bars a standard error either way' if bars else ''}."
        if plot
        else "",
        "Shaded: what passes,",
        "within the tolerance of exact predictions (open diamonds);" if True in kinds else "",
        f"p at least {verdict.alpha:.1e} where chance decides (circles)." if False in kinds else "",
        f"Seed {verdict.seed}.",
    ]
    return " ".join(part for part in parts if part).replace("; Seed", ". Seed")


def draw_plot(axes: Axes, plot: Plot) -> None:
    """Curves and points in one pair of axes, without a legend."""
    for number, curve in enumerate(plot.curves):
        style = look(number)
        line = np.asarray(curve.x), np.asarray(curve.expected)
        axes.plot(*line, color=style.colour, linestyle=style.line, lw=1.1)
        axes.errorbar(
            np.asarray(curve.at),
            np.asarray(curve.found),
            None if curve.error is None else np.asarray(curve.error),
            color=style.colour,
            linestyle="none",
            marker=style.marker,
            markerfacecolor="white",
            markersize=3.2,
            markeredgewidth=0.8,
            elinewidth=0.8,
            label=curve.label,
        )
    axes.set(xlabel=plot.xlabel, ylabel=plot.ylabel, xscale=plot.xscale, yscale=plot.yscale)
    for axis, scale in ((axes.xaxis, plot.xscale), (axes.yaxis, plot.yscale)):
        if scale == "log":
            powers_of_ten(axis)


def powers_of_ten(axis: Axis) -> None:
    """Ticks at powers of ten, in plain letters: the style leaves mathematics unparsed."""
    axis.set_major_locator(LogLocator(numticks=6))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _power(value)))
    axis.set_minor_locator(NullLocator())


def _power(value: float) -> str:
    exponent = np.log10(value) if value > 0 else np.nan
    if not np.isclose(exponent, np.round(exponent)):
        return f"{value:g}"
    if 0 <= exponent <= 2:
        return f"{value:.0f}"
    return "10" + f"{exponent:.0f}".translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _draw_findings(axes: Axes, findings: tuple[Finding, ...], alpha: float) -> None:
    """How far off each prediction is, in units of what passes, a row each."""
    for row, finding in enumerate(findings):
        mark(axes, finding, row, alpha)
    names = [what if len(what) <= LONGEST else f"{what[: LONGEST - 1]}…" for what, *_ in findings]
    axes.axvspan(-1, 1, color="0.93", zorder=0)
    axes.axvline(0, color="0.6", lw=0.7)
    axes.set_yticks(range(len(findings)), names, fontsize=LABEL - 2.5)
    axes.set_ylim(max(len(findings), 4) - 0.5, -0.5)
    axes.set_xlim(-1.6, 1.6)
    axes.set_xlabel("deviation / largest that passes")
    axes.yaxis.tick_right()
    axes.grid(axis="y", visible=False)


def batched(plots: list[tuple[str, Plot]], size: int) -> Iterator[list[tuple[str, Plot]]]:
    """In their order, as many at a time."""
    for first in range(0, len(plots), size):
        yield plots[first : first + size]


def curves(plots: list[tuple[str, Plot]]) -> Figure:
    """Some cases that have curves, a panel each."""
    rows = ceil(len(plots) / COLUMNS)
    with matplotlib.rc_context({**STYLE, "axes.labelsize": LABEL - 3, "axes.titlesize": LABEL - 1.5}):
        figure = Figure(figsize=(COLUMNS * 1.9, rows * 1.55 + 0.5), layout="constrained")
        panels = list(figure.subplots(rows, COLUMNS, squeeze=False).flat)
        for axes, (name, plot) in zip(panels, plots, strict=False):
            draw_plot(axes, plot)
            axes.set_title(name)
            axes.tick_params(labelsize=LABEL - 3.5)
            for axis, scale in ((axes.xaxis, plot.xscale), (axes.yaxis, plot.yscale)):
                if scale == "linear":
                    axis.set_major_locator(MaxNLocator(4))
        for axes in panels[len(plots) :]:
            axes.remove()
        text = "Lines are theory, markers the simulation; popgrad verify --list says what is shown."
        figure.supxlabel(text, x=0.012, ha="left", fontsize=CAPTION)
    return figure
