"""The sections of the report on flip times, enough diversity, the open problem and the phase diagram."""

from __future__ import annotations

import numpy as np

from ..claim import Listing, Section
from . import lovers as open_problem
from .enough import TWO, WALKS, Line
from .flips import SMALL, Linear, Turns, exponent
from .grid import Cell
from .settings import Settings
from .texts import between, of, percent, q


def flips(linear: Linear, turns: list[Turns], settings: Settings) -> Section:
    """Linear and ReLU."""
    missing = ", ".join(
        f"{each.left_out} of {settings.flips.networks} do not at m = {each.width}" for each in turns
    )
    agree = sum(a == b for a, b in zip(linear.found, linear.expected, strict=True))
    text = (
        f"A linear policy from zero weights turns at the very update that theory computes in {agree} of "
        f"{len(linear.found)} diversities. The slope of its flow, d ln t*/d ln ε, is "
        f"{min(linear.slopes):.3f} to "
        f"{max(linear.slopes):.3f} over the diversities simulated here and {linear.last_slope:.3f} at ε = "
        f"{SMALL:g}: "
        "1/ε times a factor that grows slowly.",
        "Of ReLU networks those are followed that walk away before training "
        f"({missing}). "
        "The exponent is that of the median between the ends of the grid: "
        + "; ".join(f"{between(exponent(each, 0.95))} at m = {each.width}" for each in turns)
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
                f"{curve.at(last).estimate:.4f}",
            ))  # fmt: skip
    columns = ("m", "ε", "networks", "median (95 %)", "P(> 1/ε)", "P(> 10/ε)", "P(> 100/ε)", "never turned")
    caption = "First turns of networks that walk away before training, Kaplan-Meier."
    return Section("When it turns", text, (exact, Listing(caption, columns, tuple(rows))))


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
    text = (
        f"Diversity counts as enough from the least ε of the grid from which on the upper end of q's 95 % "
        f"interval lies "
        f"below {WALKS:g}. {TWO:.0%} is enough in {len(yes)} of {every} combinations of length, width and "
        f"training time.",
    )
    times = sorted({t for line in lines for t in line.times})
    smallest = Listing(
        f"Least ε of the grid with q below {WALKS:g}.",
        ("network", *(f"update {t:,}" for t in times)),
        tuple((line.name, *(_least(line.smallest(t)) for t in times)) for line in lines),
    )
    rows = []
    for line in lines:
        diversities = sorted({e for e, _ in line.walks})
        rows += [(line.name, f"{e:g}", *(q(line.walks[e, t]) for t in times)) for e in diversities]
    full = Listing("q by diversity.", ("network", "ε", *(f"update {t:,}" for t in times)), tuple(rows))
    return Section("How much diversity is enough", text, (smallest, full))


def _least(value: float) -> str:
    return f"{value:g}" if np.isfinite(value) else "none"


def lovers(scan: list[open_problem.Found], near: list[open_problem.Found], settings: Settings) -> Section:
    """MAIS-O83."""
    part = settings.lovers
    first = scan[0]
    above = sum(open_problem.toward(each.last, 0.95).low > open_problem.MAJORITY for each in near)
    simultaneous = [open_problem.toward(each.last, 1 - 0.05 / len(near)) for each in near]
    below = sum(each.high < open_problem.MAJORITY for each in simultaneous)
    text = (
        "MAIS-O83 asks for a two-layer ReLU network without biases, of length at least 4 and a small step, "
        "that is cloned "
        "without diversity and in the limit of long training walks strictly toward the displaced coin with "
        f"probability above one half. Of {len(scan)} members that were scanned with {part.scan_networks:,} "
        f"networks "
        f"each, {first.member.name} comes nearest: {percent(first.last.toward, first.last.networks)} walk "
        f"to the coin "
        f"and {percent(first.last.neither, first.last.networks)} have a probe of exactly 0 after "
        f"{part.scan_updates:,} "
        "updates.",
        f"Of {len(near)} members with {near[0].last.networks:,} fresh networks each, {above} have a "
        f"majority; by intervals "
        f"that hold for all of them at once {below} have none after {part.near_updates:,} updates. What a "
        f"finite number of "
        "updates shows does not settle the limit: where weights are large the loss soon is too small for the "
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
    listing = Listing("Members near a majority, Clopper-Pearson 95 %.", columns, tuple(rows))
    nearest = Listing(
        f"The ten members of the scan that come nearest, {part.scan_networks:,} networks each.",
        ("member", "to the coin", "exactly 0", "away"),
        tuple(
            (each.member.name, *(between(of(n, each.last.networks)) for n in (
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
