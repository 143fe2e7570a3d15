"""Plans whose arrays have more elements than the kernels can number."""

from __future__ import annotations

from ..kernels.lanes.scratch import scratch_sizes
from ..kernels.lanes.vector import LANES
from ..kernels.survey_tables import Survey
from ..kernels.tables import MeasurementPlan, TrainingPlan
from .errors import Fault, InvalidInput
from .experiment import Condition

MOST = 2**31
"""Elements are numbered by 32 bits with a sign."""


def refuse_too_large(
    condition: Condition,
    training: TrainingPlan,
    measurement: MeasurementPlan,
    surveys: tuple[Survey, ...],
) -> None:
    """Working memory of sixteen networks, and the tables that are looked up in, have to stay below 2³¹.

    Raises:
        InvalidInput: an array that would be larger.
    """
    faults = _table_faults(training, surveys)
    sizes = scratch_sizes(training, measurement, surveys)
    largest = max(sizes, key=lambda name: sizes[name])
    if sizes[largest] * LANES >= MOST:
        world, size = condition.world, sizes[largest] * LANES * 4 / 1e9
        work = f"{condition.loss.episodes:,} episodes of {world.horizon:,} steps in {world.states:,} states"
        given = f"{work}: {size:,.0f} GB of `{largest}`"
        limit = "at most 8 GB for each thread: fewer episodes, a shorter horizon or a smaller world"
        faults.append(Fault("", given, limit))
    if faults:
        path = f'condition "{condition.name}"'
        raise InvalidInput("experiment", [Fault(path, fault.given, fault.expected) for fault in faults])


def _table_faults(training: TrainingPlan, surveys: tuple[Survey, ...]) -> list[Fault]:
    tables = {"transitions": training.episodes.successor, "features": training.table.features}
    for survey in surveys:
        tables |= {"transitions measured": survey.episodes.successor, "behaviours' weights": survey.weight}
    return [
        Fault("", f"{array.size:,} numbers in the table of {name}", "fewer than 2³¹: a smaller world")
        for name, array in tables.items()
        if array.size >= MOST
    ]
