"""Working memory of one thread: allocated once for a plan, reused by every tile."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..choices import Acting, Baseline, Credit, Shape, Source, Weighing
from ..survey_tables import Survey
from ..tables import Evaluations, Floats, MeasurementPlan, TrainingPlan, Words, last_state, padded
from .books import BOOKS, Books, book_sizes
from .memory import empty_lanes

WORDS = ("thresholds", "likeliest", "words", "counts", "states", "actions", "rare", "places", "seen_as")


class Scratch(NamedTuple):
    """Flat arrays, each (..., lane).

    values: the layers' outputs one after the other, the logits last, and on the way back their gradients;
    probability (R, A); outputs (R, A), the network's where they are not the logits; scaled (P), weights times
    their scale; push (trained, A), objective (1); gradient (P, then the critic's).
    words (1) and numbers (1) are for looking at lanes one by one.
    Episodes: thresholds (N, A), likeliest (N), counts (states + 1, A), states (H + 1, E), actions and
    returns (H, E), started (E), rare (1); occupancy (H + 1, N), state_values (H + 1, N), state_variances
    (2, N), action_values (N, A); visits (N), observed (P), visited (N, A). Kept policy: ratio and behaviour
    (trained, A). Critic: critic_layers like values, critic_values and critic_error (trained). outcome: rates,
    then margins, of an evaluation.

    Where an update has rows of its own, these are the trained ones, and a state is the number of its row;
    counts (behaviours). Of the rows seen (., D), seen_as (.) and labels (., A) are features, observations and
    labels, former (., outputs) the outputs of the kept policy. places (H + 1, E) are the states themselves.
    books is what a ledger needs besides.
    """

    values: Floats
    probability: Floats
    outputs: Floats
    scaled: Floats
    push: Floats
    objective: Floats
    gradient: Floats
    thresholds: Words
    likeliest: Words
    words: Words
    numbers: Floats
    counts: Words
    states: Words
    actions: Words
    returns: Floats
    started: Floats
    rare: Words
    occupancy: Floats
    state_values: Floats
    state_variances: Floats
    action_values: Floats
    visits: Floats
    observed: Floats
    visited: Floats
    ratio: Floats
    behaviour: Floats
    critic_layers: Floats
    critic_values: Floats
    critic_error: Floats
    outcome: Floats
    places: Words
    seen: Floats
    seen_as: Words
    labels: Floats
    former: Floats
    books: Books


def is_by_visit(training: TrainingPlan) -> bool:
    """Whether an update gathers rows of its own."""
    return len(training.table.observation) > 0


def rows_of_update(training: TrainingPlan) -> int:
    """How many rows an update pushes, at most."""
    if not is_by_visit(training):
        return training.rows.trained
    if training.source == Source.DRAWN:
        return padded(training.draws)
    return padded(training.sampling.episodes) * training.episodes.horizon


def columns_seen(training: TrainingPlan) -> int:
    """D, or 0 where only tables of observations are read."""
    layered = max(len(training.network.widths), len(training.critic.widths)) > 1
    return training.table.features.shape[1] * layered


def scratch_sizes(
    training: TrainingPlan, measurement: MeasurementPlan, surveys: tuple[Survey, ...] = ()
) -> dict[str, int]:
    """How many vectors each array needs to serve the plans."""
    network, critic, rule, actions = training.network, training.critic, training.rule, training.actions
    by_visit, trained = is_by_visit(training), rows_of_update(training)
    asked = max((padded(survey.sampling.episodes) for survey in surveys), default=0)
    evaluated_rows = (training.rows, measurement.rows, training.ledger.rows)
    rows = max(*(len(table.features) for table in evaluated_rows), trained, asked)
    states, horizon = trained if by_visit else len(training.episodes.row), training.episodes.horizon
    sampled, exact = training.source == Source.SAMPLED, training.source == Source.EXACT
    episodes = training.sampling.episodes if sampled else 0
    by_time = sampled and training.signal.baseline == Baseline.VALUE
    evaluated = (measurement.evaluations, training.watches.evaluations, training.ledger.evaluations)
    steps = (horizon + 1) * exact
    counted = len(training.shown.at) - 1 if by_visit else (last_state(training) + 1) * actions
    own = by_visit and sampled
    labelled = training.signal.credit not in (Credit.ACTION, Credit.TARGET, Credit.EPISODES)
    return {
        "values": rows * int(network.widths[1:].sum() or network.widths[0]),
        "probability": rows * actions,
        "outputs": rows * actions * (rule.acting != Acting.LOGITS),
        "scaled": len(network.scale),
        "push": trained * actions,
        "objective": 1,
        "gradient": network.parameters + critic.parameters,
        "thresholds": max(states * sampled, asked) * actions,
        "likeliest": max(states * sampled, asked),
        "words": 1,
        "numbers": 1,
        "counts": counted * sampled,
        "states": episodes * (horizon + 1),
        "actions": episodes * horizon,
        "returns": episodes * horizon,
        "started": episodes,
        "rare": 1,
        "occupancy": max(steps * states, *(3 * _most_states(table) for table in evaluated)),
        "state_values": (horizon + 1) * states if by_time else 2 * states * exact,
        "state_variances": 2 * states * (exact and rule.weighing == Weighing.NORMALISED),
        "action_values": states * actions * exact,
        "visits": states * (sampled or exact or by_visit),
        "observed": network.parameters * (rule.shape == Shape.NATURAL),
        "visited": states * actions * (rule.shape == Shape.REGRESSION),
        "ratio": trained * actions * rule.kept,
        "behaviour": trained * actions * rule.replayed,
        "critic_layers": (trained if by_visit else len(training.rows.features))
        * int(critic.widths[1:].sum() or critic.widths[0]),
        "critic_values": trained * (critic.parameters > 0),
        "critic_error": trained * (critic.parameters > 0),
        "outcome": max(
            *(2 * len(table.setting) for table in evaluated),
            *(len(survey.functional) for survey in surveys),
        ),
        "places": max(episodes * (horizon + 1) * own, asked, by_visit),
        "seen": max(trained * own, asked) * columns_seen(training),
        "seen_as": max(trained * own, asked),
        "labels": trained * actions * (own and labelled),
        "former": trained * (actions - network.pinned) * (own and bool(rule.kept)),
        **book_sizes(training),
    }


def scratch_for(
    training: TrainingPlan, measurement: MeasurementPlan, surveys: tuple[Survey, ...] = ()
) -> Scratch:
    """Working memory that is large enough for the plans."""
    sizes = scratch_sizes(training, measurement, surveys)
    arrays = {
        name: empty_lanes(size, np.uint32 if name in WORDS else np.float32) for name, size in sizes.items()
    }
    books = Books(**{name: arrays.pop(BOOKS + name) for name in Books._fields})
    return Scratch(**arrays, books=books)


def _most_states(evaluations: Evaluations) -> int:
    return int(np.diff(evaluations.states).max(initial=0))
