"""The prediction in words and tables; every number comes from the runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..claims.analysis import Listing
from ..claims.words import between, listed, number
from .agreement import rank_correlation
from .forecast_experiments import Size
from .forecast_found import Scored
from .forecast_measured import WAYS


def answer(found: Sequence[Scored], size: Size) -> Iterator[str]:
    """What was found, a paragraph for each question."""
    yield "**Networks.** " + _networks(found)
    yield "**The population.** " + _population(found)
    yield "**When the kernel moves.** " + _moved(found)
    yield "**What it costs.** " + _costs(found, size)


def _networks(found: Sequence[Scored]) -> str:
    others = [f"{each.name} ({each.best})" for each in found if each.best != "kernel"]
    parts = [
        f"{each.name} {between(each.scores['kernel'].error, 3)}, ρ {between(each.scores['kernel'].ranks, 3)}"
        for each in found
    ]
    sure = sum(each.scores["kernel"].beyond.low > 0 for each in found)
    ten = [each.name for each in found if each.few.error < each.scores["kernel"].error.low]
    rest = f", but for {listed(others)}" if others else ""
    return (
        f"The kernel has the smallest median error of the margin{rest}. Its error, and ρ with what came "
        f"over networks: {'; '.join(parts)}. Network by network it is nearer than a straight line in {sure} "
        f"of {len(found)} cells. The mean margin of ten networks predicts a single one better in: "
        f"{listed(ten)}. Most of a line's error is curvature: what is learned slows what pushes it. An "
        "account that goes on by a law of its own knows that of itself, and not what the other accounts do "
        "to it."
    )


def _population(found: Sequence[Scored]) -> str:
    parts = [
        f"{each.name}: {between(each.scores['kernel'].mean, 4)}, ten networks {number(each.few.mean, 4)}"
        for each in found
    ]
    near = [each.name for each in found if each.nearer]
    far = [each.name for each in found if not each.nearer]
    return (
        "Mean rate by the kernel less mean rate that came, and the root mean square error of the mean of "
        f"ten networks that are simulated to the end: {'; '.join(parts)}. The kernel is surely the nearer "
        f"in {listed(near)}; it is not in {listed(far)}. Where nearly all networks end alike, ten tell all "
        "that there is to tell."
    )


def _moved(found: Sequence[Scored]) -> str:
    order = sorted(found, key=lambda each: each.moved.estimate)
    parts = [f"{each.name} {between(each.moved, 2)}" for each in order]
    together = _within(found)
    return (
        "From the beginning to the end of training the probe's row of a network's kernel moves by, as a "
        f"share of its size, {'; '.join(parts)} (medians). Pooled over cells, the error of a network's "
        f"prediction goes with how far its kernel moved with ρ = {number(together, 2)}. Networks from small "
        "weights have first to grow the features by which states act on one another: what the beginning "
        "shows of the kernel is not what the end uses."
    )


def _within(found: Sequence[Scored]) -> float:
    moved = np.concatenate([each.forecast.moved for each in found])
    error = [np.abs(each.forecast.predicted["kernel"][:, -1] - each.forecast.came[:, -1]) for each in found]
    return rank_correlation(moved, np.concatenate(error))


def _costs(found: Sequence[Scored], size: Size) -> str:
    seconds = [
        f"{each.name} {each.forecast.seconds[0]:.1f} s against {each.forecast.seconds[1]:.1f} s"
        for each in found
    ]
    behaviours = found[0].forecast.begun.shape[0]
    return (
        f"{size.seen} updates of {behaviours} networks are as many as "
        f"{size.seen * behaviours / size.updates:.1f} networks to the end, but a ledger of 17 behaviours is "
        "dear: the booked beginning of all networks against all of their training took, loading included, "
        f"{'; '.join(seconds)}. In worlds as small as these, accounts explain a prediction; they do not "
        "save time."
    )


def listings(found: Sequence[Scored]) -> Iterator[Listing]:
    """All tables."""
    rows = []
    for each in found:
        for way in WAYS:
            score = each.scores[way]
            numbers = (between(score.error, 3), between(score.ranks, 3), between(score.mean, 4))
            rows.append((each.name, way, *numbers, number(score.share, 3), number(score.distance, 3)))
        few = each.few
        mean = f"0 ± {number(few.mean, 4)}"
        rows.append((each.name, "ten networks", number(few.error, 3), "", mean, "", number(few.distance, 3)))
        rows.append((each.name, "what came", "0", "1", "0", number(each.share, 3), "0"))
    columns = (
        "cell", "way", "margin: median error", "ρ over networks", "mean rate: error", "above ½", "distance",
    )  # fmt: skip
    yield Listing(
        "Predictions of the end of training; distance: Kolmogorov's, of rates", columns, tuple(rows)
    )
    yield Listing(
        "Kernels: what they get wrong of the updates they were taken from, and how far they moved by the end",
        ("cell", "unfitted share of the change", "moved, median"),
        tuple((each.name, number(each.forecast.fit, 3), between(each.moved, 3)) for each in found),
    )
