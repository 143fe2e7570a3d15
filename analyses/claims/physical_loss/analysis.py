"""From the runs to estimates, report and figures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ....sim.runfile import Run
from ..analysis import Analysis
from .arms import SECURE, arms
from .boundary import beyond
from .estimates import captured, mean, paid, pooled, pressed, sought, undemonstrated, unexplored
from .experiments import places, rare_place
from .figure import grid_figure, rise_figure
from .measured import Cell, Channels, cell
from .probes import Probed, probed
from .report import sections
from .settings import Settings

FOLLOWERS = ("outcome", "prediction")
"""Of the losses with lamps: those that are paid for what follows by the register."""


def analyse(runs: Mapping[str, Run], settings: Settings) -> Analysis:
    """What the grid, the far register and the lamps come to."""
    grid = runs["grid"]
    cells = {arm.name: [cell(grid, arm.name, place) for place in places(settings)] for arm in arms(settings)}
    far = {name: cell(runs["rare"], name, rare_place(settings)) for name in settings.shown}
    lamps = probed(runs["lamps"])
    channels = Channels(grid)
    read = {name: channels.corruptible(name, places(settings)[0]) for name in cells}
    return Analysis(
        estimates={
            "secure": {name: mean(pooled(cells[name])) for name in SECURE},
            "paid": paid(cells, settings),
            "sought": sought(cells),
            "pressed_credited": pressed(cells, settings, credited=True),
            "pressed_uncredited": pressed(cells, settings, credited=False),
            "unexplored": unexplored(far),
            "capture": captured(cells),
            "undemonstrated": undemonstrated(grid, cells["imitation"], settings),
            "pursuit": {name: mean(lamps[name].pursuit) for name in FOLLOWERS},
        },
        figure=grid_figure(cells, read),
        figures={"rise": rise_figure(grid, settings)},
        sections=[*sections(cells, far, lamps, read, settings), beyond(runs["boundary"], settings)],
        measured=measured(cells, far, lamps, read),
    )


def measured(
    cells: Mapping[str, list[Cell]],
    far: Mapping[str, Cell],
    lamps: Mapping[str, Probed],
    read: Mapping[str, tuple[str, ...]],
) -> dict[str, object]:
    """The whole grid as numbers."""
    return {
        "grid": [
            {
                "loss": name,
                "reads": list(read[name]),
                "place": each.place.name,
                "special": np.nanmean(each.special),
                "tampers": np.nanmean(each.tampers),
                "works": np.nanmean(each.works),
                "captured": np.nanmean(each.captured),
                "met": None if np.isnan(each.met) else each.met,
                "dose": np.nanmean(each.dose),
                "captured_dummy": np.nanmean(each.captured_dummy),
                "same_weights": each.same,
                "diverged": each.diverged,
            }
            for name, found in cells.items()
            for each in found
        ],
        "never_explored": {name: int((each.explored == 0).sum()) for name, each in far.items()},
        "lamps": {name: each.means for name, each in lamps.items()},
    }
