"""Weights that networks begin with because other networks ended with them: where they are, and their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from .behaviour import Array
from .errors import Fault, InvalidInput, PopgradError, nearest, shown
from .hdf5 import dataset

if TYPE_CHECKING:
    from .experiment import Experiment

PINS = "initial_weights"
"""The section of an experiment that pins, for each condition by name, the weights that it begins with."""

ROWS_AT_ONCE = 2**22
"""Values that are in memory while weights are hashed: 32 MB."""


@dataclass(frozen=True)
class Inherited:
    """The final weights of one condition of a finished run.

    Args:
        path: of the run, absolute.
        row: the condition's place in it.
        networks: how many the run has.
        parameters: P, the policy's; a critic's stand behind them and stay where they are.
        sha256: of the weights of the networks that a population takes, (N, P) float64.
        stamp: size and time of the file when it was hashed.
    """

    path: Path
    row: int
    networks: int
    parameters: int
    sha256: str
    stamp: tuple[int, int]

    def weights(self, first: int, count: int) -> Array:
        """(count, P): those of networks `first` and after; zeros for numbers that the run does not have.

        Only these rows are read. Safe from several threads.

        Raises:
            PopgradError: the file is gone, cannot be read, or is another than when the run began.
        """
        found = np.zeros((count, self.parameters))
        there = max(0, min(count, self.networks - first))
        try:
            changed = stamp_of(self.path) != self.stamp
            if not changed and there:
                with h5py.File(self.path, "r") as file:
                    found[:there] = _rows(file, self.row, first, there, self.parameters)
        except OSError as error:
            raise PopgradError(f"{self.path}: {GONE} ({error}). {AGAIN}") from error
        if changed:
            raise PopgradError(f"{self.path}: {CHANGED}. {AGAIN}")
        return found


GONE = "the weights that networks begin with cannot be read any more"
CHANGED = "the file that networks begin from has changed since this run began"
AGAIN = "Put the file back and run the same command again: finished blocks are kept."


def stamp_of(path: Path) -> tuple[int, int]:
    """Size and time of last change, by which a file that was replaced is noticed without reading it."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def digest(path: Path, row: int, networks: int, parameters: int) -> str:
    """The sha256 of the first networks' weights, (N, P) float64, little-endian; read some rows at a time."""
    found = hashlib.sha256(f"{networks} {parameters} ".encode())
    step = max(1, ROWS_AT_ONCE // parameters)
    with h5py.File(path, "r") as file:
        for first in range(0, networks, step):
            rows = _rows(file, row, first, min(step, networks - first), parameters)
            found.update(np.ascontiguousarray(rows, "<f8").tobytes())
    return found.hexdigest()


def _rows(file: h5py.File, row: int, first: int, count: int, parameters: int) -> Array:
    return np.asarray(dataset(file, "weights")[row, first : first + count, :parameters])


def refuse_to_replace(experiment: Experiment, output: Path) -> None:
    """Keep a run that others begin from, whatever may be overwritten.

    Raises:
        PopgradError: the output is such a run.
    """
    if output.resolve() in {each.path for each in experiment.inherited.values()}:
        raise PopgradError(
            f"{output}: holds the weights that this run begins with, so it is not replaced."
            " Name another with -o."
        )


def pinned(experiment: Experiment, subject: str) -> Experiment:
    """The experiment with the hashes of the weights that its networks begin with in its tables.

    Raises:
        InvalidInput: its tables hold hashes already, and they are of other weights.
    """
    found = experiment.inherited
    names = [condition.name for condition in experiment.conditions]
    faults = _pin_faults(experiment.tables.get(PINS, {}), found, names)
    if faults:
        raise InvalidInput(subject, faults)
    hashes = {PINS: {name: each.sha256 for name, each in found.items()}} if found else {}
    return replace(experiment, tables={**experiment.tables, **hashes})


def _pin_faults(given: Any, inherited: Mapping[str, Inherited], names: list[str]) -> list[Fault]:
    if not isinstance(given, dict):
        return [Fault(PINS, shown(given), "a table from conditions to sha256 sums")]
    found = []
    for name, sha256 in given.items():
        path = f'{PINS}."{name}"'
        if name not in names:
            close = nearest(name, names)
            found.append(Fault(path, "a condition that is not there", f"one of {', '.join(names)}", close))
        elif name not in inherited:
            found.append(Fault(path, "a condition without", 'one with init = { kind = "run" }'))
        elif inherited[name].sha256 != sha256:
            source = f"weights of sha256 {inherited[name].sha256} in {inherited[name].path}"
            found.append(Fault(path, source, f"{sha256}, those that this experiment began with"))
    return found
