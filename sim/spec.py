"""From a TOML file to a validated experiment: overrides, sweeps, and every fault at once."""

from __future__ import annotations

import copy
import itertools
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ..kernels.threefry import Purpose
from . import losses, worlds
from .custom_world import arrays_of, is_path, load_world, of_arrays
from .errors import Fault, InvalidInput, PopgradError, nearest
from .experiment import Condition, Experiment, Training
from .optimiser import OPTIMISERS
from .policy import POLICIES
from .population import Population
from .registry import functions_in, make, read_options, shown
from .world import World

SECTIONS = ("title", "seed", "world", "policy", "optimiser", "population", "training", "condition", "sweep")
REQUIRED = ("world", "policy", "optimiser", "population", "training", "condition")
PER_CONDITION = ("world", "policy", "optimiser", "training", "loss", "seed")
"""What a condition may override. The population is shared: conditions are paired network by network."""

T = TypeVar("T")


def read_experiment(
    source: str | Path | Mapping[str, Any], settings: Mapping[str, Any] | None = None
) -> Experiment:
    """A validated experiment from a TOML file or from its tables.

    Args:
        source: a path, or the tables as a dictionary.
        settings: values by dotted key that replace the file's, as `--set` does.

    Raises:
        InvalidInput: every fault, each with its path, the value, what was expected and the nearest name.
        PopgradError: a file that is not there or is not TOML.
    """
    if isinstance(source, Mapping):
        tables, folder, subject = copy.deepcopy(dict(source)), Path(), "experiment"
    else:
        tables, folder, subject = _load(Path(source)), Path(source).parent, str(source)
    for key, value in (settings or {}).items():
        put(tables, key, value)
    return of_tables(tables, folder, subject)


