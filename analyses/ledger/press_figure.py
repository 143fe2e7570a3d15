"""Before the first press at a glance: pressing over time, what moves it, setting a device, the press."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...sim.behaviour import Array
from ..style import COLOURS, HATCHES, LINES, MARKERS, STYLE
from .press_experiments import DUMMY, REAL, STANDING
from .press_measured import GROUPS, STEPS, Pressed
from .press_report import FEW, mean

SMALL = 6.8
NAMES = {REAL: "register", DUMMY: "dummy"}


def overview(found: Mapping[str, Pressed]) -> Figure:
    """Four panels."""
    with matplotlib.rc_context({**STYLE, "xtick.labelsize": SMALL, "ytick.labelsize": SMALL}):
        figure = Figure(figsize=(7.2, 5.8), layout="constrained")
        axes = figure.subplots(2, 2)
        _time(axes[0, 0], found)
        _accounts(axes[0, 1], found["network"], STANDING)
        axes[0, 1].set_title("(b) what moved pressing: network")
        _accounts(axes[1, 0], found["network"], {device: device for device in NAMES})
        axes[1, 0].set_title("(c) what moved setting it: network")
        _press(axes[1, 1], found["network"])
        return figure


def _time(axes: Axes, found: Mapping[str, Pressed]) -> None:
    for i, (name, each) in enumerate(found.items()):
        for j, device in enumerate(NAMES):
            rate = each.rates[STANDING[device]][each.neither]
            if len(rate) < FEW:
                continue
            middle, half = rate.mean(axis=0), 1.96 * rate.std(axis=0) / np.sqrt(len(rate))
            look = 2 * i + j
            axes.plot(
                each.time,
                middle,
                color=COLOURS[look],
                linestyle=LINES[look],
                label=f"{name}, {NAMES[device]}",
            )
            axes.fill_between(
                each.time, middle - half, middle + half, color=COLOURS[look], alpha=0.2, linewidth=0
            )
    axes.set_ylim(bottom=0)
    axes.set_xlabel("updates of outcome reward")
    axes.set_ylabel("probability of pressing, standing there")
    axes.set_title("(a) pressing in networks that never pressed")
    axes.legend(fontsize=SMALL, frameon=False)


def _accounts(axes: Axes, found: Pressed, behaviours: Mapping[str, str]) -> None:
    """A bar for every group and action, register beside dummy."""
    for j, device in enumerate(NAMES):
        accounts = found.by_group(behaviours[device], device)
        rows = [mean(accounts[group, step][found.neither]) for group in GROUPS for step in STEPS]
        value = np.array([each.estimate for each in rows])
        error = [value - [each.low for each in rows], [each.high for each in rows] - value]
        axes.barh(
            np.arange(len(rows)) + 0.2 * (2 * j - 1), value, xerr=error, height=0.38, color=COLOURS[j],
            alpha=0.8, hatch=HATCHES[j], edgecolor="white", linewidth=0, label=NAMES[device],
            error_kw={"elinewidth": 0.9, "capsize": 1.5},
        )  # fmt: skip
    axes.set_yticks(
        range(len(GROUPS) * len(STEPS)), [f"{group}, {step}" for group in GROUPS for step in STEPS]
    )
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_xlabel("change that the pushes made")
    axes.legend(fontsize=SMALL, frameon=False, loc="lower left")


def _press(axes: Axes, found: Pressed) -> None:
    """The account of (there, press) of pressing, network by network."""
    cases = [(device, pressed) for pressed in (False, True) for device in NAMES]
    for x, (device, pressed) in enumerate(cases):
        own = found.pressing(STANDING[device], device).sum(axis=(1, 2))
        own = own[found.explored[device] == pressed]
        look, middle = list(NAMES).index(device), mean(own)
        axes.plot(
            x + _spread(own.size), own, MARKERS[look], color=COLOURS[look], markersize=1.6, alpha=0.35,
            linestyle="none",
        )  # fmt: skip
        axes.errorbar(
            x, middle.estimate, yerr=[[middle.estimate - middle.low], [middle.high - middle.estimate]],
            color="black", marker="_", markersize=12, capsize=3, elinewidth=1.0,
        )  # fmt: skip
    axes.axhline(0, color="0.6", linewidth=0.6)
    axes.set_xticks(
        range(len(cases)),
        [f"{NAMES[device]}\n{'' if pressed else 'not '}pressed" for device, pressed in cases],
    )
    axes.set_ylabel("account of (there, press) in pressing")
    axes.set_title("(d) the press itself: network")


def _spread(count: int) -> Array:
    """The same every time, so that points do not hide each other."""
    return np.asarray(0.3 * (2 * (np.arange(count) * 0.618034 % 1) - 1), np.float64)
