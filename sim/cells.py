"""Conditions and sweeps: an experiment's tables multiplied out, each cell with its overrides applied."""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from .errors import Fault, InvalidInput, brief, nearest, shown

PER_CONDITION = ("world", "policy", "optimiser", "training", "loss", "phase", "seed")
"""What a condition may override. The population is shared: conditions are paired network by network."""

VALUES = ({"uniform", "log_uniform", "choice", "grid"}, {"log", "linear", "every", "at"}, {"above", "below"})
"""The keys of tables that are values: distributions, times, bands."""

T = TypeVar("T")


def put(tables: dict[str, Any], key: str, value: Any) -> None:
    """Set a dotted key, making the tables on the way; a number in brackets is a place in a list."""
    parts = _parts(key)
    table: Any = tables
    for place, part in enumerate(parts):
        last = place == len(parts) - 1
        if isinstance(part, int) and isinstance(table, list) and part < len(table):
            if last:
                table[part] = value
            else:
                table = table[part]
        elif isinstance(part, str) and isinstance(table, dict):
            if last:
                table[part] = value
            else:
                table = table.setdefault(part, {})
        else:
            length = f"a list of {len(table)}, numbered from 0 in brackets" if isinstance(table, list) else ""
            raise InvalidInput("--set", [Fault(key, f"`{part}`", length or "a table to set it in")])


def _parts(key: str) -> list[str | int]:
    return [int(number) if number else name for name, number in re.findall(r"([^.\[\]]+)|\[(\d+)\]", key)]


@dataclass
class Cell:
    """A condition before it is validated."""

    name: str
    tables: dict[str, Any]
    changed: set[str]
    """The dotted keys that this condition overrides or sweeps."""
    coordinates: dict[str, Any]


@dataclass
class Faults:
    """Collects faults; the same fault of several conditions is reported once."""

    found: list[Fault] = field(default_factory=list)

    def add(self, faults: list[Fault] | tuple[Fault, ...], cell: Cell | None = None) -> None:
        """Note faults; those of a key that a condition changed say which condition."""
        for fault in faults:
            changed = cell and any(
                fault.path.startswith(key) or key.startswith(fault.path) for key in cell.changed
            )
            path = f'{fault.path} (condition "{cell.name}")' if cell and changed else fault.path
            placed = replace(fault, path=path)
            if placed not in self.found:
                self.found.append(placed)

    def catch(self, cell: Cell | None, action: Callable[[], T]) -> T | None:
        """The action's result, or None when it raised faults, which are noted."""
        try:
            return action()
        except InvalidInput as error:
            self.add(error.faults, cell)
            return None


def cells(tables: dict[str, Any], faults: Faults) -> list[Cell]:
    """The conditions with their overrides, multiplied by the sweep."""
    conditions, sweep = tables.get("condition", []), tables.get("sweep", {})
    if not isinstance(conditions, list) or not all(isinstance(condition, dict) for condition in conditions):
        faults.add([Fault("condition", shown(conditions), "tables, each headed `[[condition]]`")])
        return []
    if "condition" in tables and not conditions:
        faults.add([Fault("condition", "no table", "at least one `[[condition]]`")])
    sweep = _valid_sweep(sweep, faults)
    base = {key: tables[key] for key in PER_CONDITION if key in tables and key != "loss"}
    found = []
    for number, condition in enumerate(conditions):
        name = condition.get("name")
        if not isinstance(name, str) or not name:
            faults.add([Fault(f"condition[{number}].name", shown(name) if name else "nothing", "a name")])
            name = f"condition[{number}]"
        overrides = _overrides(condition, f"condition[{number}]", sweep, faults)
        if "loss" not in condition:
            faults.add(
                [
                    Fault(
                        f"condition[{number}].loss", "nothing", 'a table, for instance { kind = "imitation" }'
                    )
                ]
            )
        for values in itertools.product(*sweep.values()):
            swept = dict(zip(sweep, values, strict=True))
            loss = {"loss": condition["loss"]} if "loss" in condition else {}
            cell = copy.deepcopy({**base, **loss})
            for key, value in {**overrides, **swept}.items():
                faults.catch(None, lambda cell=cell, key=key, value=value: put(cell, key, value))
            labels = ",".join(f"{key.rsplit('.', 1)[-1]}={brief(value)}" for key, value in swept.items())
            full = f"{name}[{labels}]" if labels else name
            found.append(Cell(full, cell, {*overrides, *swept, "loss"}, swept))
    names = [cell.name for cell in found]
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.add([Fault("condition.name", f"two of the name {name!r}", "names that differ")])
    return found


def _valid_sweep(sweep: Any, faults: Faults) -> dict[str, list[Any]]:
    if not isinstance(sweep, dict):
        faults.add([Fault("sweep", shown(sweep), 'a table such as { "world.diversity" = [0, 0.1] }')])
        return {}
    valid = {}
    for key, values in _flattened(sweep).items():
        if not isinstance(values, list) or not values:
            faults.add([Fault(f"sweep.{key}", shown(values), "a list of at least one value")])
        elif any(values.count(value) > 1 for value in values):
            faults.add([Fault(f"sweep.{key}", shown(values), "values that differ")])
        elif key == "loss":
            expected = 'a key below it, such as "loss.episodes", or a `[[condition]]` for each loss'
            faults.add([Fault("sweep.loss", "whole tables", expected)])
        elif _section(key) not in PER_CONDITION:
            faults.add([_not_overridable(f"sweep.{key}", key)])
        else:
            valid[key] = values
    return valid


def _flattened(table: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        inner = isinstance(value, dict) and not _replaces(value)
        flat |= _flattened(value, f"{path}{key}.") if inner else {f"{path}{key}": value}
    return flat


def _replaces(table: Mapping[str, Any]) -> bool:
    """Whether a table stands for one value, which another replaces as a whole, and not for several keys."""
    return "kind" in table or any(set(table) <= keys for keys in VALUES)


def _section(key: str) -> str:
    return str(_parts(key)[0]) if _parts(key) else key


def _not_overridable(path: str, key: str) -> Fault:
    close = nearest(_section(key), PER_CONDITION)
    return Fault(
        path, "a key that a condition cannot change", f"a key below {', '.join(PER_CONDITION)}", close
    )


def overrides_of(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The dotted keys that an entry changes: a table without a `kind` changes those that it names."""
    if isinstance(value, dict) and "." not in key and "kind" not in value:
        yield from ((f"{key}.{inner}", entry) for inner, entry in _flattened(value).items())
    else:
        yield key, value


def _overrides(
    condition: dict[str, Any], path: str, sweep: Mapping[str, Any], faults: Faults
) -> dict[str, Any]:
    found = {}
    plain = {key: value for key, value in condition.items() if key not in ("name", "loss")}
    for key, value in plain.items():
        if _section(key) not in PER_CONDITION:
            faults.add([_not_overridable(f"{path}.{key}", key)])
        else:
            found |= dict(overrides_of(key, value))
    for key in found:
        if key in sweep:
            faults.add([Fault(f"{path}.{key}", "a key that is also swept", "one or the other")])
    return found
