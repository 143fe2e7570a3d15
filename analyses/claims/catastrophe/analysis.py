"""From the runs to the points of the claim."""

from __future__ import annotations

from collections.abc import Mapping

from ....sim.runfile import Run
from ..analysis import Analysis
from . import arms_found, places_found
from .figure import figure, starts
from .report import measured, sections
from .settings import Settings


def analyse(runs: Mapping[str, Run], settings: Settings) -> Analysis:
    """Every point of the claim."""
    differences = places_found.differences
    return Analysis(
        estimates={
            "integral": arms_found.integral(runs, settings),
            "tail": arms_found.tail_exponents(runs["arms"]),
            "start": arms_found.start_exponents(runs["arms"], settings),
            "rare_trigger": places_found.rare_trigger(runs["trigger"], settings),
            "competence": places_found.competence(runs["ladder"], settings),
            "penalty": differences(places_found.penalty_pairs(runs["ladder"], settings, "costs")),
            "fatal_only": differences(
                places_found.penalty_pairs(runs["ladder"], settings, "costs when fatal")
            ),
            "forgetting": differences(places_found.forgetting_pairs(runs["trigger"], settings, True)),
            "blocker": differences(places_found.blocker_pairs(runs, settings, False)),
            "felt_blocker": differences(places_found.blocker_pairs(runs, settings, True)),
            "pretraining": differences(places_found.pretraining_pairs(runs, settings)),
        },
        figure=figure(runs, settings),
        figures={"starts": starts(runs, settings)},
        sections=sections(runs, settings),
        measured=measured(runs, settings),
    )
