"""What a run will take, from its spec alone: the size of a block, time, memory and disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..kernels.lanes.scratch import is_by_visit, scratch_sizes
from ..kernels.lanes.vector import LANES
from ..kernels.tables import entries_of
from .costs import (
    CYCLES_PER_SECOND,
    evaluation_cycles,
    network_cycles,
    selection_cycles,
    survey_cycles,
    update_cycles,
)
from .experiment import Condition, Experiment
from .lower import Plan
from .too_large import MOST
from .variables import ACCOUNTS

BLOCK_SECONDS = 10.0
BLOCK_BYTES = 16e6
MAX_BLOCK = 1024
BASE_BYTES = 250e6
"""Python with NumPy, Numba and h5py loaded, measured."""


@dataclass(frozen=True)
class Estimate:
    """What a run will take, roughly.

    Args:
        seconds: of training and measuring on the given number of threads, without compilation.
        memory: peak bytes.
        disk: bytes of the finished file and, beside it until the end, of the blocks.
        block_size: networks in a block; blocks: how many there are.
    """

    seconds: float
    memory: float
    disk: float
    block_size: int
    blocks: int


def condition_cycles(plan: Plan, condition: Condition) -> float:
    """Cycles of one tile's whole training, measurements and earlier phases included."""
    before = sum(map(condition_cycles, plan.phases, condition.phases))
    update = update_cycles(plan.training)
    measured = len(plan.measurement.rows.features)
    if is_by_visit(plan.training):
        forward = network_cycles(plan.training.network, measured, 0)
    else:
        forward = update * measured / max(1, len(plan.training.rows.features))
    record = update + forward + evaluation_cycles(plan.measurement.evaluations, plan.training.actions)
    record += sum(survey_cycles(plan.training, survey) for survey in plan.surveys)
    if condition.training.select:
        return before + selection_cycles(plan.training) + record
    return before + update * condition.training.steps + record * len(condition.times)


def bytes_per_network(plan: Plan, condition: Condition) -> float:
    """Bytes of a network's records."""
    behaviours = len(condition.world.behaviours)
    weights = 8.0 * len(plan.centre) * condition.training.weights
    booked = 8.0 * len(condition.training.ledger.behaviours) if condition.training.ledger else 0.0
    return len(condition.times) * 4.0 * (2 * behaviours + 4) + weights + 16.0 * behaviours + 40.0 + booked


def books_per_network(plan: Plan) -> float:
    """Bytes of a network's books while it trains, those of earlier phases included."""
    own = 8.0 * len(plan.training.ledger.evaluations.setting) * entries_of(plan.training)
    return own + sum(map(books_per_network, plan.phases))


def bytes_of_ledger(condition: Condition) -> float:
    """Bytes of what a block's ledger is added up to, at all times."""
    ledger = condition.training.ledger
    if ledger is None:
        return 0.0
    pairs = len(ACCOUNTS) * condition.world.states * condition.world.actions
    return 8.0 * len(ledger.behaviours) * pairs * (len(condition.times) + 1)


def bytes_by_network(experiment: Experiment) -> float:
    """Bytes of the accounts of the networks that have their own, in all conditions."""
    total = 0.0
    for condition in experiment.conditions:
        kept = condition.training.ledger.networks if condition.training.ledger else 0
        each = bytes_of_ledger(condition) / (len(condition.times) + 1)
        total += each * min(kept, experiment.networks)
    return total


def bytes_of_moments(plan: Plan) -> float:
    """Bytes of the optimiser's moments of every pair, of the networks whose carried gradients are split."""
    training = plan.training
    pairs = training.rows.trained * training.actions
    entries = training.network.parameters + 2 * len(training.ledger.evaluations.setting)
    own = 4.0 * (-(-training.ledger.split // LANES) * LANES) * pairs * entries
    return own + sum(map(bytes_of_moments, plan.phases))


def plan_bytes(part: Any) -> float:
    """Bytes of the arrays of a plan, or of a part of one."""
    if isinstance(part, Plan):
        return sum(map(plan_bytes, (part.training, part.measurement, part.surveys, part.phases)))
    if isinstance(part, tuple):
        return sum(map(plan_bytes, part))
    return float(part.nbytes) if isinstance(part, np.ndarray) else 0.0


def block_size(experiment: Experiment, plans: list[Plan]) -> int:
    """Networks in a block: a function of the spec alone, so that every machine cuts a run alike.

    At most some ten seconds of one core and sixteen megabytes of records, for a kill costs the blocks in
    flight; whole tiles; no more than 1,024.
    """
    pairs = list(zip(plans, experiment.conditions, strict=True))
    tile_seconds = max(condition_cycles(*pair) for pair in pairs) / CYCLES_PER_SECOND
    by_time = LANES * BLOCK_SECONDS / tile_seconds
    by_bytes = BLOCK_BYTES / max(bytes_per_network(*pair) + books_per_network(pair[0]) for pair in pairs)
    by_number = MOST / max(len(plan.centre) for plan in plans)
    return max(LANES, int(min(by_time, by_bytes, by_number, MAX_BLOCK)) // LANES * LANES)


def estimate(experiment: Experiment, plans: list[Plan], threads: int) -> Estimate:
    """Time, memory and disk of a run."""
    pairs = list(zip(plans, experiment.conditions, strict=True))
    size = block_size(experiment, plans)
    blocks = len(pairs) * -(-experiment.networks // size)
    tiles = -(-experiment.networks // LANES)
    seconds = (
        sum(condition_cycles(*pair) for pair in pairs) * tiles / CYCLES_PER_SECOND / min(threads, blocks)
    )
    per_network = [bytes_per_network(*pair) for pair in pairs]
    state = max(16.0 * len(plan.centre) for plan, _ in pairs)
    sizes = [scratch_sizes(plan.training, plan.measurement, plan.surveys) for plan, _ in pairs]
    scratch = 4.0 * LANES * max(sum(vectors.values()) for vectors in sizes)
    books = max(books_per_network(plan) for plan in plans)
    ledgers = [bytes_of_ledger(condition) for condition in experiment.conditions]
    held = size * (4 * max(per_network) + state + books) + scratch
    # Of a block's ledger the sums, their pack for the disk, and at each time those of sixteen networks.
    moments = max(map(bytes_of_moments, plans))
    in_flight = min(threads, blocks) * (held + 4 * max(ledgers) + bytes_by_network(experiment)) + moments
    tables = 2 * plan_bytes(tuple(plans))  # as much again for the worlds
    added = (blocks / len(pairs) + 1) * sum(ledgers) + 2 * bytes_by_network(experiment)
    disk = 2 * sum(per_network) * experiment.networks + added
    return Estimate(seconds, BASE_BYTES + tables + in_flight, disk, size, blocks)
