"""Working memory of one thread: allocated once for a plan, reused by every tile."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..tables import Baseline, Evaluations, Floats, MeasurementPlan, Source, TrainingPlan, Words
from .memory import empty_lanes

WORDS = ("thresholds", "likeliest", "counts", "states", "actions", "rare")


class Scratch(NamedTuple):
    """Flat arrays, each (..., lane).

    values: the layers' outputs one after the other, the logits last, and on the way back their gradients;
    probability (R, A); push (R, A); gradient (P).
    Episodes: thresholds (N, A), likeliest (N), counts (states + 1, A), states (H + 1, E), actions and
    returns (H, E), occupancy (H + 1, N), state_values (H + 1, N), rare (1). outcome: rates, then margins, of
    an evaluation.
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
    rare: Words
    outcome: Floats


def scratch_sizes(training: TrainingPlan, measurement: MeasurementPlan) -> dict[str, int]:
    """How many vectors each array needs to serve both plans."""
    network, actions = training.network, training.actions
    rows = max(len(training.rows.features), len(measurement.rows.features))
    states, horizon = len(training.episodes.row), training.episodes.horizon
    sampled, exact = training.source == Source.SAMPLED, training.source == Source.EXACT
    episodes = training.sampling.episodes if sampled else 0
    by_time = exact or (sampled and training.signal.baseline == Baseline.VALUE)
    steps = horizon + 1 if by_time else 2 * (sampled or exact)
    last = max(training.episodes.successor.max(initial=0), training.sampling.start.outcomes.max(initial=0))
    evaluated = (measurement.evaluations, training.watches.evaluations)
    return {
        "values": rows * int(network.widths[1:].sum() or network.widths[0]),
        "probability": rows * actions,
        "push": rows * actions,
        "gradient": network.parameters,
        "thresholds": states * actions * sampled,
        "likeliest": states * sampled,
        "counts": (int(max(last, states)) + 1) * actions * sampled,
        "states": episodes * (horizon + 1),
        "actions": episodes * horizon,
        "returns": episodes * horizon,
        "occupancy": max(steps * states, *(3 * _most_states(table) for table in evaluated)),
        "state_values": steps * states,
        "rare": 1,
        "outcome": 2 * max(len(table.setting) for table in evaluated),
    }


def scratch_for(training: TrainingPlan, measurement: MeasurementPlan) -> Scratch:
    """Working memory that is large enough for both plans."""
    sizes = scratch_sizes(training, measurement)
    return Scratch(
        **{
            name: empty_lanes(size, np.uint32 if name in WORDS else np.float32)
            for name, size in sizes.items()
        }
    )


def _most_states(evaluations: Evaluations) -> int:
    return int(np.diff(evaluations.states).max(initial=0))
