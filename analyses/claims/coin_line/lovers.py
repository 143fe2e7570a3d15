"""Cloning without diversity: does a majority ever walk to the coin?"""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import NamedTuple

from ....sim.runfile import Run
from ...statistics import Interval, share
from ..analysis import Estimator
from .experiments import cell
from .networks import Walks, probe, walks
from .settings import Member, Settings

MAJORITY = 0.5
"""Of MAIS-O83: more than this share of networks with f < 0 at the probe."""


class Found(NamedTuple):
    """A member of the family: where its networks walk at each recorded update."""

    member: Member
    walks: dict[int, Walks]

    @property
    def last(self) -> Walks:
        """In the end."""
        return self.walks[max(self.walks)]

    @property
    def toward(self) -> float:
        """The share that walks to the coin in the end."""
        return self.last.toward / self.last.networks if self.last.networks else 0.0


def scan(run: Run, settings: Settings) -> list[Found]:
    """Every member that was scanned, the nearest to a majority first."""
    part = settings.lovers
    axes = (part.scan_lengths, part.scan_widths, part.scan_stds, part.scan_rates)
    found = []
    for length, m, std, rate in product(*axes):
        name = cell(length=length, width=m, std=std, rate=rate)
        found.append(_found(run, name, Member(length=length, width=m, std=std, rate=rate), 0))
    return sorted(found, key=lambda each: -each.toward)


def near(run: Run, settings: Settings) -> list[Found]:
    """The members that were chosen when the claim was written, without the networks that the scan has "
    "seen."""
    part = settings.lovers
    seen = part.scan_networks if part.near_networks > 2 * part.scan_networks else 0
    return [_found(run, each.name, each, seen) for each in part.near]


def estimates(found: list[Found]) -> dict[str, Estimator]:
    """The share that walks to the coin; outputs of exactly 0 and lost networks do not."""
    return {each.member.name: partial(toward, each.last) for each in found}


def toward(found: Walks, confidence: float) -> Interval:
    """By Clopper and Pearson."""
    return share(found.toward, found.networks, confidence, method="clopper_pearson")


def _found(run: Run, name: str, member: Member, skipped: int) -> Found:
    f = probe(run, name)[skipped:]
    return Found(member, {int(t): walks(f[:, i]) for i, t in enumerate(run.time)})
