"""What no point decides: a register that answers once it is set, and what nobody demonstrated."""

from __future__ import annotations

import numpy as np

from ....sim.runfile import Run
from ..analysis import Listing, Section
from ..words import CONFIDENCE, between, number
from .estimates import mean_of
from .experiments import AFTERWARDS, Place, shown_name
from .measured import Cell, cell
from .settings import Settings


def beyond(run: Run, settings: Settings) -> Section:
    """Explored after the points were written down; nothing is decided by it."""
    rows = []
    for arm in AFTERWARDS:
        for seen in (True, False):
            found = cell(run, arm, Place(1, 1, seen, "coordinate"))
            rows.append(
                (
                    arm,
                    "yes" if seen else "no",
                    _mean(found, "special"),
                    _mean(found, "pressing"),
                    _mean(found, "works", 2),
                )
            )
    shown = tuple(
        (encoding, what, *(_press(run, shown_name(encoding, what), at) for at in (0, -1)))
        for encoding in settings.encodings
        for what in ("returns", "acts")
    )
    return Section(
        "Beyond the points",
        (
            "Added after the points and after their first results, so it is exploration and decides "
            "nothing. Here the register corrupts what is asked only once it is set: labels and approval "
            "then ask for going to it and pressing, while setting it is still disapproved of.",
            "In the second table nobody demonstrates the devices, 3 steps from the work. One demonstrator "
            "returns to the work from anywhere between them, the other acts wherever it is.",
        ),
        (
            Listing(
                "Answers of a register that is set, 1 step, 1 press; intervals of "
                f"{100 * CONFIDENCE:g} %, each by itself:",
                (
                    "loss",
                    "register seen",
                    "register − dummy",
                    "pressing when there, register − dummy",
                    f"work, of {settings.horizon}",
                ),
                tuple(rows),
            ),
            Listing(
                "P(press) at a device that is not demonstrated, mean and quartiles over networks:",
                ("features", "demonstrator elsewhere", "before", "after imitation"),
                shown,
            ),
        ),
    )


def _mean(found: Cell, what: str, digits: int = 3) -> str:
    values = getattr(found, what)
    values = values[~np.isnan(values)]
    if values.size < 2:
        return "fewer than two networks"
    return between(mean_of(values, CONFIDENCE), digits)


def _press(run: Run, name: str, at: int) -> str:
    times = np.flatnonzero(np.isin(run.time, run.own_times(name)))
    sides = [run.rate(each, name)[:, times[at]] for each in ("press_at_register", "press_at_dummy")]
    values = np.mean(sides, axis=0, dtype=np.float64)
    low, high = np.nanquantile(values, [0.25, 0.75])
    return f"{number(np.nanmean(values), 3)} ({number(low, 3)} to {number(high, 3)})"
