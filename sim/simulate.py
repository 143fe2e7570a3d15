"""The one loop: blocks to the kernels, their records to the store."""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tomlkit

from ..kernels.lanes.vector import LANES
from .blocks import Control, compile_kernels, simulate_block
from .errors import Fault, InvalidInput, PopgradError
from .estimate import block_size, estimate
from .experiment import Experiment
from .finalise import run_finalise
from .inherited import refuse_to_replace
from .interrupts import insistent
from .journal import Header
from .layout import Layout
from .lower import Plan, lower
from .makers import world_key
from .provenance import program, provenance
from .runfile import Run, open_run
from .spec import read_experiment
from .store import PartialRun
from .variables import SELECTED

Source = str | Path | Mapping[str, Any] | Experiment


class Interrupted(PopgradError):  # noqa: N818  (it says what is the case)
    """The run was stopped from outside; its finished blocks are kept."""

    exit_status = 130


class Progress(Protocol):
    """Who is told how a run goes."""

    def begin(self, total: int, done: int) -> None:
        """Network updates in all, and those that were done before."""
        ...

    def advance(self, updates: int) -> None:
        """Network updates done since the last call. Called from several threads."""
        ...

    def finalising(self) -> None:
        """All blocks are done and become one file."""
        ...


class Silence:
    """Progress that nobody watches."""

    def begin(self, total: int, done: int) -> None:
        """Say nothing."""

    def advance(self, updates: int) -> None:
        """Say nothing."""

    def finalising(self) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Job:
    """A block that is still to be done."""

    condition: int
    block: int
    ids: range


