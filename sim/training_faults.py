"""What a `[training]` table asks for that its world, or the rest of its condition, does not have."""

from __future__ import annotations

from typing import Any

from .by_visit import by_visit_faults
from .errors import Fault
from .experiment import Condition, watch_faults
from .ledger import booking_faults, ledger_faults
from .without import leaving_faults, without_faults
from .world import World


def world_faults(training: Any, world: World) -> list[Fault]:
    """What a table, valid or not, names that a world does not have."""
    return [fault for faults in NAMED for fault in faults(training, world)]


def stage_faults(condition: Condition) -> list[Fault]:
    """What does not go with the rest of a condition, each valid by itself."""
    return [fault for faults in TOGETHER for fault in faults(condition)]


NAMED = (watch_faults, ledger_faults, without_faults)
TOGETHER = (by_visit_faults, booking_faults, leaving_faults)
