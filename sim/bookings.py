"""What a block leaves of its ledger: sums over its networks at the recorded times, and some networks' own."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..kernels.lanes.vector import LANES
from ..kernels.state import State
from ..kernels.tables import LINES
from .behaviour import Array
from .experiment import Condition
from .lower import Plan
from .records import Records
from .variables import ACCOUNTS, REST


@dataclass
class Bookings:
    """The books of a block, read as it goes.

    States and actions are the world's own: what is told or remembered besides is added up.

    Args:
        condition: the block's; networks: how many it has; first: the id of the first.
    """

    condition: Condition
    networks: int
    first: int
    _closed: list[tuple[Plan, State]] = field(default_factory=list)
    _sums: list[Array] = field(default_factory=list)
    _rest: list[Array] = field(default_factory=list)
    _counts: list[int] = field(default_factory=list)
    _start: Array | None = None
    _squares: tuple[Array, Array] | None = None
    _left: Array | None = None
    _own: list[Array] = field(default_factory=list)
    _last: tuple[Plan, State] | None = None

    def close(self, plan: Plan, state: State) -> None:
        """Keep the books of a phase that has ended."""
        self._closed.append((plan, state))

    def note(self, plan: Plan, state: State, records: Records) -> None:
        """Add up the books as they are at a recorded time; diverged networks are left out.

        So are those whose behaviours overflow. Books that overflow stay empty, and all is unexplained.
        """
        ledger = self.condition.training.ledger
        assert ledger is not None
        read = records.margin if ledger.of == "margin" else records.functional
        now = np.stack([read(name).astype(np.float64) for name in ledger.behaviours], axis=1)
        self._start = now if self._start is None else self._start
        sums, squares, rest, rest_squares = (
            np.zeros(shape) for shape in (*[self._shape] * 2, *[self._lines] * 2)
        )
        left, own, count = [], [], 0
        for tile in range(len(state.network) // LANES):
            lanes = slice(tile * LANES, min(self.networks, (tile + 1) * LANES))
            accounts, lines = (part[: lanes.stop - lanes.start] for part in self._tile(plan, state, tile))
            whole = accounts.sum(axis=(2, 3, 4)) + lines.sum(axis=2)
            lost = ~np.isfinite(whole)
            accounts[lost], lines[lost], whole[lost] = 0.0, 0.0, 0.0
            missing = now[lanes] - self._start[lanes] - whole
            counted = (state.diverged_at[lanes] < 0) & np.isfinite(now[lanes]).all(axis=1)
            count += int(counted.sum())
            missing[~counted] = np.nan
            left.append(missing)
            lines = np.concatenate([lines, missing[:, :, None]], axis=2)[counted]
            sums += accounts[counted].sum(axis=0)
            squares += (accounts[counted] ** 2).sum(axis=0)
            rest += lines.sum(axis=0)
            rest_squares += (lines**2).sum(axis=0)
            own.append(accounts[: max(0, ledger.networks - self.first - lanes.start)])
        self._sums.append(sums)
        self._rest.append(rest)
        self._counts.append(count)
        self._last = plan, state
        self._squares, self._left, self._own = (squares, rest_squares), np.concatenate(left), own

    def arrays(self) -> dict[str, np.ndarray]:
        """The block's arrays by name: with T times and K behaviours,

        ledger_sum (T, K, 3, S, A) and ledger_rest_sum (T, K, 3), over the ledger_count (T,) networks that had
        not diverged; of the last time ledger_square and ledger_rest_square, sums of squares,
        ledger_by_network (networks, K, 3, S, A), ledger_carried_by_network (networks, K, S, A), all 0 where
        it is not split, and unexplained (n, K).
        """
        assert self._squares is not None
        assert self._last is not None
        assert self._left is not None
        return {
            "ledger_sum": np.stack(self._sums),
            "ledger_rest_sum": np.stack(self._rest),
            "ledger_count": np.array(self._counts, np.int64),
            "ledger_square": self._squares[0],
            "ledger_rest_square": self._squares[1],
            "ledger_by_network": np.concatenate(self._own),
            "ledger_carried_by_network": self._split(*self._last),
            "unexplained": self._left,
        }

    @property
    def _shape(self) -> tuple[int, ...]:
        world, ledger = self.condition.world, self.condition.training.ledger
        assert ledger is not None
        return len(ledger.behaviours), len(ACCOUNTS), world.states, world.actions

    @property
    def _lines(self) -> tuple[int, int]:
        return self._shape[0], len(REST)

    def _tile(self, plan: Plan, state: State, tile: int) -> tuple[Array, Array]:
        """(LANES, K, 3, S, A) and (LANES, K, LINES): all phases' books of sixteen networks."""
        accounts, lines = np.zeros((LANES, *self._shape)), np.zeros((LANES, self._shape[0], LINES))
        for own, before in (*self._closed, (plan, state)):
            self._add(own, before, tile, accounts, lines)
        return accounts, lines

    def _add(self, plan: Plan, state: State, tile: int, accounts: Array, lines: Array) -> None:
        ledger, training = plan.training.ledger, plan.training
        whole = summed(state.books, state.books_residual, tile, len(state.network) // LANES)
        table = np.moveaxis(whole.reshape(self._shape[0], -1, LANES), 2, 0)
        lines += table[:, :, -LINES:]
        kinds = [0, *[1] * ledger.baseline, *[2] * ledger.entropy]
        rows = table[:, :, :-LINES].reshape(
            *table.shape[:2], len(kinds), training.rows.trained, training.actions
        )
        for number, kind in enumerate(kinds):
            add_rows(plan, rows[:, :, number], accounts[:, :, kind])

    def _split(self, plan: Plan, state: State) -> Array:
        """(networks, K, S, A): what each pair's pushes did when they were carried over, in all phases."""
        ledger = self.condition.training.ledger
        assert ledger is not None
        own = max(0, min(ledger.networks - self.first, self.networks))
        tiles = -(-own // LANES)
        into = np.zeros((tiles * LANES, self._shape[0], *self._shape[2:]))
        for each, left in (*self._closed, (plan, state)):
            for tile in range(tiles if len(left.split) else 0):
                whole = summed(left.split, left.split_residual, tile, tiles)
                shape = (self._shape[0], each.training.rows.trained, each.training.actions, LANES)
                rows = np.moveaxis(whole.reshape(shape), 3, 0)
                add_rows(each, rows, into[tile * LANES : (tile + 1) * LANES])
        into[~np.isfinite(into).all(axis=(2, 3))] = 0.0
        return into[:own]


def summed(total: Array, residual: Array, tile: int, tiles: int) -> Array:
    """One of several tiles' compensated sums, as float64."""
    mine = slice(tile * len(total) // tiles, (tile + 1) * len(total) // tiles)
    return total[mine].astype(np.float64) - residual[mine]


def add_rows(plan: Plan, rows: Array, into: Array) -> None:
    """Add (lane, K, trained rows, A) to (lane, K, S, A) of the world's own states and actions."""
    states, actions = into.shape[2:]
    pushed = rows[:, :, : len(plan.booked)]
    pushed = pushed.reshape(*pushed.shape[:3], actions, -1).sum(axis=4)
    np.add.at(np.moveaxis(into, 2, 0), plan.booked % states, np.moveaxis(pushed, 2, 0))
