"""The answer first, in a few sentences, with what symbols mean."""

from __future__ import annotations

from ..analysis import Section
from ..words import CONFIDENCE, between
from .findings import Findings
from .interference import share
from .words import REGION, grade


def answer(found: Findings) -> Section:
    """What was found of the question, and what symbols mean."""
    laws = [grade(members[0]) for members in found.laws]
    rules = sum(map(len, found.laws))
    lost = "; ".join(f"{between(each.share(CONFIDENCE), 3)} under {each.name}" for each in found.absorbed)
    return Section(
        "In short",
        (
            f"With exact gradients of one behaviour, {rules} rules come to {len(laws)} laws. How rare the "
            "good action was hardly matters to the time of correction (an exponent of at most "
            f"{REGION[1]:g}) under {laws.count('a law')} of them; under {laws.count('a slow law')} the "
            f"exponent is larger; {laws.count('undecided')} are undecided. The share of networks that are "
            f"lost for good is {lost}. Of behaviours that were right, and that the loss wants surer yet, the "
            "share that is made wrong at some time in a network of one hidden layer is "
            f"{_made_wrong(found)}. Intervals here are of {CONFIDENCE:.0%} each.",
            "ε is the probability that the good action has at first, T the number of updates until it has "
            "probability 1/2, and the exponent the slope of ln T against ln 1/ε: 1 where an action ten times "
            "rarer takes ten times as long. h is how far an update moves the log-odds where the gradient on "
            "them is 1, r what the bad action pays where it is paid for.",
        ),
        brief=True,
    )


def _made_wrong(found: Findings) -> str:
    """Under each rule, by steps of both lengths."""
    said = []
    for each in found.several:
        if each.slowly is not None:
            fast, slow = (between(share(values, CONFIDENCE), 2) for values in (each.spoilt, each.slowly))
            said.append(f"{fast} under {each.rule}, by a quarter of the learning rate {slow}")
    return "; ".join(said)
