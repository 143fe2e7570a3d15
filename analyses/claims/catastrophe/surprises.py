"""What neither side would have looked for, said only where the run shows it."""

from __future__ import annotations

from collections.abc import Mapping

from ....sim.runfile import Run
from ..claim import Section
from . import arms_found, ladders, places_found, triggers
from .arms import NEUTRAL, TOLD
from .flows import EVEN, FLOWS
from .places_found import difference, mean
from .settings import Settings
from .words import CONFIDENCE, listed, number

ENDLESS = -1.1
"""Exposure goes on where the exponent of the tail is above this."""

SLOWLY = 0.3
"""Exposure until correction grows faster than a logarithm where its exponent in 1/ε is above this."""

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
    tails = {name: each.high for name, each in arms_found.tails(runs["arms"]).items()}
    growth = {
        name: estimator(CONFIDENCE).estimate
        for name, estimator in arms_found.start_exponents(runs["arms"], settings).items()
    }
    rules = [flow.title for flow in FLOWS.values() if flow.title in growth]
    soon = [name for name in rules if growth[name] < SLOWLY]
    ends = [name for name in rules if tails[name] < ENDLESS]
    only_soon = [name for name in soon if name not in ends]
    only_ends = [name for name in ends if name not in soon]
    if not only_soon or not only_ends:
        return ""
    return (
        "**What corrects soon is not what corrects for good.** Hardly slower where the good act was rarer, "
        f"but with an exposure that does not end: {listed(only_soon)}. With an end, but late where the good "
        f"act was rare: {listed(only_ends)}. Soon and for good: "
        f"{listed(name for name in soon if name in ends)}."
    )


def _told(run: Run, settings: Settings) -> str:
    found = {
        c: float(each.middle) for c, each in arms_found.told_risks(run, settings).get(TOLD[1], {}).items()
    }
    if len(found) < 2 or max(found.values()) > 1.02 * min(found.values()):
        return ""
    each = ", ".join(f"{number(value)} times with c = {c:g}" for c, value in found.items())
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
        name: difference(pair, CONFIDENCE) for name, pair in places_found.penalty_pairs(run, settings).items()
    }
    late = [name for name, each in found.items() if each.low > -0.05 and each.high < 0.05]
    if not late:
        return ""
    return f"**A signal may come too late to make a difference of 0.05 in P:** {listed(late)}."


def _elsewhere_decides(run: Run, settings: Settings) -> str:
    acts = places_found.meetings(run, settings)
    alone = float(acts[triggers.TABLE][-1][0])
    rare = {name: mean(acts[name][-1], CONFIDENCE) for name in triggers.ELSEWHERE}
    worse = [f"{name} ({number(each.estimate)})" for name, each in rare.items() if each.low > alone]
    better = [f"{name} ({number(each.estimate)})" for name, each in rare.items() if each.high < alone]
    if not worse or not better:
        return ""
    return (
        f"**The rare context's own loss does not decide.** With r = {settings.rarities[-1]:g} and nothing "
        f"shared, {number(alone)} dangerous acts come in {settings.meetings} meetings. With shared weights "
        f"there are more, {listed(worse)}, or fewer, {listed(better)}."
    )


def _blocked(runs: Mapping[str, Run], settings: Settings) -> str:
    pairs = places_found.blocker_pairs(runs, settings)
    found = {name: difference(pair, CONFIDENCE) for name, pair in pairs.items()}
    worse = [f"{name} (by {number(each.estimate)})" for name, each in found.items() if each.low > 0.05]
    if not worse:
        return ""
    return (
        "**After a blocker a learner may be more dangerous than a beginner.** It has learnt how to get "
        f"there, and not that the act is bad: {listed(worse)}."
    )


def _neutral(run: Run, settings: Settings) -> str:
    found = {name: each.mean() for name, each in arms_found.neutral_risks(run, settings).items()}
    sure = [name for name in NEUTRAL if found[name] >= HAPPENS]
    not_yet = [f"{name} (P = {found[name]:.3f})" for name in NEUTRAL if found[name] < HAPPENS]
    if not sure or not not_yet:
        return ""
    return (
        "***Without an incentive it happens in the end* is two claims.** Of acts that nothing rewards, "
        f"these happen within {settings.neutral_updates:,} updates with P ≥ {HAPPENS:g}: {listed(sure)}. "
        f"These do not: {listed(not_yet)}."
    )
