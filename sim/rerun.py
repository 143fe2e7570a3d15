"""A run again from its own provenance, compared to the bit."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import Fault, InvalidInput
from .experiment import Experiment
from .makers import world_key
from .plugin.contents import plugins_in
from .runfile import Run, open_run
from .simulate import Progress, run
from .spec import of_tables


def differing(
    path: Path, threads: int | None = None, progress: Progress | None = None, device: str | None = None
) -> list[str]:
    """Run a run's experiment again and name the variables that did not come out the same to the bit.

    The plug-ins in the file are run, as any Python is.

    Args:
        path: a finished run.
        threads: blocks at a time, all cores by default.
        progress: who is told how it goes.
        device: where JAX runs, if the run was on that backend.

    Returns:
        The names of variables that differ; none when every bit is the same.
    """
    with open_run(path) as before:
        found = [(world_key(tables), before.world(name)) for name, tables in before.tables.items()]
        worlds = {table: arrays for table, arrays in found if arrays}
        experiment = _read_again(before, worlds)
        with tempfile.TemporaryDirectory(prefix="popgrad-rerun-") as folder:
            output = Path(folder) / "again.h5"
            with run(experiment, output, threads=threads, progress=progress, device=device) as after:
                return [name for name in before.variables if not _same(name, before, after)]


def _read_again(before: Run, worlds: Mapping[str, Mapping[str, Any]]) -> Experiment:
    """The run's experiment; weights that it began with are sought beside the run, then where they were."""
    beside = before.path.parent.resolve()
    plugins = plugins_in(before.plugins)
    folders = dict.fromkeys((beside, Path(before.provenance.get("folder", beside))))
    faults: dict[Fault, None] = {}
    for folder in folders:
        try:
            return of_tables(before.spec, folder, str(before.path), worlds, plugins)
        except InvalidInput as error:
            faults |= dict.fromkeys(error.faults)
    raise InvalidInput(str(before.path), faults)


def _same(name: str, before: Run, after: Run) -> bool:
    """Compares a block of networks at a time, for all of a large run would not fit in memory."""
    return name in after.variables and all(
        one.tobytes() == other.tobytes()
        for condition in before.conditions
        for one, other in zip(before.slabs(name, condition), after.slabs(name, condition), strict=True)
    )
