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
        lowest = 1.0 + 0.12 * panels.differences_shown(settings)
        page = Figure(figsize=(7.0, 5.7 + lowest), layout="constrained")
        rows = page.subfigures(3, 1, height_ratios=[2.95, 2.75, lowest], squeeze=False)[:, 0]
        top, middle = rows[0].subplots(1, 2), rows[1].subplots(1, 2)
        panels.risk_in_time(top[0], runs["arms"], settings)
        panels.tails(top[1], runs["arms"])
        panels.hazards(middle[0], runs["ladder"], settings)
        panels.triggers(middle[1], runs["trigger"], settings)
        panels.differences(rows[2].subplots(), runs, settings)
    return page


def starts(runs: Mapping[str, Run], settings: Settings) -> Figure:
    """Exposure until p > ½ against ε."""
    with matplotlib.rc_context(STYLE):
        page = Figure(figsize=(4.6, 3.2), layout="constrained")
        panels.exposures(page.add_subplot(), runs["arms"], settings)
    return page
