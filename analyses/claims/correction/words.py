"""How the report puts what was found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...theory.rules import OTHER_WAYS, TABLE
from ..registered import FILE, registered
from ..words import CONFIDENCE
from .exponents import Times

REGION = registered(Path(__file__).parent / FILE)[0].point("exact").region

WAYS = {"exact": "exact gradient", "sampled": "sampled episodes", "layer": "one hidden layer"}

TITLES = {
    **{key: rule.title for key, rule in (TABLE | OTHER_WAYS).items()},
    "return_conditioned": "return-conditioned imitation",
    "consequence": "prediction of consequences",
    "clipped": "clipped reward",
    "noisy labels": "cross-entropy of minibatches of noisy labels",
    "both": "approval and disapproval of own actions",
}
"""How the report calls rules."""


LABELS = {
    "cross_entropy": "cross-entropy",
    "unlikelihood": "unlikelihood",
    "reward": "expected reward",
    "normalised": "normalised reward",
    "squared_error": "squared error",
    "two_steps": "reward of two steps",
    "three_steps": "reward of three steps",
    "two_normalised": "normalised reward of two steps",
    "intended_reward": "intended reward",
    "noisy labels": "cross-entropy, noisy labels",
}
"""How figures call those whose titles are long."""


def title(rule: str) -> str:
    """Of a rule, with what its name says beside."""
    first, comma, rest = rule.partition(", ")
    return TITLES.get(first, first) + comma + rest


def label(rule: str) -> str:
    """The same in a figure."""
    first, comma, rest = rule.partition(", ")
    return LABELS.get(first, TITLES.get(first, first)) + comma + rest


def name(of: Times) -> str:
    """Of a row, among rows of its way."""
    return title(of.row.name) + (" by Adam" if of.row.adam else "")


def of_one_law(rows: Sequence[Times]) -> str:
    """The name of rows that have one law."""
    others = len(rows) - 1
    return name(rows[0]) + (f" and {others} more of its law" if others else "")


def grade(of: Times) -> str:
    """Whether a high loss is corrected under this rule as a law, a slow one, or undecided."""
    exponent = of.exponent(CONFIDENCE)
    if REGION[0] <= exponent.low and exponent.high <= REGION[1]:
        return "a law"
    return "a slow law" if exponent.low > REGION[1] else "undecided"


def censored(of: Times) -> str:
    """From which initial probability down most were not corrected by the cap; empty where they were."""
    most = [epsilon for epsilon, part in zip(of.epsilons, of.corrected, strict=True) if part < 0.5]
    return f"censored at {of.cap:,} updates from ε = {most[0]:.0e} down" if most else ""


def law_or_not(of: Times) -> str:
    """With what is censored."""
    return grade(of) + (f"; {censored(of)}" if censored(of) else "")
