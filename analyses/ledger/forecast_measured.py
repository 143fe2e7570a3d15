"""From the runs to predictions, and to what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...sim.runfile import Run
from ...sim.spec import read_experiment
from ..statistics import Array
from .extrapolation import integrated, kernel_of, logarithmic, straight
from .forecast_experiments import PROBE, Cell, Size, afterwards, beginning, whole
from .pushes import probability, pushed
from .runs import trained

WAYS = ("kernel", "account laws", "straight line", "as it is")


@dataclass(frozen=True, eq=False)
class Forecast:
    """A cell: the probe's margin, as it was predicted and as it came.

    Args:
        cell: which.
        seen: updates whose accounts were known.
        times: (T,), updates done, after that.
        begun: (N, seen + 1), the margin after every update that was seen.
        came: (N, T), what happened.
        predicted: way -> (N, T).
        moved: (N,), ‖k' − k‖/‖k‖ of the probe's row of the kernel, from the beginning to the end of training.
        seconds: of the booked beginning and of all of training, of all networks, as they were run.
        fit: what the kernel gets wrong within the updates that it was taken from: mean size, over that of the
            change there.
    """

    cell: Cell
    seen: int
    times: NDArray[np.int64]
    begun: Array
    came: Array
    predicted: Mapping[str, Array]
    moved: Array
    seconds: tuple[float, float]
    fit: float

    @property
    def name(self) -> str:
        """Of the cell."""
        return self.cell.name

    def rates(self, way: str | None = None) -> Array:
        """(N,): the rate at the end, predicted or as it came."""
        return probability((self.came if way is None else self.predicted[way])[:, -1])


def forecast(folder: Path, cell: Cell, size: Size, threads: int | None = None) -> Forecast:
    """Run a cell and predict its end from its beginning.

    Args:
        folder: of the runs; cell, size: what is run; threads: blocks at a time.
    """
    name = cell.name.replace(", ", "_").replace(" ", "_")
    world = read_experiment(whole(cell, size)).conditions[0].world
    assert world.contexts is not None
    states = np.flatnonzero(world.contexts > 0)
    labels = states.tolist()
    with (
        trained(folder, f"{name}_seen", beginning(cell, size, labels), threads) as first,
        trained(folder, f"{name}_whole", whole(cell, size), threads) as all_of_it,
    ):
        path = f"{name}_whole.h5"
        with trained(folder, f"{name}_after", afterwards(cell, size, labels, path), threads) as last:
            force = partial(pushed, cell.rule, world, states)
            kernels = [_kernel(each, labels, force, cell.rate) for each in (first, last)]
        times = np.array(size.later)
        came = _margin(all_of_it, PROBE, "whole")[:, np.searchsorted(all_of_it.time, times)]
        margins = _margins(first, labels)
        probe, end = margins[:, 0], margins[:, :, -1]

        def going(from_here: Array, steps: NDArray[np.int64]) -> Array:
            return integrated(kernels[0], from_here, lambda z: force(z)[0], cell.rate, steps)[:, :, 0]

        refit = going(margins[:, :, 0], np.array([size.seen]))[:, -1]
        predicted = {
            "kernel": going(end, times - size.seen),
            "account laws": probe[:, :1] + _laws(first, size.seen, times),
            "straight line": straight(np.arange(size.seen + 1.0), probe, times),
            "as it is": np.repeat(probe[:, -1:], len(times), axis=1),
        }
        row = [kernel[:, 0] for kernel in kernels]
        return Forecast(
            cell=cell,
            seen=size.seen,
            times=times,
            begun=probe,
            came=came,
            predicted=predicted,
            moved=np.linalg.norm(row[1] - row[0], axis=1) / np.linalg.norm(row[0], axis=1),
            seconds=(float(first.provenance["seconds"]), float(all_of_it.provenance["seconds"])),
            fit=float(np.abs(refit - probe[:, -1]).mean() / np.abs(probe[:, -1] - probe[:, 0]).mean()),
        )


def _margin(run: Run, behaviour: str, condition: str) -> Array:
    return run.margin(behaviour, condition).astype(np.float64)


def _margins(run: Run, states: list[int]) -> Array:
    """(N, 1 + m, t): the probe's and every trained state's, after every update."""
    names = [PROBE, *(f"right_{state}" for state in states)]
    return np.stack([_margin(run, name, "seen") for name in names], axis=1)


def _kernel(run: Run, states: list[int], force, rate: float) -> Array:
    """(N, 1 + m, m), from the accounts of a run and from what its policies were pushed by."""
    margins = _margins(run, states)[:, 1:]
    total = sum((rate * force(margins[:, :, t])[1] for t in range(margins.shape[2] - 1)), np.zeros(1))
    names = [PROBE, *(f"right_{state}" for state in states)]
    booked = [run.ledger(name, "seen").by_network.sum(axis=1)[:, states] for name in names]
    return kernel_of(np.stack(booked, axis=1), total)


def _laws(run: Run, seen: int, times: NDArray[np.int64]) -> Array:
    """(N, T): the sum of all accounts of the probe, each by its own law."""
    half, whole_of_it = (run.ledger(PROBE, name).by_network.sum(axis=1) for name in ("half", "seen"))
    return logarithmic(half, whole_of_it, float(seen), times.astype(np.float64)).sum(axis=(1, 2))
