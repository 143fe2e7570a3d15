"""What two arms come to: exposure against its closed form, its tail, and acts that nothing rewards."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from ....sim.runfile import Run
from ...statistics import Interval, paired_mean
from ...statistics.interval import Array
from ..analysis import Estimator
from ..exposure import followed
from .arms import BEYOND, DRAWN, DRAWS, NEUTRAL, kept, named, named_by, neutral_horizons, told_gaps
from .exposure import Bounds, bad_odds, falling_total, killed, killed_by_visits
from .flows import EVEN, FLOWS, GOOD, catastrophe, exposure_by, exposure_until
from .settings import Settings

NEGLIGIBLE = 1e-9
"""A bad act of this probability ends what is read of a tail: there is no exposure left to speak of, and
float32's least numbers, which a gradient may come to, are still far."""

HORIZONS = ("until p > 0.5", "until p > 0.9", "all of training")


class Risk(NamedTuple):
    """P(catastrophe) under a rule, from a start, with a hazard, over one of `HORIZONS`.

    Args:
        found: from the run, with the limits of what lies between records.
        closed: by the closed form; NaN where the run did not come so far.
    """

    start: float
    hazard: float
    horizon: str
    found: Bounds
    closed: float


def exactly(
    estimate: float, low: float, high: float, method: str = "deterministic, numerical limits"
) -> Estimator:
    """One deterministic number, between limits of numerical error."""
    low, high = min(low, estimate), max(high, estimate)  # sums round differently
    return partial(_exactly, method, estimate, low, high)


def _exactly(method: str, estimate: float, low: float, high: float, confidence: float) -> Interval:
    return Interval(estimate, low, high, confidence, method)


def risks(run: Run, settings: Settings) -> dict[str, list[Risk]]:
    """Rule -> its risks."""
    return {
        rule: [
            risk
            for start in kept(settings, rule)
            for hazard in settings.hazards
            for risk in _risks(run, rule, start, hazard, settings.h)
        ]
        for rule in FLOWS
        if kept(settings, rule)
    }


def _risks(run: Run, rule: str, start: float, hazard: float, h: float) -> list[Risk]:
    condition = named(rule, start)
    times, odds = bad_odds(run, condition)
    even, good = (int(run.crossed_at(watch, condition)[0]) for watch in run.own_watches(condition))
    closed = (
        exposure_until(rule, start, EVEN, h),
        exposure_until(rule, start, GOOD, h),
        exposure_by(rule, start, int(times[-1]), h),
    )
    return [
        Risk(start, hazard, horizon, _killed(*until(times, odds, end), hazard), catastrophe(form, hazard))
        for horizon, end, form in zip(HORIZONS, (even, good, int(times[-1])), closed, strict=True)
        if end >= 0
    ]


def _killed(times: Array, odds: Array, hazard: float) -> Bounds:
    sums = falling_total(times, -np.log1p(-hazard * np.exp(odds)))
    return Bounds(*(-np.expm1(-np.asarray(each)) for each in sums))


def until(times: Array, values: Array, end: int) -> tuple[Array, Array]:
    """Records up to an update, which is put in between if it was not recorded."""
    before = times < end
    return np.append(times[before], end), np.append(values[before], np.interp(end, times, values))


def worst(found: list[Risk]) -> Risk:
    """The one farthest from its closed form."""
    return max(found, key=lambda risk: abs(float(risk.found.middle) - risk.closed))


def drawn_risks(run: Run, settings: Settings) -> dict[str, tuple[Array, float]]:
    """Cell -> P of each network at the largest hazard, and its closed form."""
    hazard = settings.hazards[-1]
    return {
        name: (
            killed_by_visits(run.visits("arm_1", name), hazard),
            catastrophe(exposure_by(rule, settings.starts[0], settings.sampled_updates, settings.h), hazard),
        )
        for name, (rule, _) in DRAWN.items()
    }


def integral(runs: Mapping[str, Run], settings: Settings) -> dict[str, Estimator]:
    """Simulated less closed: the worst of a rule, between the limits of all."""
    found: dict[str, Estimator] = {}
    for rule, each in risks(runs["arms"], settings).items():
        low = min(float(risk.found.low) - risk.closed for risk in each)
        high = max(float(risk.found.high) - risk.closed for risk in each)
        risk = worst(each)
        found[FLOWS[rule].title] = exactly(float(risk.found.middle) - risk.closed, low, high)
    for name, (values, closed) in drawn_risks(runs["acts"], settings).items():
        found[name] = partial(paired_mean, values, np.full(values.size, closed))
    return found


