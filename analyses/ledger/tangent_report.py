"""Wide networks, and what turns the probe, in words; every number comes from the runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from ...sim.behaviour import Array
from ..claims.analysis import Listing
from ..claims.words import between, number
from ..statistics import Interval, paired_mean, quantile_interval, wilson
from .tangent_experiments import DIVERSE, LEFT_OUT, QUANTITIES, TURNING
from .tangent_measured import KERNELS, Turning, Width, rate_of_fall

NEAR, FALL = 0.05, -0.4
"""The rule: the largest error at the largest width, and the slowest fall with width."""
TITLES = {"own": "own kernel", "limit": "infinite width"}


def mean(values: Array) -> Interval:
    """Over networks, with Student's interval."""
    return paired_mean(values, np.zeros(values.size))


def falls(widths: Sequence[Width], quantity: str, kernel: str) -> Interval:
    """The slope of log error over log width; networks of one number count as one."""
    errors = np.stack([each.error(quantity, kernel) for each in widths])
    return mean(rate_of_fall(np.array([each.width for each in widths], np.float64), errors))


def agrees(widths: Sequence[Width], quantity: str) -> bool:
    """Whether the decision rule of the part holds for a quantity, under the networks' own kernels."""
    middle = [quantile_interval(each.error(quantity, "own")) for each in widths]
    steps = [
        quantile_interval(wider.error(quantity, "own") / narrow.error(quantity, "own")).high < 1
        for narrow, wider in pairwise(widths)
    ]
    return middle[-1].high < NEAR and all(steps) and falls(widths, quantity, "own").high < FALL


def answer(widths: Sequence[Width], smooth: Mapping[str, Sequence[Width]], turning: Turning) -> list[str]:
    """What was found; `smooth` are the same widths of units without kinks."""
    return [
        _agreement(widths),
        _speed(widths, smooth),
        _turn(turning),
        _states(turning),
        _cause(turning),
    ]


def _agreement(widths: Sequence[Width]) -> str:
    last = widths[-1]
    parts = [
        f"{quantity} {percent(last.error(quantity, 'own'))}, which is "
        f"{'' if agrees(widths, quantity) else 'not '}agreement by the rule above"
        for quantity in QUANTITIES
    ]
    left = max(float(np.median(unexplained(last, quantity))) for quantity in QUANTITIES)
    return (
        f"**Ledger and kernel.** At width {last.width:,} the frozen kernel of a network misses its ledger "
        f"by, in the median network and of the accounts' whole size: {'; '.join(parts)}. The kernel of "
        "infinitely many units, which knows a network's initial logits and nothing else of it, misses the "
        f"margin by {percent(last.error('margin', 'limit'))}. In the median network the ledger "
        f"leaves {number(100 * left)} % of either unexplained, or less."
    )


def _speed(widths: Sequence[Width], smooth: Mapping[str, Sequence[Width]]) -> str:
    own, limit, linear, tanh = (
        falls(each, "margin", kernel)
        for each, kernel in (
            (widths, "own"),
            (widths, "limit"),
            (smooth["linear"], "own"),
            (smooth["tanh"], "own"),
        )
    )
    return (
        "**How the error falls with width,** as a power of it. Under the own kernel −1 is what an expansion "
        "in 1/m says (Dyer and Gur-Ari 2020, arXiv 1909.11304) and −1/2 what is proven (Lee et al. 2019, "
        "arXiv 1902.06720); under the limit −1/2, since the start's kernel is a mean over m units. Found: "
        f"{between(own, 2)}, {_beside(own, -1.0)} −1, under the own kernel; {between(limit, 2)}, "
        f"{_beside(limit, -0.5)} −1/2, under the limit. An explanation that came after a first short run: "
        "ReLU has kinks. Weights move by about m^(−1/2), so that about √m units change sides in some state, "
        "on and off by chance, each worth 1/m of the kernel, in all m^(−3/4). The power found is "
        f"{_beside(own, -0.75)} −3/4. Linear units have no kinks: {between(linear, 2)}, "
        f"{_beside(linear, -1.0)} −1. Nor has tanh, but on inputs as long as these it is nearly a step: "
        f"{between(tanh, 2)}, {_beside(tanh, -1.0)} −1."
    )


def _beside(found: Interval, expected: float) -> str:
    if found.low <= expected <= found.high:
        return "not told from"
    return "slower than" if found.low > expected else "faster than"


