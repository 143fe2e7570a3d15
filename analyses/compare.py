"""Two conditions of a run, network by network: what changes in a behaviour, and by how much."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..sim.errors import Fault, InvalidInput, PopgradError
from .compare_checks import Request, checked
from .compare_times import TimesCompared, compare_times
from .statistics import (
    Array,
    Equivalence,
    Interval,
    Signs,
    at_most,
    clustered_mean,
    equivalence,
    mcnemar,
    paired_mean,
    paired_median,
    paired_share_difference,
    share,
    signs,
)

if TYPE_CHECKING:
    from ..sim.runfile import Run

FEW = 30


@dataclass(frozen=True, eq=False)
class Comparison:
    """A behaviour under two conditions, X and Y; every difference is Y minus X within a network.

    Args:
        behaviour: its name.
        probability: whether its rate is a probability; an expected count per episode otherwise.
        conditions: X and Y.
        seed: the seed that both have.
        at: updates done, in X and in Y.
        networks: how many each condition has.
        lost: how many of them have no value at that time in X alone, in Y alone, in both; they are left out.
        differences: (pairs,) Y minus X, of the networks that have both.
        means: of X and of Y, over these.
        shares: of networks above one half, in X and in Y.
        mean: of the differences.
        median: of the differences; None with clusters.
        share: difference of the shares.
        share_p: McNemar's, None with clusters.
        signs: how many networks are higher in Y, lower, and the same to the bit; the p value is not for
            clusters.
        clusters: the hyperparameter whose values are clusters, or None.
        equivalence: verdict of `mean` on the region of practical equivalence, None where none was given.
        times: correction times, None where no watch was given.
        notes: what a reader should know before believing the numbers.
    """

    behaviour: str
    probability: bool
    conditions: tuple[str, str]
    seed: int | dict[str, int]
    at: tuple[int, int]
    networks: int
    lost: tuple[int, int, int]
    differences: Array
    means: tuple[float, float]
    shares: tuple[Interval, Interval]
    mean: Interval
    median: Interval | None
    share: Interval
    share_p: float | None
    signs: Signs
    clusters: str | None
    equivalence: Equivalence | None
    times: TimesCompared | None
    notes: tuple[str, ...]

    @property
    def pairs(self) -> int:
        """Networks that have a value in both conditions."""
        return self.differences.size


def compare(
    run: Run,
    behaviour: str | None = None,
    between: tuple[str, str] | None = None,
    *,
    at: int | None = None,
    confidence: float = 0.95,
    rope: tuple[float, float] | None = None,
    watch: str | None = None,
    clusters: str | None = None,
) -> Comparison:
    """The paired effect of one condition instead of another on a behaviour.

    Conditions of a run share their seed, and networks their numbers: the same network begins with the same
    weights in both. What is compared is therefore each network with itself.

    Args:
        run: what `open_run` gives.
        behaviour: a name from `run.behaviours`; the first when None.
        between: two names from `run.conditions`, X and Y; the run's two when None and there are just two.
        at: a recorded time of both conditions; the end of each when None.
        confidence: of every interval by itself.
        rope: lower and upper end of a region of practical equivalence of the mean difference.
        watch: compare when this watch was crossed, too.
        clusters: a hyperparameter with few values, of `choice` or `grid`: intervals are then of its values,
            not of networks, and what there is for independent networks alone is left out.

    Returns:
        Estimates, intervals and counts; `compare_report` shows them.

    Raises:
        InvalidInput: names or times that the run does not have, conditions of different seeds, a region not
            in order.
        PopgradError: fewer than 2 networks with a value in both.

    Example:
        >>> found = compare(run, "walks_away", ("imitation", "outcome"))                # doctest: +SKIP
        >>> print(found.mean)                                                           # doctest: +SKIP
    """
    request = checked(run, behaviour, between, at, confidence, rope, watch, clusters)
    first, second = (_values(run, request, side) for side in (0, 1))
    has = ~np.isnan(first), ~np.isnan(second)
    both = has[0] & has[1]
    lost = tuple(int(count.sum()) for count in (~has[0] & has[1], has[0] & ~has[1], ~has[0] & ~has[1]))
    if both.sum() < 2:
        names = " and ".join(request.conditions)
        raise PopgradError(
            f"{run.path}: {both.sum()} networks have a value of {request.behaviour} under {names}; needs 2"
        )
    x, y = first[both], second[both]
    label = None if clusters is None else _clusters(run, request, clusters)[both]
    probability = run.is_probability[request.behaviour]
    mean = _mean(x, y, label, probability, confidence)
    above = x > 0.5, y > 0.5
    if label is None:
        shares = [share(int(each.sum()), x.size, confidence) for each in above]
        share_difference = paired_share_difference(above[1], above[0], confidence)
    else:
        shares = [_clustered_share(each, label, confidence) for each in above]
        share_difference = _mean(above[0].astype(float), above[1].astype(float), label, True, confidence)
    return Comparison(
        behaviour=request.behaviour,
        probability=probability,
        conditions=request.conditions,
        seed=request.seed,
        at=request.at,
        networks=len(run.networks),
        lost=(lost[0], lost[1], lost[2]),
        differences=y - x,
        means=(float(x.mean()), float(y.mean())),
        shares=(shares[0], shares[1]),
        mean=mean,
        median=paired_median(y, x, confidence) if label is None else None,
        share=share_difference,
        share_p=mcnemar(above[1], above[0]) if label is None else None,
        signs=signs(y, x),
        clusters=clusters,
        equivalence=None if rope is None else equivalence(mean, *rope),
        times=None if watch is None else compare_times(run, watch, request.conditions, confidence),
        notes=tuple(_notes(x, y, request, lost, label, probability)),
    )


def _values(run: Run, request: Request, side: int) -> Array:
    """(networks,) of one condition at its time, block by block: all times of a million would be 240 MB."""
    behaviour = run.behaviours.index(request.behaviour)
    time = int(np.flatnonzero(run.time == request.at[side])[0])
    slabs = run.slabs("rate", request.conditions[side])
    return np.concatenate([slab[:, time, behaviour].astype(np.float64) for slab in slabs])


def _mean(x: Array, y: Array, label: NDArray | None, probability: bool, confidence: float) -> Interval:
    if probability and not (y - x).any():
        # Student's interval has no width here, though two networks show little. With none of n different,
        # few are; and what a probability can change by is at most 1. Of clusters it is they that are sampled.
        sampled = x.size if label is None else np.unique(label).size
        bound = at_most(0, sampled, confidence).high
        return Interval(0.0, -bound, bound, confidence, "none of n differs")
    return paired_mean(y, x, confidence) if label is None else clustered_mean(y - x, label, confidence)


def _clustered_share(above: NDArray, label: NDArray, confidence: float) -> Interval:
    """A share by clusters, not below 0 nor above 1; where all agree, of the clusters as so many networks."""
    clusters = np.unique(label).size
    if above.all() or not above.any():
        return share(clusters * int(above.all()), clusters, confidence)
    interval = clustered_mean(above, label, confidence)
    return replace(interval, low=max(interval.low, 0.0), high=min(interval.high, 1.0))


def _clusters(run: Run, request: Request, name: str) -> NDArray:
    """(networks,) the value of a hyperparameter, which both conditions must have given to a network alike."""
    one, two = (run.hyperparameter(name, condition) for condition in request.conditions)
    different = np.unique(one[~np.isnan(one)]).size
    if np.isnan(one).all() or not np.array_equal(one, two, equal_nan=True):
        fault = Fault("clusters", repr(name), "a hyperparameter that both conditions draw alike")
    elif different == len(one):
        fault = Fault("clusters", repr(name), "one whose values networks share; here each has its own")
    elif different < 2:
        fault = Fault("clusters", repr(name), "one with at least 2 values; here all networks share one")
    else:
        return one
    raise InvalidInput(str(run.path), [fault])


def _notes(
    x: Array, y: Array, request: Request, lost: tuple[int, ...], label: NDArray | None, probability: bool
) -> list[str]:
    found = []
    one, two = request.conditions
    if sum(lost):
        found.append(
            f"{sum(lost):,} networks have no value (diverged, or found no weights) and are left out: "
            f"{lost[0]:,} under {one} alone, {lost[1]:,} under {two} alone, {lost[2]:,} under both."
        )
    if request.at[0] != request.at[1]:
        ends = f"update {request.at[0]:,} and update {request.at[1]:,}"
        found.append(f"The conditions end at {ends}: part of the difference may be due to that.")
    if label is not None:
        found.append(
            "Clusters count in the intervals of the mean and the shares; times of a watch ignore them."
        )
    differing = int(np.count_nonzero(y - x))
    if x.min() == x.max() and y.min() == y.max():
        found.append(
            "All networks have the same value within a condition: they are one network, not a sample."
        )
    elif np.ptp(y - x) == 0 and (differing or not probability):
        found.append(
            "All networks differ by the same, so the interval of the mean has no width; that is no proof."
        )
    elif 0 < differing < FEW and label is None:
        found.append(f"Only {differing} networks differ: the interval of the mean is rough. Read the counts.")
    return found
