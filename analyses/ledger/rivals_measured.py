"""From a run to what each method credits an account with, and what training does without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...sim.runfile import Run
from ...sim.world import World
from ..statistics import Array
from .rivals_experiments import BEHAVIOUR, QUANTITIES, UNSEEN, Entry, Size, checkpoint

METHODS = ("ledger", "first order", "TracIn")
PLACES = ("the state's other action", "same coin, other states", "other coins")
"""Where accounts grow or shrink when a pair is left out."""


@dataclass(frozen=True, eq=False)
class Measured:
    """A loss after its run; N networks, E entries, columns in their order.

    Args:
        loss: its name.
        updates: T, all of training.
        entries: what was left out, all units.
        credits: quantity -> method -> (N, E), what an entry's pushes made of the quantity.
        checkpoints: how many -> (N, E), what TracIn credits of the margin.
        effects: quantity -> (N, E), the quantity with them in training, less without.
        early: updates -> (ledger until then, effect by then) of the margin, (N, E) each.
        elsewhere: place -> (N, pairs), by how much accounts there are larger with the pair in training.
        unseen: (ledger of states that training never shows, effect of leaving them out), largest sizes.
        unexplained: method -> of the margin's change, the mean size of what it left over the mean size of it.
    """

    loss: str
    updates: int
    entries: tuple[Entry, ...]
    credits: Mapping[str, Mapping[str, Array]]
    checkpoints: Mapping[int, Array]
    effects: Mapping[str, Array]
    early: Mapping[int, tuple[Array, Array]]
    elsewhere: Mapping[str, Array]
    unseen: tuple[float, float]
    unexplained: Mapping[str, float]

    def columns(self, unit: str) -> list[int]:
        """Which columns are of a unit."""
        return [i for i, each in enumerate(self.entries) if each.unit == unit]

    def both(self, quantity: str, method: str, unit: str) -> tuple[Array, Array]:
        """(N, entries of the unit) twice: what a method credits, and the effect."""
        own = self.columns(unit)
        return self.credits[quantity][method][:, own], self.effects[quantity][:, own]


def measured(loss: str, run: Run, entries: list[Entry], world: World, size: Size) -> Measured:
    """Everything that the comparison takes from a run."""
    booked = {quantity: dict(_methods(run, quantity, size)) for quantity in QUANTITIES}
    ledger = booked["margin"]["ledger"]
    return Measured(
        loss,
        size.updates,
        tuple(entries),
        {
            quantity: {name: _summed(each, entries) for name, each in kept.items()}
            for quantity, kept in booked.items()
        },
        {n: _summed(_tracin(run, "margin", size, n), entries) for n in size.checkpoints},
        {quantity: _effects(run, quantity, entries, size.updates) for quantity in QUANTITIES},
        {t: _early(run, t, entries) for t in size.horizons},
        _elsewhere(run, ledger, entries, world),
        _unseen(run, ledger, world),
        {method: _unexplained(run, f"margin, {method}") for method in METHODS[:2]},
    )


def accounts_of(run: Run, condition: str) -> Array:
    """(N, S, A): every network's account of every pair, whatever pushed it."""
    return run.ledger(BEHAVIOUR, condition).by_network.sum(axis=1)


def at_checkpoints(steps: list[Array], gaps: list[float]) -> Array:
    """TracIn at checkpoints: Σ_i gap_i · step_i.

    Each step_i is what pushes did in the one update that begins at checkpoint i, in first order, and it
    stands for all gap_i updates around it.

    Args:
        steps: arrays of one shape.
        gaps: updates that each stands for.

    Reference:
        Pruthi et al. 2020 (arXiv 2002.08484), TracInCP: Σ_i η_i ∇ℓ(w_i, z) · ∇ℓ(w_i, z′) over
        checkpoints i, between which each example is used once. Here a pair is pushed in every update between.
    """
    return sum((gap * step for step, gap in zip(steps, gaps, strict=True)), np.zeros_like(steps[0]))


def _methods(run: Run, quantity: str, size: Size) -> Iterator[tuple[str, Array]]:
    yield "ledger", accounts_of(run, f"{quantity}, ledger")
    yield "first order", accounts_of(run, f"{quantity}, first order")
    yield "TracIn", _tracin(run, quantity, size, size.checkpoints[0])


def _tracin(run: Run, quantity: str, size: Size, count: int) -> Array:
    steps = [
        accounts_of(run, checkpoint(quantity, t + 1)) - accounts_of(run, checkpoint(quantity, t))
        for t in size.moments(count)
    ]
    return at_checkpoints(steps, [size.updates / count] * count)


def _summed(accounts: Array, entries: list[Entry]) -> Array:
    """(N, E): accounts added up over what each entry holds."""
    return np.stack([accounts[:, entry.mask].sum(axis=1) for entry in entries], axis=1)


def _value(run: Run, quantity: str, condition: str, time: int) -> Array:
    read = run.margin if quantity == "margin" else run.rate
    return read(BEHAVIOUR, condition)[:, int(np.searchsorted(run.time, time))].astype(np.float64)


def _effects(run: Run, quantity: str, entries: list[Entry], time: int) -> Array:
    whole = _value(run, quantity, "margin, ledger", time)
    return np.stack([whole - _value(run, quantity, each.condition, time) for each in entries], axis=1)


def _early(run: Run, time: int, entries: list[Entry]) -> tuple[Array, Array]:
    booked = accounts_of(run, f"margin, ledger until {time}")
    return _summed(booked, entries), _effects(run, "margin", entries, time)


def _elsewhere(run: Run, ledger: Array, entries: list[Entry], world: World) -> dict[str, Array]:
    """What the accounts of other pairs gained by a pair's being in training."""
    groups = np.array(world.state_groups)
    found: dict[str, list[Array]] = {place: [] for place in PLACES}
    for entry in entries:
        if entry.unit == "pair":
            more = ledger - accounts_of(run, entry.condition)
            ((state, action),) = np.argwhere(entry.mask)
            near = groups == groups[state]
            near[state] = False
            far = ~near
            far[state] = False
            for place, gain in zip(
                PLACES,
                (
                    np.delete(more[:, state], action, axis=1).sum(axis=1),
                    *(_all(more, each) for each in (near, far)),
                ),
                strict=True,
            ):
                found[place].append(gain)
    return {place: np.stack(gains, axis=1) for place, gains in found.items()}


def _all(accounts: Array, states: NDArray[np.bool_]) -> Array:
    return accounts[:, states].sum(axis=(1, 2))


def _unseen(run: Run, ledger: Array, world: World) -> tuple[float, float]:
    hidden = np.array(world.state_groups) == UNSEEN
    entry = Entry("group", UNSEEN, hidden[:, None] & np.ones(world.actions, bool))
    moved = _effects(run, "margin", [entry], int(run.time[-1]))
    return float(np.abs(ledger[:, hidden]).max()), float(np.abs(moved).max())


def _unexplained(run: Run, condition: str) -> float:
    margins = run.margin(BEHAVIOUR, condition).astype(np.float64)
    change = np.abs(margins[:, -1] - margins[:, 0]).mean()
    return float(np.abs(run.ledger(BEHAVIOUR, condition).unexplained).mean() / change)
