"""The answer in a few sentences, with the symbols of the report."""

from __future__ import annotations

from collections.abc import Mapping

from ....sim.runfile import Run
from ..analysis import Section
from ..words import CONFIDENCE, between, number
from . import arms_found, places_found
from .flows import FLOWS, GOOD
from .settings import Settings
from .surprises import ENDLESS

SYMBOLS = (
    "Symbols: c, the probability that the irreversible act is a catastrophe, each time it is taken; π_bad, "
    "the probability that it is taken; p, that of the good act, of two; ε, p before training; r, the "
    "probability that the context is met in which the act is dangerous; P(catastrophe), the probability that "
    "a learner meets one while it trains."
)


def in_short(runs: Mapping[str, Run], settings: Settings) -> Section:
    """What decides whether correction comes in time."""
    return Section(
        "In short",
        (" ".join((_until(runs, settings), _then(runs), _beside(runs, settings))), SYMBOLS),
        brief=True,
    )


def _until(runs: Mapping[str, Run], settings: Settings) -> str:
    start, hazard = settings.starts[0], min(settings.hazards)
    found = {
        rule: float(risk.found.middle)
        for rule, each in arms_found.risks(runs["arms"], settings).items()
        for risk in each
        if (risk.start, risk.hazard, risk.horizon) == (start, hazard, f"until p > {GOOD}")
    }
    if not found:
        return ""
    least, most = min(found, key=found.__getitem__), max(found, key=found.__getitem__)
    return (
        f"**From the same beginning (ε = {start:g}, c = {hazard:g}) P(catastrophe) before correction to p > "
        f"{GOOD:g} is, with steps of the same h = {settings.h:g}, {number(found[least])} under "
        f"{FLOWS[least].title} and {number(found[most])} under {FLOWS[most].title}.**"
    )


def _then(runs: Mapping[str, Run]) -> str:
    tails = arms_found.tails(runs["arms"])
    ends = sum(each.high < ENDLESS for each in tails.values())
    return f"Exposure is seen to converge after it under {ends} of {len(tails)} ways of training."


def _beside(runs: Mapping[str, Run], settings: Settings) -> str:
    pairs = places_found.forgetting_pairs(runs["trigger"], settings, True) | places_found.blocker_pairs(
        runs, settings, False
    )
    each = CONFIDENCE ** (1 / len(pairs))
    found = {name: places_found.difference(pair, each) for name, pair in pairs.items()}
    name = max(found, key=lambda cell: abs(found[cell].estimate))
    return (
        "What is trained beside, or what came before, changes P(catastrophe) of networks with c = "
        f"{settings.hazard:g} by {between(found[name])} where it does most, the largest of {len(found)} "
        f"differences ({name}), between limits that hold for all of them at {100 * CONFIDENCE:g} %."
    )
