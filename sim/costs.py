"""What an update costs, from the sizes in its plan: for estimates, and for a first guess of a slice."""

from __future__ import annotations

import numpy as np

from ..kernels.choices import Source
from ..kernels.lanes.scratch import columns_seen, is_by_visit, rows_of_update
from ..kernels.survey_tables import Survey
from ..kernels.tables import Evaluations, Network, TrainingPlan, padded

CYCLES_PER_SECOND = 2.5e9
LOOK_UP = 25.0
"""Cycles of a gather from a table that is too large for the nearest caches."""


def update_seconds(plan: TrainingPlan) -> float:
    """Seconds of one update of a tile on a core of 2.5 GHz with AVX-512."""
    return update_cycles(plan) / CYCLES_PER_SECOND


def update_cycles(plan: TrainingPlan) -> float:
    """Processor cycles of one update of a tile, from counts of vector operations, within a factor of 2."""
    rows, trained = len(plan.rows.features), plan.rows.trained
    if is_by_visit(plan):
        return visits_cycles(plan)
    cycles = sum(network_cycles(network, rows, trained) for network in (plan.network, plan.critic))
    cycles += 300.0 + 16.0 * plan.actions * rows + 80.0 * plan.actions * trained * plan.rule.kept
    states, branches = plan.episodes.successor.shape[0], plan.episodes.successor.shape[2]
    sweep = 4.0 * states * plan.actions * branches
    if plan.source == Source.DRAWN:
        cycles += 150.0 * plan.draws
    elif plan.source == Source.SAMPLED:
        steps = plan.sampling.episodes * plan.episodes.horizon
        cycles += steps * (90.0 + 20.0 * plan.actions)
    elif plan.source == Source.EXACT:
        cycles += 2 * plan.episodes.horizon * sweep
    return cycles + evaluation_cycles(plan.watches.evaluations, plan.actions) + ledger_cycles(plan)


def ledger_cycles(plan: TrainingPlan) -> float:
    """The same of booking an update: behaviours forward and back, and for each a forward-mode pass."""
    ledger, table = plan.ledger, plan.ledger.evaluations
    behaviours, rows = len(table.setting), len(ledger.rows.features)
    if behaviours == 0:
        return 0.0
    back = network_cycles(plan.network, 0, rows)
    ahead = network_cycles(plan.network, 2 * plan.rows.trained, 0)
    accounts = 20.0 * (1 + ledger.baseline + ledger.entropy) * plan.rows.trained * plan.actions
    sweeps = 2 * evaluation_cycles(table, plan.actions)
    points = 1 if ledger.divided else len(ledger.node)
    slopes = points * (behaviours * back + network_cycles(plan.network, rows, 0) + sweeps)
    return slopes + behaviours * (ahead + accounts)


def visits_cycles(plan: TrainingPlan) -> float:
    """The same where an update gathers its own rows, whatever the number of states."""
    rows, actions = rows_of_update(plan), plan.actions
    cycles = sum(network_cycles(network, rows, rows) for network in (plan.network, plan.critic))
    cycles += network_cycles(plan.network, len(plan.rows.features), 0)
    if plan.source == Source.DRAWN:
        cycles += rows * (40.0 + 2.0 * columns_seen(plan))
    else:
        passes = 2 * plan.rule.kept - plan.rule.replayed
        cycles += passes * network_cycles(plan.network, rows, 0)
        cycles += rows * (walk_cycles(plan) + 100.0 * actions)
    return cycles + evaluation_cycles(plan.watches.evaluations, actions)


def walk_cycles(plan: TrainingPlan) -> float:
    """Cycles of a visit besides its passes through the network."""
    return 150.0 + LOOK_UP * (columns_seen(plan) + 1) + 20.0 * plan.actions


def survey_cycles(plan: TrainingPlan, survey: Survey) -> float:
    """Cycles of a survey of a tile."""
    visits = padded(survey.sampling.episodes) * survey.episodes.horizon
    worth = LOOK_UP * len(survey.functional) * plan.actions
    return network_cycles(plan.network, visits, 0) + visits * (walk_cycles(plan) + worth)


def network_cycles(network: Network, rows: int, trained: int) -> float:
    """Cycles of a forward and a backward pass on a tile, and of the step."""
    widths = network.widths
    dense = float((widths[:-1] * widths[1:]).sum()) if len(widths) > 1 else 0.0
    hidden = float(widths[1:-1].sum())
    passes = 0.6 * dense * (rows + 2 * trained) + 12.0 * hidden * (rows + trained)
    return passes + 6.0 * network.parameters


def selection_cycles(plan: TrainingPlan) -> float:
    """Cycles of selecting a tile's networks, as if each took ten thousand attempts: nobody knows before."""
    return 10_000 * (100.0 * plan.network.parameters + 0.3 * update_cycles(plan))


def evaluation_cycles(table: Evaluations, actions: int) -> float:
    """Cycles of measuring every functional once on a tile."""
    states = np.diff(table.states)
    per_sweep = 4.0 * actions * table.successor.shape[2]
    return float(
        (states * table.horizon * per_sweep).sum() + 60.0 * len(table.setting) + 3.0 * table.weight.size
    )
