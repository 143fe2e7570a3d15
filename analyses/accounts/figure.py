"""The figure of a ledger: accounts stacked over time, and what each state of the world taught."""

from __future__ import annotations

import textwrap
from math import ceil
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from ...sim.errors import Fault, InvalidInput, nearest
from ..figures import columns_of
from ..style import CAPTION, LABEL, STYLE, TITLE, letters, wrapped
from . import maps, stack
from .asked import booked
from .changes import booked_as
from .history import OTHERS, REST, History, history_of, largest, layers
from .sums import WAYS

if TYPE_CHECKING:
    from ...sim.runfile import Run

STACK, GAP = 2.5, 0.15
"""Inches."""


def draw_ledger(
    run: Run, behaviour: str | None = None, conditions: tuple[str, ...] = (), by: str = "group"
) -> Figure:
    """What taught a behaviour, one column per condition.

    Above, accounts over time, those that raise the behaviour above zero and those that lower it below, and
    the behaviour's own change, which they add up to. Below, the world's states, each with what it taught.

    Args:
        run: what `open_run` gives.
        behaviour: a name from `run.ledger_behaviours`; the first when None.
        conditions: names; all with a ledger of the behaviour when empty.
        by: one of `sums.WAYS`: what an account above stands for.

    Returns:
        A figure that belongs to no window; `figures.save` writes it.

    Raises:
        PopgradError: the run has no ledger.
        InvalidInput: names that the run does not have, or a condition that did not book the behaviour.
    """
    if by not in WAYS:
        raise InvalidInput("ledger", [Fault("by", repr(by), f"one of {', '.join(WAYS)}", nearest(by, WAYS))])
    behaviour, conditions = booked(run, behaviour, conditions)
    histories = [history_of(run, behaviour, condition, by) for condition in conditions]
    with matplotlib.rc_context(STYLE):
        return _compose(run, behaviour, histories, by)


def _compose(run: Run, behaviour: str, histories: list[History], by: str) -> Figure:
    named, columns = largest(histories), columns_of([history.condition for history in histories])
    blocks, width = ceil(len(histories) / columns), {1: 5.2, 2: 3.7}.get(columns, 3.0)
    drawn = [_map(history) for history in histories]
    tallest = max(min((width - 1.0) / each.extent[0] * each.extent[1], 3.2) for each in drawn)
    shown = _shown(histories, named)
    entries = [*stack.handles(shown, named), *maps.handles()]
    across = max(1, int((columns * width + 0.4) / 2.3))
    legend = 0.19 * ceil(len(entries) / across) + 0.1
    heights = [legend, *([STACK, max(tallest, 0.5) + 0.5, GAP] * blocks)[:-1]]
    figure = Figure(figsize=(columns * width + 0.9, sum(heights) + 2.2), layout="constrained")
    grid = figure.add_gridspec(len(heights), columns, height_ratios=heights)
    top = figure.add_subplot(grid[0, :])
    top.axis("off")
    top.legend(handles=entries, ncols=across, loc="center left", frameon=False, handlelength=2.2, borderpad=0)
    most = max((float(np.nanmax(np.abs(each.amounts), initial=0)) for each in drawn), default=0.0)
    limits = _limits(histories, named)
    for k, (history, states) in enumerate(zip(histories, drawn, strict=True)):
        block, column = divmod(k, columns)
        panel = figure.add_subplot(grid[3 * block + 1, column])
        stack.draw_stack(panel, layers(history, named), history.changes, named)
        panel.set(ylim=limits, ylabel="" if column else f"change of\n{_unit(run, behaviour, history)}")
        panel.set_title(wrapped(history.condition, letters(width - 0.2, LABEL + 1)))
        below = figure.add_subplot(grid[3 * block + 2, column])
        maps.draw_map(below, states, most, width - 1.0)
    inches = figure.get_figwidth() - 0.3
    title = textwrap.fill(run.title, letters(inches, TITLE))
    caption = textwrap.fill(_caption(run, behaviour, histories, most, by), letters(inches, CAPTION))
    figure.suptitle(f"{title}\nLedger of {behaviour}", x=0.012, ha="left", fontsize=TITLE)
    figure.supxlabel(caption, x=0.012, ha="left", fontsize=CAPTION, linespacing=1.35)
    return figure


def _map(history: History) -> maps.Map:
    ledger = history.ledger
    return maps.Map(ledger.state_places, ledger.state_names, np.nan_to_num(history.states))


def _shown(histories: list[History], named: list[str]) -> list[str]:
    """The layers that are anywhere other than 0."""
    other = [
        name for name in (OTHERS, REST) if any(np.any(layers(history, named)[name]) for history in histories)
    ]
    return [*named, *other]


def _limits(histories: list[History], named: list[str]) -> tuple[float, float]:
    """The same for every condition, so that stacks can be compared by eye."""
    high = low = 0.0
    for history in histories:
        table = np.nan_to_num(np.stack(list(layers(history, named).values())))
        high = max(high, float(np.maximum(table, 0).sum(axis=0).max()))
        low = min(low, float(np.minimum(table, 0).sum(axis=0).min()))
    margin = 0.05 * (high - low) or 0.05
    return low - margin, high + margin


def _unit(run: Run, behaviour: str, history: History) -> str:
    if booked_as(run, history.condition) == "margin":
        return "log-odds"
    return "probability" if run.is_probability[behaviour] else "expected count per episode"


PUSHED = {
    "pair": "an action in a state",
    "state": "a state",
    "action": "an action",
    "group": "a group of states",
    "group+action": "an action in a group of states",
}


def _caption(run: Run, behaviour: str, histories: list[History], most: float, by: str) -> str:
    meaning = run.meanings.get(behaviour, "").strip().rstrip(".")
    networks = [history.changes.networks for history in histories]
    count = f"{min(networks):,}" + (f" to {max(networks):,}" if min(networks) != max(networks) else "")
    lost = sum(history.changes.diverged for history in histories)
    parts = [
        f"{behaviour}: {meaning}." if meaning else "",
        f"Top: what training on {PUSHED[by]} made of {behaviour}, up to each time:"
        f" mean over {count} networks, what raised it above zero and what lowered it below."
        " Line: its own change, which these add up to, with the pointwise 95 % interval of the mean (band,"
        " Student's t).",
        "Bottom: the states of the world, where it says that they are, each with what all pushes in it"
        f" made of {behaviour} by the end; the darkest is ±{most:.3g}.",
        f"{lost:,} networks diverged and are left out." if lost else "No network diverged.",
    ]
    return " ".join(part for part in parts if part)
