"""The whole at a glance: six panels."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FuncFormatter, LogLocator, NullFormatter, NullLocator

from ...style import COLOURS, LINES, MARKERS, STYLE
from . import lovers
from .enough import TWO
from .experiments import LENGTH
from .flips import MUCH
from .found import Found
from .linear import flow_flip
from .matched import wilson
from .networks import walks
from .stopping import at_first
from .texts import of

SMALL = 6.8
LEAST = 1e-4
"""Where shares below are drawn."""

BARS = {"capsize": 2, "elinewidth": 0.9, "linestyle": "none"}


def overview(found: Found) -> Figure:
    """Matched arms, time, flips, outcome against cloning, enough diversity, the open problem."""
    with matplotlib.rc_context({**STYLE, "xtick.labelsize": SMALL, "ytick.labelsize": SMALL}):
        figure = Figure(figsize=(7, 8.6), layout="constrained")
        axes = figure.subplots(3, 2)
        _matched(axes[0, 0], found)
        _stopping(axes[0, 1], found)
        _flips(axes[1, 0], found)
        _outcome(axes[1, 1], found)
        _enough(axes[2, 0], found)
        _lovers(axes[2, 1], found)
        for each in axes.flat:
            _plain(each)
        return figure


def _plain(axes: Axes) -> None:
    """Powers of ten as numbers: the style writes what is between dollars as it stands."""
    for axis, scale in ((axes.xaxis, axes.get_xscale()), (axes.yaxis, axes.get_yscale())):
        if scale == "log" and not isinstance(axis.get_major_formatter(), FixedFormatter):
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
            axis.set_minor_formatter(NullFormatter())


def _legend(axes: Axes, columns: int = 2) -> None:
    axes.legend(
        fontsize=SMALL, frameon=False, ncols=columns, loc="upper center", bbox_to_anchor=(0.42, -0.26),
        handlelength=2.0, columnspacing=0.8, borderaxespad=0,
    )  # fmt: skip


def _error(interval) -> list[list[float]]:
    return [[interval.estimate - interval.low], [interval.high - interval.estimate]]


def _matched(axes: Axes, found: Found) -> None:
    for arm, shift in ((0, -0.15), (1, 0.15)):
        labelled = False
        for row, each in enumerate(found.matched):
            if each.both is None:
                continue
            value = each.both.shares[arm]
            low, high = wilson(value, each.both.sizes[arm], 0.95)
            label = None if labelled else ("descent", "guess-and-check")[arm]
            labelled = True
            axes.errorbar(
                max(value, LEAST), row + shift,
                xerr=[[max(value - max(low, LEAST), 0)], [max(high - max(value, LEAST), 0)]],
                color=COLOURS[arm], marker=MARKERS[arm], label=label, **BARS,
            )  # fmt: skip
    axes.set_xscale("log")
    axes.set_yticks(
        range(len(found.matched)),
        [each.band.cell.replace("outcome training", "outcome") for each in found.matched],
        fontsize=SMALL - 0.8,
    )
    axes.invert_yaxis()
    axes.xaxis.set_major_locator(LogLocator())
    axes.set_xlabel("share that walks away, q, in like strata")
    axes.set_title("(a) Same loss, same margin")
    _legend(axes)


def _stopping(axes: Axes, found: Found) -> None:
    for i, path in enumerate(found.stopping):
        shown = path.time > 0
        counts = [walks(path.probe[:, t]) for t in np.flatnonzero(shown)]
        intervals = [of(each.away, max(each.networks, 1)) for each in counts]
        time = path.time[shown]
        axes.plot(
            time, [each.estimate for each in intervals],
            color=COLOURS[i], linestyle=LINES[i % 4], label=f"ε = {path.diversity:g}",
        )  # fmt: skip
        low, high = [each.low for each in intervals], [each.high for each in intervals]
        axes.fill_between(time, low, high, color=COLOURS[i], alpha=0.2, linewidth=0)
        fit = path.at_fit
        if fit.size:
            moment = float(np.median(at_first(np.broadcast_to(path.time, path.probe.shape), path.worst > 0)))
            here = walks(fit)
            axes.errorbar(
                max(moment, 1), here.away / here.networks, yerr=_error(of(here.away, here.networks)),
                color=COLOURS[i], marker=MARKERS[i], markeredgecolor="black", markersize=6,
                elinewidth=0.9, capsize=2, zorder=3,
            )  # fmt: skip
    axes.set_xscale("log")
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("updates; marker: first fit, median")
    axes.set_ylabel("q")
    axes.set_title("(b) When cloning stops")
    _legend(axes)


def _flips(axes: Axes, found: Found) -> None:
    exact = [(e, t) for e, t in zip(found.linear.diversities, found.linear.found, strict=True) if t > 0]
    line = np.geomspace(min(*(e for e, _ in exact), MUCH / 10), MUCH, 30)
    rate = found.rate
    axes.plot(
        line, [flow_flip(LENGTH, e, rate) for e in line], color="black", linewidth=1, label="linear: flow"
    )
    axes.plot([e for e, _ in exact], [t for _, t in exact], "x", color="black", label="linear: simulated")
    for i, turns in enumerate(found.flips):
        for e in turns.diversities:
            median = turns.median(e)
            if np.isfinite(median.estimate):
                high = median.high if np.isfinite(median.high) else median.estimate
                axes.errorbar(
                    e, median.estimate, yerr=[[median.estimate - median.low], [high - median.estimate]],
                    color=COLOURS[i], marker=MARKERS[i], capsize=2, elinewidth=0.9, linestyle="none",
                    label=f"{turns.width} ReLU, median" if e == turns.diversities[0] else None,
                )  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("diversity ε")
    axes.set_ylabel("updates until it turns")
    axes.set_title("(c) When it turns to the coin")
    _legend(axes)


def _outcome(axes: Axes, found: Found) -> None:
    atlas = found.atlas[0]
    for i, e in enumerate(atlas.block.diversities):
        here = sorted(each.difference.estimate for each in atlas.pairs if each.diversity == e)
        spread = np.linspace(-0.3, 0.3, len(here)) if len(here) > 1 else [0.0]
        axes.plot(i + np.asarray(spread), here, ".", color="0.55", markersize=2.5, zorder=1)
        mean = atlas.means[e].mean()
        error = 1.96 * atlas.means[e].std(ddof=1) / np.sqrt(len(atlas.means[e]))
        axes.errorbar(
            i, mean, yerr=error, color=COLOURS[1], marker="s", capsize=3, zorder=3,
            label="mean of the grid" if i == 0 else None,
        )  # fmt: skip
    axes.plot([], [], ".", color="0.55", label="one pair of cells")
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set_xticks(range(len(atlas.block.diversities)), [f"{e:g}" for e in atlas.block.diversities])
    axes.set_xlabel("diversity ε")
    axes.set_ylabel("q outcome − q cloning")
    axes.set_title(f"(d) Atlas, L = {atlas.block.length}, {found.atlas_updates:,} updates")
    _legend(axes)


def _enough(axes: Axes, found: Found) -> None:
    top = 0.0
    for i, line in enumerate(found.enough):
        smallest = np.array([line.smallest(t) for t in line.times])
        known = np.isfinite(smallest)
        largest = max(e for e, _ in line.walks)
        top = max(top, largest)
        shift = 1.03 ** (i - len(found.enough) / 2)
        axes.plot(
            np.array(line.times)[known], smallest[known] * shift, color=COLOURS[i], linestyle=LINES[i % 4],
            marker=MARKERS[i], label=line.name,
        )  # fmt: skip
        none = np.array(line.times)[~known]
        axes.plot(none, np.full(len(none), 2 * largest * shift), color=COLOURS[i], marker=MARKERS[i],
                  markerfacecolor="none", linestyle="none")  # fmt: skip
    axes.axhline(TWO, color="black", linewidth=0.8, linestyle=":")
    axes.text(1.0, TWO * 1.05, "2 %", transform=axes.get_yaxis_transform(), ha="right", fontsize=SMALL)
    axes.text(1.0, 2.45 * top, "hollow: none of the grid", transform=axes.get_yaxis_transform(),
              ha="right", fontsize=SMALL)  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(top=4.5 * top)
    times = sorted({t for line in found.enough for t in line.times})
    axes.set_xticks(times, [f"{t:,}" for t in times])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("updates of cloning")
    axes.set_ylabel("smallest ε with q < 5 %")
    axes.set_title("(e) Enough diversity, all networks")
    _legend(axes)


def _lovers(axes: Axes, found: Found) -> None:
    for row, each in enumerate(found.near):
        parts = (each.last.toward, each.last.neither, each.last.away)
        total = max(each.last.networks, 1)
        left = 0.0
        names = ("to the coin", "exactly 0", "away")
        for part, name, grey, hatch in zip(
            parts, names, ("0.35", "1", "0.82"), ("", "////", ""), strict=True
        ):
            axes.barh(
                row, part / total, left=left, color=grey, hatch=hatch, edgecolor="0.2", linewidth=0.5,
                height=0.55, label=name if row == 0 else None,
            )  # fmt: skip
            left += part / total
        interval = lovers.toward(each.last, 0.95)
        axes.errorbar(interval.estimate, row, xerr=_error(interval), color=COLOURS[1], capsize=3)
    axes.axvline(lovers.MAJORITY, color="black", linestyle="--", linewidth=1)
    labels = [each.member.name.replace(", σ", ",\nσ") for each in found.near]
    axes.set_yticks(range(len(found.near)), labels)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of networks")
    axes.set_title("(f) ε = 0: a majority to the coin?")
    _legend(axes, 3)
