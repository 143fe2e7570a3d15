"""From the runs to estimates, figures and the sections of the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....sim.runfile import Run
from ..analysis import Analysis
from . import atlas, enough, flips, grid, lasting, lovers, matched, stopping
from .figure import overview
from .found import Found
from .phases import phases
from .report import sections
from .settings import Settings


def analyse(runs: Mapping[str, Run], settings: Settings) -> Analysis:
    """Every part, and what the claim's points ask."""
    found = Found(
        rate=settings.rate,
        atlas_updates=settings.atlas.updates,
        matched=matched.measure(runs, settings),
        stopping=stopping.measure(runs["stopping"], settings),
        lasting=lasting.measure(runs["lasting"], settings),
        linear=flips.linear(runs["linear"], settings),
        flips=flips.measure(runs["flips"], settings),
        atlas=atlas.measure(runs, settings),
        grid=grid.measure(runs["grid"], settings),
        enough=enough.measure(runs["enough"], settings),
        scan=lovers.scan(runs["scan"], settings),
        near=lovers.near(runs["near"], settings),
    )
    both, loss = matched.estimates(found.matched)
    late, competent = lasting.estimates(found.lasting)
    estimates = {
        "matched": both,
        "by_loss": loss,
        "outcome": atlas.estimates(found.atlas),
        "outcome_late": late,
        "outcome_competent": competent,
        "stopping": stopping.estimates(found.stopping),
        "flips": flips.estimates(found.flips),
        "enough": enough.estimates(found.enough),
        "lovers": lovers.estimates(found.near),
    }
    return Analysis(
        estimates, overview(found), sections(found, settings), {"phases": phases(found)}, _measured(found)
    )


def _measured(found: Found) -> dict[str, Any]:
    """Numbers that no point has."""
    return {
        "atlas": {
            f"L = {each.block.length}": {"counts": each.counts(), "decided": each.decided()}
            for each in found.atlas
        },
        "linear_flips": dict(zip(map(str, found.linear.diversities), found.linear.found, strict=True)),
        "linear_slope_at_small_diversity": found.linear.last_slope,
        "smallest_diversity": {
            line.name: {str(t): line.smallest(t) if line.smallest(t) <= 1 else None for t in line.times}
            for line in found.enough
        },
        "nearest_of_scan": {
            "member": found.scan[0].member.name,
            "toward": found.scan[0].toward,
            "neither": found.scan[0].last.neither,
        },
    }
