"""Wide networks at a glance: error by width, account by account, groups over time, states at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from ..statistics import quantile_interval
from ..style import COLOURS, LINES, MARKERS, STYLE
from .tangent_experiments import DIVERSE, LENGTH
from .tangent_measured import Turning, Width
from .tangent_report import mean

SMALL = 6.8


def overview(widths: Sequence[Width], smooth: Mapping[str, Sequence[Width]], turning: Turning) -> Figure:
    """Four panels."""
    with matplotlib.rc_context({**STYLE, "xtick.labelsize": SMALL, "ytick.labelsize": SMALL}):
        figure = Figure(figsize=(7.2, 6.0), layout="constrained")
        axes = figure.subplots(2, 2)
        _errors(axes[0, 0], widths, smooth)
        _accounts(axes[0, 1], widths)
        _time(axes[1, 0], turning)
        _states(axes[1, 1], turning)
        return figure


def _errors(axes: Axes, widths: Sequence[Width], smooth: Mapping[str, Sequence[Width]]) -> None:
    x = np.array([each.width for each in widths], np.float64)
    lines = (
        ("own kernel, ReLU", widths, "own"),
        ("infinite width, ReLU", widths, "limit"),
        *((f"own kernel, {kind}", found, "own") for kind, found in smooth.items()),
    )
    for i, (label, found, kernel) in enumerate(lines):
        middle = [quantile_interval(each.error("margin", kernel)) for each in found]
        value, low, high = (
            np.array([getattr(each, name) for each in middle]) for name in ("estimate", "low", "high")
        )
        axes.errorbar(
            x * 1.04 ** (i - 1.5), value, yerr=[value - low, high - value], color=COLOURS[i], label=label,
            marker=MARKERS[i], linestyle=LINES[i], capsize=2, elinewidth=0.9,
        )  # fmt: skip
    start = float(np.median(widths[0].error("margin", "own")))
    for power, text in ((-1.0, "1/m"), (-0.5, "1/√m")):
        line = start * 1.6 * (x / x[0]) ** power
        axes.plot(x, line, color="0.6", linewidth=0.8)
        axes.text(x[-1] * 1.3, line[-1], text, fontsize=SMALL, color="0.4", va="center")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(right=x[-1] * 2.8)
    axes.set_xticks(x, [f"{each:,.0f}" for each in x])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("width m")
    axes.set_ylabel("error of the accounts")
    axes.set_title("(a) the kernel against the ledger")
    axes.legend(fontsize=SMALL, frameon=False, loc="lower left", handlelength=2.4)


def _accounts(axes: Axes, widths: Sequence[Width]) -> None:
    for i, each in ((1, widths[0]), (0, widths[-1])):
        axes.plot(
            each.booked["margin"].ravel(), each.predicted["own"]["margin"].ravel(), MARKERS[i], alpha=0.6,
            color=COLOURS[i], markersize=2.5, linestyle="none", label=f"width {each.width:,}",
        )  # fmt: skip
    every = np.concatenate([each.booked["margin"].ravel() for each in (widths[0], widths[-1])])
    ends = [min(0.0, every.min()), every.max()]
    axes.plot(ends, ends, color="black", linewidth=0.8)
    axes.set_xlabel("ledger: change of the probe's margin")
    axes.set_ylabel("frozen own kernel")
    axes.set_title("(b) a point for each state and network")
    axes.legend(fontsize=SMALL, frameon=False, loc="upper left", handletextpad=0.1)


def _time(axes: Axes, turning: Turning) -> None:
    booked, kernel = turning.by_group(turning.mean), turning.by_group(turning.predicted)
    ends = turning.by_group(turning.booked)
    time = np.maximum(turning.time, 0.7)
    for i, group in enumerate(booked):
        found = mean(ends[group])
        axes.plot(time, booked[group], color=COLOURS[i], linestyle=LINES[i + 1], label=group)
        axes.plot(
            time[::2], kernel[group][::2], MARKERS[i], color=COLOURS[i], markersize=2.5, fillstyle="none"
        )
        axes.errorbar(
            time[-1], found.estimate, yerr=[[found.estimate - found.low], [found.high - found.estimate]],
            color=COLOURS[i], capsize=3, elinewidth=0.9,
        )  # fmt: skip
    margin = turning.margin[DIVERSE]
    change = margin - margin[:, :1]
    half = 1.96 * change.std(axis=0, ddof=1) / np.sqrt(len(change))
    axes.plot(time, change.mean(axis=0), color="black", label="all of it")
    axes.fill_between(
        time, change.mean(axis=0) - half, change.mean(axis=0) + half, color="0.5", alpha=0.4, linewidth=0
    )
    axes.axhline(0, color="0.6", linewidth=0.6)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes.set_xlabel("updates")
    axes.set_ylabel("change of the margin of walking away")
    axes.set_title("(c) with diversity: accounts of groups")
    axes.legend(fontsize=SMALL, frameon=False, loc="upper left")


def _states(axes: Axes, turning: Turning) -> None:
    """Positions from left to right, as the world is; the coin's place from below."""
    table = np.full((LENGTH + 1, LENGTH + 1), np.nan)
    position, coin = np.divmod(turning.states, LENGTH + 1)
    table[coin, position] = turning.booked.mean(axis=0)
    most = float(np.nanmax(np.abs(table)))
    axes.imshow(table, cmap="RdBu_r", vmin=-most, vmax=most, origin="lower", aspect="auto")
    for x, y, i in zip(position, coin, range(len(coin)), strict=True):
        found = mean(turning.booked[:, i])
        half = (found.high - found.low) / 2
        strong = abs(found.estimate) > 0.6 * most
        axes.text(
            x, y, f"{'←→'[turning.action[i]]} {found.estimate:+.2f}\n± {half:.2f}", ha="center", va="center",
            fontsize=SMALL - 0.6, color="white" if strong else "black",
        )  # fmt: skip
    axes.text((LENGTH + 1) // 2, 0, "probe", ha="center", va="center", fontsize=SMALL, style="italic")
    axes.grid(False)
    axes.set_xlabel("position")
    axes.set_ylabel("coin at")
    axes.set_title("(d) with diversity: accounts at the end")
