"""The report's sections: every number in them is computed from the run."""

from __future__ import annotations

from ..analysis import Section
from .answer import answer
from .experiments import SQUARED
from .findings import Findings
from .on_one import laws, lost_for_good, sampled_and_layers, survival
from .on_several import neighbours, several
from .settings import Settings
from .surprises import surprises


def sections(found: Findings, settings: Settings) -> tuple[Section, ...]:
    """After the points."""
    return (
        answer(found),
        laws(found),
        sampled_and_layers(found),
        survival(found),
        lost_for_good(found),
        several(found),
        neighbours(found),
        surprises(found),
        _reading(settings),
    )


def _reading(settings: Settings) -> Section:
    return Section(
        "How to read this",
        (
            f"Updates were capped at {settings.cap:,} with exact gradients, {settings.sampled_cap:,} with "
            f"sampled episodes, {settings.shaped_cap:,} in hidden layers and {settings.updates:,} in worlds "
            "of several states. What was not corrected by then is censored and counts as slower than all "
            "others, as do networks whose weights were not finite; where a median needs it, a limit is "
            "infinite.",
            "Hidden layers were taught the bad action by scores of all actions and stopped when the good "
            "one fell below ε. The ε of such a row is the geometric mean of what they began with.",
            f"Over the states of a world gaps vary by a factor of up to {settings.gaps:g}, visits by "
            f"{settings.visits:g}, the initial probability of the good action by {settings.odds:g}. With "
            "other ranges R² would be divided otherwise. Alignment stands for what a network shares: the "
            "squared gradient of a behaviour's own log-odds, and the push that the others, by their gaps "
            "and visits, give it at first. Table and layer are compared in the same worlds, but rates in the "
            f"layer are divided by {SQUARED['layer']:g}, about what a squared gradient is larger by there, "
            "so what differs between them is consistent with shared weights, not proved to be theirs alone.",
        ),
    )
