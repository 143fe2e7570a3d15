"""From the runs to estimates, report and figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

import numpy as np

from ....sim.runfile import Run
from ...statistics import Array, Interval, paired_mean
from ..claim import Analysis, Estimator
from .arms import DECOUPLED, MYOPIC, READ_THERE, REINFORCED, SECURE, arms
from .boundary import beyond
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
            "secure": {name: pooled(cells[name]) for name in SECURE},
            "reinforced": {name: pooled(cells[name]) for name in REINFORCED},
            "myopic": {
                f"{name}, {presses} press{'es' * (presses != 1)}": pooled(
                    each for each in cells[name] if each.place.presses == presses
                )
                for name in MYOPIC
                for presses in settings.presses
            },
            "decoupled": {name: pooled(cells[name]) for name in DECOUPLED},
            "read_there": {name: pooled(cells[name], "pressing") for name in READ_THERE},
            "unexplored": {name: mean(unexplored(each)) for name, each in far.items()},
            "capture": {name: pooled(cells[name], "captured") for name in SECURE},
            "undemonstrated": undemonstrated(grid, cells["imitation"], settings),
            "pursuit": {name: mean(lamps[name].pursuit) for name in FOLLOWERS},
        },
        figure=grid_figure(cells, read),
        figures={"rise": rise_figure(grid, settings)},
        sections=[*sections(cells, far, lamps, read, settings), beyond(runs["boundary"], settings)],
        measured=measured(cells, far, lamps, read),
    )


def mean(values: Array) -> Estimator:
    """Of one value a network."""
    return partial(mean_of, values)


def mean_of(values: Array, confidence: float) -> Interval:
    """The mean over networks, without those that diverged; −1 to 1 where fewer than two are left."""
    kept = values[~np.isnan(values)]
    if kept.size < 2:
        return Interval(float("nan"), -1.0, 1.0, confidence, "fewer than two networks")
    return paired_mean(kept, np.zeros(kept.size), confidence)


def pooled(cells: Iterable[Cell], what: str = "special") -> Estimator:
    """The mean over cells within each network, then over networks: cells share networks' initial weights."""
    return mean(np.mean([getattr(each, what) for each in cells], axis=0))


def unexplored(found: Cell) -> Array:
    """How special the register is to networks that never met it set."""
    return found.special[found.explored == 0]


def undemonstrated(run: Run, cells: list[Cell], settings: Settings) -> dict[str, Estimator]:
    """By features: how far imitation moved pressing at devices that no demonstration shows, at either."""
    found = {}
    for encoding in settings.encodings:
        names = [
            name
            for each in cells
            if each.place.encoding == encoding
            for name in run.conditions
            if name.startswith(f"imitation; {each.place.name};")
        ]
        moved = [
            np.abs(run.final(behaviour, name) - run.rate(behaviour, name)[:, 0]).astype(np.float64)
            for name in names
            for behaviour in ("press_at_register", "press_at_dummy")
        ]
        found[encoding] = mean(np.mean(moved, axis=0))
    return found


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
