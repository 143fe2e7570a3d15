"""Reading a finished run's ledger: what each pushed (state, action) did to a behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from .hdf5 import dataset
from .variables import ACCOUNTS, CARRIED, REST

Index = tuple[Any, ...]


def kept_in(layout: dict[str, Any], names: tuple[str, ...], condition: int) -> list[str]:
    """The behaviours of which a condition kept a ledger, of all that the file has."""
    return [names[position] for position in layout["ledger_positions"][condition]] if names else []


@dataclass(frozen=True, eq=False)
class Accounts:
    """The ledger of one behaviour in one condition; nothing is read until it is asked for.

    All of it is change of what was booked, the behaviour's rate or margin: over the accounts and the rest it
    sums to the mean change from the first recorded time on, of networks that have not diverged. Times are all
    of the file, with NaN where the condition recorded none.

    Attributes:
        behaviour, condition: names.
        names: of the accounts: what pushed. lines: of the rest, which has no state and action.
    """

    behaviour: str
    condition: str
    _file: h5py.File
    _at: tuple[int, int]
    _layout: dict[str, Any]
    names = ACCOUNTS
    lines = REST

    @property
    def networks(self) -> np.ndarray:
        """(M,) int64 ids that have accounts of their own in this condition."""
        if "ledger_network" not in self._file:
            return np.zeros(0, np.int64)
        condition, behaviour = self._at
        kept = ~np.isnan(self._read("ledger_by_network", (condition, slice(None), behaviour, 0, 0, 0)))
        return np.asarray(dataset(self._file, "ledger_network"))[kept]

    @property
    def state_names(self) -> tuple[str, ...]:
        """(state,) what the world calls its states: their numbers, where it has no names."""
        return self._labels("state_names", 0)

    @property
    def state_groups(self) -> tuple[str, ...]:
        """(state,) which states belong together, each by itself where the world does not say."""
        return self._labels("state_groups", 0)

    @property
    def action_names(self) -> tuple[str, ...]:
        """(action,) what the world calls its actions: their numbers, where it has no names."""
        return self._labels("action_names", 1)

    @property
    def state_places(self) -> np.ndarray:
        """(state, 2) where states are drawn, x and y downwards: in a line, where the world does not say."""
        count = self._layout["ledger_shapes"][self._at[0]][0]
        told = self._read("state_places", self._at[:1])[:count] if "state_places" in self._file else None
        if told is None or np.isnan(told).any():
            return np.stack([np.arange(count, dtype=float), np.zeros(count)], axis=1)
        return told

    def by_group(self) -> dict[str, np.ndarray]:
        """Group -> (account, action): `mean` summed over the states of each group."""
        mean, groups = self.mean, np.array(self.state_groups)
        return {name: mean[:, groups == name].sum(axis=1) for name in dict.fromkeys(self.state_groups)}

    @property
    def mean(self) -> np.ndarray:
        """(account, state, action): at the end of training."""
        return self._pairs("ledger", self._at)

    @property
    def error(self) -> np.ndarray:
        """(account, state, action): the standard error of `mean` over networks."""
        return self._pairs("ledger_error", self._at)

    @property
    def rest(self) -> np.ndarray:
        """(line,): what decay and carried gradients did, and what is unexplained."""
        return self._read("ledger_rest", self._at)

    @property
    def rest_error(self) -> np.ndarray:
        """(line,): the standard error of `rest` over networks."""
        return self._read("ledger_rest_error", self._at)

    @property
    def over_time(self) -> np.ndarray:
        """(time, account, state, action): up to each time."""
        condition, behaviour = self._at
        return self._pairs("ledger_time", (condition, slice(None), behaviour))

    @property
    def rest_over_time(self) -> np.ndarray:
        """(time, line): up to each time."""
        condition, behaviour = self._at
        return self._read("ledger_rest_time", (condition, slice(None), behaviour))

    @property
    def by_network(self) -> np.ndarray:
        """(M, account, state, action): at the end, of the first `networks`."""
        own = len(self.networks)
        if own == 0:
            return np.empty((0, len(ACCOUNTS), *self._layout["ledger_shapes"][self._at[0]]))
        condition, behaviour = self._at
        return self._pairs("ledger_by_network", (condition, slice(own), behaviour))

    @property
    def carried_by_network(self) -> np.ndarray:
        """(M, state, action): what the optimiser carried over, by the pushes that made it; empty where it was
        not split. Beside the pairs stands what coupled weight decay left in the optimiser."""
        states, actions = self._layout["ledger_shapes"][self._at[0]]
        own = len(self.networks)
        if own == 0 or CARRIED not in self._file:
            return np.empty((0, states, actions))
        condition, behaviour = self._at
        found = self._pairs(CARRIED, (condition, slice(own), behaviour))
        return found[:0] if np.isnan(found).all() else found

    @property
    def unexplained(self) -> np.ndarray:
        """(network,): the change that was not booked; NaN of a network that diverged."""
        condition, behaviour = self._at
        return self._read("unexplained", (condition, slice(None), behaviour))

    @property
    def counted(self) -> np.ndarray:
        """(time,): how many networks the means are over."""
        return self._read("ledger_count", self._at[:1])

    def _labels(self, name: str, axis: int) -> tuple[str, ...]:
        count = self._layout["ledger_shapes"][self._at[0]][axis]
        known = (
            np.asarray(dataset(self._file, name).asstr()[self._at[0]])[:count] if name in self._file else []
        )
        labels = tuple(map(str, known))
        return labels if any(labels) else tuple(map(str, range(count)))

    def _pairs(self, name: str, index: Index) -> np.ndarray:
        states, actions = self._layout["ledger_shapes"][self._at[0]]
        return self._read(name, (*index, ..., slice(states), slice(actions)))

    def _read(self, name: str, index: Index) -> np.ndarray:
        return np.asarray(dataset(self._file, name)[index])
