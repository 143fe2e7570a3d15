"""The three panels of one condition: quantiles over time, share above one half, final values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.ticker import EngFormatter, FixedLocator, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from .statistics import Array, Summary
from .style import LABEL, Look

BINS = 20


@dataclass(frozen=True, eq=False)
class Scales:
    """What every panel of a figure shares, so that panels can be compared by eye.

    Args:
        probability: whether rates are probabilities; otherwise expected counts.
        time: (T,), updates done, of all conditions together.
        rate: limits of the axis of rates.
        edges: of the histograms' bins, from 0 to 1 for probabilities.
        most: the largest count of networks in a bin.
        logarithmic: whether networks are counted on a logarithmic axis.
    """

    probability: bool
    time: NDArray[np.int64]
    rate: tuple[float, float]
    edges: Array
    most: int
    logarithmic: bool

    @property
    def unit(self) -> str:
        return "probability" if self.probability else "expected count\nper episode"


def scales_of(summaries: Sequence[Summary], probability: bool) -> Scales:
    """The scales that hold every condition of a figure."""
    edges = np.linspace(*_limits([summary.final for summary in summaries], probability), BINS + 1)
    counts = np.concatenate([histogram(summary, edges) for summary in summaries])
    counts = counts[counts > 0]
    bottom, top = _limits([summary.quantiles.ravel() for summary in summaries], probability)
    margin = 0.04 * (top - bottom)
    return Scales(
        probability=probability,
        time=np.unique(np.concatenate([summary.time for summary in summaries])),
        rate=(bottom - margin, top + margin),
        edges=edges,
        most=int(counts.max(initial=1)),
        # Below a fiftieth of the highest, a bar on a linear axis is a line.
        logarithmic=bool(counts.size) and int(counts.max()) > 50 * int(counts.min()),
    )


def _limits(values: Sequence[NDArray], probability: bool) -> tuple[float, float]:
    """From 0 to the largest value, or to 1 for probabilities; wider where values lie outside."""
    found = np.concatenate(values)
    low, high = float(found.min(initial=0)), float(found.max(initial=0))
    if probability or low == high:
        # float32 sums of probabilities end a rounding beyond 1; weights other than 0 and 1 go further.
        high = high if high > 1 + 1e-6 else 1.0
    return (low if low < -1e-6 else 0.0), high


def histogram(summary: Summary, edges: Array) -> NDArray[np.int64]:
    """How many networks ended in each bin; rounding beyond the ends counts in the outermost bins."""
    return np.histogram(np.clip(summary.final, edges[0], edges[-1]), edges)[0]


def draw(panels: Sequence[Axes], summary: Summary, scales: Scales, look: Look) -> None:
    """Fills the three panels of one condition, from top to bottom."""
    top, middle, bottom = panels
    if summary.time.size:  # an unclipped line without points has no extent, and the layout fails on it
        _band(top, summary.time, summary.quantiles[[0, 4]], look, 0.2)
        _band(top, summary.time, summary.quantiles[[1, 3]], look, 0.4)
        _line(top, summary.time, summary.quantiles[2], look)
        _band(middle, summary.time, summary.interval, look, 0.4)
        _line(middle, summary.time, summary.share, look)
    top.set(ylabel=scales.unit, ylim=scales.rate)
    middle.set(ylabel="share of networks\nabove 1/2", ylim=(-0.04, 1.04), xlabel="updates done")
    for panel in (top, middle):
        panel.axhline(0.5, color="0.45", linewidth=0.7, linestyle=(0, (1, 2)), zorder=1)
        time_axis(panel, scales.time)
    top.tick_params(labelbottom=False)
    _bars(bottom, histogram(summary, scales.edges), scales, look)
    lost = [(summary.diverged, "diverged"), (summary.unfound, "found no weights")]
    if words := ", ".join(f"{count:,} {what}" for count, what in lost if count):
        bottom.set_title(words, loc="right", fontsize=LABEL - 1, color="0.35")
    missing = ("not recorded", "not recorded", "no final values")
    for panel, there, words in zip(panels, (summary.time, summary.time, summary.final), missing, strict=True):
        if not there.size:
            panel.text(0.5, 0.7, words, transform=panel.transAxes, ha="center", fontsize=LABEL, color="0.35")


def _band(panel: Axes, time: NDArray, limits: Array, look: Look, opacity: float) -> None:
    if time.size == 1:  # a band without width would not be seen
        panel.vlines(time, *limits, color=look.colour, alpha=min(1.0, 2 * opacity), linewidth=16 * opacity)
    else:
        panel.fill_between(time, *limits, color=look.colour, alpha=opacity, linewidth=0)


def _line(panel: Axes, time: NDArray, values: Array, look: Look) -> None:
    panel.plot(
        time,
        values,
        color=look.colour,
        linestyle=look.line,
        marker=look.marker,
        markevery=max(1, ceil(time.size / 7)),
        markerfacecolor="white",
        clip_on=False,
    )


def time_axis(panel: Axes, time: NDArray) -> None:
    """From 0 on, linear up to the first update and logarithmic from there where times are log-spaced."""
    panel.xaxis.set_major_formatter(EngFormatter(sep=""))
    first, last = (int(time[time > 0].min(initial=np.iinfo(np.int64).max)), int(time.max(initial=0)))
    if time.size < 2:
        at = int(time[0]) if time.size else 0
        panel.set_xlim(at - 1, at + 1)
        panel.xaxis.set_major_locator(FixedLocator([at]))
    elif np.median(time) < last / 4:
        panel.set_xscale("symlog", linthresh=first, linscale=0.4)
        low, high = ceil(log10(first)), floor(log10(last))
        powers = range(low, high + 1, ceil((high - low + 1) / 4))
        panel.set_xlim(0, last)
        panel.xaxis.set_major_locator(FixedLocator([0, *(10**power for power in powers)]))
        panel.xaxis.set_major_formatter(EngFormatter(sep=""))
        panel.xaxis.set_minor_locator(NullLocator())
    else:
        panel.set_xlim(min(0, int(time[0])), last)
        panel.xaxis.set_major_locator(MaxNLocator(4, integer=True))


def _bars(panel: Axes, counts: NDArray[np.int64], scales: Scales, look: Look) -> None:
    panel.bar(
        scales.edges[:-1],
        counts,
        width=np.diff(scales.edges),
        align="edge",
        facecolor=to_rgba(look.colour, 0.3),
        edgecolor=look.colour,
        hatch=look.hatch,
        linewidth=0.7,
    )
    low, high = scales.edges[0], scales.edges[-1]
    margin = 0.03 * (high - low)
    final = "final probability" if scales.probability else "final count per episode"
    panel.set(xlabel=final, ylabel="networks", xlim=(low - margin, high + margin))
    panel.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    if scales.logarithmic:
        panel.set(yscale="log", ylim=(0.5, 2 * scales.most))
        panel.yaxis.set_major_locator(LogLocator(numticks=5))
        panel.yaxis.set_minor_locator(NullLocator())
    else:
        panel.set_ylim(0, 1.08 * scales.most)
        panel.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    panel.yaxis.set_major_formatter(EngFormatter(sep=""))
