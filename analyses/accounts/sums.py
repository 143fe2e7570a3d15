"""Accounts added up: over the actions of a state, over groups of states, over all of a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..statistics import Array

if TYPE_CHECKING:
    from ...sim.accounts import Accounts

WAYS = ("pair", "state", "action", "group", "group+action")
"""What an account may stand for: a pair is an action in a state."""


def groups_of(ledger: Accounts, by: str) -> tuple[list[str], NDArray[np.int64]]:
    """Names of the accounts, and (state, action) to which of them each pair belongs."""
    states = [f"in state {name}" if name.isdecimal() else name for name in ledger.state_names]
    actions = [f"action {name}" if name.isdecimal() else name for name in ledger.action_names]
    groups = [f"in state {name}" if name.isdecimal() else name for name in ledger.state_groups]
    distinct = list(dict.fromkeys(groups))
    group = np.array([distinct.index(name) for name in groups])
    S, A = len(states), len(actions)
    state, action = np.arange(S)[:, None], np.arange(A)
    names, index = {
        "pair": ([f"{a} {s}" for s in states for a in actions], state * A + action),
        "state": (states, state),
        "action": (actions, action),
        "group": (distinct, group[:, None]),
        "group+action": ([f"{a}, {g}" for g in distinct for a in actions], group[:, None] * A + action),
    }[by]
    return names, np.broadcast_to(index, (S, A))


def summed(accounts: Array, names: list[str], index: NDArray[np.int64]) -> Array:
    """(..., state, action) -> (..., name): added up over the pairs that belong together."""
    flat = accounts.reshape(-1, index.size)
    total = np.zeros((len(names), len(flat)))
    np.add.at(total, index.ravel(), flat.T)
    return total.T.reshape(*accounts.shape[:-2], len(names))


def own_books(ledger: Accounts) -> Array:
    """(M, account, state, action): of the networks that have accounts of their own and have not diverged."""
    books = ledger.by_network
    return books[~np.isnan(ledger.unexplained[: len(books)])]


def errors_of(ledger: Accounts, names: list[str], index: NDArray[np.int64]) -> tuple[Array, int]:
    """(name,): standard errors over networks; and how many networks those of sums are from, 0 without sums.

    The file has those of each pair and kind. Of sums of several it is √(variance / n), with the variance of
    the networks that have accounts of their own and n all networks; NaN where these are fewer than two.
    """
    each = summed(ledger.error, names, index).sum(axis=0)
    several = summed((ledger.error != 0).astype(float), names, index).sum(axis=0) > 1
    own = summed(own_books(ledger), names, index).sum(axis=1)
    spread = own.std(axis=0, ddof=1) if len(own) > 1 else np.full(len(names), np.nan)
    networks = ledger.counted[~np.isnan(ledger.counted)][-1]
    return np.where(several, spread / np.sqrt(networks), each), len(own) * bool(several.any())
