"""The sections of the report on flip times, enough diversity, the open problem and the phase diagram."""

from __future__ import annotations

import numpy as np

from ...statistics import sidak_level
from ..analysis import Listing, Section
from ..words import between
from . import lovers as open_problem
from .enough import TWO, WALKS, Line, away
from .flips import MUCH, SMALL, Linear, Turns, exponent
from .grid import Cell
from .settings import Settings
from .texts import of, percent, q


def flips(linear: Linear, turns: list[Turns], settings: Settings) -> Section:
    """Linear and ReLU."""
    missing = ", ".join(
        f"{each.left_out} of {settings.flips.networks} do not at m = {each.width}" for each in turns
    )
    agree = sum(a == b for a, b in zip(linear.found, linear.expected, strict=True))
    text = (
        f"A linear policy from zero weights turns at the very update that theory computes in {agree} of "
        f"{len(linear.found)} diversities. The slope of its flow, d ln t*/d ln ε, is "
        f"{_slopes(linear)}{linear.last_slope:.3f} at ε = {SMALL:g}; MAIS-O84 conjectures that it tends "
        f"to −1.",
        "Of ReLU networks those are followed that walk away before training "
        f"({missing}). "
        "The exponent is that of the median between the ends of the grid: "
        + "; ".join(f"{between(exponent(each, 0.95), 3)} at m = {each.width}" for each in turns)
        + ".",
    )
    exact = Listing(
        "Linear policy: updates until it turns.",
        ("ε", "simulated", "theory"),
        tuple(
            (f"{e:g}", _updates(a), _updates(b))
            for e, a, b in zip(linear.diversities, linear.found, linear.expected, strict=True)
        ),
    )
    rows = []
    for each in turns:
        for e in each.diversities:
            median, n = each.median(e), len(each.times[e])
            curve = each.survival(e)
            last = curve.followed[-1]
            late = [curve.at(min(factor / e, last)).estimate for factor in (1, 10, 100)]
            rows.append((
                str(each.width), f"{e:g}", str(n), _median(median), *(f"{value:.3f}" for value in late),
                f"{curve.at(last).estimate:.4f}", str(int((each.stuck[e] & ~each.turned[e]).sum())),
            ))  # fmt: skip
    columns = (
        "m",
        "ε",
        "networks",
        "median (95 %)",
        "P(> 1/ε)",
        "P(> 10/ε)",
        "P(> 100/ε)",
        "not turned by the end",
        "of these stuck",
    )
    caption = (
        "First turns of networks that walk away before training, Kaplan-Meier; not turned are censored. "
        "Stuck: "
        "no trained state activates a unit that the probe reads."
    )
    return Section("When it turns", text, (exact, Listing(caption, columns, tuple(rows))))


def _slopes(linear: Linear) -> str:
    if not linear.slopes:
        return ""
    return (
        f"{min(linear.slopes):.3f} to {max(linear.slopes):.3f} over the diversities below {MUCH:g} here and "
    )


def _updates(value: int) -> str:
    return f"{value:,}" if value >= 0 else "not within the run"


def _median(interval) -> str:
    shown = (
        f"{value:,.0f}" if np.isfinite(value) else "∞"
        for value in (interval.estimate, interval.low, interval.high)
    )
    return "{} ({} to {})".format(*shown)


def enough(lines: list[Line]) -> Section:
    """The 2 % question."""
    yes = [(line, t) for line in lines for t in line.times if line.smallest(t) <= TWO]
    every = sum(len(line.times) for line in lines)
    last = [away(line.right[line.nearest, line.times[-1]], 0.95) for line in lines]
    passed = [
        percent(
            line.right[line.nearest, line.times[-1]].networks,
            line.walks[line.nearest, line.times[-1]].networks,
        )
        for line in lines
    ]
    text = (
        f"At ε = {lines[0].nearest:g}, of the networks with every trained state right in the end, q is "
        + "; ".join(
            f"{between(each, 3)} at {line.name} ({share} of all are right)" if np.isfinite(each.estimate)
            else f"not known at {line.name} (none is right)"
            for each, line, share in zip(last, lines, passed, strict=True)
        )
        + ".",
        "Of all networks, right or not, the answer has a training time. Diversity counts as shown to be "
        "enough "
        f"from the least ε of the grid from which on the upper end of q's 95 % interval lies below "
        f"{WALKS:g}; "
        f"{TWO:.0%} is shown to be enough in {len(yes)} of {every} combinations of length, width and "
        f"training "
        "time. In the others it is not shown to be, which is not to say that it is shown not to be.",
    )  # fmt: skip
    times = sorted({t for line in lines for t in line.times})
    smallest = Listing(
        f"Least ε of the grid with q of all networks below {WALKS:g}.",
        ("network", *(f"update {t:,}" for t in times)),
        tuple((line.name, *(_least(line.smallest(t)) for t in times)) for line in lines),
    )
    rows, right = [], []
    for line in lines:
        for e in sorted({e for e, _ in line.walks}):
            rows.append((line.name, f"{e:g}", *(q(line.walks[e, t]) for t in times)))
            here = [line.right[e, t] for t in times]
            right.append((line.name, f"{e:g}", *(f"{q(each)}, n = {each.networks:,}" for each in here)))
    columns = ("network", "ε", *(f"update {t:,}" for t in times))
    full = Listing("q by diversity, all networks.", columns, tuple(rows))
    some = Listing("q by diversity, networks with every trained state right.", columns, tuple(right))
    return Section("How much diversity is enough", text, (smallest, full, some))


