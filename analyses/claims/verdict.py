"""From intervals to a verdict, by the regions and readings that were written down before.

A claim has m intervals: its points in each of their cells. Each has the confidence 1 − level/m (Bonferroni),
so that any of them misses with probability `level` at most, however they depend on one another, if each has
the coverage that it states. A point in a cell is decided by where its interval lies:

    within the region       → the reading `inside`
    wholly above, below it  → the readings `above`, `below`
    over one of its ends    → undecided

An interval that holds the truth never decides against it, so any wrong decision in a whole claim has
probability `level` at most.

Reference: Dunn 1961, J. Am. Stat. Assoc. 56:52-64; Kruschke 2018, Adv. Meth. Pract. Psych. Sci. 1:270-280.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ...sim.errors import PopgradError
from ..statistics import Interval, equivalence
from .analysis import Estimator
from .registered import Point, Reading, Registered

Outcome = Literal["selection", "shaping", "both", "neither", "divided", "undecided"]
"""A reading; `divided` where the parts have different ones, `undecided` where none has any."""


@dataclass(frozen=True, eq=False)
class Decision:
    """A point in one cell.

    Args:
        point: what was to be found out.
        cell: under which conditions; empty where there is just one set.
        interval: what was found.
        place: where it lies: `inside` the region, `above` it, `below` it, or over an end (`undecided`).
        reading: which side it speaks for, None where it is undecided.
    """

    point: Point
    cell: str
    interval: Interval
    place: Literal["inside", "above", "below", "undecided"]
    reading: Reading | None

    @property
    def surprising(self) -> bool:
        """Whether it is decided, and otherwise than was expected."""
        return None not in (self.reading, self.point.expected) and self.reading != self.point.expected


@dataclass(frozen=True, eq=False)
class Verdict:
    """All decisions of a claim.

    Args:
        decisions: of every point in every cell.
        level: the probability that any interval misses.
        confidence: of each interval, that this takes.
    """

    decisions: tuple[Decision, ...]
    level: float
    confidence: float

    @property
    def outcome(self) -> Outcome:
        """Of the claim."""
        return common(self.decisions)

    def of(self, point: str) -> tuple[Decision, ...]:
        """The decisions of one point."""
        return tuple(each for each in self.decisions if each.point.name == point)

    @property
    def points(self) -> dict[str, Outcome]:
        """The outcome of each point over its cells."""
        order = dict.fromkeys(each.point.name for each in self.decisions)
        return {name: common(self.of(name)) for name in order}

    @property
    def flips(self) -> tuple[Decision, ...]:
        """Where a point reads otherwise than in most of its decided cells; all of them where none is most."""
        found = []
        for name in self.points:
            decided = [each for each in self.of(name) if each.reading not in (None, "both")]
            (usual, count), *_ = [*Counter(each.reading for each in decided).most_common(1), (None, 0)]
            most = usual if 2 * count > len(decided) else None
            found += [each for each in decided if each.reading != most]
        return tuple(found)


def decide(claim: Registered, estimates: Mapping[str, Mapping[str, Estimator]]) -> Verdict:
    """The verdict of a claim on what was measured.

    Args:
        claim: what was written down.
        estimates: point -> cell -> estimator, for every point of the claim; without cells for one that the
            settings leave unmeasured.

    Raises:
        PopgradError: estimates of other points than the claim has, or none at all.
    """
    wanted = [point.name for point in claim.points]
    if sorted(wanted) != sorted(estimates) or not any(estimates.values()):
        raise PopgradError(
            f"{claim.code}: got estimates of {sorted(estimates)}, expected some of each of {wanted}"
        )
    count = sum(map(len, estimates.values()))
    confidence = 1 - claim.level / count
    decisions = tuple(
        _decision(point, cell, estimator(confidence))
        for point in claim.points
        for cell, estimator in estimates[point.name].items()
    )
    return Verdict(decisions, claim.level, confidence)


def common(decisions: Iterable[Decision]) -> Outcome:
    """The reading of all that are decided, `divided` where they differ, `undecided` where there is none.

    What both sides predicted and found speaks against neither, so it joins whatever the others say.
    """
    readings: list[Reading] = [each.reading for each in decisions if each.reading]
    telling: list[Reading] = [reading for reading in readings if reading != "both"]
    if not readings:
        return "undecided"
    if not telling:
        return "both"
    return telling[0] if len(set(telling)) == 1 else "divided"


def _decision(point: Point, cell: str, interval: Interval) -> Decision:
    verdict = equivalence(interval, *point.region).verdict
    place = "inside" if verdict == "equivalent" else verdict
    reading = None if place == "undecided" else getattr(point, place)
    return Decision(point, cell, interval, place, reading)
