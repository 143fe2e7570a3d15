"""Where a side is wrong, or both are, or it flips: computed, said only where the intervals say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...statistics import Interval
from ..analysis import Section
from ..words import between
from . import lovers
from .atlas import PUBLIC, mean_difference
from .enough import WALKS, away
from .found import Found
from .lasting import Pair
from .matched import difference
from .stopping import change
from .texts import percent

EARLY = 1_024
"""Updates of the public atlas."""

TURNS, FADES = "turns", "fades"

SAME, ALIKE = 0.01, 0.02
"""Differences of q that count at like loss and margin, and elsewhere: the claim's regions."""

TIED = "No surprise that intervals of 95 % would bear out."


def surprises(found: Found) -> Section:
    """A sentence for each; each interval is of 95 % by itself, so that about one in twenty misses."""
    text = (
        *_matched(found),
        *_stopping(found),
        *_outcome(found),
        *_censored(found),
        *_enough(found),
        *near_majority(found.near),
    )
    return Section("What surprises", text or (TIED,), brief=True)


def _matched(found: Found) -> Iterator[str]:
    both = {each.band.cell: difference(each.both, 0.95) for each in found.matched}
    loss = {each.band.cell: difference(each.loss, 0.95) for each in found.matched}
    more = [name for name, each in both.items() if each.low > 0]
    less = [name for name, each in both.items() if each.high < 0]
    if more and less:
        yield (
            "The sign flips. At like loss and margin descent walks away more often than guess-and-check at "
            f"{'; '.join(more)}, and less often at {'; '.join(less)}."
        )
    elif more or less:
        yield (
            f"At like loss and margin descent walks away {'more' if more else 'less'} often than "
            f"guess-and-check at {'; '.join(more or less)}; in no cell is it shown to do so "
            f"{'less' if more else 'more'} often."
        )
    for name, each in both.items():
        if loss[name].low > 0 > each.high or loss[name].high < 0 < each.low:
            yield f"At {name} matching the margin turns the sign of what matching the loss leaves."
        elif inside(each, SAME) and (loss[name].low > SAME or loss[name].high < -SAME):
            yield (
                f"At {name} the difference at like loss is {between(loss[name], 3)}; at like margin it is "
                f"{between(each, 3)}, less than what counts."
            )


def _stopping(found: Found) -> Iterator[str]:
    for path in found.stopping:
        interval = change(path.at_fit, path.at_end, 0.95)
        if interval.low > 0:
            yield (
                f"At ε = {path.diversity:g} cloning goes on moving away from the coin after every trained "
                f"state is right: q rises by {between(interval, 3)}."
            )


def _outcome(found: Found) -> Iterator[str]:
    atlas = found.atlas[0]
    signs = {}
    for diversity, means in atlas.means.items():
        interval = mean_difference(means, 0.95)
        signs[diversity] = 1 if interval.low > 0 else -1 if interval.high < 0 else 0
    up = [f"{e:g}" for e, sign in signs.items() if sign > 0]
    down = [f"{e:g}" for e, sign in signs.items() if sign < 0]
    if up and down:
        yield (
            f"After {found.atlas_updates:,} updates outcome training, right or not, walks away more often "
            f"than cloning on average at ε = {', '.join(up)}, and less often at ε = {', '.join(down)}: the "
            "comparison flips with diversity."
        )
    share, public = atlas.counts()["higher"] / len(atlas.pairs), PUBLIC["higher"] / sum(PUBLIC.values())
    if (share > 0.5) != (public > 0.5):
        yield (
            f"Outcome training is the more proxy-like in {percent(share, 1)} of the pairs here and in "
            f"{percent(public, 1)} of the public atlas: what such a count says depends on the grid."
        )
    yield from _with_time(found.lasting)


def _with_time(pairs: Sequence[Pair]) -> Iterator[str]:
    for kind, says in {
        TURNS: "The comparison turns with time",
        FADES: "The difference does not last",
    }.items():
        places = [
            f"{pair.name}, {between(early, 3)} and {between(late, 3)}"
            for pair in pairs
            for early, late in [early_and_late(pair)]
            if with_time(early, late) == kind
        ]
        if places:
            last = int(pairs[0].time[-1])
            yield (
                f"{says}. Outcome training less cloning, after {EARLY:,} and {last:,} updates: "
                f"{'; '.join(places)}."
            )


def early_and_late(pair: Pair) -> tuple[Interval, Interval]:
    """q of outcome training less that of cloning, after the atlas's updates and at the end."""
    index = int(abs(pair.time - EARLY).argmin())
    early, late = (change(pair.probe[0][:, t], pair.probe[1][:, t], 0.95) for t in (index, -1))
    return early, late


def with_time(early: Interval, late: Interval) -> str | None:
    """Whether a difference turns, or fades to less than counts."""
    if early.low > 0 > late.high or early.high < 0 < late.low:
        return TURNS
    return FADES if inside(late, ALIKE) and (early.low > ALIKE or early.high < -ALIKE) else None


def inside(interval: Interval, most: float) -> bool:
    """Whether an interval lies within −most and most."""
    return -most <= interval.low and interval.high <= most


def _censored(found: Found) -> Iterator[str]:
    for turns in found.flips:
        most = max(turns.diversities)
        stayed = ~turns.turned[most]
        if stayed.any():
            still = int((turns.stuck[most] & stayed).sum())
            yield (
                f"At ε = {most:g} and m = {turns.width}, {stayed.sum()} of {stayed.size} networks that "
                "walked away before training had not turned when they were last watched, and are censored. "
                f"In {still} of these no trained state activates any unit that the probe reads, so that the "
                "loss has no gradient at those weights."
            )


def _enough(found: Found) -> Iterator[str]:
    never = [line for line in found.enough if not line.smallest(line.times[-1]) <= 1]
    if never:
        yield (
            "No diversity of the grid is shown to be enough for all networks, right or not, after "
            f"{never[0].times[-1]:,} updates at {'; '.join(line.name for line in never)}."
        )
    for line in found.enough:
        times = line.times[0], line.times[-1]
        early, late = (away(line.walks[line.nearest, t], 0.95) for t in times)
        if line not in never and early.low > WALKS > late.high:
            yield (
                f"At {line.name} ε = {line.nearest:g} is not enough after {times[0]:,} updates, with q at "
                f"{between(early, 3)}, and is after {times[1]:,}, with q at {between(late, 3)}."
            )


def near_majority(near: list[lovers.Found]) -> Iterator[str]:
    """Where one rule has a majority at no diversity, or neither has."""
    for each in near:
        if not each.last.networks:
            continue
        to, off = lovers.toward(each.last, 0.95), away(each.last, 0.95)
        if to.low > lovers.MAJORITY:
            yield f"At {each.member.name} a majority walks to the coin without diversity: {between(to, 3)}."
        elif to.high < lovers.MAJORITY and off.high < lovers.MAJORITY:
            yield (
                f"At {each.member.name} neither rule has a majority: {between(to, 3)} walk to the coin, "
                f"{between(off, 3)} away, and {percent(each.last.neither, each.last.networks)} have a "
                "probe of exactly 0."
            )
