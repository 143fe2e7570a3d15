"""The panels of the figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from ....sim.runfile import Run
from ...style import look
from ..exposure import followed
from ..words import CONFIDENCE
from . import arms_found, ladders
from . import triggers as contexts
from .arms import kept, named
from .exposure import bad_odds, falling_total
from .flows import EVEN, FLOWS, catastrophe, exposure_by, exposure_until
from .places_found import (
    Pair,
    blocker_pairs,
    difference,
    forgetting_pairs,
    mean,
    meetings,
    penalty_pairs,
    pretraining_pairs,
)
from .settings import Settings

SHOWN = ("all_actions", "normalised", "cross_entropy", "unlikelihood", "reward", "squared_error", "entropy")
"""Rules of the panels that have no room for all."""

LEAST = -3.0
"""Exponents below this are drawn at the edge."""

Axes = Any


def _power(value: float, _: int) -> str:
    """10ⁿ in letters, since the style has no mathematics; nothing between powers."""
    power = np.log10(value)
    if abs(power - round(power)) > 1e-6:
        return ""
    digits = str(round(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{value:g}" if 0 <= power <= 2 else f"10{digits}"


def _logarithmic(*axes: Any) -> None:
    """Powers of ten on an axis."""
    for axis in axes:
        axis.set_major_formatter(FuncFormatter(_power))
        axis.set_minor_formatter(NullFormatter())


def _below(axes: Axes, columns: int) -> None:
    """A legend under the axis."""
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.45, -0.22),
        ncols=columns,
        frameon=False,
        fontsize=6.5,
        handlelength=2.4,
    )


def risk_in_time(axes: Axes, run: Run, settings: Settings) -> None:
    """P by T: closed forms as lines, simulation as markers."""
    start = settings.starts[min(1, len(settings.starts) - 1)]
    hazard = sorted(settings.hazards)[(len(settings.hazards) - 1) // 2]
    for rule in (name for name in SHOWN if start in kept(settings, name)):
        style = look(SHOWN.index(rule))
        times, odds = bad_odds(run, named(rule, start))
        at = np.unique(np.geomspace(1, settings.updates, 9).astype(int))
        line = np.unique(np.geomspace(1, settings.updates, 60).astype(int))
        closed = [catastrophe(exposure_by(rule, start, int(t), settings.h), hazard) for t in line]
        found = [
            -np.expm1(-falling_total(*arms_found.until(times, -np.log1p(-hazard * np.exp(odds)), t)).middle)
            for t in at
        ]
        axes.plot(line, closed, color=style.colour, linestyle=style.line, lw=1.2)
        axes.plot(at, found, color=style.colour, linestyle="", marker=style.marker, ms=3.5)
        axes.plot(
            [],
            [],
            color=style.colour,
            linestyle=style.line,
            marker=style.marker,
            ms=3.5,
            label=FLOWS[rule].title,
        )
    axes.set(xscale="log", xlabel="updates T", ylabel="P(catastrophe by T)", ylim=(-0.03, 1.03))
    _logarithmic(axes.xaxis)
    axes.set_title(f"a  Two arms, ε = {start:g}, c = {hazard:g}")
    _below(axes, 2)


def tails(axes: Axes, run: Run) -> None:
    """Exponents of the tail against −1."""
    found = arms_found.tails(run)
    axes.axvspan(LEAST, -1.1, color="0.93", lw=0)
    axes.axvspan(-1.1, -0.9, color="0.8", lw=0)
    for row, each in enumerate(found.values()):
        low, high = max(each.low, LEAST), max(each.high, LEAST)
        axes.plot([low, high], [row, row], color="black", lw=1.2)
        if each.slope < LEAST:
            axes.plot(LEAST, row, marker="<", color="black", ms=5, clip_on=False)
        else:
            axes.plot(each.slope, row, marker="o", color="black", ms=4)
    axes.set_yticks(range(len(found)), found, fontsize=6.5)
    axes.set(xlim=(LEAST, 0.15), ylim=(len(found) - 0.4, -0.6), xlabel="exponent of π_bad in time")
    axes.set_title("b  Exposure converges below −1")
    axes.grid(axis="y", visible=False)


def hazards(axes: Axes, run: Run, settings: Settings) -> None:
    """The act's probability in an episode, while a ladder is learnt."""
    heights = (0, settings.rungs)
    cells = [(act, steps, "costs") for act, steps in ladders.climbs(settings) if steps in heights]
    cells += [("another", settings.rungs, "goes unnoticed")]
    least = 1.0
    for index, cell in enumerate(cells):
        style, name = look(index), ladders.beginner(*cell)
        times, rates = followed(run, "attempts", name)
        middle = np.nanmean(rates, axis=0)
        half = 1.96 * np.nanstd(rates, axis=0, ddof=1) / np.sqrt(len(rates))
        x = times + 1
        axes.fill_between(
            x, np.maximum(middle - half, 1e-9), middle + half, color=style.colour, alpha=0.2, lw=0
        )
        marks = {"marker": style.marker, "ms": 3.5, "markevery": 0.12}
        axes.plot(x, middle, color=style.colour, linestyle=style.line, label=name, **marks)
        least = min(least, float(middle.min()))
    axes.set(xscale="log", yscale="log", xlabel="updates + 1", ylim=(least / 3, 1.5))
    axes.set_ylabel("irreversible acts / episode")
    _logarithmic(axes.xaxis, axes.yaxis)
    axes.set_title("c  Only the competent get there")
    _below(axes, 1)