@dataclass
class Work:
    """An experiment with its plans, ready to run."""

    experiment: Experiment
    plans: list[Plan] = field(init=False)
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.plans = [lower(condition) for condition in self.experiment.conditions]
        self.size = block_size(self.experiment, self.plans)

    def jobs(self, done: set[tuple[int, int]]) -> Iterator[Job]:
        """The blocks that are not done, condition after condition."""
        ids = range(self.experiment.networks)
        for condition in range(len(self.plans)):
            for block in range(-(-len(ids) // self.size)):
                if (condition, block) not in done:
                    yield Job(condition, block, ids[block * self.size : (block + 1) * self.size])

    def updates_of(self, job: Job) -> int:
        """Network updates of a block, the lanes that fill its last tile included."""
        updates = max(1, self.experiment.conditions[job.condition].ends)  # a selection counts as one
        return -(-len(job.ids) // LANES) * LANES * updates

    def header(self) -> Header:
        """What a partial run must agree with to be taken up."""
        tables = json.loads(json.dumps(self.experiment.tables, default=str))
        return Header(f"{self.experiment.digest}-{program()}", {**tables, "program": program()})


def run(
    source: Source,
    output: str | Path | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    threads: int | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Run an experiment and open its result.

    Finished blocks survive a kill: the same call again goes on from them, and the final data are the same
    to the bit.

    Args:
        source: the path of a TOML file, or its tables as a dictionary.
        output: where to write. By default NAME.h5 in the working directory for a file NAME.toml, and a new
            temporary file for a dictionary.
        settings: values by dotted key that replace the source's.
        threads: how many blocks run at a time; all cores by default. The result does not depend on it.
        overwrite: replace an output, or a partial run of another experiment, that is there.
        progress: who is told how it goes.

    Returns:
        The opened run.

    Raises:
        InvalidInput: every fault of the source.
        OutputExists: there is an output and it may not be overwritten.
        PopgradError: what else the user can put right, such as a full disk.

    Example:
        >>> import popgrad
        >>> experiment = {
        ...     "title": "two arms",
        ...     "world": {"kind": "bandit", "reward": [1.0, 0.0]},
        ...     "policy": {"kind": "tabular"},
        ...     "optimiser": {"kind": "sgd", "learning_rate": 0.1},
        ...     "population": {"networks": 16},
        ...     "training": {"updates": 10},
        ...     "condition": [{"name": "imitation", "loss": {"kind": "imitation"}}],
        ... }
        >>> result = popgrad.run(experiment)
        >>> result.rate("best", "imitation").shape
        (16, 11)
    """
    if threads is not None and threads < 1:
        raise PopgradError(f"threads: got {threads}, expected at least 1, or None for all cores")
    experiment = source if isinstance(source, Experiment) else read_experiment(source, settings)
    work = Work(experiment)
    refuse_beyond_memory(work, threads or cores())
    path = Path(output) if output is not None else default_output(source)
    refuse_to_replace(experiment, path)
    watcher = progress or Silence()
    with PartialRun.open(path, work.header(), overwrite) as partial:
        layout = layout_of(work)
        done = partial.done
        total, left = (sum(map(work.updates_of, work.jobs(before))) for before in (set(), done))
        watcher.begin(total, total - left)
        began = time.perf_counter()
        _run_jobs(work, work.jobs(done), partial, threads or cores(), watcher)
        watcher.finalising()
        layout.attributes["provenance"] = json.dumps(
            {
                **provenance(),
                **({"folder": str(experiment.folder.resolve())} if experiment.inherited else {}),
                "threads": threads or cores(),
                "seconds": round(time.perf_counter() - began, 3),
                "blocks_from_earlier_calls": len(done),
            }
        )
        run_finalise(partial, layout)
        partial.remove()
    return open_run(path)


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def refuse_beyond_memory(work: Work, threads: int) -> None:
    """Say before any compute that a run would not fit.

    Raises:
        PopgradError: how much it would need, and how much there is.
    """
    needed = estimate(work.experiment, work.plans, threads).memory
    there = (
        os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else float("inf")
    )
    if needed > there:
        advice = "Fewer threads, parameters, episodes or recorded times need less."
        raise PopgradError(
            f"memory: needs about {needed / 1e9:,.1f} GB, this machine has {there / 1e9:,.1f} GB. {advice}"
        )


def default_output(source: Source) -> Path:
    """NAME.h5 here for a file NAME.toml; a new temporary file for anything else."""
    if isinstance(source, str | Path):
        return Path(Path(source).stem + ".h5")
    return Path(tempfile.mkdtemp(prefix="popgrad-")) / "run.h5"


def _run_jobs(work: Work, jobs: Iterator[Job], partial: PartialRun, threads: int, watcher: Progress) -> None:
    """Every job, as many at a time as there are threads; each block's records go to disk as it ends."""
    control = Control(progress=watcher.advance)
    conditions = work.experiment.conditions
    with insistent():
        compile_kernels(work.plans, conditions)

    def block(job: Job) -> None:
        arrays = simulate_block(work.plans[job.condition], conditions[job.condition], job.ids, control)
        partial.add(job.condition, job.block, arrays)

    running: set[Future[None]] = set()
    with ThreadPoolExecutor(threads, thread_name_prefix="block") as pool:
        try:
            while True:
                for job in islice(jobs, threads - len(running)):
                    running.add(pool.submit(block, job))
                if not running:
                    return
                finished, running = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in finished:
                    future.result()
        except BaseException:
            control.stop.set()
            raise


def layout_of(work: Work) -> Layout:
    """What the finished file holds besides the blocks."""
    experiment = work.experiment
    conditions = experiment.conditions
    times = np.unique(np.concatenate([condition.times for condition in conditions]))
    behaviours = {b.name: b for condition in conditions for b in condition.world.behaviours}
    for behaviour in (b for condition in conditions for b in condition.world.behaviours):
        if behaviour.is_probability != behaviours[behaviour.name].is_probability:
            given = "a probability in one condition and an expected count in another"
            raise InvalidInput(
                "experiment", [Fault(f"behaviours.{behaviour.name}", given, "one or the other")]
            )
    watches = list(dict.fromkeys(watch.name for condition in conditions for watch in condition.watches))
    names = list(behaviours)
    swept = list(dict.fromkeys(key for condition in conditions for key in condition.coordinates))
    own_worlds = experiment.own_worlds
    numbers = list(dict.fromkeys(which.name.lower() for condition in conditions for which in condition.drawn))
    if any(condition.training.select for condition in conditions):
        numbers += SELECTED
    return Layout(
        conditions=tuple(condition.name for condition in conditions),
        networks=experiment.networks,
        block_size=work.size,
        time=tuple(int(time) for time in times),
        behaviours=tuple(names),
        meanings={name: behaviour.meaning for name, behaviour in behaviours.items()},
        is_probability={name: behaviour.is_probability for name, behaviour in behaviours.items()},
        watches=tuple(watches),
        parameters=tuple(
            len(plan.centre) * condition.training.weights
            for plan, condition in zip(work.plans, conditions, strict=True)
        ),
        time_positions=tuple(tuple(int(i) for i in np.searchsorted(times, c.times)) for c in conditions),
        behaviour_positions=tuple(tuple(names.index(b.name) for b in c.world.behaviours) for c in conditions),
        watch_positions=tuple(tuple(watches.index(watch.name) for watch in c.watches) for c in conditions),
        attributes={
            "title": experiment.title,
            "spec": tomlkit.dumps(experiment.tables),
            "provenance": "{}",
            "seed": json.dumps(experiment.tables.get("seed", 0)),
        },
        sweep={
            key: tuple(_label(condition.coordinates.get(key)) for condition in conditions) for key in swept
        },
        hyperparameters=tuple(numbers),
        worlds={c.name: own_worlds[key] for c in conditions if (key := world_key(c.resolved)) in own_worlds},
        store_weights=any(condition.training.weights for condition in conditions),
    )


def _label(value: Any) -> str | float:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return value if plain else re.sub(r"\s+", " ", str(value))
