"""From a TOML file to a validated experiment: overrides, sweeps, and every fault at once."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..kernels.threefry import Purpose
from .cells import Cell, Faults, cells, overrides_of, put
from .completed import completed
from .compute import USUAL, Compute
from .errors import Fault, InvalidInput, PopgradError, nearest, shown
from .experiment import Condition, Experiment, Training
from .from_run import Continued
from .inherited import PINS, pinned
from .kinds import Section, kinds_of
from .makers import Makers
from .plugin.contents import Plugin, plugins_of
from .population import Population
from .registry import prefixed, read_options
from .selection import selection_faults
from .training_faults import stage_faults, world_faults

SECTIONS = (
    *("title", "seed", "plugins", "compute", "world", "policy", "optimiser", "population", "training"),
    *("phase", "condition", "sweep", PINS),
)
REQUIRED = ("world", "policy", "optimiser", "population", "training", "condition")


def read_experiment(
    source: str | Path | Mapping[str, Any],
    settings: Mapping[str, Any] | None = None,
    plugins: Sequence[str | Path] = (),
) -> Experiment:
    """A validated experiment from a TOML file or from its tables.

    Args:
        source: a path, or the tables as a dictionary.
        settings: values by dotted key that replace the file's, as `--set` does.
        plugins: files or entry points besides the source's, as `--plugin` names them; their code is run.

    Raises:
        InvalidInput: every fault, each with its path, the value, what was expected and the nearest name.
        PopgradError: a file that is not there or is not TOML.
    """
    if isinstance(source, Mapping):
        tables, folder, subject = plain_tables(source), Path(), "experiment"
    else:
        tables, folder, subject = _load(Path(source)), Path(source).parent, str(source)
    for key, value in (settings or {}).items():
        put(tables, key, value)
    try:
        found = plugins_of(tables.get("plugins", []), folder, plugins)
    except InvalidInput as error:
        raise InvalidInput(subject, error.faults) from None
    return of_tables(tables, folder, subject, plugins=found)


def with_compute(
    settings: Mapping[str, Any] | None, backend: str | None, precision: str | None
) -> dict[str, Any]:
    """Settings by dotted key, with those of `[compute]` that are given."""
    chosen = {"compute.backend": backend, "compute.precision": precision}
    return {**(settings or {}), **{key: value for key, value in chosen.items() if value is not None}}


def plain_tables(value: Any) -> Any:
    """A copy as TOML would have it: no None, which means the default, no tuples, no numbers of NumPy's."""
    if isinstance(value, Mapping):
        return {key: plain_tables(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    return [plain_tables(entry) for entry in value] if isinstance(value, list | tuple) else copy.copy(value)


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


def of_tables(
    tables: dict[str, Any],
    folder: Path,
    subject: str,
    own_worlds: Mapping[str, Mapping[str, Any]] | None = None,
    plugins: Sequence[Plugin] = (),
) -> Experiment:
    """A validated experiment from its tables, whose `plugins` are those that are given.

    `own_worlds` gives arrays in place of a user's world files.
    """
    faults = Faults()
    try:
        kinds = kinds_of(plugins)
    except InvalidInput as error:
        raise InvalidInput(subject, error.faults) from None
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
    compute = faults.catch(None, lambda: read_options(Compute, tables.get("compute", {}), "compute"))
    makers = Makers(
        folder, own_worlds or {}, population.networks if population else 1, compute or USUAL, kinds
    )
    with closing(makers):
        conditions = [_condition(cell, makers, faults) for cell in cells(tables, faults)]
    if faults.found or population is None:
        raise InvalidInput(subject, faults.found)
    assert isinstance(population, Population)
    assert None not in conditions, "a condition without a fault is there"
    experiment = Experiment(
        title=tables.get("title", Path(subject).stem),
        tables=completed(tables, kinds),
        networks=population.networks,
        conditions=tuple(filter(None, conditions)),
        own_worlds=makers.arrays,
        folder=folder,
        compute=makers.compute,
        plugins=kinds.plugins,
    )
    return pinned(experiment, subject)


def _condition(cell: Cell, makers: Makers, faults: Faults) -> Condition | None:
    before = len(faults.found)
    phases: list[Condition | None] = []
    for number, phase in enumerate(_phase_cells(cell, faults)):
        found = Faults()
        phases.append(_stage(phase, makers, found))
        faults.add([_of_phase(fault, number) for fault in found.found], cell)
    stage = _stage(cell, makers, faults)
    if len(faults.found) > before or stage is None or None in phases:
        return None
    placed, begins = [], 0
    for phase in filter(None, phases):
        placed.append(replace(phase, begins=begins))
        begins += phase.training.steps
    condition = replace(stage, phases=tuple(placed), begins=begins)
    faults.add(_condition_faults(condition), cell)
    return condition


def _of_phase(fault: Fault, number: int) -> Fault:
    """A fault of a phase under the phase's key, unless the phase has it from the condition."""
    if fault.path == "training.updates":
        return replace(fault, path=f"phase[{number}].updates")
    head = re.split(r"[.\[]", fault.path)[0]
    return prefixed(fault, f"phase[{number}]") if head in PHASE_KEYS else fault


def _phase_cells(cell: Cell, faults: Faults) -> list[Cell]:
    """What a condition trains under first, as cells of their own."""
    given = cell.tables.get("phase", [])
    if not isinstance(given, list) or not all(isinstance(table, dict) for table in given):
        faults.add([Fault("phase", shown(given), "tables, each headed `[[phase]]`")], cell)
        return []
    found = []
    for number, table in enumerate(given):
        inherited = {key: value for key, value in cell.tables.items() if key not in ("phase", "loss")}
        tables = copy.deepcopy(inherited)
        path = f"phase[{number}]"
        faults.add(
            [
                Fault(f"{path}.{key}", "nothing", needed)
                for key, needed in PHASE_NEEDS.items()
                if key not in table
            ],
            cell,
        )
        for key, value in table.items():
            head = key.split(".")[0]
            if head not in PHASE_KEYS:
                valid = "updates, loss, optimiser or a dotted key below it"
                close = nearest(head, PHASE_KEYS)
                faults.add([Fault(f"{path}.{key}", "a key that a phase cannot change", valid, close)], cell)
            elif key == "loss":
                tables["loss"] = value
            else:
                for inner, entry in overrides_of("training.updates" if head == "updates" else key, value):
                    put(tables, inner, entry)
        found.append(Cell(cell.name, tables, set(), {}))
    return found


PHASE_KEYS = ("updates", "loss", "optimiser")
PHASE_NEEDS = {"updates": "how many updates it lasts", "loss": 'a table, for instance { kind = "imitation" }'}


def _condition_faults(condition: Condition) -> list[Fault]:
    """What does not go together once everything is known by itself."""
    found = selection_faults(condition)
    last = condition.begins + (condition.training.updates or 0)
    late = [time for time in condition.training.record.at or [] if time > last]
    if late:
        given = f"a time of {late[0]:,}"
        found.append(Fault("training.record.at", given, f"times up to the last update, {last:,}"))
    if condition.training.select:
        return found
    if any(phase.loss.targets != condition.loss.targets for phase in condition.phases):
        given = "losses with different bins of returns, or some without"
        expected = "the same `edges`, `target` and `encoding` in all, for the policy sees the bin"
        found.append(Fault("phase", given, expected))
    for path, stage in (
        ("optimiser", condition),
        *((f"phase[{n}].optimiser", p) for n, p in enumerate(condition.phases)),
    ):
        schedule = stage.optimiser.schedule
        found += [prefixed(f, f"{path}.schedule") for f in schedule.faults(stage.training.steps)]
    return found


def _stage(cell: Cell, makers: Makers, faults: Faults) -> Condition | None:
    tables = cell.tables
    before = len(faults.found)
    known = {key for key in (*REQUIRED, "loss") if key in tables}
    seeds = faults.catch(cell, lambda: read_seed(tables.get("seed", 0)))
    world = faults.catch(cell, lambda: makers.world(tables["world"])) if "world" in known else None
    sections: tuple[Section, ...] = ("policy", "optimiser", "loss")
    policy, optimiser, loss = (
        faults.catch(cell, lambda key=key: makers.kinds.make(tables[key], key)) if key in known else None
        for key in sections
    )
    training = (
        faults.catch(cell, lambda: read_options(Training, tables["training"], "training"))
        if "training" in known
        else None
    )
    if world:
        faults.add(world_faults(tables.get("training"), world), cell)
        for key, part in (("policy", policy), ("loss", loss)):
            if part:
                faults.add([prefixed(fault, key) for fault in part.faults(world)], cell)
    if policy and loss:
        faults.add([prefixed(fault, "loss") for fault in loss.policy_faults(policy)], cell)
    if policy and isinstance(training, Training):
        faults.add(makers.compute.faults(policy, training.rows), cell)
    if policy and loss and world and len(faults.found) == before:
        faults.add(makers.own_faults(loss, policy, world), cell)
    if len(faults.found) > before or not (world and policy and loss and optimiser and training and seeds):
        return None
    own = Continued(tables["policy"]["kind"], policy, loss.targets, world)
    weights = faults.catch(cell, lambda: makers.inherited(own))
    parts = (world, policy, loss, optimiser, training, seeds, tables, cell.coordinates)
    found = Condition(cell.name, *parts, inherited=weights, compute=makers.compute)
    faults.add(stage_faults(found), cell)
    return found if len(faults.found) == before else None


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
