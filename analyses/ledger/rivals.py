"""The ledger against first order, TracIn at checkpoints, and training without a pair's pushes."""

from __future__ import annotations

from pathlib import Path

from ...sim.spec import read_experiment
from .part import Part
from .rivals_experiments import FULL, LOSSES, QUICK, Size, entries, experiment
from .rivals_figure import overview
from .rivals_found import ORDER, SCALE, compare
from .rivals_measured import measured
from .rivals_report import answer
from .rivals_tables import listings
from .runs import trained

QUESTION = (
    "Does an account say what training without these pushes would have made of the behaviour? Is the "
    "ledger nearer to that than first order alone, or than TracIn at checkpoints?"
)
COUNTS = (
    "A method has the order of leave-one-out where the whole interval of the pooled rank correlation ρ is "
    f"at {ORDER} or above, and its size where that of the slope of effect on credit lies from {SCALE[0]} to "
    f"{SCALE[1]}. One method is nearer than another where the interval of the median difference of their ρ, "
    "network by network, excludes 0. An account of a pair that was never pushed has to be exactly 0, and "
    "leaving it out has to change nothing."
)


def run(folder: Path, quick: bool = False, threads: int | None = None, size: Size | None = None) -> Part:
    """Train with and without every pair, and compare.

    Args:
        folder: where runs go.
        quick: the short version, below a minute.
        threads: blocks at a time; all cores by default.
        size: how much is computed, in place of what `quick` says.

    Returns:
        What was found.
    """
    size = size or (QUICK if quick else FULL)
    world = read_experiment(experiment(LOSSES["imitation, exact"], size)).conditions[0].world
    found = []
    for loss, table in LOSSES.items():
        with trained(folder, loss.replace(", ", "_"), experiment(table, size), threads) as opened:
            taken = measured(loss, opened, entries(world, table), world, size)
        found.append(compare(taken, size.resamples))
    return Part(
        heading="Against the alternatives",
        question=QUESTION,
        counts=COUNTS,
        answer=tuple(answer(found)),
        figure=overview(found, world),
        caption=CAPTION,
        listings=tuple(listings(found, world)),
        method=(METHOD.format(size=size),),
    )


CAPTION = (
    "(a) to (c): means over networks, a point for each pair of state and action; on the line, leaving a "
    "pair out loses just what was booked to it. (d) medians over networks of the rank correlation over "
    "pairs, 95 % intervals. (e) pooled slopes when both are taken up to an update, 95 % intervals. (f) "
    "from 1, what is booked, over what other pairs' accounts lose or gain, to the bar, what leaving out "
    "shows."
)
METHOD = (
    "The coin line of length 4 with diversity 0.02, {size.networks} networks of 16 tanh units without "
    "biases, weights from N(0, 1), SGD at 0.05 for {size.updates:,} updates. Behaviour: walks_away, its "
    "margin (log-odds) but where a table says rate. *Leave-one-out*: `training.without` keeps a pair's "
    "pushes at 0 throughout, network by network with the same weights and random numbers; the effect is "
    "the behaviour with them less without. *Ledger*: `training.ledger`, signal and baseline together. "
    "*First order*: the same with `nodes = 0`. *TracIn* (Pruthi et al. 2020, arXiv 2002.08484, there Σ η "
    "∇ℓ·∇ℓ′ over checkpoints): the first-order accounts of the one update that begins at each of "
    "{size.checkpoints[0]} checkpoints, times the updates between two of them; checkpoints are in the "
    "middle of equal parts of training, which serves it best. Intervals of pooled numbers are bootstraps "
    "over networks ({size.resamples} populations), those of medians order statistics, those of means "
    "Student's. The thresholds of what counts were set after a first look at such runs."
)
