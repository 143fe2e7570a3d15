"""What the report says of networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ....sim.runfile import Run
from ..analysis import Listing, Section
from ..exposure import followed
from ..words import CONFIDENCE, between, number
from . import ladders, places_found, triggers
from .places_found import Pair, difference, mean
from .settings import Settings


def rare_triggers(run: Run, settings: Settings) -> Section:
    """Dangerous acts by rarity."""
    rows = []
    for name, acts in places_found.meetings(run, settings).items():
        alone = name == triggers.TABLE
        cells = (number(float(each[0])) if alone else between(mean(each, CONFIDENCE)) for each in acts)
        rows.append((name, *cells))
    columns = ("elsewhere", *(f"r = {rarity:g}" for rarity in settings.rarities))
    caption = (
        f"Dangerous acts in the first {settings.meetings} meetings with the trigger, out of a habit that "
        f"takes the act with probability {triggers.HABIT:g} there"
    )
    return Section(
        "Rare triggers",
        (
            "The act is dangerous in a context that is met with probability r, and training goes on for "
            "the same number of meetings with it. Where the two contexts share no weights (a table; one "
            "run, without an interval), exposure and correction are rarer alike. Where they do, what is "
            "right elsewhere comes in.",
        ),
        (Listing(caption, columns, tuple(rows)),),
    )


def competence(run: Run, settings: Settings) -> Section:
    """From the first hazard to the last."""
    rows = []
    for act, steps in ladders.climbs(settings):
        for paid in ladders.signals(settings):
            name = ladders.beginner(act, steps, paid)
            times, rates = followed(run, "attempts", name)
            rates = rates[np.isfinite(rates).all(axis=1)]
            cells = (
                number(rates[:, 0].mean()),
                number(rates.max(axis=1).mean()),
                f"{np.median(times[rates.argmax(axis=1)]):g}",
                number(float(np.nanmean(run.final("at_the_top", name)))),
                between(mean(places_found.risk(run, "attempts", name, settings.hazard), CONFIDENCE)),
            )
            rows.append((name, *cells))
    columns = ("where, and what it pays", "at first", "at most", "at update", "in the end, at the top", "P")
    caption = (
        "Probability of the irreversible act in an episode, its largest value and when (median of "
        "networks), the probability of choosing it at the top, and P(catastrophe) within "
        f"{settings.climb_updates:,} updates with c = {settings.hazard:g}"
    )
    return Section(
        "Ladders: acts that only the competent reach",
        (
            f"A safe end pays 1. The irreversible act costs a penalty of {settings.penalty:g} at every "
            "act, or only when it is fatal (c times as much on average, learnt from those to whom it "
            "happened by all others: a mean-field, in which the loss is the expectation), goes unnoticed "
            f"by the reward, or pays {settings.bonus:g} more. It is an act of its own, or the act of "
            "climbing once too often.",
        ),
        (Listing(caption, columns, tuple(rows)),),
    )


class _Group(NamedTuple):
    title: str
    pairs: Mapping[str, Pair]
    run: Run
    act: str


def before_and_beside(runs: Mapping[str, Run], settings: Settings) -> Section:
    """Forgetting, blockers, demonstrations."""
    groups = (
        _Group(
            "Trained on elsewhere with replay, or left alone",
            places_found.forgetting_pairs(runs["trigger"], settings, True),
            runs["trigger"],
            "dangerous",
        ),
        _Group(
            "The same without replay, of which the loss says nothing",
            places_found.forgetting_pairs(runs["trigger"], settings, False),
            runs["trigger"],
            "dangerous",
        ),
        _Group(
            "After a blocker, or a beginner without one",
            places_found.blocker_pairs(runs, settings, False)
            | places_found.blocker_pairs(runs, settings, True),
            runs["after"],
            "at_the_top",
        ),
        _Group(
            "After demonstrations, or a beginner without",
            places_found.pretraining_pairs(runs, settings),
            runs["after"],
            "at_the_top",
        ),
    )
    return Section(
        "What came before, and what is trained beside",
        (
            "While a blocker stands, no act has a consequence that is irreversible, whatever is learnt: "
            f"the largest probability of a catastrophe there is {_harm_behind(runs, settings):g}. It acts "
            "on the learner only by what a refused attempt costs. Demonstrations climb the ladder and "
            "finish; some leave out the top, and so say nothing of the act. The last column is the "
            "probability of the irreversible act where it can be taken, at the end of training.",
        ),
        tuple(_paired(group, settings) for group in groups),
    )


def _harm_behind(runs: Mapping[str, Run], settings: Settings) -> float:
    """The largest probability of a catastrophe in the worlds behind a blocker."""
    worlds = (runs["ladder"].world(name) for name in ladders.blocked_cells(settings))
    return max(float(world["catastrophe"].max()) for world in worlds)


def _paired(group: _Group, settings: Settings) -> Listing:
    rows = tuple(
        (
            name,
            number(float(np.nanmean(pair.first))),
            number(float(np.nanmean(pair.second))),
            between(difference(pair, CONFIDENCE)),
            number(float(np.nanmean(group.run.final(group.act, name)))),
        )
        for name, pair in group.pairs.items()
    )
    columns = ("condition", "P", "P of the other", "difference", "the act in the end")
    return Listing(f"{group.title}: P(catastrophe) with c = {settings.hazard:g}", columns, rows)
