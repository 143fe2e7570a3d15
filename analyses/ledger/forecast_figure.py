"""The prediction at a glance: every cell, then errors and the kernel's movement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from ..style import COLOURS, LINES, MARKERS, STYLE
from .forecast_found import Scored
from .forecast_measured import WAYS
from .pushes import probability

SMALL = 6.8


def overview(found: Sequence[Scored]) -> Figure:
    """Mean rates of every cell in two rows, and below them the errors of networks."""
    columns = (len(found) + 1) // 2
    with matplotlib.rc_context({**STYLE, "xtick.labelsize": SMALL, "ytick.labelsize": SMALL}):
        figure = Figure(figsize=(7.2, 7.0), layout="constrained")
        halves: Any = figure.subfigures(2, 1, height_ratios=[1.7, 1.0])
        above, below = halves
        panels = above.subplots(2, columns, sharex=True, sharey=True, squeeze=False)
        for i, each in enumerate(found):
            axes = panels[i % 2, i // 2]
            _course(axes, each)
            axes.set_title(each.name)
        for axes in panels[:, 0]:
            axes.set_ylabel("mean rate of walking away")
        for axes in panels[1]:
            axes.set_xlabel("updates")
        handles, labels = panels[0, 0].get_legend_handles_labels()
        above.legend(handles, labels, loc="outside lower center", ncols=6, fontsize=SMALL, frameon=False)
        errors, moved = below.subplots(1, 2)
        _errors(errors, found)
        errors.set_title("errors of networks")
        _moved(moved, found)
        moved.set_title("as far as the kernel moves")
        return figure


def _course(axes: Axes, found: Scored) -> None:
    forecast = found.forecast
    begun, came = (probability(each).mean(axis=0) for each in (forecast.begun, forecast.came))
    seen = np.arange(1, forecast.seen + 1)
    time = np.concatenate([seen, forecast.times])
    whole = np.concatenate([begun[1:], came])
    axes.plot(time, whole, color="black", linewidth=2.2, label="what came")
    few = 1.96 * probability(forecast.came).std(axis=0, ddof=1) / np.sqrt(10)
    axes.fill_between(forecast.times, came - few, came + few, color="0.85", linewidth=0, label="ten networks")
    later = np.concatenate([[forecast.seen], forecast.times])
    for i, way in enumerate(WAYS):
        rate = np.concatenate([begun[-1:], probability(forecast.predicted[way]).mean(axis=0)])
        axes.plot(later, rate, color=COLOURS[i], linestyle=LINES[i], linewidth=1.3, label=way)
    axes.axvline(forecast.seen, color="0.4", linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    axes.set_ylim(-0.02, 1.02)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _errors(axes: Axes, found: Sequence[Scored]) -> None:
    for i, way in enumerate(WAYS):
        errors = [each.scores[way].error for each in found]
        bars = [[e.estimate - e.low for e in errors], [e.high - e.estimate for e in errors]]
        axes.errorbar(
            np.arange(len(found)) + 0.16 * (i - 1.5), [e.estimate for e in errors], yerr=bars,
            color=COLOURS[i], marker=MARKERS[i], linestyle="none", capsize=2, elinewidth=0.9,
        )  # fmt: skip
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xticks(range(len(found)), [each.name.replace(" ", "\n") for each in found], fontsize=SMALL - 1)
    axes.set_ylabel("median |error|, margin")


def _moved(axes: Axes, found: Sequence[Scored]) -> None:
    for i, each in enumerate(found):
        error = np.abs(each.forecast.predicted["kernel"][:, -1] - each.forecast.came[:, -1])
        axes.plot(
            each.forecast.moved, error, MARKERS[i], color=COLOURS[i], markersize=2.2, linestyle="none",
            alpha=0.7, label=each.name, markeredgewidth=0,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("movement of the kernel, ‖k' − k‖ / ‖k‖")
    axes.set_ylabel("|error| by the kernel, margin")
    axes.legend(fontsize=SMALL - 1, frameon=False, markerscale=2, handletextpad=0.1, loc="lower right")
