"""Which behaviour and which conditions of a run are asked for, checked against what was booked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...sim.errors import Fault, InvalidInput, PopgradError, nearest

if TYPE_CHECKING:
    from ...sim.runfile import Run


def ledger_of(run: Run, condition: str) -> list[str]:
    """The behaviours that a condition booked."""
    return run.tables[condition]["training"].get("ledger", {}).get("behaviours", [])


def booked(run: Run, behaviour: str | None, conditions: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The behaviour and the conditions meant, checked; `readings` says what is raised."""
    if not run.ledger_behaviours:
        name = run.behaviours[0] if run.behaviours else "BEHAVIOUR"
        table = f'[training.ledger] behaviours = ["{name}"]'
        how = f"put {table} into its experiment and run it again"
        raise PopgradError(f"{run.path}: the run kept no ledger; {how}")
    behaviour = run.ledger_behaviours[0] if behaviour is None else behaviour
    if behaviour not in run.ledger_behaviours:
        raise InvalidInput(str(run.path), [_unbooked(run, behaviour)])
    kept = [name for name in run.conditions if behaviour in ledger_of(run, name)]
    faults = [
        Fault("condition", repr(name), f"one of {', '.join(kept)}", nearest(name, kept))
        if name not in run.conditions
        else Fault("condition", f"{name!r}, which booked no {behaviour}", f"one of {', '.join(kept)}")
        for name in conditions
        if name not in kept
    ]
    if faults:
        raise InvalidInput(str(run.path), faults)
    return behaviour, tuple(dict.fromkeys(conditions)) or tuple(kept)


def _unbooked(run: Run, behaviour: str) -> Fault:
    names = run.ledger_behaviours
    given = f"{behaviour!r}, of which no ledger was kept" if behaviour in run.behaviours else repr(behaviour)
    return Fault("behaviour", given, f"one of {', '.join(names)}", nearest(behaviour, names))
