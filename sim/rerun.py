"""A run again from its own provenance, compared to the bit."""

from __future__ import annotations

import tempfile
from pathlib import Path

from .cells import Faults, cells
from .runfile import Run, open_run
from .simulate import Progress, run
from .spec import of_tables, world_key


def differing(path: Path, threads: int | None = None, progress: Progress | None = None) -> list[str]:
    """Run a run's experiment again and name the variables that did not come out the same to the bit.

    Args:
        path: a finished run.
        threads: blocks at a time, all cores by default.
        progress: who is told how it goes.

    Returns:
        The names of variables that differ; none when every bit is the same.
    """
    with open_run(path) as before:
        found = [(world_key(cell.tables), before.world(cell.name)) for cell in cells(before.spec, Faults())]
        worlds = {table: arrays for table, arrays in found if arrays}
        experiment = of_tables(before.spec, path.parent, str(path), worlds)
        with tempfile.TemporaryDirectory(prefix="popgrad-rerun-") as folder:
            output = Path(folder) / "again.h5"
            with run(experiment, output, threads=threads, progress=progress) as after:
                return [name for name in before.variables if not _same(name, before, after)]


def _same(name: str, before: Run, after: Run) -> bool:
    """Compares a block of networks at a time, for all of a large run would not fit in memory."""
    return name in after.variables and all(
        one.tobytes() == other.tobytes()
        for condition in before.conditions
        for one, other in zip(before.slabs(name, condition), after.slabs(name, condition), strict=True)
    )
