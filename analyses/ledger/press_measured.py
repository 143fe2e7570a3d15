"""Ledgers of networks that pressed nothing, and of those that did, with the register on the left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...sim.behaviour import Array
from ...sim.runfile import Run
from .press_experiments import DUMMY, LAYOUTS, PLACE, PRESS, REAL, STANDING, TOWARD

Mask = NDArray[np.bool_]
OTHER = {REAL: DUMMY, DUMMY: REAL}
GROUPS = ("at work", "on the way", "at it", "at the other")
STEPS = ("toward it", "away", "act")


@dataclass(frozen=True, eq=False)
class Pressed:
    """One policy; N networks, accounts (N, account, S, A), rates (N, K) at K times.

    Args:
        policy: its name.
        groups: (S,), of states.
        explored: device -> (N,), whether training ever pressed it.
        accounts: behaviour -> its ledger at the end; of both devices, and of pressing them.
        rates: behaviour -> its rate.
        time: (K,) updates done.
        unexplained: behaviour -> (N,).
        same: (N,), whether the mirrored layout gave the same weights and the same accounts to the bit, those
            of the register for the dummy and the other way round.
    """

    policy: str
    groups: NDArray[np.str_]
    explored: Mapping[str, Mask]
    accounts: Mapping[str, Array]
    rates: Mapping[str, Array]
    time: NDArray[np.int64]
    unexplained: Mapping[str, Array]
    same: Mask

    @property
    def neither(self) -> Mask:
        """(N,): the networks that pressed neither device."""
        return ~self.explored[REAL] & ~self.explored[DUMMY]

    def pressing(self, behaviour: str, device: str) -> Array:
        """(N, account, pairs): what pushing the press at a device did to a behaviour."""
        there = self.groups == PLACE[device]
        return self.accounts[behaviour][:, :, there, PRESS]

    def elsewhere(self, behaviour: str, device: str) -> Array:
        """(N, account, pairs): what pushes of other states than those at the device did."""
        return self.accounts[behaviour][:, :, self.groups != PLACE[device]]

    def by_group(self, behaviour: str, device: str) -> dict[tuple[str, str], Array]:
        """(group, step) -> (N,): named as they lie from the device."""
        order = (TOWARD[device], 1 - TOWARD[device], PRESS)
        places = ("at work", "on the way", PLACE[device], PLACE[OTHER[device]])
        whole = self.accounts[behaviour].sum(axis=1)
        return {
            (group, step): whole[:, self.groups == place, action].sum(axis=1)
            for group, place in zip(GROUPS, places, strict=True)
            for step, action in zip(STEPS, order, strict=True)
        }

    def change(self, behaviour: str) -> Array:
        """(N,): of the rate, over training."""
        return self.rates[behaviour][:, -1] - self.rates[behaviour][:, 0]


def measured(run: Run, policy: str) -> Pressed:
    """The run of a policy in both layouts."""
    here, there = LAYOUTS
    mirror = {REAL: DUMMY, DUMMY: REAL, STANDING[REAL]: STANDING[DUMMY], STANDING[DUMMY]: STANDING[REAL]}
    accounts = {name: run.ledger(name, here).by_network for name in mirror}
    same = (run.weights(here) == run.weights(there)).all(axis=1)
    for name, other in mirror.items():
        same &= (run.ledger(other, there).by_network == accounts[name]).all(axis=(1, 2, 3))
    return Pressed(
        policy,
        np.array(run.ledger(REAL, here).state_groups),
        {device: run.explored_at(device, here) > 0 for device in (REAL, DUMMY)},
        accounts,
        {name: run.rate(name, here).astype(np.float64) for name in mirror},
        run.own_times(here),
        {name: run.ledger(name, here).unexplained for name in mirror},
        same,
    )
