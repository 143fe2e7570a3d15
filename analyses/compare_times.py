"""Two conditions of a run by when a watch was crossed; networks that never crossed are kept in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .statistics import Interval, Survival, Times, crossing_times, kaplan_meier, signs

if TYPE_CHECKING:
    from ..sim.runfile import Run


class Order(NamedTuple):
    """In how many networks the one or the other condition crossed first.

    Args:
        first: X crossed first.
        second: Y crossed first.
        same: both crossed at the same update.
        undecided: at least one was censored before that could be told, most often since neither crossed.
        p: of the sign test over the first two.
    """

    first: int
    second: int
    same: int
    undecided: int
    p: float


@dataclass(frozen=True, eq=False)
class TimesCompared:
    """When a watch was crossed under X and under Y.

    Args:
        watch: its name.
        crossed: how many networks crossed, in X and Y.
        diverged: how many were censored because they diverged before they crossed.
        curves: Kaplan and Meier's, of X and Y.
        medians: with Brookmeyer and Crowley's interval; inf where not reached.
        order: within networks.
    """

    watch: str
    crossed: tuple[int, int]
    diverged: tuple[int, int]
    curves: tuple[Survival, Survival]
    medians: tuple[Interval, Interval]
    order: Order


def compare_times(run: Run, watch: str, between: tuple[str, str], confidence: float) -> TimesCompared:
    """The medians of both conditions and the order within networks.

    Raises:
        InvalidInput: a watch that one of the conditions does not have.
    """
    x, y = (crossing_times(run, watch, condition) for condition in between)
    lost = [
        int(((times.event == 0) & (run.diverged_at(condition) >= 0)).sum())
        for times, condition in zip((x, y), between, strict=True)
    ]
    curves = kaplan_meier(*x, confidence), kaplan_meier(*y, confidence)
    return TimesCompared(
        watch=watch,
        crossed=(int(x.event.sum()), int(y.event.sum())),
        diverged=(lost[0], lost[1]),
        curves=curves,
        medians=(curves[0].quantile(), curves[1].quantile()),
        order=order(x, y),
    )


def order(x: Times, y: Times) -> Order:
    """Which crossed first, network by network, as far as censoring lets it be told.

    A network that crossed at a, whose twin was censored at c, was the earlier one if c ≥ a: the twin had not
    crossed by then.

    Example:
        >>> x = Times(np.array([5, 5, 9, 100, 5]), np.array([1, 1, 1, 0, 1]))
        >>> y = Times(np.array([7, 5, 3, 100, 2]), np.array([1, 1, 0, 0, 0]))
        >>> order(x, y)
        Order(first=1, second=0, same=1, undecided=3, p=1.0)
    """
    both = (x.event == 1) & (y.event == 1)
    first = (x.event == 1) & np.where(y.event == 1, x.time < y.time, x.time <= y.time)
    second = (y.event == 1) & np.where(x.event == 1, y.time < x.time, y.time <= x.time)
    same = both & (x.time == y.time)
    undecided = ~(first | second | same)
    p = signs(first.astype(float), second.astype(float)).p
    counted = [int(which.sum()) for which in (first, second, same, undecided)]
    return Order(counted[0], counted[1], counted[2], counted[3], p)
