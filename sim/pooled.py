"""The ledger of a finished file: means over all networks of what the blocks added up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import nan
from typing import Any

import h5py
import numpy as np

from .layout import Layout
from .store import Arrays, PartialRun
from .variables import ACCOUNTS, CARRIED, CONDITION, LEDGER_BEHAVIOUR, REST, TIME
from .world import LABELS

ACCOUNT, LINE, STATE, ACTION, PLACE = "account", "line", "state", "action", "place"
LEDGER_NETWORK = "ledger_network"
_PAIRS = (LEDGER_BEHAVIOUR, ACCOUNT, STATE, ACTION)
_LINES = (LEDGER_BEHAVIOUR, LINE)
_MEAN, _ERROR = "mean change of the behaviour that {} made", "standard error of {}"
POOLED: dict[str, tuple[tuple[str, ...], str]] = {
    "ledger": ((CONDITION, *_PAIRS), _MEAN.format("pushes of a state's action")),
    "ledger_error": ((CONDITION, *_PAIRS), _ERROR.format("ledger")),
    "ledger_rest": ((CONDITION, *_LINES), _MEAN.format("what has no state")),
    "ledger_rest_error": ((CONDITION, *_LINES), _ERROR.format("ledger_rest")),
    "ledger_time": ((CONDITION, TIME, *_PAIRS), "ledger up to a time"),
    "ledger_rest_time": ((CONDITION, TIME, *_LINES), "ledger_rest up to a time"),
    "ledger_count": ((CONDITION, TIME), "networks that the ledger's means are over"),
    "ledger_by_network": ((CONDITION, LEDGER_NETWORK, *_PAIRS), "ledger of one network"),
    CARRIED: (
        (CONDITION, LEDGER_NETWORK, LEDGER_BEHAVIOUR, STATE, ACTION),
        "change that earlier pushes of a state's action made when they were carried over",
    ),
}
"""Dimensions and what they mean; all float64, and NaN where a condition has none."""


def create(file: h5py.File, layout: Layout, scales: dict[str, h5py.Dataset], storage: dict[str, Any]) -> None:
    """Make the ledger's coordinates and variables, still empty."""
    text = h5py.string_dtype("utf-8")
    states, actions = np.max(layout.ledger_shapes, axis=0)
    columns: dict[str, tuple[Any, Any, str]] = {
        ACCOUNT: (ACCOUNTS, text, "what pushed"),
        LINE: (REST, text, "change that no state's action made"),
        STATE: (np.arange(states), "i8", "number of the world's state"),
        ACTION: (np.arange(actions), "i8", "number of the world's action"),
        PLACE: (["x", "y"] if any(layout.state_places) else [], text, "to the right, and downwards"),
        LEDGER_NETWORK: (np.arange(layout.ledger_networks), "i8", "network id"),
    }
    for dim, (values, dtype, long_name) in columns.items():
        if len(values) and dim not in scales:
            scales[dim] = file.create_dataset(dim, data=values, dtype=dtype)
            scales[dim].make_scale(dim)
            scales[dim].attrs.update({"long_name": long_name, "units": "1"})
    for name, (dims, long_name) in POOLED.items():
        if all(dim in scales for dim in dims) and (name != CARRIED or any(layout.ledger_split)):
            shape = tuple(len(scales[dim]) for dim in dims)
            data = file.create_dataset(name, shape, "f8", chunks=True, fillvalue=nan, **storage)
            for axis, dim in enumerate(dims):
                data.dims[axis].attach_scale(scales[dim])
            data.attrs.update({"long_name": long_name, "units": "1"})
    told: dict[str, tuple[tuple[str, ...], Any, Any]] = dict.fromkeys(LABELS, ((STATE,), text, ""))
    told |= {"action_names": ((ACTION,), text, ""), "state_places": ((STATE, PLACE), "f8", nan)}
    for name, (dims, dtype, missing) in told.items():
        given = getattr(layout, name)
        if any(given):
            shape = (len(given), *(len(scales[dim]) for dim in dims))
            rows = np.full(shape, missing, object if dtype is text else dtype)
            for row, own in zip(rows, given, strict=True):
                if own:
                    row[: len(own)] = own
            data = file.create_dataset(name, data=rows, dtype=dtype)
            for axis, dim in enumerate((CONDITION, *dims)):
                data.dims[axis].attach_scale(scales[dim])
            data.attrs.update({"long_name": name.replace("_", " "), "units": "1"})


