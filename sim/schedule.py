"""Schedules: what the learning rate is multiplied by at each update."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from .errors import Fault
from .registry import Options

Updates = Annotated[int, Field(ge=0)]


class Schedule(Options):
    """The factor of the learning rate at update t, counted from 0 (in a phase, from its first).

    With w = `warm_up`, u = t − w and s = min(1, u/`over`):

        t < w      (t + 1)/w
        constant   1
        linear     1 + (to − 1) s
        cosine     to + (1 − to)(1 + cos πs)/2
        step       factor^⌊u/every⌋

    Args:
        kind: `constant`, `linear`, `cosine` or `step`.
        warm_up: w, updates over which the rate rises to its full value; 0 by default.
        over: updates in which `linear` and `cosine` come down; what is left of the run by default.
        to: where they end, 0 by default.
        every: updates between the steps of `step`.
        factor: what each of them multiplies by.

    Reference: Loshchilov and Hutter 2017 (arXiv 1608.03983) for the cosine.
    """

    kind: Literal["constant", "linear", "cosine", "step"] = "constant"
    warm_up: Updates = 0
    over: Annotated[int, Field(ge=1)] | None = None
    to: Annotated[float, Field(ge=0)] | None = None
    every: Annotated[int, Field(ge=1)] | None = None
    factor: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Schedule:
        falls = self.kind in ("linear", "cosine")
        if not falls and (self.over is not None or self.to is not None):
            raise ValueError('`over` and `to` with kind = "linear" or "cosine" alone')
        steps = self.kind == "step"
        if (self.every is not None, self.factor is not None) != (steps, steps):
            raise ValueError('both `every` and `factor` with kind = "step", and with no other')
        return self

    def faults(self, updates: int) -> list[Fault]:
        """What of it lies beyond the last update, where it would never come about."""
        found = []
        limits = {"warm_up": updates, "over": updates - self.warm_up, "every": updates - self.warm_up}
        for name, limit in limits.items():
            value = getattr(self, name)
            if value is not None and value > max(limit, 0):
                reason = f"the run has {updates:,} updates" + (
                    f", {self.warm_up:,} of them warm-up" if name != "warm_up" and self.warm_up else ""
                )
                found.append(Fault(name, f"{value:,} updates", f"at most {max(limit, 0):,}: {reason}"))
        return found

    def factors(self, updates: int, start: int, stop: int) -> NDArray[np.float64]:
        """The factors of updates `start` … `stop` − 1 of `updates`."""
        t = np.arange(start, stop, dtype=np.float64)
        after = np.maximum(t - self.warm_up, 0.0)
        if self.kind == "step":
            assert self.every is not None
            assert self.factor is not None
            factor = self.factor ** np.floor(after / self.every)
        elif self.kind == "constant":
            factor = np.ones(len(t))
        else:
            s = np.minimum(after / (self.over or max(updates - self.warm_up, 1)), 1.0)
            down = s if self.kind == "linear" else (1 - np.cos(np.pi * s)) / 2
            factor = 1 + ((self.to or 0.0) - 1) * down
        return np.where(t < self.warm_up, (t + 1) / max(self.warm_up, 1), factor)
