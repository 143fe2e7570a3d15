"""How the selection of a run's networks went: how many found weights, after how many attempts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .behaviour import Array
from .selection import Selection

if TYPE_CHECKING:
    from .runfile import Run

GUESSING, SPLITTING = "guess_and_check", "multilevel_splitting"


@dataclass(frozen=True, eq=False)
class Search:
    """The selection of one condition's networks.

    Args:
        condition, method: names.
        select: what weights had to fulfil.
        attempts: (networks,), weights tried until some fulfilled it, −1 where none did.
        nearest: (networks,), the loss of the weights that were found, or the one nearest to its band.
        rate: (networks,), each one's estimate of the share of initial weights that fulfil it.
    """

    condition: str
    method: str
    select: Selection
    attempts: Array
    nearest: Array
    rate: Array

    @property
    def hits(self) -> int:
        """Networks that found weights."""
        return int((self.attempts >= 0).sum())

    @property
    def tried(self) -> int:
        """Weights tried by all networks together, where each is a fresh draw."""
        return int(np.where(self.attempts < 0, self.select.attempts, self.attempts).sum())

    @property
    def shortfall(self) -> str | None:
        """A sentence on the networks that found nothing, None where all found something."""
        networks = len(self.attempts)
        lost = self.nearest[self.attempts < 0]
        if not len(lost):
            return None
        bands = "bands" if self.select.margin else "band"
        limit = f"{'up to ' * (self.method == SPLITTING)}{self.select.attempts:,}"
        plural = "s" * (self.select.attempts != 1)
        return (
            f"{self.condition}: {len(lost):,} of {networks:,} network{'s' * (networks != 1)} found no weights"
            f" within the {bands} in {limit} attempt{plural}; {self._nearest(lost[np.isfinite(lost)])}"
        )

    def _nearest(self, losses: Array) -> str:
        if not len(losses):
            return "no loss was finite"
        low, high = self.select.loss.bounds
        away = np.maximum(losses - np.float32(high), np.float32(low) - losses)
        if away.min() <= 0:
            return "the loss came within its band, but not with such a margin"
        nearest = float(losses[away.argmin()])
        digits = 9 if low <= float(f"{nearest:.3g}") <= high else 3
        return f"the nearest loss was {nearest:.{digits}g}"


def searches(run: Run) -> list[Search]:
    """The selections of a run, in the order of its conditions; none where all learn by gradients."""
    if "attempts" not in run.hyperparameters:
        return []
    found = []
    for condition, tables in run.tables.items():
        training = tables["training"]
        if "select" in training:
            numbers = [
                run.hyperparameter(name, condition) for name in ("attempts", "nearest_loss", "hit_rate")
            ]
            select = Selection.model_validate(training["select"])
            found.append(Search(condition, training["method"], select, *numbers))
    return found