def triggers(axes: Axes, run: Run, settings: Settings) -> None:
    """Dangerous acts in the first meetings, against how rare these are."""
    for index, (name, acts) in enumerate(meetings(run, settings).items()):
        style = look(index)
        if name == contexts.TABLE:
            middle = acts[:, 0]
            axes.plot(settings.rarities, middle, color="0.4", linestyle=":", marker="x", label=name)
            continue
        found = [mean(values, CONFIDENCE) for values in acts]
        middle = np.array([each.estimate for each in found])
        error = [[each.estimate - each.low for each in found], [each.high - each.estimate for each in found]]
        axes.errorbar(
            settings.rarities,
            middle,
            error,
            color=style.colour,
            linestyle=style.line,
            marker=style.marker,
            capsize=2,
            label=name,
        )
    axes.set(xscale="log", yscale="log", xlabel="r, probability of the trigger (rarer to the right)")
    axes.set_ylabel("dangerous acts")
    axes.invert_xaxis()
    _logarithmic(axes.yaxis)
    axes.set_xticks(settings.rarities, [f"{rarity:g}" for rarity in settings.rarities])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_title(f"d  In the first {settings.meetings} meetings")
    _below(axes, 1)


def differences_shown(settings: Settings) -> int:
    """Rows of `differences`."""
    cells = (contexts.elsewhere_cells, ladders.blocked_cells, ladders.rewarded_cells)
    return 2 * len(ladders.climbs(settings)) + sum(len(each(settings)) for each in cells)


def _groups(runs: Mapping[str, Run], settings: Settings) -> dict[str, Mapping[str, Pair]]:
    """What is compared, by title."""
    ladder, trigger = runs["ladder"], runs["trigger"]
    return {
        "every act costs − no signal": penalty_pairs(ladder, settings, "costs"),
        "fatal ones cost − no signal": penalty_pairs(ladder, settings, "costs when fatal"),
        "trained elsewhere − left alone": forgetting_pairs(trigger, settings, True)
        | forgetting_pairs(trigger, settings, False),
        "after a blocker − beginner": blocker_pairs(runs, settings, False)
        | blocker_pairs(runs, settings, True),
        "after demonstrations − beginner": pretraining_pairs(runs, settings),
    }


def differences(axes: Axes, runs: Mapping[str, Run], settings: Settings) -> None:
    """Differences in P that what came before, or what came with it, makes."""
    axes.axvspan(-0.05, 0.05, color="0.88", lw=0)
    row, ticks = 0.0, {}
    for index, (title, pairs) in enumerate(_groups(runs, settings).items()):
        style = look(index)
        axes.text(1.02, row + (len(pairs) - 1) / 2, title.replace(" − ", "\n− "), fontsize=7, va="center")
        for name, pair in pairs.items():
            found = difference(pair, CONFIDENCE)
            axes.plot([found.low, found.high], [row, row], color=style.colour, lw=2)
            fill = "white" if pair.silent else style.colour
            axes.plot(
                found.estimate, row, color=style.colour, marker=style.marker, ms=4.5, markerfacecolor=fill
            )
            ticks[row] = name
            row += 1
        row += 0.6
    axes.set_yticks(list(ticks), list(ticks.values()), fontsize=6.5)
    axes.set(
        xlim=(-1, 1),
        ylim=(row - 0.9, -0.7),
        xlabel="difference in P(catastrophe), 95 % interval; hollow: both near 0, or near 1",
    )
    axes.set_title("e  What comes before and beside")
    axes.grid(axis="y", visible=False)


def exposures(axes: Axes, run: Run, settings: Settings) -> None:
    """Exposure until p > ½ against ε."""
    line = np.geomspace(settings.starts[-1], settings.starts[0], 40)
    for index, rule in enumerate(SHOWN):
        style, starts = look(index), kept(settings, rule)
        closed = [exposure_until(rule, float(start), EVEN, settings.h) for start in line]
        found = [arms_found.exposure_until_even(run, named(rule, start)).middle for start in starts]
        axes.plot(line, closed, color=style.colour, linestyle=style.line, lw=1.2)
        axes.plot(starts, found, color=style.colour, linestyle="", marker=style.marker)
        axes.plot(
            [], [], color=style.colour, linestyle=style.line, marker=style.marker, label=FLOWS[rule].title
        )
    axes.set(xscale="log", yscale="log", xlabel="ε, initial probability of the good act")
    axes.set_ylabel("Σ π_bad until p > ½ (updates)")
    _logarithmic(axes.xaxis, axes.yaxis)
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=7)
