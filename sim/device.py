"""Blocks on a device of JAX's: which device, how many blocks at a time, and fewer where memory runs out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import jax
import numpy as np

from ..kernels.choices import Source
from ..kernels.lanes.vector import LANES
from ..kernels.tables import entries_of
from .batches import simulate_batch
from .bookings import Bookings
from .errors import PopgradError
from .estimate import books_per_network, bytes_of_ledger, bytes_per_network
from .interrupts import insistent
from .lower import Plan
from .machine import machine_memory
from .pace import Control
from .store import PartialRun
from .work import Job, Work

KINDS = ("cpu", "gpu", "tpu")
SHARE = 0.5
"""Of a device's memory that networks may take by the estimate, which leaves out what the compiler needs."""
RECORDS = 1e9
"""Bytes of records of one batch, which wait in the machine's memory."""
ON_CPU = 4096
"""Networks at a time on a CPU: more than fill its caches are no faster."""
FULL = "RESOURCE_EXHAUSTED"


def device_of(kind: str | None) -> Any:
    """The first device of a kind, or of any.

    Raises:
        PopgradError: JAX sees none of that kind.
    """
    try:
        return jax.devices(kind)[0]
    except (RuntimeError, AssertionError) as error:  # it asserts where JAX_PLATFORMS names what is not there
        wanted = f"device: got {kind!r}, expected one that JAX sees" if kind else "device: JAX sees none"
        advice = "Leave out --device for what is there, or install JAX for that device (jax.dev)."
        raise PopgradError(f"{wanted} here{there()}. {advice}") from error


def there() -> str:
    """The kinds of devices that JAX sees, as a message goes on."""
    try:
        return ": " + ", ".join(sorted({device.platform for device in jax.devices()}))
    except (RuntimeError, AssertionError):
        return ""


def run_on_device(
    work: Work, jobs: Iterator[Job], partial: PartialRun, device: Any, control: Control
) -> None:
    """Every job, consecutive blocks of a condition together; each block's records go to disk on their own.

    Raises:
        PopgradError: one block alone is more than the device holds.
    """
    with jax.default_device(device), insistent():
        for batch in batches(work, jobs, device):
            blocks = min(blocks_at_once(work, batch[0].condition, device), work.blocks)
            run_batch(work, batch, blocks, partial, control)


def batches(work: Work, jobs: Iterator[Job], device: Any) -> Iterator[list[Job]]:
    """Jobs in runs of consecutive blocks of one condition, as long as the device takes."""
    batch: list[Job] = []
    for job in jobs:
        full = batch and len(batch) >= blocks_at_once(work, batch[0].condition, device)
        follows = batch and (job.condition, job.block) == (batch[-1].condition, batch[-1].block + 1)
        if full or not follows:
            if batch:
                yield batch
            batch = []
        batch.append(job)
    if batch:
        yield batch


def run_batch(work: Work, batch: list[Job], blocks: int, partial: PartialRun, control: Control) -> None:
    """Some consecutive blocks; in halves, where they are more than the device holds.

    Args:
        blocks: as many as a batch has when it is full: ids that follow fill one up that is not, so that all
            of a condition's share a program, and a network its bits.
    """
    condition = work.experiment.conditions[batch[0].condition]
    booked = batch if condition.training.ledger else []
    books = [Bookings(condition, len(job.ids), job.ids.start) for job in booked]
    arrays = arrays_of_batch(work, batch, blocks, control, books)
    if arrays is None:  # here, where nothing holds what the device was given any more
        half = -(-blocks // 2)
        for first in range(0, len(batch), half):
            run_batch(work, batch[first : first + half], half, partial, control)
        return
    begin = batch[0].ids.start
    ends = [job.ids.start - begin for job in batch] + [batch[-1].ids.stop - begin]
    for number, (job, (first, last)) in enumerate(zip(batch, pairwise(ends), strict=True)):
        own = {name: array[first:last] for name, array in arrays.items()}
        partial.add(job.condition, job.block, own | (books[number].arrays() if books else {}))


def arrays_of_batch(
    work: Work, batch: list[Job], blocks: int, control: Control, books: list[Bookings]
) -> dict[str, np.ndarray] | None:
    """The arrays of some blocks, None where they are more than the device holds.

    Raises:
        PopgradError: where one block is.
    """
    plan, condition = work.plans[batch[0].condition], work.experiment.conditions[batch[0].condition]
    ids = range(batch[0].ids.start, batch[-1].ids.stop)
    size = -(-min(blocks * work.size, work.experiment.networks) // LANES) * LANES
    try:
        return simulate_batch(plan, condition, ids, size, control, books)
    except (jax.errors.JaxRuntimeError, MemoryError) as error:
        if isinstance(error, jax.errors.JaxRuntimeError) and FULL not in str(error):
            raise
        if blocks == 1:
            advice = "Fewer parameters, episodes or rows need less; --device cpu has the machine's memory."
            raise PopgradError(
                f"{condition.name}: a block of {size:,} networks is more than the device holds. {advice}"
            ) from error
    return None


def blocks_at_once(work: Work, condition: int, device: Any) -> int:
    """How many blocks of a condition the device takes at a time, by estimate."""
    plan, own = work.plans[condition], work.experiment.conditions[condition]
    itemsize = np.dtype(own.compute.dtype).itemsize
    needed = max(network_numbers(stage) for stage in (*plan.phases, plan)) * itemsize
    networks = SHARE * memory_of(device) / needed
    records = bytes_per_network(plan, own) + books_per_network(plan) + bytes_of_ledger(own) / work.size
    networks = min(networks, RECORDS / records)
    if device.platform == "cpu":
        networks = min(networks, ON_CPU)
    return max(1, int(networks / work.size))


def memory_of(device: Any) -> float:
    """Bytes that a device has: what it says of itself, or the machine's."""
    known = device.memory_stats() or {}
    return float(known["bytes_limit"]) if "bytes_limit" in known else machine_memory()


def network_numbers(plan: Plan) -> float:
    """Numbers that one network takes on the device while it learns or is measured, roughly."""
    training, actions = plan.training, plan.training.actions
    layers = int(training.network.widths[1:].sum() or training.network.widths[0])
    rows = max(len(training.rows.features), len(plan.measurement.rows.features))
    visits = 0
    if training.source == Source.SAMPLED:
        visits = training.sampling.episodes * training.episodes.horizon
    elif training.source == Source.DRAWN:
        visits = training.draws
    if len(training.table.features):
        rows += visits
        layers += training.table.features.shape[1]
    expected = 0
    if training.source == Source.EXACT:
        branches = training.episodes.successor.shape[2]
        expected = len(training.episodes.row) * actions * (training.episodes.horizon + branches)
    surveyed = max((survey.sampling.episodes * (layers + 3 * actions) for survey in plan.surveys), default=0)
    parameters = training.network.parameters + training.critic.parameters
    return (
        10 * parameters
        + rows * (3 * layers + 6 * actions)
        + visits * (12 + 3 * actions)
        + 4 * expected
        + surveyed
        + booked_numbers(plan)
    )


def booked_numbers(plan: Plan) -> float:
    """Numbers that the ledger of one network takes besides."""
    ledger, network = plan.training.ledger, plan.training.network
    layers = int(network.widths[1:].sum() or network.widths[0])
    each = 4 * entries_of(plan.training) + 4 * network.parameters
    each += (2 * len(ledger.rows.features) + plan.training.rows.trained) * (
        layers + 2 * plan.training.actions
    )
    return len(ledger.evaluations.setting) * each