def _load(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PopgradError(f"{path}: there is no such file; expected an experiment in TOML") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PopgradError(
            f"{path}: cannot be read as text ({error}); expected an experiment in TOML"
        ) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PopgradError(f"{path}: is not TOML: {error}") from None


def put(tables: dict[str, Any], key: str, value: Any) -> None:
    """Set a dotted key, making the tables on the way; a number in brackets is a place in a list."""
    *path, last = _parts(key)
    table: Any = tables
    for part in path:
        table = table[part] if isinstance(part, int) else table.setdefault(part, {})
        if not isinstance(table, dict | list):
            raise InvalidInput("experiment", [Fault(key, shown(table), f"`{part}` to be a table")])
    table[last] = value


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
            fault = Fault(path, fault.given, fault.expected, fault.nearest)
            if fault not in self.found:
                self.found.append(fault)

    def catch(self, cell: Cell | None, action: Callable[[], T]) -> T | None:
        """The action's result, or None when it raised faults, which are noted."""
        try:
            return action()
        except InvalidInput as error:
            self.add(error.faults, cell)
            return None


def of_tables(
    tables: dict[str, Any],
    folder: Path,
    subject: str,
    own_worlds: Mapping[str, Mapping[str, Any]] | None = None,
) -> Experiment:
    """A validated experiment from its tables; `own_worlds` gives arrays in place of a user's world files."""
    faults = Faults()
    for key in tables:
        if key not in SECTIONS:
            known = f"one of {', '.join(SECTIONS)}"
            faults.add([Fault(key, "a key that is not known", known, nearest(key, SECTIONS))])
    missing = [Fault(key, "nothing", f"a table `[{key}]`") for key in REQUIRED if key not in tables]
    faults.add(
        [
            Fault("condition", "nothing", "at least one `[[condition]]`") if f.path == "condition" else f
            for f in missing
        ]
    )
    if not isinstance(tables.get("title", ""), str):
        faults.add([Fault("title", shown(tables["title"]), "a string")])
    population = faults.catch(
        None,
        lambda: (
            read_options(Population, tables["population"], "population") if "population" in tables else None
        ),
    )
    makers = _Makers(folder, own_worlds or {})
    conditions = [_condition(cell, makers, faults) for cell in cells(tables, faults)]
    if faults.found or population is None:
        raise InvalidInput(subject, faults.found)
    assert isinstance(population, Population)
    return Experiment(
        title=tables.get("title", Path(subject).stem),
        tables=tables,
        networks=population.networks,
        conditions=tuple(condition for condition in conditions if condition),
        own_worlds=makers.arrays,
    )


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
            cell = copy.deepcopy({**base, "loss": condition.get("loss", {})})
            for key, value in {**overrides, **swept}.items():
                faults.catch(None, lambda cell=cell, key=key, value=value: put(cell, key, value))
            labels = ",".join(f"{key.rsplit('.', 1)[-1]}={_brief(value)}" for key, value in swept.items())
            full = f"{name}[{labels}]" if labels else name
            found.append(Cell(full, cell, {*overrides, *swept, "loss"}, swept))
    names = [cell.name for cell in found]
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.add([Fault("condition.name", f"two of the name {name!r}", "names that differ")])
    return found


def _brief(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


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
        elif key.split(".")[0] not in PER_CONDITION:
            faults.add([_not_overridable(f"sweep.{key}", key)])
        else:
            valid[key] = values
    return valid


def _flattened(table: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= _flattened(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}": value}
    return flat


def _not_overridable(path: str, key: str) -> Fault:
    close = nearest(key.split(".")[0], PER_CONDITION)
    return Fault(
        path, "a key that a condition cannot change", f"a key below {', '.join(PER_CONDITION)}", close
    )


def _overrides(
    condition: dict[str, Any], path: str, sweep: Mapping[str, Any], faults: Faults
) -> dict[str, Any]:
    found = {}
    plain = {key: value for key, value in condition.items() if key not in ("name", "loss")}
    for key, value in plain.items():
        if key.split(".")[0] not in PER_CONDITION:
            faults.add([_not_overridable(f"{path}.{key}", key)])
        elif isinstance(value, dict) and "." not in key and "kind" not in value:
            found |= {f"{key}.{inner}": entry for inner, entry in _flattened(value).items()}
        else:
            found[key] = value
    for key in found:
        if key in sweep:
            faults.add([Fault(f"{path}.{key}", "a key that is also swept", "one or the other")])
    return found


@dataclass
class _Makers:
    """Builds worlds once for each distinct table, and keeps the arrays of the user's own."""

    folder: Path
    given: Mapping[str, Mapping[str, Any]]
    arrays: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    _worlds: dict[str, World] = field(default_factory=dict)

    def world(self, table: Any) -> World:
        """The world of a `[world]` table."""
        key = repr(table)
        if key not in self._worlds:
            kind = table.get("kind") if isinstance(table, dict) else None
            if not is_path(kind):
                self._worlds[key] = make(functions_in(worlds), table, "world")
            else:
                given = self.given.get(key)
                self._worlds[key] = of_arrays(given) if given else load_world(table, self.folder)
                self.arrays[key] = arrays_of(self._worlds[key])
        return self._worlds[key]


def _condition(cell: Cell, makers: _Makers, faults: Faults) -> Condition | None:
    tables = cell.tables
    before = len(faults.found)
    known = {key: key in tables for key in ("world", "policy", "optimiser", "training")}
    seeds = faults.catch(cell, lambda: read_seed(tables.get("seed", 0)))
    world = faults.catch(cell, lambda: makers.world(tables["world"])) if known["world"] else None
    policy = (
        faults.catch(cell, lambda: make(POLICIES, tables["policy"], "policy")) if known["policy"] else None
    )
    optimiser = (
        faults.catch(cell, lambda: make(OPTIMISERS, tables["optimiser"], "optimiser"))
        if known["optimiser"]
        else None
    )
    training = (
        faults.catch(cell, lambda: read_options(Training, tables["training"], "training"))
        if known["training"]
        else None
    )
    loss = (
        faults.catch(cell, lambda: make(functions_in(losses), tables["loss"], "loss"))
        if tables["loss"]
        else None
    )
    if world and policy:
        faults.add([_below("policy", fault) for fault in policy.faults(world)], cell)
    if world and loss:
        faults.add([_below("loss", fault) for fault in loss.faults(world)], cell)
    if world and isinstance(training, Training):
        faults.add(_watch_faults(training, world), cell)
    complete = (
        world and policy and optimiser and isinstance(training, Training) and loss and seeds is not None
    )
    if not complete or len(faults.found) > before:
        return None
    return Condition(cell.name, world, policy, loss, optimiser, training, seeds, tables, cell.coordinates)


def _below(path: str, fault: Fault) -> Fault:
    return Fault(f"{path}.{fault.path}", fault.given, fault.expected, fault.nearest)


def _watch_faults(training: Training, world: World) -> list[Fault]:
    names = [behaviour.name for behaviour in world.behaviours]
    return [
        Fault(
            f"training.watch[{number}].behaviour",
            repr(watch.behaviour),
            f"one of {', '.join(names) or 'none: this world has no behaviours'}",
            nearest(watch.behaviour, names),
        )
        for number, watch in enumerate(training.watch)
        if watch.behaviour not in names
    ]


def read_seed(seed: Any) -> dict[Purpose, int]:
    """The seed of every purpose: one number, or `{ all = 0, weights = 1 }` to vary some purposes alone."""
    table = seed if isinstance(seed, dict) else {"all": seed}
    names = {purpose.name.lower(): purpose for purpose in Purpose}
    faults = []
    for key, value in table.items():
        path = f"seed.{key}" if isinstance(seed, dict) else "seed"
        if key != "all" and key not in names:
            valid = ("all", *names)
            faults.append(
                Fault(path, "a key that is not known", f"one of {', '.join(valid)}", nearest(key, valid))
            )
        elif isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**64:
            faults.append(Fault(path, shown(value), "a whole number from 0 to 2⁶⁴ − 1"))
    if faults:
        raise InvalidInput("seed", faults)
    return {purpose: table.get(name, table.get("all", 0)) for name, purpose in names.items()}
