"""The claim at a glance, and exposure against where training began."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib
from matplotlib.figure import Figure

from ....sim.runfile import Run
from ...style import STYLE
from . import panels
from .settings import Settings


def figure(runs: Mapping[str, Run], settings: Settings) -> Figure:
    """What two arms risk and how it ends; then ladders, triggers, and what training before and after does."""
    with matplotlib.rc_context(STYLE):
        page = Figure(figsize=(7.0, 9.3), layout="constrained")
        grid = page.add_gridspec(3, 2, height_ratios=[2.9, 2.6, 3.6])
        panels.risk_in_time(page.add_subplot(grid[0, 0]), runs["closed"], settings)
        panels.tails(page.add_subplot(grid[0, 1]), runs["tail"])
        panels.hazards(page.add_subplot(grid[1, 0]), runs["ladder"], settings)
        panels.triggers(page.add_subplot(grid[1, 1]), runs["trigger"], settings)
        panels.differences(page.add_subplot(grid[2, :]), runs, settings)
    return page


def starts(runs: Mapping[str, Run], settings: Settings) -> Figure:
    """Exposure until p > ½ against ε."""
    with matplotlib.rc_context(STYLE):
        page = Figure(figsize=(4.6, 3.2), layout="constrained")
        panels.exposures(page.add_subplot(), runs["closed"], settings)
    return page