def _least(value: float) -> str:
    return f"{value:g}" if np.isfinite(value) else "none"


def lovers(scan: list[open_problem.Found], near: list[open_problem.Found], settings: Settings) -> Section:
    """MAIS-O83."""
    part = settings.lovers
    first = scan[0]
    simultaneous = [open_problem.toward(each.last, 1 - sidak_level(len(near))) for each in near]
    above = sum(each.low > open_problem.MAJORITY for each in simultaneous)
    at_once = 1 - sidak_level(len(scan))
    below = sum(each.high < open_problem.MAJORITY for each in simultaneous)
    text = (
        "MAIS-O83 asks for a two-layer ReLU network without biases, of length at least 4 and a small step, "
        "that is cloned "
        "without diversity and in the limit of long training walks strictly toward the displaced coin with "
        f"probability above one half. Of {len(scan)} members that were scanned with {part.scan_networks:,} "
        f"networks "
        f"each, {first.member.name} has the largest share that walks to the coin, "
        f"{between(open_problem.toward(first.last, at_once), 3)}, the largest of {len(scan)}, with intervals "
        f"that "
        f"hold for all of them at once; "
        f"{percent(first.last.neither, first.last.networks)} have a probe of exactly 0 after "
        f"{part.scan_updates:,} "
        f"updates. It is {'one' if first.member in [each.member for each in near] else 'none'} of the "
        f"members "
        "followed below, which were chosen when the claim was written.",
        f"Of {len(near)} members with {near[0].last.networks:,} fresh networks each, by intervals that "
        f"hold for all of them at once, {above} have a majority and {below} have none after "
        f"{part.near_updates:,} updates. What a "
        f"finite number of "
        "updates shows does not settle the limit: where weights are large the loss may soon be too small "
        "for the "
        "probe to move, and the shares by update below show which way they still go.",
    )
    rows = []
    for each in near:
        for t in sorted(each.walks):
            here = each.walks[t]
            rows.append((
                each.member.name, f"{t:,}", between(of(here.toward, here.networks), 4),
                between(of(here.neither, here.networks), 4), between(of(here.away, here.networks), 4),
                str(here.lost),
            ))  # fmt: skip
    columns = ("member", "update", "to the coin", "exactly 0", "away", "diverged")
    listing = Listing("The members chosen, Clopper-Pearson 95 % each.", columns, tuple(rows))
    nearest = Listing(
        f"Members of the scan with the largest shares, {part.scan_networks:,} networks each; intervals of "
        f"Clopper and Pearson that hold for the {len(scan)} members at once.",
        ("member", "to the coin", "exactly 0", "away"),
        tuple(
            (each.member.name, *(between(of(n, each.last.networks, at_once), 3) for n in (
                each.last.toward, each.last.neither, each.last.away,
            )))
            for each in scan[:10] if each.last.networks
        ),
    )  # fmt: skip
    return Section("The open problem: does a majority love the coin?", text, (listing, nearest))


def phases(cells: list[Cell], settings: Settings) -> Section:
    """All cells of the grid."""
    part = settings.grid
    text = (
        f"{part.networks:,} networks a cell, {part.updates:,} updates, line of length 4. Guess-and-check "
        f"has to pass a "
        f"cloning loss of {part.loss:g} within {part.attempts:,} tries; n is how many did, where some did "
        f"not.",
    )
    diversities = sorted({each.diversity for each in cells})
    groups: dict[tuple, dict[float, Cell]] = {}
    for each in cells:
        groups.setdefault((each.method, each.encoding, each.width, each.rate), {})[each.diversity] = each
    rows = []
    for (method, encoding, width, rate), by in groups.items():
        shown = []
        for e in diversities:
            here = by[e].walks
            some = f", n = {here.networks}" if here.lost and here.networks else ""
            shown.append(q(here) + some)
        rows.append((method, encoding, str(width), "" if rate is None else f"{rate:g}", *shown))
    columns = ("found by", "encoding", "m", "η", *(f"q at ε = {e:g}" for e in diversities))
    return Section("Phase diagram", text, (Listing("q, Clopper-Pearson 95 %.", columns, tuple(rows)),))