@dataclass
class _Sums:
    """What the blocks of a condition add up to, in the order of the blocks."""

    arrays: Arrays

    def add(self, block: Arrays) -> None:
        for name, array in self.arrays.items():
            self.arrays[name] = array + block[name]

    def mean(self, name: str, count: np.ndarray) -> np.ndarray:
        """Σ / n along the first axis of count; not a number where n is 0."""
        total = self.arrays[name]
        wide = count.reshape(-1, *[1] * (total.ndim - 1)).astype(np.float64)
        with np.errstate(invalid="ignore"):
            return total / np.where(wide > 0, wide, nan)

    def error(self, sums: str, squares: str, count: float) -> np.ndarray:
        """√(Σx² − (Σx)²/n) / √(n (n − 1)) of the last time; not a number of fewer than two networks."""
        total = self.arrays[sums][-1]
        if count < 2:
            return np.full(total.shape, nan)
        spread = np.maximum(self.arrays[squares] - total**2 / count, 0.0)
        return np.sqrt(spread / (count * (count - 1)))


_ADDED = ("ledger_sum", "ledger_rest_sum", "ledger_count", "ledger_square", "ledger_rest_square")


def pooled(partial: PartialRun, layout: Layout) -> Iterator[tuple[str, Any, np.ndarray]]:
    """(name, index, values) of the ledger's variables, condition after condition, a block at a time."""
    for condition in range(len(layout.conditions) if layout.ledger_behaviours else 0):
        own = list(layout.own(LEDGER_BEHAVIOUR, condition))
        if not own:
            continue
        states, actions = layout.ledger_shapes[condition]
        pairs = (slice(None), slice(states), slice(actions))
        sums = None
        for block in range(len(layout.blocks) // len(layout.conditions)):
            arrays = partial.read(condition, block)
            if sums is None:
                sums = _Sums({name: np.zeros_like(arrays[name]) for name in _ADDED})
            sums.add(arrays)
            first, some = layout.span(block).start, arrays["ledger_by_network"]
            if len(some):
                for k, behaviour in enumerate(own):
                    ids = slice(first, first + len(some))
                    yield "ledger_by_network", (condition, ids, behaviour, *pairs), some[:, k]
                    if layout.ledger_split[condition]:
                        yield CARRIED, (condition, ids, behaviour, *pairs[1:]), arrays[CARRIED][:, k]
        assert sums is not None
        yield from _of_condition(sums, condition, own, list(layout.own(TIME, condition)), pairs)


def _of_condition(
    sums: _Sums, condition: int, own: list[int], times: list[int], pairs: tuple[slice, ...]
) -> Iterator[tuple[str, Any, np.ndarray]]:
    count = sums.arrays["ledger_count"]
    over_time, rest = sums.mean("ledger_sum", count), sums.mean("ledger_rest_sum", count)
    error = sums.error("ledger_sum", "ledger_square", float(count[-1]))
    rest_error = sums.error("ledger_rest_sum", "ledger_rest_square", float(count[-1]))
    yield "ledger_count", (condition, times), count.astype(np.float64)
    for k, behaviour in enumerate(own):
        yield "ledger", (condition, behaviour, *pairs), over_time[-1, k]
        yield "ledger_error", (condition, behaviour, *pairs), error[k]
        yield "ledger_rest", (condition, behaviour), rest[-1, k]
        yield "ledger_rest_error", (condition, behaviour), rest_error[k]
        yield "ledger_time", (condition, times, behaviour, *pairs), over_time[:, k]
        yield "ledger_rest_time", (condition, times, behaviour), rest[:, k]
