"""Working memory of one thread: allocated once for a plan, reused by every tile."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..tables import Baseline, Evaluations, Floats, MeasurementPlan, Source, TrainingPlan, Words
from .vector import LANES, empty_lanes


class Scratch(NamedTuple):
    """Flat arrays, each (..., lane).

    values: the layers' outputs one after the other, the logits last, and on the way back their gradients;
    probability (R, A); push (R, A); gradient (P).
    Episodes: thresholds (N, A), likeliest (N), counts (states + 1, A), states (H + 1, E),
    actions and returns (H, E),
    occupancy (H + 1, N), state_values (H + 1, N). outcome: rates, then margins, of an evaluation.
    """

    values: Floats
    probability: Floats
    push: Floats
    gradient: Floats
    thresholds: Words
    likeliest: Words
    counts: Words
    states: Words
    actions: Words
    returns: Floats
    occupancy: Floats
    state_values: Floats
    outcome: Floats


def scratch_for(training: TrainingPlan, measurement: MeasurementPlan) -> Scratch:
    """Working memory that is large enough for both plans."""
    network, actions = training.network, training.actions
    rows = max(len(training.rows.features), len(measurement.rows.features))
    states, horizon, episodes = (
        len(training.episodes.row),
        training.episodes.horizon,
        training.sampling.episodes,
    )
    ends = int(training.episodes.successor.max(initial=0)) if states else 0
    ends = max(ends, int(training.sampling.start.outcomes.max(initial=0)), states)
    by_time = training.source in (Source.EXACT, Source.SAMPLED)
    valued = training.source == Source.SAMPLED and training.signal.baseline == Baseline.VALUE
    steps = horizon + 1 if training.source == Source.EXACT or valued else 2
    sampled = training.source == Source.SAMPLED
    settings = [measurement.evaluations, training.watches.evaluations]
    occupancy = max([steps * states if by_time else 0, *(3 * _most_states(e) for e in settings)])
    functionals = max(len(e.setting) for e in settings)
    return Scratch(
        values=empty_lanes(rows * int(network.widths[1:].sum() or network.widths[0])),
        probability=empty_lanes(rows * actions),
        push=empty_lanes(rows * actions),
        gradient=empty_lanes(network.parameters),
        thresholds=empty_lanes(states * actions if sampled else 0, np.uint32),
        likeliest=empty_lanes(states if sampled else 0, np.uint32),
        counts=empty_lanes((ends + 1) * actions if sampled else 0, np.uint32),
        states=empty_lanes(episodes * (horizon + 1) if sampled else 0, np.uint32),
        actions=empty_lanes(episodes * horizon if sampled else 0, np.uint32),
        returns=empty_lanes(episodes * horizon if sampled else 0),
        occupancy=empty_lanes(occupancy),
        state_values=empty_lanes(steps * states if by_time else 0),
        outcome=empty_lanes(2 * functionals),
    )


def _most_states(evaluations: Evaluations) -> int:
    return int(np.diff(evaluations.states).max(initial=0))


def nbytes(scratch: Scratch) -> int:
    """Bytes of working memory."""
    return sum(array.size * array.itemsize for array in scratch)


__all__ = ["LANES", "Scratch", "nbytes", "scratch_for"]
