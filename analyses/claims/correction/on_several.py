"""Sections on several behaviours: what decides when one is corrected, and what that does to others."""

from __future__ import annotations

from ..analysis import Listing, Section
from ..words import CONFIDENCE, between
from .experiments import SLOWER
from .explained import ALONE, STAKE
from .findings import Findings, Several
from .interference import share
from .worlds.states import KNOWN, Array


def several(found: Findings) -> Section:
    """How R² is divided."""
    columns = (
        "",
        "corrected",
        "R² of time",
        "gap / visits / initial / alignment",
        "gap's part",
        "gap's and visits' part",
        "R² of corrected or not: the same",
    )
    rows = tuple(
        (
            each.cell,
            between(share(each.corrected), 2),
            f"{each.times.r_squared:.2f}",
            _shares(each.times.shares),
            between(each.times.part(ALONE, CONFIDENCE), 2),
            between(each.times.part(STAKE, CONFIDENCE), 2),
            f"{each.within.r_squared:.2f}: {_shares(each.within.shares)}",
        )
        for each in found.several
    )
    table, layer = (
        [each for each in found.several if each.policy == policy] for policy in ("table", "layer")
    )
    left_out = sum(each.left_out for each in found.several)
    text = (
        "What decides when a behaviour is corrected? In a table states share nothing. The part of the "
        f"explained variance that is the gap's and the visits' together is {_range(table, STAKE)} over the "
        f"rules there, and {_range(layer, STAKE)} in one network for all states; that of the gap alone is "
        f"{_range(table, ALONE)} and {_range(layer, ALONE)}. Left out are {left_out} networks of "
        f"{_all(found):,} that had not learned what was taught, or diverged.",
    )
    caption = "How R² is divided (95 % intervals by worlds)"
    return Section("Several behaviours at once", text, (Listing(caption, columns, rows),))


def neighbours(found: Findings) -> Section:
    """What correcting one does to others."""
    together = tuple(
        (cell, between(share(ever), 2), between(share(ends), 2))
        for each in found.several
        for cell, (ever, ends) in each.right.items()
    )
    alone = tuple(_alone(each) for each in found.several if each.spread)
    text = (
        f"Behaviours that were right at first (the good action had probability {KNOWN:g}) and are trained "
        "with the others count as made wrong when the good action falls below 1/2. Their gap is the largest, "
        "so that every loss here wants them to be surer yet. In tables with exact gradients no behaviour can "
        "touch another, and nothing is counted. To see whether long steps are the cause, each network is "
        f"trained again with the learning rate divided by {SLOWER} and {SLOWER} times the updates.",
        "Then one behaviour alone is trained until it is right. What happens to those that nothing trains? "
        "“With” are those whose gradient, as training begins, has a positive product with the trained "
        "one's, “against” those where it is negative; each gradient is that of the log-odds of the state's "
        "good action.",
    )
    columns = (
        "rule",
        "wrong made right, with",
        "against",
        "right made wrong, with",
        "against",
        "sooner beside the others",
        "later",
    )
    caption = "One behaviour corrected alone: others meanwhile; and whether it takes longer beside them"
    return Section(
        "Neighbours",
        text,
        (
            Listing("Right behaviours made wrong", ("all trained", "at some time", "at the end"), together),
            Listing(caption, columns, alone),
        ),
    )


def _alone(each: Several) -> tuple[str, ...]:
    of, sooner, later = each.spread, each.sooner, each.later
    assert of is not None
    assert sooner is not None
    assert later is not None
    made = [of.where(values, aligned) for values in (of.mended, of.spoilt) for aligned in (True, False)]
    return (each.rule, *(between(found, 2) for found in (*made, share(sooner), share(later))))


def _shares(of: Array) -> str:
    return " / ".join(f"{value:.2f}" for value in of)


def _range(of: list[Several], groups: str | tuple[str, ...]) -> str:
    parts = [each.times.part(groups, CONFIDENCE).estimate for each in of]
    return f"{min(parts):.2f} to {max(parts):.2f}"


def _all(found: Findings) -> int:
    return sum(each.corrected[..., 0].size for each in found.several)