class Tail(NamedTuple):
    """The end of a deterministic run.

    Args:
        slope: of ln π_bad in ln t over the last tenth of training, or of the time until it is `NEGLIGIBLE`.
        low, high: the least and the greatest slope over an eighth of that in log time, or after once more the
            change from the first eighth to the last, since slopes are still on their way to the limit.
        bad: π_bad at the end of that time.
        end: updates done by then.
    """

    slope: float
    low: float
    high: float
    bad: float
    end: int


def tails(run: Run) -> dict[str, Tail]:
    """Title -> tail, of every rule and of what has no closed form."""
    titles = {rule: flow.title for rule, flow in FLOWS.items()} | {name: name for name in BEYOND}
    return {title: tail(*bad_odds(run, name)) for name, title in titles.items()}


def tail(times: Array, odds: Array) -> Tail:
    """From ln π_bad at some times."""
    last = max(1, int(np.flatnonzero(odds >= np.log(NEGLIGIBLE))[-1]))
    end = times[last]
    at = np.geomspace(end / 10, end, 9)
    logs = np.interp(np.log(at), np.log(times[1:]), odds[1:])
    slopes = np.diff(logs) / np.diff(np.log(at))
    slopes = np.append(slopes, min(0.0, 2 * slopes[-1] - slopes[0]))
    whole = float((logs[-1] - logs[0]) / np.log(10))
    return Tail(whole, float(slopes.min()), float(slopes.max()), float(np.exp(odds[last])), int(end))


def tail_exponents(run: Run) -> dict[str, Estimator]:
    """Of π_bad in time, with the range of its local slopes."""
    return {
        title: exactly(each.slope, each.low, each.high, "range of local slopes")
        for title, each in tails(run).items()
    }


def start_exponents(run: Run, settings: Settings) -> dict[str, Estimator]:
    """Of exposure until p > ½ in 1/ε."""
    found = {}
    for rule in FLOWS:
        starts = kept(settings, rule)[-2:]
        if len(starts) == 2:
            more, less = (exposure_until_even(run, named(rule, start)) for start in starts[::-1])
            found[FLOWS[rule].title] = _exponent(more, less, starts[0] / starts[1])
    return found


def _exponent(more: Bounds, less: Bounds, ratio: float) -> Estimator:
    """ln(more/less)/ln(ratio)."""
    low, middle, high = (
        float(np.log(one / other) / np.log(ratio)) for one, other in zip(more, reversed(less), strict=True)
    )
    return exactly(middle, low, high)


def exposure_until_even(run: Run, condition: str) -> Bounds:
    """Σ π_bad over the updates until p > ½."""
    times, odds = bad_odds(run, condition)
    watch = run.own_watches(condition)[0]
    times, odds = until(times, odds, int(run.crossed_at(watch, condition)[0]))
    return falling_total(times, np.exp(odds))


def told_risks(run: Run, settings: Settings) -> dict[str, dict[float, Bounds]]:
    """One of `TOLD` -> c -> c Σ π_bad until p > ½."""
    found: dict[str, dict[float, Bounds]] = {}
    for name, (told, hazard, _) in told_gaps(settings).items():
        sums = exposure_until_even(run, name)
        found.setdefault(told, {})[hazard] = Bounds(*(hazard * each for each in sums))
    return found


def no_incentive(run: Run, settings: Settings) -> dict[str, dict[int, Estimator]]:
    """Of acts that nothing rewards -> updates -> P by then."""
    return {
        name: {
            updates: _mean(_neutral_risk(run, named_by(name, updates), settings.neutral_hazard))
            for updates in neutral_horizons(settings)
        }
        for name in NEUTRAL
    }


def _neutral_risk(run: Run, condition: str, hazard: float) -> Array:
    """P of each network; of one where nothing is drawn, since all are equal."""
    visits = run.visits("arm_1", condition)
    if (visits >= 0).all():
        return killed_by_visits(visits, hazard)
    times, rates = followed(run, "arm_1", condition)
    return 1 - (1 - killed(times, rates[:1], hazard)) ** DRAWS


def _mean(values: Array) -> Estimator:
    if values.size == 1:
        only = float(values[0])
        return exactly(only, only, only)
    return partial(paired_mean, values, np.zeros(values.size))
