"""The comparison in words; every number comes from the runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..claims.words import between, number
from ..statistics import Interval
from .rivals_found import Found, Silent, better
from .rivals_measured import METHODS, PLACES
from .rivals_tables import certain


def answer(found: Sequence[Found]) -> Iterator[str]:
    """What was found, a paragraph for each question."""
    yield "**Ledger and leave-one-out.** " + " ".join(
        f"{each.loss}: ρ {between(each.pairs().ranks, 2)}, slope {between(each.pairs().scale, 2)}, "
        f"{each.pairs().reading}."
        for each in found
    )
    yield _two_questions(found)
    yield _compensation(found)
    yield _opposite(found)
    yield _together(found)
    yield from _rivals(found)
    yield _never(found)


def _two_questions(found: Sequence[Found]) -> str:
    first, last = min(found[0].early), max(found[0].early)
    updates = "update" if first == 1 else f"{first} updates"
    return (
        "**They answer two questions.** The ledger books what a push did on the path that training took. "
        "Leaving it out changes the path: what the others push, and how hard, depends on what this one "
        "would have done. As long as that has not happened the two are one number. Left out of the first "
        f"{updates}, a push has the effect that was booked: {_scales(found, first, 3)}. Left out of all "
        f"{last:,}: {_scales(found, last, 2)}. To leave out less of each push would not bring them "
        "together, for what follows from it would still follow; to leave it out for a shorter time does."
    )


def _scales(found: Sequence[Found], updates: int, decimals: int) -> str:
    return "slopes of " + ", ".join(
        f"{between(each.early[updates][1], decimals)} ({each.loss})" for each in found
    )


def _compensation(found: Sequence[Found]) -> str:
    parts = [
        f"{each.loss}: "
        + ", ".join(
            f"{place} {between(each.moved[place], 2)}" for place in PLACES if _told(each.moved[place])
        )
        for each in found
    ]
    return (
        "**Where the difference goes.** Every run that leaves something out has a ledger, too, so that an "
        "effect is the pair's own account plus what the accounts of other pairs gain or lose by its "
        "presence, and nothing else. Beside an account of 1 the others change by (slopes) "
        f"{'; '.join(parts)}. A demonstrated step that is left out is learned from its neighbours, whose "
        "pushes then fade later; and where no baseline is taken off both actions of a state are pushed up, "
        "each against the other. Where episodes are sampled, other weights meet other episodes, which "
        "makes an effect noisier than an account. Leave-one-out measures what only this experience could "
        "teach, the ledger what it did teach."
    )


def _told(found: Interval) -> bool:
    """Whether others change at all."""
    return found.low > 0.005 or found.high < -0.005


def _opposite(found: Sequence[Found]) -> str:
    """How many pairs the ledger credits with one sign and leaving out with the other, sure of both."""
    told = []
    for each in found:
        credit, effect = (certain(part) for part in each.measured.both("margin", "ledger", "pair"))
        told.append(f"{int((credit * effect < 0).sum())} of {len(credit)} ({each.loss})")
    return (
        f"**Signs.** Means over networks that are told from 0 have opposite signs for {', '.join(told)} "
        "pairs: there, what takes the place of a push does more than the push did."
    )


def _together(found: Sequence[Found]) -> str:
    groups = {each.loss: each.agreements["ledger", "margin", "group"] for each in found}
    parts = [
        f"ρ {between(each.ranks, 2)}, slope {between(each.scale, 2)} ({loss})"
        for loss, each in groups.items()
    ]
    nearer = all(groups[each.loss].scale.low > each.pairs().scale.high for each in found)
    against = [text for each in found for text in _against(each)]
    told = (
        "**Left out together.** What can stand in for a pair is often of its own group. Of all pushes "
        f"of a group of states at once: {'; '.join(parts)}."
    )
    told += " A group's account is the nearer in size." if nearer else ""
    if against:
        told += (
            f" Even so a sign may differ: {'; '.join(against)}. By the same sum, the pushes against it that "
            "such a group calls forth come to more than its own, and without it they are not needed."
        )
    return told


def _against(found: Found) -> list[str]:
    """Groups whose account and effect have means of opposite signs, both told from 0."""
    measured = found.measured
    credit, effect = measured.both("margin", "ledger", "group")
    opposed = np.flatnonzero(certain(credit) * certain(effect) < 0)
    names = [measured.entries[column].text for column in measured.columns("group")]
    return [
        f"{names[i]}, booked {number(credit[:, i].mean())}, effect {number(effect[:, i].mean())} "
        f"({found.loss})"
        for i in opposed
    ]


def _rivals(found: Sequence[Found]) -> Iterator[str]:
    gaps = {
        (each.loss, rival): better(each.measured, "ledger", rival, "margin", "pair")
        for each in found
        for rival in METHODS[1:]
    }
    told = [
        f"{each.loss}: {between(gaps[each.loss, 'first order'], 3)} and "
        f"{between(gaps[each.loss, 'TracIn'], 3)}"
        for each in found
    ]
    nearer = [each.loss for each in found if gaps[each.loss, "TracIn"].low > 0.01]
    few, many = (count for count in found[0].checkpoints)
    more = ", ".join(f"{between(each.checkpoints[many], 2)} ({each.loss})" for each in found)
    yield (
        "**TracIn and first order.** How much higher the ledger's ρ is in the median network than that of "
        f"first order, and than that of TracIn with {few} checkpoints: {'; '.join(told)}. The ledger is "
        f"nearer than TracIn by more than 0.01 under {' and '.join(nearer) or 'none of the losses'}. With "
        f"{many} checkpoints TracIn's own ρ is {more}; with one before every update it is first order. "
        "Without sampling, pushes change slowly, and a few checkpoints see them all. With sampling, a "
        "checkpoint sees the episodes of one update, which stand for all until the next; what those of the "
        "other updates would come to at the checkpoint's weights was not tried."
    )
    left = "; ".join(
        f"{100 * each.measured.unexplained['ledger']:.2g} % and "
        f"{100 * each.measured.unexplained['first order']:.2g} % ({each.loss})"
        for each in found
    )
    yield (
        "At this learning rate to average gradients along a step matters little for rankings. "
        f"It matters for what is left unexplained, ledger and first order, of the mean change: {left}."
    )


def _ends(counted: Sequence[Silent]) -> list[Silent]:
    """The first and the last of them."""
    return list(dict.fromkeys([*counted[:1], *counted[-1:]]))


def _never(found: Sequence[Found]) -> str:
    account, effect = (max(each.measured.unseen[i] for each in found) for i in (0, 1))
    parts = [
        "**What was never pushed** has an account of exactly 0, and to leave it out changes no bit. In "
        f"states that training never shows the largest account is {number(account)}, the largest effect "
        f"{number(effect)}."
    ]
    parts += [
        f"After {each.updates:,} update{'s' * (each.updates > 1)} under {one.loss}, {each.accounts:,} of "
        f"{each.of:,} pairs of all networks are at exactly 0; {each.without_effect:,} of these have exactly "
        "no effect."
        for one in found
        for each in _ends([each for each in one.silent if each.accounts])
    ]
    return " ".join(parts)
