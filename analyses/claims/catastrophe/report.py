"""The sections of the report, and its numbers for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....sim.runfile import Run
from ..analysis import Section
from ..words import CONFIDENCE, between, number
from . import arms_found, places_found
from .arms import kept
from .arms_report import long_run, neutral, told, two_arms
from .deaths import drawn_deaths
from .flows import FLOWS
from .in_short import in_short
from .places_report import before_and_beside, competence, rare_triggers
from .settings import Settings
from .surprises import surprises


def sections(runs: Mapping[str, Run], settings: Settings) -> list[Section]:
    """All of them, in order."""
    return [
        in_short(runs, settings),
        surprises(runs, settings),
        two_arms(runs, settings),
        told(runs["arms"], settings),
        neutral(runs["acts"], settings),
        long_run(settings),
        rare_triggers(runs["trigger"], settings),
        competence(runs["ladder"], settings),
        before_and_beside(runs, settings),
        _simulated(runs, settings),
    ]


def _simulated(runs: Mapping[str, Run], settings: Settings) -> Section:
    one, together = places_found.numerical_error(runs, settings)
    drawn = drawn_deaths(runs["ladder"], settings)
    return Section(
        "How a catastrophe is simulated",
        (
            "No weights are changed by a catastrophe. A learner that has met the catastrophe learns no more, "
            "so that what would have come after does not matter to whether it met it. Given the policies on "
            "its way, a learner survives T updates with probability Π (1 − c x_t), where x_t is the "
            "probability that it takes the irreversible act in the episode of update t. That is an "
            "expectation over the draws of the catastrophe (Rao and Blackwell): the same mean as drawing "
            "them, with less variance. Where acts are drawn and learnt from, the draws themselves are the "
            "exposure: (1 − c)^V, with V how often training took the act.",
            f"To see that it is the same, catastrophes are drawn too, at each update of {drawn.learners:,} "
            f"learners ({drawn.name}): of these {number(drawn.died)} met one, where {number(drawn.expected)} "
            f"are expected; the difference is {between(drawn.difference(CONFIDENCE))}, between limits of "
            f"{100 * CONFIDENCE:g} % over networks.",
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
    drawn = drawn_deaths(runs["ladder"], settings)
    return {
        "deaths": {"learners": drawn.learners, "drawn": drawn.died, "expected": drawn.expected},
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
