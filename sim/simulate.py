"""The one loop: blocks to the kernels, their records to the store."""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tomlkit

from .blocks import Control
from .errors import Fault, InvalidInput, PopgradError
from .estimate import estimate
from .experiment import Experiment
from .finalise import run_finalise
from .inherited import refuse_to_replace
from .layout import Layout
from .machine import cores, machine_memory
from .makers import world_key
from .provenance import provenance
from .runfile import Run, open_run
from .spec import read_experiment, with_compute
from .store import PartialRun
from .threads import run_on_threads
from .variables import SELECTED
from .work import Work
from .world import LABELS, World

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


def run(
    source: Source,
    output: str | Path | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    backend: str | None = None,
    precision: str | None = None,
    device: str | None = None,
    plugins: Sequence[str | Path] = (),
    threads: int | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Run an experiment and open its result.

    Finished blocks survive a kill: the same call again goes on from them, and the final data are the same
    to the bit (on a device of JAX's, where it is the same device and its memory held as much).

    Args:
        source: the path of a TOML file, or its tables as a dictionary.
        output: where to write. By default NAME.h5 in the working directory for a file NAME.toml, and a new
            temporary file for a dictionary.
        settings: values by dotted key that replace the source's.
        backend, precision: what computes it, in place of what the source's `[compute]` says.
        device: `cpu`, `gpu` or `tpu`, where the backend is `jax`; the best that there is by default.
        plugins: files or entry points besides the source's; their code is run.
        threads: how many blocks run at a time on the backend `numba`; all cores by default. The result does
            not depend on it.
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
    if isinstance(source, Experiment) and plugins:
        raise PopgradError("plugins: got some beside an Experiment, expected them where it was read")
    if isinstance(source, Experiment):
        experiment = source
    else:
        experiment = read_experiment(source, with_compute(settings, backend, precision), plugins)
    place = place_of(experiment, device, threads)
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
        control = Control(progress=watcher.advance)
        if place is None:
            run_on_threads(work, work.jobs(done), partial, threads or cores(), control)
        else:
            from .device import run_on_device

            run_on_device(work, work.jobs(done), partial, place, control)
        watcher.finalising()
        layout.attributes["provenance"] = json.dumps(
            {
                **provenance(place),
                **({"folder": str(experiment.folder.resolve())} if experiment.inherited else {}),
                **({"threads": threads or cores()} if place is None else {}),
                "seconds": round(time.perf_counter() - began, 3),
                "blocks_from_earlier_calls": len(done),
            }
        )
        run_finalise(partial, layout)
        partial.remove()
    return open_run(path)


def place_of(experiment: Experiment, device: str | None, threads: int | None) -> Any:
    """The device of JAX's that an experiment runs on, None where it runs on the processor's own threads.

    Raises:
        PopgradError: there is none, or a device was named for the threads, or threads for a device.
    """
    if experiment.compute.backend != "jax":
        if device is not None:
            raise PopgradError(
                f'device: got {device!r}, expected none unless backend = "jax" (--backend jax)'
            )
        return None
    if threads is not None:
        raise PopgradError(f'threads: got {threads}, expected none with backend = "jax", which takes its own')
    from .device import device_of

    return device_of(device)


def refuse_beyond_memory(work: Work, threads: int) -> None:
    """Say before any compute that a run would not fit.

    Raises:
        PopgradError: how much it would need, and how much there is.
    """
    if work.experiment.compute.backend == "jax":
        return  # what a device does not hold at once it takes in parts
    needed = estimate(work.experiment, work.plans, threads).memory
    there = machine_memory()
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
    entries = {plugin.name: plugin.entry for plugin in experiment.plugins}
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
            **({"plugins": json.dumps(entries)} if entries else {}),
        },
        sweep={
            key: tuple(_label(condition.coordinates.get(key)) for condition in conditions) for key in swept
        },
        hyperparameters=tuple(numbers),
        worlds={c.name: own_worlds[key] for c in conditions if (key := world_key(c.resolved)) in own_worlds},
        store_weights=any(condition.training.weights for condition in conditions),
        doubles=experiment.compute.precision == "float64",
        **ledger_of(experiment),
    )


def ledger_of(experiment: Experiment) -> dict[str, Any]:
    """What a layout says of the ledgers; nothing where there is none."""
    ledgers = [condition.training.ledger for condition in experiment.conditions]
    own = [ledger.behaviours if ledger else [] for ledger in ledgers]
    names = list(dict.fromkeys(name for behaviours in own for name in behaviours))
    if not names:
        return {}
    kept = max(ledger.networks for ledger in ledgers if ledger)
    return {
        "ledger_behaviours": tuple(names),
        "ledger_positions": tuple(tuple(names.index(name) for name in behaviours) for behaviours in own),
        "ledger_shapes": tuple((c.world.states, c.world.actions) for c in experiment.conditions),
        "ledger_networks": min(kept, experiment.networks),
        "ledger_split": tuple(bool(ledger and ledger.split_carried) for ledger in ledgers),
        **{label: tuple(getattr(c.world, label) or () for c in experiment.conditions) for label in LABELS},
        "state_places": tuple(_places(c.world) for c in experiment.conditions),
    }


def _places(world: World) -> tuple[tuple[float, ...], ...]:
    return () if world.state_places is None else tuple(map(tuple, world.state_places.tolist()))


def _label(value: Any) -> str | float:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return value if plain else re.sub(r"\s+", " ", str(value))
