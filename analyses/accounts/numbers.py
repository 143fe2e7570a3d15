"""Accounts as a dictionary, for other programs."""

from __future__ import annotations

from math import isfinite
from typing import Any

from ...sim.variables import ACCOUNTS
from .reading import Entry, Reading


def as_dict(reading: Reading, top: int | None = None) -> dict[str, Any]:
    """A reading in plain values, None for what is not known; all accounts unless `top` says how many."""
    changes = reading.changes
    plain = {
        "behaviour": reading.behaviour,
        "condition": reading.condition,
        "unit": reading.unit,
        "by": reading.by,
        "updates": int(changes.time[-1]),
        "networks": changes.networks,
        "diverged": changes.diverged,
        "first": changes.first,
        "last": changes.last,
        "change": reading.change,
        "change_error": float(changes.error[-1]),
        "movement": reading.movement,
        "untouched": reading.untouched,
    }
    entries = [
        _entry(entry, reading) | {"by_kind": dict(zip(ACCOUNTS, entry.kinds, strict=True))}
        for entry in reading.entries[:top]
    ]
    rest = [_entry(entry, reading) for entry in reading.rest]
    return {name: _known(value) for name, value in plain.items()} | {"accounts": entries, "rest": rest}


def _entry(entry: Entry, reading: Reading) -> dict[str, Any]:
    shares = {
        "share_of_change": entry.amount / reading.change if reading.change else None,
        "share_of_movement": entry.amount / reading.movement if reading.movement else None,
    }
    named = {"name": entry.name, "amount": entry.amount, "error": entry.error, **shares}
    return {name: _known(value) for name, value in named.items()}


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and not isfinite(value) else value
