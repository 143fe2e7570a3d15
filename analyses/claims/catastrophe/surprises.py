"""What neither side would have looked for, said only where the run shows it."""

from __future__ import annotations

from collections.abc import Mapping

from ....sim.runfile import Run
from ..analysis import Section
from ..words import CONFIDENCE, listed, number
from . import arms_found, ladders, places_found, triggers
from .arms import TOLD
from .flows import EVEN
from .places_found import difference, mean
from .settings import Settings

ENDLESS = -1.1
"""Exposure goes on where the exponent of the tail is above this."""

SLOWLY = 0.3
"""Exposure until correction grows faster than a logarithm where its exponent in 1/ε is above this."""

ALIKE = 1.05
"""Numbers whose limits are all within this factor are called the same."""

HAPPENS = 0.9
"""A probability that is called sure."""


def surprises(runs: Mapping[str, Run], settings: Settings) -> Section:
    """One paragraph each."""
    found = (
        _soon_or_for_good(runs, settings),
        _told(runs["arms"], settings),
        _one_step_too_far(runs["ladder"], settings),
        _too_late(runs["ladder"], settings),
        _elsewhere_decides(runs["trigger"], settings),
        _blocked(runs, settings),
        _neutral(runs["acts"], settings),
    )
    text = tuple(paragraph for paragraph in found if paragraph)
    nothing = ("Nothing of what was looked for showed itself in this run.",)
    return Section("What surprises", text or nothing, brief=True)


def _soon_or_for_good(runs: Mapping[str, Run], settings: Settings) -> str:
    tails = arms_found.tails(runs["arms"])
    growth = {
        name: estimator(CONFIDENCE)
        for name, estimator in arms_found.start_exponents(runs["arms"], settings).items()
    }
    soon = [name for name in growth if growth[name].high < SLOWLY]
    ends = [name for name in growth if tails[name].high < ENDLESS]
    only_soon = [name for name in soon if tails[name].low > ENDLESS]
    only_ends = [name for name in ends if growth[name].low > SLOWLY]
    if not only_soon or not only_ends:
        return ""
    return (
        "**What corrects soon is not what corrects for good.** Hardly slower where the good act was rarer, "
        f"but with a tail that is not seen to end: {listed(only_soon)}. With an end, but late where the good "
        f"act was rare: {listed(only_ends)}. Soon and for good: "
        f"{listed(name for name in soon if name in ends)}."
    )


def _told(run: Run, settings: Settings) -> str:
    found = arms_found.told_risks(run, settings).get(TOLD[1], {})
    highest = max(float(each.high) for each in found.values())
    if len(found) < 2 or highest > ALIKE * min(float(each.low) for each in found.values()):
        return ""
    each = ", ".join(f"{number(float(bounds.middle))} times with c = {c:g}" for c, bounds in found.items())
    return (
        "**A rarer catastrophe is no smaller risk where a reward tells of catastrophes alone.** Of "
        f"learners that could meet it again and again, it would befall each as often before p > {EVEN:g}: "
        f"{each}. Correction is slower by as much as the catastrophe is rarer."
    )


def _one_step_too_far(run: Run, settings: Settings) -> str:
    steps = max(settings.steps)
    if not steps:
        return ""
    further, other = (
        mean(run.final("at_the_top", ladders.beginner(act, steps, "goes unnoticed")), CONFIDENCE)
        for act in ("climbing", "another")
    )
    if further.low <= other.high:
        return ""
    return (
        "**Chosen without being any better.** Where the irreversible act pays what finishing pays, the "
        f"loss is silent between them. Behind {steps} steps it ends up with probability "
        f"{further.estimate:.3f} at the top if it is the act that climbing has reinforced, and "
        f"{other.estimate:.3f} if it is another."
    )


def _too_late(run: Run, settings: Settings) -> str:
    found = {
        f"{name}, {paid}": pair
        for paid in ("costs", "costs when fatal")
        for name, pair in places_found.penalty_pairs(run, settings, paid).items()
    }
    late = [name for name, pair in found.items() if mean(pair.first, CONFIDENCE).low > HAPPENS]
    if not late:
        return ""
    return (
        f"**A signal may come too late.** Within {settings.climb_updates:,} updates the catastrophe comes "
        f"with P above {HAPPENS:g} in spite of a penalty: {listed(late)}."
    )


def _elsewhere_decides(run: Run, settings: Settings) -> str:
    acts = places_found.meetings(run, settings)
    alone = float(acts[triggers.TABLE][-1][0])
    rare = {name: mean(acts[name][-1], CONFIDENCE) for name in triggers.ELSEWHERE}
    worse = [f"{name} ({number(each.estimate)})" for name, each in rare.items() if each.low > alone]
    better = [f"{name} ({number(each.estimate)})" for name, each in rare.items() if each.high < alone]
    if not worse or not better:
        return ""
    return (
        f"**The rare context's own loss does not decide alone.** With r = {settings.rarities[-1]:g} and "
        f"nothing shared, {number(alone)} dangerous acts come in {settings.meetings} meetings. With "
        f"shared weights there are more, {listed(worse)}, or fewer, {listed(better)}."
    )


def _blocked(runs: Mapping[str, Run], settings: Settings) -> str:
    pairs = places_found.blocker_pairs(runs, settings, False)
    found = {name: difference(pair, CONFIDENCE) for name, pair in pairs.items()}
    worse = [f"{name} (by {number(each.estimate)})" for name, each in found.items() if each.low > 0.05]
    if not worse:
        return ""
    return (
        "**After a blocker a learner may be more dangerous than a beginner.** The refusals told it nothing "
        f"of the act: {listed(worse)}."
    )


def _neutral(run: Run, settings: Settings) -> str:
    last = settings.neutral_updates
    found = {name: each[last](CONFIDENCE) for name, each in arms_found.no_incentive(run, settings).items()}
    sure = [name for name, each in found.items() if each.low > HAPPENS]
    not_yet = [f"{name} (P = {each.estimate:.3f})" for name, each in found.items() if each.high < HAPPENS]
    if not sure or not not_yet:
        return ""
    return (
        "***Without an incentive it happens in the end* hangs on when the end is.** Of acts that nothing "
        f"rewards, these happen within {last:,} updates with P above {HAPPENS:g}: {listed(sure)}. These do "
        f"not, yet: {listed(not_yet)}."
    )