def _turn(turning: Turning) -> str:
    groups, margin = turning.by_group(turning.mean), turning.margin[DIVERSE]
    middle, left = margin.mean(axis=0), groups[TURNING]
    top = int(middle.argmax())
    below = np.flatnonzero((middle < 0) & (np.arange(middle.size) > top))
    when = f"is below even odds by update {turning.time[below[0]]:,}" if below.size else "does not cross 0"
    half = turning.time[int(np.argmax(left < left[-1] / 2))]
    off = turning.predicted_margin[-1] - margin[:, -1]
    return (
        f"**When the probe turns.** With diversity the mean margin of walking away is highest at update "
        f"{turning.time[top]:,}, {number(middle[top])}, {when} and ends at {between(mean(margin[:, -1]))}. "
        f"Of the networks {_share(margin[:, top])} walk away at the top and {_share(margin[:, -1])} at the "
        "end. Up to the top the coin at the right end has made "
        f"{number(groups['coin at the right end'][top])} and the coin to the left {number(left[top])}; half "
        f"of all that the latter makes is made by update {half:,}. Each network's frozen kernel ends "
        f"{between(mean(off), 3)} from it."
    )


def _share(margin: Array) -> str:
    count = int((margin > 0).sum())
    low, high = (100 * float(each) for each in wilson(count, margin.size))
    return f"{100 * count / margin.size:.0f} % ({low:.0f} to {high:.0f})"


def _states(turning: Turning) -> str:
    own = np.flatnonzero(np.array(turning.groups) == TURNING)
    order = own[np.argsort(turning.booked[:, own].mean(axis=0))]
    whole = turning.booked[:, own].sum(axis=1).mean()
    lower = [i for i in order if mean(turning.booked[:, i]).high < 0]
    most = "; ".join(
        f"{turning.names[i]}, {100 * turning.booked[:, i].mean() / whole:.0f} %" for i in order[:3]
    )
    others = [i for i in range(len(turning.names)) if i not in own and mean(turning.booked[:, i]).high < 0]
    return (
        f"**Which states turn it.** The step left turns the probe, by the rule above, in {len(lower)} of the "
        f"{len(own)} states with the coin to the left; of the other {len(turning.names) - len(own)} states "
        f"{len(others) or 'none'} does. Most of the group's account is made {most}. Training never comes to "
        "the probe: all of it passes through shared weights."
    )


def _cause(turning: Turning) -> str:
    right, left = (np.array(turning.groups) == name for name in ("coin at the right end", TURNING))
    with_it, without = (each[:, right].sum(axis=1) for each in (turning.booked, turning.left_out))
    end = turning.margin[LEFT_OUT][:, -1]
    effect, account = turning.margin[DIVERSE][:, -1] - end, turning.booked[:, left].sum(axis=1)
    return (
        f"**As a cause.** Trained without the pushes of the coin to the left the margin ends at "
        f"{between(mean(end))}, and {_share(end)} of the networks walk away. Their presence makes "
        f"{between(mean(effect))}; their account is {between(mean(account))}. The two differ by what other "
        "states do in answer: the account of the coin at the right end is "
        f"{between(mean(with_it))} beside them and {between(mean(without))} without."
    )


def percent(values: Array) -> str:
    """The median of shares, and its interval, in hundredths."""
    found = quantile_interval(100 * values)
    return f"{number(found.estimate)} % ({number(found.low)} to {number(found.high)})"


def unexplained(found: Width, quantity: str) -> Array:
    """(N,): what the ledger leaves unexplained, relative to the accounts."""
    return np.abs(found.unexplained[quantity]) / np.abs(found.booked[quantity]).sum(axis=1)


def listings(
    widths: Sequence[Width], smooth: Mapping[str, Sequence[Width]], turning: Turning
) -> tuple[Listing, ...]:
    """Errors by width, accounts by state with diversity."""
    columns = [f"{quantity}, {TITLES[kernel]}" for quantity in QUANTITIES for kernel in KERNELS]
    errors = [
        (
            f"{each.width:,}",
            *(percent(each.error(quantity, kernel)) for quantity in QUANTITIES for kernel in KERNELS),
            percent(unexplained(each, "margin")),
            *(percent(other[i].error("margin", "own")) for other in smooth.values()),
        )
        for i, each in enumerate(widths)
    ]
    order = np.argsort(turning.booked.mean(axis=0))
    states = [
        (
            turning.names[i],
            ("left", "right")[turning.action[i]],
            turning.groups[i],
            between(mean(turning.booked[:, i])),
            between(mean(turning.kernel[:, i] - turning.booked[:, i]), 4),
        )
        for i in order
    ]
    return (
        Listing(
            "Error of the predicted accounts, of the accounts' whole size: median over networks and its 95 % "
            "interval. Beside it what the ledger of the margin leaves unexplained, and the error with tanh "
            "units.",
            ("width", *columns, "unexplained", *(f"{kind}: margin, own kernel" for kind in smooth)),
            tuple(errors),
        ),
        Listing(
            "With diversity: what the demonstrated step in each state did to the probe's margin, means over "
            "networks and 95 % intervals.",
            ("state", "step", "group", "ledger", "own kernel − ledger"),
            tuple(states),
        ),
    )
