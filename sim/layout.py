"""What a finished file holds besides its blocks, and where a block's arrays stand in it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from .variables import (
    BEHAVIOUR,
    DIMENSIONS,
    LEDGER_BEHAVIOUR,
    OPTIONAL,
    PARAMETER,
    TIME,
    VARIABLES,
    WATCH,
    Variable,
    number,
)


@dataclass(frozen=True)
class Layout:
    """What the finished file holds besides the blocks. Build it before the run: it checks itself.

    Args:
        conditions: C names.
        networks: N; their ids are 0 to N - 1.
        block_size: networks per block; block k begins with network k * block_size.
        time: (T,) int, union of the conditions' times, increasing.
        behaviours: (B,) names, union.
        meanings: behaviour -> sentence.
        is_probability: behaviour -> whether its rate is one (else an expected count).
        watches: (W,) names, union; may be empty.
        parameters: (C,) number of weights of one network.
        time_positions, behaviour_positions, watch_positions: (C,) for each condition, where its own times,
            behaviours and watches, in the order of its blocks' arrays, stand in the unions.
        attributes: of the file; at least `title`, `spec` (TOML), `provenance` (JSON), `seed` (int, or JSON).
        sweep: name -> (C,) values, numbers or strings: further coordinates of condition.
        hyperparameters: names of the (n,) float64 arrays of blocks that hold one value per network.
        worlds: condition -> name -> array, a user's own world.
        store_weights: whether blocks hold `weights`.
        doubles: whether what was measured is in float64.
        ledger_behaviours: names, the union of the conditions' ledgers; empty where there is none.
        ledger_positions: (C,) where a condition's own stand in it, in the order of its blocks' arrays.
        ledger_shapes: (C,) the numbers of states and actions of each condition's world.
        ledger_networks: networks that have accounts of their own.
        ledger_split: (C,) whether these networks' carried gradients are split.
        state_names, state_groups: (C,) what each condition's world calls its states; may be empty.
        action_names: (C,) what it calls its actions; state_places: (C,) where its states are drawn; the same.
    """

    conditions: tuple[str, ...]
    networks: int
    block_size: int
    time: tuple[int, ...]
    behaviours: tuple[str, ...]
    meanings: dict[str, str]
    is_probability: dict[str, bool]
    watches: tuple[str, ...]
    parameters: tuple[int, ...]
    time_positions: tuple[tuple[int, ...], ...]
    behaviour_positions: tuple[tuple[int, ...], ...]
    watch_positions: tuple[tuple[int, ...], ...]
    attributes: dict[str, str | int | float]
    sweep: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    hyperparameters: tuple[str, ...] = ()
    worlds: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    store_weights: bool = False
    doubles: bool = False
    ledger_behaviours: tuple[str, ...] = ()
    ledger_positions: tuple[tuple[int, ...], ...] = ()
    ledger_shapes: tuple[tuple[int, int], ...] = ()
    ledger_networks: int = 0
    ledger_split: tuple[bool, ...] = ()
    state_names: tuple[tuple[str, ...], ...] = ()
    state_groups: tuple[tuple[str, ...], ...] = ()
    action_names: tuple[tuple[str, ...], ...] = ()
    state_places: tuple[tuple[tuple[float, ...], ...], ...] = ()

    def __post_init__(self) -> None:
        missing = {"title", "spec", "provenance", "seed"} - self.attributes.keys()
        if missing:
            raise ValueError(f"attributes lack {sorted(missing)}")
        names = [*VARIABLES, *DIMENSIONS, "worlds", *self.sweep, *self.hyperparameters]
        wrong = {name for name in names if names.count(name) > 1 or "/" in name or " " in name}
        if wrong:
            raise ValueError(f"names that stand twice, or hold a slash or a space: {sorted(wrong)}")
        rows = {
            "parameters": self.parameters,
            **{f"sweep {name}": values for name, values in self.sweep.items()},
        }
        rows |= {dim: self._positions(dim) for dim in (TIME, BEHAVIOUR, WATCH)}
        short = [name for name, row in rows.items() if len(row) != len(self.conditions)]
        if short:
            raise ValueError(f"not one entry per condition: {short}")
        for dim in (TIME, BEHAVIOUR, WATCH):
            size = self.sizes[dim]
            if any(not 0 <= i < size for row in self._positions(dim) for i in row):
                raise ValueError(f"positions of {dim} outside its union of {size}")

    @property
    def sizes(self) -> dict[str, int]:
        """The length of each dimension; `parameter` is as long as the longest condition's."""
        parameters = max(self.parameters) if self.store_weights else 0
        lengths = (
            len(self.conditions),
            self.networks,
            len(self.time),
            len(self.behaviours),
            len(self.watches),
        )
        return dict(zip(DIMENSIONS, (*lengths, parameters, len(self.ledger_behaviours)), strict=True))

    @property
    def variables(self) -> dict[str, Variable]:
        """The data variables of this file: those of the table that are not empty, and the numbers."""
        sizes = self.sizes
        table = {name: v for name, v in VARIABLES.items() if all(sizes[dim] for dim in v.dims)}
        if self.doubles:
            table = {name: replace(v, dtype=v.dtype.replace("f4", "f8")) for name, v in table.items()}
        return table | {name: number(name) for name in self.hyperparameters}

    @property
    def blocks(self) -> list[tuple[int, int]]:
        """(condition index, block index) of every block."""
        return [
            (c, k) for c in range(len(self.conditions)) for k in range(-(-self.networks // self.block_size))
        ]

    def span(self, block: int) -> slice:
        """The network ids of a block."""
        return slice(block * self.block_size, min(self.networks, (block + 1) * self.block_size))

    def _positions(self, dim: str) -> tuple[tuple[int, ...], ...]:
        unions = {
            TIME: self.time_positions,
            BEHAVIOUR: self.behaviour_positions,
            WATCH: self.watch_positions,
            LEDGER_BEHAVIOUR: self.ledger_positions,
        }
        return unions[dim]

    def own(self, dim: str, condition: int) -> tuple[int, ...]:
        """Where a condition's own entries stand along a dimension of the file."""
        if dim == PARAMETER:
            return tuple(range(self.parameters[condition]))
        return self._positions(dim)[condition]

    def slab(self, name: str, condition: int, block: int, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        """A block's array as it stands in the file: (n, ...) along the unions, filled where there is none."""
        variable = self.variables[name]
        span = self.span(block)
        shape = (span.stop - span.start, *(self.sizes[dim] for dim in variable.dims[2:]))
        own = [self.own(dim, condition) for dim in variable.dims[2:]]
        array = arrays.get(name)
        if array is None:
            if name in VARIABLES and name not in OPTIONAL:
                raise ValueError(f"block {block} of condition {condition} lacks {name!r}")
            return np.full(shape, variable.fill, variable.dtype)
        expected = (shape[0], *map(len, own))
        if array.shape != expected or array.dtype != np.dtype(variable.dtype):
            raise ValueError(
                f"{name!r} in block {block} of condition {condition}: got {array.dtype} {array.shape},"
                f" expected {np.dtype(variable.dtype)} {expected}"
            )
        if all(positions == tuple(range(size)) for positions, size in zip(own, shape[1:], strict=True)):
            return array
        full = np.full(shape, variable.fill, variable.dtype)
        full[np.ix_(range(shape[0]), *own)] = array
        return full

    def to_json(self) -> str:
        """Text from which `from_json` makes the same layout, arrays to the bit."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        fields["worlds"] = {
            condition: {name: _array_to_json(array) for name, array in world.items()}
            for condition, world in self.worlds.items()
        }
        return json.dumps(fields)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The layout that `to_json` wrote."""
        fields = {name: _tuples(value) for name, value in json.loads(text).items()}
        fields["worlds"] = {
            condition: {name: _array_from_json(**array) for name, array in world.items()}
            for condition, world in fields["worlds"].items()
        }
        return cls(**fields)


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    return {key: _tuples(item) for key, item in value.items()} if isinstance(value, dict) else value


def _array_to_json(array: np.ndarray) -> dict[str, Any]:
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"data": data, "dtype": array.dtype.str, "shape": array.shape}


def _array_from_json(data: str, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(data), dtype).reshape(shape)
