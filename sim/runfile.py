"""The finished run, NAME.h5: read lazily, by the names of conditions, behaviours and watches."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import h5py
import numpy as np

from .accounts import Accounts, kept_in
from .cells import Faults, cells
from .errors import Fault, InvalidInput, PopgradError, nearest
from .hdf5 import TEXT, dataset
from .notebook import final_rates, one_line, paragraph, table
from .opening import opened
from .variables import VARIABLES

if TYPE_CHECKING:
    import xarray


def open_run(path: Path | str) -> Run:
    """Opens a finished run for reading.

    Raises:
        PopgradError: there is no such file, the run is unfinished, or the file is not one of popgrad's.

    Example:
        >>> with open_run("coin.h5") as run:                                # doctest: +SKIP
        ...     final = run.rate("walks_away", "imitation")[:, -1]
    """
    path = Path(path)
    return Run(path, opened(path))


class Run:
    """A finished run. Nothing but names and times is read until it is asked for.

    Arrays are along all `times` of the file; where a condition recorded none (or has no such behaviour)
    there is NaN, or -1 in integers. `own_times` and `own_behaviours` say what a condition did record.

    Attributes:
        path: of the file.
        title: of the experiment.
        conditions, behaviours, watches: names.
        networks: (N,) int64 ids.
        time: (T,) int64, updates done, the union over conditions.
        meanings: behaviour -> what it means.
        is_probability: behaviour -> True for a probability, False for an expected count per episode.
        sweep: name -> (C,) values swept over.
        hyperparameters: names of those drawn per network.
        ledger_behaviours: names of those whose changes were booked.
        spec_toml, spec: the resolved spec, as TOML text and as a dict.
        provenance: versions, platform, backend, elapsed time.
        seed: an int, or one per purpose.
        plugins: files of a user's own functions, by name: their `source`, its `sha256`, what it `defines`.
    """

    def __init__(self, path: Path, file: h5py.File):
        self.path = path
        self._file = file
        attributes: dict[str, Any] = dict(file.attrs)
        self._layout: dict[str, Any] = json.loads(str(attributes["layout"]))
        self.title = str(attributes["title"])
        self.spec_toml = str(attributes["spec"])
        self.provenance: dict[str, Any] = json.loads(str(attributes["provenance"]))
        seed = attributes["seed"]
        self.seed: int | dict[str, int] = json.loads(seed) if isinstance(seed, str) else int(seed)
        self.plugins: dict[str, dict[str, Any]] = json.loads(str(attributes.get("plugins", "{}")))
        self.conditions = self._names("condition")
        self.behaviours = self._names("behaviour")
        self.watches = self._names("watch")
        self.ledger_behaviours = self._names("ledger_behaviour")
        self.networks = self.values("network")
        self.time = self.values("time")
        described = dataset(file, "behaviour").attrs if self.behaviours else {}
        self.meanings: dict[str, str] = json.loads(str(described.get("meanings", "{}")))
        self.is_probability: dict[str, bool] = json.loads(str(described.get("is_probability", "{}")))
        self.sweep = {name: self.values(name) for name in self._layout["sweep"]}
        self.hyperparameters: tuple[str, ...] = tuple(self._layout["hyperparameters"])

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The resolved spec, as nested tables."""
        return tomllib.loads(self.spec_toml)

    @cached_property
    def tables(self) -> dict[str, dict[str, Any]]:
        """Condition -> its own tables, overrides and swept values put in."""
        return {cell.name: cell.tables for cell in cells(self.spec, Faults())}

    @property
    def attributes(self) -> dict[str, Any]:
        """Every attribute of the file, as it stands there."""
        return dict(self._opened().attrs)

    def close(self) -> None:
        """Closes the file; what was read from it stays."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def own_times(self, condition: str) -> np.ndarray:
        """(t,) int64, the times at which this condition was recorded; the last is the end of its training."""
        return self.time[np.array(self._layout["time_positions"][self._condition(condition)], int)]

    def own_behaviours(self, condition: str) -> tuple[str, ...]:
        """The behaviours measured in this condition."""
        positions = self._layout["behaviour_positions"][self._condition(condition)]
        return tuple(self.behaviours[i] for i in sorted(positions))

    def own_watches(self, condition: str) -> tuple[str, ...]:
        """The watches of this condition."""
        positions = self._layout["watch_positions"][self._condition(condition)]
        return tuple(self.watches[i] for i in sorted(positions))

    def final(self, behaviour: str, condition: str) -> np.ndarray:
        """(network,) float32: the rate at the end of the condition's training."""
        last = self._layout["time_positions"][self._condition(condition)][-1]
        index = self._index("behaviour", behaviour, self.behaviours)
        return np.asarray(dataset(self._opened(), "rate")[self._condition(condition), :, last, index])

    def rate(self, behaviour: str, condition: str) -> np.ndarray:
        """(network, time) float32: probability, or expected count per episode (see `is_probability`)."""
        return self._read("rate", condition, behaviour=behaviour)

    def margin(self, behaviour: str, condition: str) -> np.ndarray:
        """(network, time) float32: log-odds, for behaviours in contexts of one state; NaN for others."""
        return self._read("margin", condition, behaviour=behaviour)

    def loss(self, condition: str) -> np.ndarray:
        """(network, time) float32: the objective at that time."""
        return self._read("loss", condition)

    def observed_return(self, condition: str) -> np.ndarray:
        """(network, time) float32: expected return per episode on the reward as it is reported."""
        return self._read("observed_return", condition)

    def intended_return(self, condition: str) -> np.ndarray:
        """(network, time) float32: expected return per episode on the reward the designer means."""
        return self._read("intended_return", condition)

    def gradient_norm(self, condition: str) -> np.ndarray:
        """(network, time) float32: norm of the gradient of the update that starts there."""
        return self._read("gradient_norm", condition)

    def crossed_at(self, watch: str, condition: str) -> np.ndarray:
        """(network,) int64: updates done when the watch was first crossed, 0 possible.

        -1: never. -2: this condition has no such watch.
        """
        return self._read("crossed_at", condition, watch=watch)

    def explored_at(self, behaviour: str, condition: str) -> np.ndarray:
        """(network,) int64: the first update, from 1, in which a sampled episode showed the behaviour.

        -1: never. -2: nothing is sampled under this loss, so there is nothing to explore.
        """
        return self._read("explored_at", condition, behaviour=behaviour)

    def visits(self, behaviour: str, condition: str) -> np.ndarray:
        """(network,) int64: how often training sampled the behaviour.

        -2: nothing is sampled under this loss. -1: this condition has no such behaviour.
        """
        return self._read("visits", condition, behaviour=behaviour)

    def rare_at(self, condition: str) -> np.ndarray:
        """(network,) int64: the first update, from 1, in which some action was below 2^-33.

        Such an action has no word and is never sampled. -1: never. -2: nothing is sampled under this loss.
        """
        return self._read("rare_at", condition)

    def diverged_at(self, condition: str) -> np.ndarray:
        """(network,) int64: updates done when the weights were first not finite; -1 for never."""
        return self._read("diverged_at", condition)

    def weights(self, condition: str) -> np.ndarray:
        """(network, parameter) float64: final weights, without the padding of a wider condition."""
        if "weights" not in self._opened():
            raise PopgradError(
                f"{self.path}: the run did not keep its weights; run it again with them stored"
            )
        parameters = self.parameters(condition)
        if parameters == 0:
            raise PopgradError(f"{self.path}: {condition} has training.weights = false: no weights were kept")
        return self._read("weights", condition)[:, :parameters]

    def ledger(self, behaviour: str, condition: str) -> Accounts:
        """What each (state, action) that was pushed did to a behaviour, where a ledger was kept."""
        kept = kept_in(self._layout, self.ledger_behaviours, self._condition(condition))
        self._index(f"ledger of {condition}", behaviour, kept)
        at = (self._condition(condition), self.ledger_behaviours.index(behaviour))
        return Accounts(behaviour, condition, self._opened(), at, self._layout)

    def parameters(self, condition: str) -> int:
        """How many weights of a network were kept, a critic's behind the policy's; 0 where none were."""
        return self._layout["parameters"][self._condition(condition)] * ("weights" in self._opened())

    def hyperparameter(self, name: str, condition: str) -> np.ndarray:
        """(network,) float64: a value drawn per network; NaN where this condition drew none."""
        self._index("hyperparameter", name, self.hyperparameters)
        return self._read(name, condition)

    def world(self, condition: str) -> dict[str, np.ndarray]:
        """The arrays of a user's own world; empty where the world is one of popgrad's."""
        group = self._opened().get(f"worlds/{self._condition(condition)}")
        return {name: _array(data) for name, data in group.items()} if isinstance(group, h5py.Group) else {}

    def values(self, name: str) -> np.ndarray:
        """A whole variable or coordinate, in the shape it has in the file; text as str.

        Raises:
            InvalidInput: the file has no variable of this name.
        """
        file = self._opened()
        self._index("variable", name, [key for key, item in file.items() if isinstance(item, h5py.Dataset)])
        return _array(dataset(file, name))

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables that have an axis of conditions."""
        file = self._opened()
        return tuple(name for name in (*VARIABLES, *self.hyperparameters) if name in file)

    def slabs(self, name: str, condition: str) -> Iterator[np.ndarray]:
        """One condition's part of a variable, a block of networks at a time, other axes as in the file."""
        self._index("variable", name, self.variables)
        data, number = dataset(self._opened(), name), self._condition(condition)
        step = self._layout["block_size"]
        for first in range(0, data.shape[1], step):
            yield np.asarray(data[number, first : first + step])

    def to_xarray(self) -> xarray.Dataset:
        """The file as an xarray.Dataset with named axes, read lazily; close it when done.

        Raises:
            PopgradError: xarray or h5netcdf is not installed.
        """
        try:
            import h5netcdf  # noqa: F401  # pyright: ignore[reportUnusedImport]
            import xarray
        except ImportError as error:
            raise PopgradError(f'this needs {error.name}: pip install "popgrad[xarray]"') from error
        return xarray.open_dataset(self.path, engine="h5netcdf")

    def _opened(self) -> h5py.File:
        if not self._file:
            raise PopgradError(f"{self.path}: this run is closed; open_run opens it again")
        return self._file

    def _names(self, dim: str) -> tuple[str, ...]:
        return tuple(str(name) for name in self.values(dim)) if dim in self._opened() else ()

    def _index(self, what: str, name: str, valid: Iterable[str]) -> int:
        names = list(valid)
        if name in names:
            return names.index(name)
        expected = f"one of {', '.join(names)}" if names else f"none: this run has no {what}"
        raise InvalidInput(str(self.path), [Fault(what, repr(name), expected, nearest(str(name), names))])

    def _condition(self, condition: str) -> int:
        return self._index("condition", condition, self.conditions)

    def _read(
        self, name: str, condition: str, behaviour: str | None = None, watch: str | None = None
    ) -> np.ndarray:
        index: list[Any] = [self._condition(condition), ...]
        if behaviour is not None:
            index.append(self._index("behaviour", behaviour, self.behaviours))
        if watch is not None:
            index.append(self._index("watch", watch, self.watches))
        return np.asarray(dataset(self._opened(), name)[tuple(index)])

    @cached_property
    def _final_rates(self) -> list[list[str]]:
        last = [max(positions) for positions in self._layout["time_positions"]]
        return final_rates(dataset(self._opened(), "rate"), last)

    def __repr__(self) -> str:
        return one_line(self, is_open=bool(self._file))

    def _repr_html_(self) -> str:
        return table(self, self._final_rates) if self._file else paragraph(repr(self))


def _array(data: h5py.Dataset) -> np.ndarray:
    return np.asarray(data.asstr()[...]).astype(str) if data.dtype == TEXT else np.asarray(data[...])
