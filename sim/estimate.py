"""What a run will take, from its spec alone: the size of a block, time, memory and disk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..kernels.lanes.scratch import nbytes, scratch_for
from ..kernels.lanes.vector import LANES
from ..kernels.tables import Evaluations, Source, TrainingPlan
from .experiment import Condition, Experiment
from .lower import Plan

CYCLES_PER_SECOND = 2.5e9
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


def update_cycles(plan: TrainingPlan) -> float:
    """Processor cycles of one update of a tile, from counts of vector operations, within a factor of 2."""
    widths = plan.network.widths
    rows, trained = len(plan.rows.features), plan.rows.trained
    dense = float((widths[:-1] * widths[1:]).sum()) if len(widths) > 1 else 0.0
    hidden = float(widths[1:-1].sum())
    cycles = 0.9 * dense * (rows + 2 * trained) + 12.0 * hidden * (rows + trained)
    cycles += 20.0 * plan.actions * rows + 6.0 * plan.network.parameters
    states, branches = plan.episodes.successor.shape[0], plan.episodes.successor.shape[2]
    sweep = 4.0 * states * plan.actions * branches
    if plan.source == Source.DRAWN:
        cycles += 150.0 * plan.draws
    elif plan.source == Source.SAMPLED:
        steps = plan.sampling.episodes * plan.episodes.horizon
        cycles += steps * (260.0 + 40.0 * plan.actions)
    elif plan.source == Source.EXACT:
        cycles += 2 * plan.episodes.horizon * sweep
    return cycles + evaluation_cycles(plan.watches.evaluations, plan.actions)


def evaluation_cycles(table: Evaluations, actions: int) -> float:
    """Cycles of measuring every functional once on a tile."""
    states = np.diff(table.states)
    per_sweep = 4.0 * actions * table.successor.shape[2]
    return float(
        (states * table.horizon * per_sweep).sum() + 60.0 * len(table.setting) + 3.0 * table.weight.size
    )


def condition_cycles(plan: Plan, condition: Condition) -> float:
    """Cycles of one tile's whole training, measurements included."""
    update = update_cycles(plan.training)
    forward = update * len(plan.measurement.rows.features) / max(1, len(plan.training.rows.features))
    record = update + forward + evaluation_cycles(plan.measurement.evaluations, plan.training.actions)
    return update * condition.training.updates + record * len(condition.times)


def bytes_per_network(plan: Plan, condition: Condition) -> float:
    """Bytes of a network's records."""
    behaviours = len(condition.world.behaviours)
    weights = 8.0 * plan.training.network.parameters * condition.training.weights
    return len(condition.times) * 4.0 * (2 * behaviours + 4) + weights + 16.0 * behaviours + 40.0


def block_size(experiment: Experiment, plans: list[Plan]) -> int:
    """Networks in a block: a function of the spec alone, so that every machine cuts a run alike.

    At most some ten seconds of one core and sixteen megabytes of records, for a kill costs the blocks in
    flight; whole tiles; no more than 1,024.
    """
    pairs = list(zip(plans, experiment.conditions, strict=True))
    tile_seconds = max(condition_cycles(*pair) for pair in pairs) / CYCLES_PER_SECOND
    by_time = LANES * BLOCK_SECONDS / tile_seconds
    by_bytes = BLOCK_BYTES / max(bytes_per_network(*pair) for pair in pairs)
    return max(LANES, int(min(by_time, by_bytes, MAX_BLOCK)) // LANES * LANES)


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
    state = max(8.0 * plan.training.network.parameters for plan, _ in pairs)
    scratch = max(nbytes(scratch_for(plan.training, plan.measurement)) for plan, _ in pairs)
    in_flight = min(threads, blocks) * (size * (4 * max(per_network) + state) + scratch)
    return Estimate(seconds, BASE_BYTES + in_flight, 2 * sum(per_network) * experiment.networks, size, blocks)
