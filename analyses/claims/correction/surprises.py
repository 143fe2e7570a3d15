"""What departs from the laws, and where the answer turns round: said only of what this run shows."""

from __future__ import annotations

from ..analysis import Section
from ..words import CONFIDENCE, between, listed
from .explained import STAKE
from .exponents import agrees, of_law
from .findings import Findings
from .interference import share
from .rows import EPISODES
from .words import REGION, WAYS, name


def surprises(found: Findings) -> Section:
    """All of them."""
    said = [*_departures(found), *_labels(found), *_adam(found), *_flips(found), *_recovers(found)]
    return Section(
        "What was not to be expected",
        tuple(said or ("Nothing of the kind was seen.",)),
        brief=True,
    )


def _departures(found: Findings) -> list[str]:
    """Rows whose exponent is not that of the expected gradient."""
    why = {
        "normalised": f"That is consistent with this: below ε = 1/{EPISODES} most updates see the bad action "
        "alone, so they have no spread to divide by and teach nothing.",
    }
    said = []
    for of in (*found.sampled, *found.layer):
        if of.row.lawful and not agrees(of, CONFIDENCE):
            exponent, law = of.exponent(CONFIDENCE), of_law(of)
            side = "more" if exponent.low > law else "less"
            reason = why.get(of.row.name, "") if of.row.way == "sampled" and side == "more" else ""
            said.append(
                f"**{name(of)}, {WAYS[of.row.way]}**: the exponent is {between(exponent, 3)}, {side} than "
                f"the {law:.3f} of the law of its expected gradient. {reason}".strip()
            )
    return said


def _labels(found: Findings) -> list[str]:
    """Losses on labels that correct slowly, and a loss on own actions that corrects fast."""
    said = []
    for of in found.rows["exact"]:
        loss, exponent = of.row.keys["loss"], of.exponent(CONFIDENCE)
        labels = loss["kind"] in ("imitation", "preference")
        if labels and exponent.low > REGION[1]:
            said.append((name(of), exponent.estimate))
    slow = ", ".join(f"{what} ({value:.2f})" for what, value in said)
    text = []
    if slow:
        text.append(
            "**A label for the good action is not enough.** These are shown it at every update, as the "
            f"cross-entropy is, and still take a power of 1/ε (exponent): {slow}."
        )
    fast = [of for of in found.sampled if of.row.name == "unlikelihood"]
    if fast and fast[0].exponent(CONFIDENCE).high <= REGION[1]:
        text.append(
            "**Nor is it necessary.** Unlikelihood learns from its own sampled actions, which are nearly all "
            f"bad, and has the exponent {between(fast[0].exponent(CONFIDENCE), 3)}: by the closed form "
            "its push does not fade as the good action gets rarer."
        )
    return text


def _adam(found: Findings) -> list[str]:
    """Where Adam does not make the initial probability matter little."""
    said = []
    for of in (*found.rows["adam"], *(each for each in (*found.sampled, *found.layer) if each.row.adam)):
        exponent = of.exponent(CONFIDENCE)
        if exponent.low > REGION[1]:
            why = ""
            if "sampled" in (of.row.way, of.row.name.rpartition(", ")[2]):
                why = "That is consistent with steps that wait until the good action is first drawn."
            elif of.row.name.startswith("preference"):
                why = (
                    "That is consistent with a gradient that is largest at first, by which Adam goes on "
                    "dividing."
                )
            said.append(
                f"**{name(of)}, {WAYS[of.row.way]}**: dividing by the gradient's size does not take the "
                f"power away; the exponent is {between(exponent, 2)}. {why}".strip()
            )
    return said


def _flips(found: Findings) -> list[str]:
    """Rules for which the stake explains most in a table, and little where weights are shared."""
    cells = {each.cell: each for each in found.several}
    said = []
    for each in found.several:
        if each.policy == "layer":
            beside = cells[f"{each.rule}, table"]
            shared, apart = (one.times.part(STAKE, CONFIDENCE) for one in (each, beside))
            if shared.high < apart.low:
                said.append(f"{each.rule}, {between(apart, 2)} and {between(shared, 2)}")
    return said and [
        "**Where one network acts in all states, what a behaviour adds to the loss explains less of when it "
        f"is corrected.** Its part of what is explained, in a table and in a network: {listed(said)}."
    ]


def _recovers(found: Findings) -> list[str]:
    """Behaviours that were spoilt on the way, and are right again in the end."""
    said = []
    for each in found.several:
        for cell, values in each.right.items():
            ever, ends = (share(value, CONFIDENCE) for value in values)
            if ends.high < ever.low:
                said.append(f"{cell}, {between(ever, 2)} and {between(ends, 2)}")
    return said and [
        "**What is made wrong is made right again: the answer depends on when training stops.** Of "
        f"behaviours that were right, the share that is wrong at some time, and at the end: {listed(said)}."
    ]
