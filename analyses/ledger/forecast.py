"""The ledger as a prediction: the accounts of the first updates, and the end of training."""

from __future__ import annotations

from pathlib import Path

from .forecast_experiments import FULL, QUICK, Size
from .forecast_figure import overview
from .forecast_found import scored
from .forecast_measured import forecast
from .forecast_report import answer, listings
from .part import Part

QUESTION = (
    "Do the accounts of the first 5 % of training say how it ends: for each network, and for the "
    "population? Do they say more than a straight line through the trajectory, or than ten networks "
    "simulated to the end?"
)
COUNTS = (
    "For networks, one way is nearer than another where the interval of the median difference of their "
    "errors of the margin excludes 0. For the population, the accounts are nearer than ten networks where "
    "the whole interval of their error of the mean rate is within the root mean square error of the mean "
    "of ten."
)


def run(folder: Path, quick: bool = False, threads: int | None = None, size: Size | None = None) -> Part:
    """Book the beginning, predict the end, and see.

    Args:
        folder: where runs go.
        quick: the short version, below a minute.
        threads: blocks at a time; all cores by default.
        size: how much is computed, in place of what `quick` says.

    Returns:
        What was found.
    """
    size = size or (QUICK if quick else FULL)
    found = [scored(forecast(folder, cell, size, threads), size.resamples) for cell in size.cells]
    return Part(
        heading="As a prediction",
        question=QUESTION,
        counts=COUNTS,
        answer=tuple(answer(found, size)),
        figure=overview(found),
        caption=CAPTION,
        listings=tuple(listings(found)),
        method=(METHOD.format(size=size),),
    )


CAPTION = (
    "Above: mean rate of walking away at the probe; up to the dotted line it was seen, from there on it is "
    "predicted. Grey: where 95 % of means of ten networks would lie. Below: medians of networks' errors "
    "with 95 % intervals, and the kernel's error of each network by how far its kernel moved."
)
METHOD = (
    "The coin line of length 4 with diversity 0.02, exact losses, {size.networks} networks without biases, "
    "SGD for {size.updates:,} updates, of which {size.seen} are seen. Cells: 256 tanh units, N(0, 1), "
    "tangent-kernel parameterisation, η = 0.8; 16 units, N(0, 1), η = 0.05; 16 units from small weights, "
    "N(0, 0.1²), η = 0.2. *Kernel*: margins of the probe and of all 16 trained states are booked; an "
    "account over the pushes that it was booked for is a network's own tangent kernel between two states, "
    "averaged over what was seen. It is held fixed, and from the last margins seen the rest is integrated "
    "update by update with the loss's own pushes: η d(s) (demonstrator − π) in imitation, dynamic "
    "programming in outcome. *Account laws*: each account of the probe goes on as A ln(1 + t/τ) through "
    "its values half-way and at the end of what was seen, in proportion to time where it grew faster. "
    "*Straight line*: least squares through the margin of every update seen. *As it is*: the last margin "
    "seen. Sampled losses are left out: pushes that were drawn are not in the run file. What counts was "
    "settled, and the cells from small weights were added, after a first look at the other four; small "
    "weights are there to see it fail."
)
