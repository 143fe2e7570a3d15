"""The sections of the report, and its numbers for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....sim.runfile import Run
from ..claim import Section
from . import arms_found, places_found
from .arms import kept
from .arms_report import long_run, two_arms
from .flows import FLOWS
from .places_report import before_and_beside, competence, rare_triggers
from .settings import Settings
from .surprises import surprises
from .words import number


def sections(runs: Mapping[str, Run], settings: Settings) -> list[Section]:
    """All of them, in order."""
    return [
        surprises(runs, settings),
        two_arms(runs, settings),
        long_run(settings),
        rare_triggers(runs["trigger"], settings),
        competence(runs["ladder"], settings),
        before_and_beside(runs, settings),
        _simulated(runs, settings),
    ]


def _simulated(runs: Mapping[str, Run], settings: Settings) -> Section:
    one, together = places_found.numerical_error(runs, settings)
    return Section(
        "How a catastrophe is simulated",
        (
            "Nobody dies in the simulation. A learner that has met the catastrophe learns no more, so "
            "that what would have come after does not matter to whether it met it. Given the policies on "
            "its way, a learner survives T updates with probability Π (1 − c x_t), where x_t is the "
            "probability that it takes the irreversible act in the episode of update t. That is an "
            "expectation over the draws of the catastrophe (Rao and Blackwell): the same mean as drawing "
            "them, with less variance. Where acts are drawn and learnt from, the draws themselves are the "
            "exposure: (1 − c)^V, with V how often training took the act.",
            "Policies are recorded at some updates and are taken to change evenly between them. With half "
            "of the records, no probability of a network beyond two arms moves by more than "
            f"{number(one)}, and no condition's mean by more than {number(together)}. On two arms, where "
            "exposure only falls, the limits hold whatever happens between records.",
            "Networks whose weights became infinite, counted in every condition: "
            f"{places_found.diverged(runs)}. They are left out of intervals.",
        ),
    )


def measured(runs: Mapping[str, Run], settings: Settings) -> dict[str, Any]:
    """What no point has, as numbers."""
    tails = arms_found.tails(runs["arms"])
    one, together = places_found.numerical_error(runs, settings)
    return {
        "tail_ends_at": {name: {"update": each.end, "bad": each.bad} for name, each in tails.items()},
        "starts_kept": {rule: list(kept(settings, rule)) for rule in FLOWS},
        "risk_before_correction": {
            told: {f"{hazard:g}": float(each.middle) for hazard, each in by_hazard.items()}
            for told, by_hazard in arms_found.told_risks(runs["arms"], settings).items()
        },
        "dangerous_acts": {
            name: [float(np.nanmean(values)) for values in acts]
            for name, acts in places_found.meetings(runs["trigger"], settings).items()
        },
        "numerical_error": {"of_a_network": one, "of_a_mean": together},
        "diverged": places_found.diverged(runs),
    }
