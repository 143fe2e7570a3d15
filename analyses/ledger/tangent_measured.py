"""The ledger of wide networks beside the accounts of their tangent kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...sim.behaviour import Array
from ...sim.runfile import Run
from ...sim.spec import read_experiment
from ...sim.world import World
from .tangent_experiments import DIVERSE, INITIAL, LEFT_OUT, PROBE, QUANTITIES
from .tangent_prediction import Lesson, Predicted, frozen, limit_kernel, logits, own_kernels, wide

KERNELS = ("own", "limit")
"""Of the network itself before the first update; of infinitely many units."""


class Task(NamedTuple):
    """What imitation trains, as the kernel takes it.

    Args:
        states: (S,), that are trained, by their numbers in the world.
        features: (S + 1, D), of the states and of the probe.
        lesson: what they are taught.
    """

    states: NDArray[np.int64]
    features: Array
    lesson: Lesson


@dataclass(frozen=True, eq=False)
class Width:
    """One width and activation without diversity, by network; accounts by the S states that push.

    Args:
        width: m.
        booked: quantity -> (N, S), the ledger at the end; rates of ReLU alone.
        predicted: kernel -> quantity -> (N, S); the limit's of ReLU alone.
        unexplained: quantity -> (N,), of the ledger.
    """

    width: int
    booked: dict[str, Array]
    predicted: dict[str, dict[str, Array]]
    unexplained: dict[str, Array]

    def error(self, quantity: str, kernel: str) -> Array:
        """(N,): relative to the ledger, how far the kernel's accounts are from it in all.

        Σ_s |predicted − booked| / Σ_s |booked|
        """
        booked = self.booked[quantity]
        return np.abs(self.predicted[kernel][quantity] - booked).sum(axis=1) / np.abs(booked).sum(axis=1)


@dataclass(frozen=True, eq=False)
class Turning:
    """Training with a little diversity, at its K recorded times.

    Args:
        time: (K,) updates done.
        states: (S,), that push; names, groups: of each.
        action: (S,), that is demonstrated there.
        mean: (K, S), the ledger of the margin; predicted: (K, S), the kernels' mean.
        booked: (N, S), the ledger at the end; kernel: (N, S), of each network's own kernel.
        left_out: (N, S), the ledger of the networks that train without the group that turns.
        margin: condition -> (N, K), the probe's log-odds of walking away.
        predicted_margin: (K, N), of the frozen kernels.
    """

    time: NDArray[np.int64]
    states: NDArray[np.int64]
    names: tuple[str, ...]
    groups: tuple[str, ...]
    action: NDArray[np.int64]
    mean: Array
    predicted: Array
    booked: Array
    kernel: Array
    left_out: Array
    margin: dict[str, Array]
    predicted_margin: Array

    def by_group(self, table: Array) -> dict[str, Array]:
        """Group -> the sum over its states, the last axis."""
        own = np.array(self.groups)
        return {name: table[..., own == name].sum(axis=-1) for name in dict.fromkeys(self.groups)}


def task(world: World, rate: float, left_out: str | None = None) -> Task:
    """The trained states, the probe behind them and their lesson, from the world's tables alone."""
    assert world.contexts is not None
    assert world.demonstrator is not None
    states = np.flatnonzero(world.contexts > 0)
    probe = world.behaviour(PROBE).contexts
    assert probe is not None
    features = world.features[np.append(states, np.flatnonzero(probe))].astype(np.float64)
    share = np.asarray(world.contexts, np.float64)[states]
    groups = np.array(world.state_groups)[states]
    taught = (groups != left_out).astype(np.float64)
    target = np.asarray(world.demonstrator, np.float64)[states, 1]
    return Task(states, features, Lesson(share / share.sum(), target, rate, taught))


def width_measured(run: Run, width: int) -> Width:
    """A run of one width beside its kernels."""
    own = _task_of(run)
    activation = run.spec["policy"].get("activation", "linear")
    networks = wide(run.weights(INITIAL), width, activation)
    quantities = [of for of in QUANTITIES if of in run.conditions]
    start, last = logits(networks, own.features), [run.own_times(QUANTITIES[0])[-1]]
    kernels = {"own": own_kernels(networks, own.features)}
    if networks.activation == "relu":
        kernels["limit"] = limit_kernel(own.features)
    found = {name: frozen(kernel, start, own.lesson, last) for name, kernel in kernels.items()}
    return Width(
        width,
        {of: _by_state(run.ledger(PROBE, of).by_network)[:, own.states] for of in quantities},
        {name: {of: getattr(each, of)[-1] for of in quantities} for name, each in found.items()},
        {of: run.ledger(PROBE, of).unexplained for of in quantities},
    )


def turning_measured(run: Run, width: int) -> Turning:
    """The run with diversity beside its networks' own kernels."""
    own, time = _task_of(run), run.own_times(DIVERSE)
    networks = wide(run.weights(INITIAL), width)
    kernels = own_kernels(networks, own.features)
    found: Predicted = frozen(kernels, logits(networks, own.features), own.lesson, time)
    ledger = run.ledger(PROBE, DIVERSE)
    positions = np.searchsorted(run.time, time)
    return Turning(
        time,
        own.states,
        tuple(ledger.state_names[state] for state in own.states),
        tuple(ledger.state_groups[state] for state in own.states),
        own.lesson.target.astype(np.int64),
        _by_state(ledger.over_time)[positions][:, own.states],
        found.margin.mean(axis=1),
        _by_state(ledger.by_network)[:, own.states],
        found.margin[-1],
        _by_state(run.ledger(PROBE, LEFT_OUT).by_network)[:, own.states],
        {name: run.margin(PROBE, name)[:, positions].astype(np.float64) for name in (DIVERSE, LEFT_OUT)},
        found.logit,
    )


def rate_of_fall(widths: Array, errors: Array) -> Array:
    """(N,): of each network the slope of log error over log width, by least squares.

    Args:
        widths: (W,). errors: (W, N), of networks that have the same number at every width.
    """
    x = np.log(widths) - np.log(widths).mean()
    return x @ np.log(errors) / (x**2).sum()


def _task_of(run: Run) -> Task:
    condition = read_experiment(run.spec).conditions[0]
    return task(condition.world, float(run.spec["optimiser"]["learning_rate"]))


def _by_state(accounts: Array) -> Array:
    """(..., account, S, A) to (..., S)."""
    return accounts.sum(axis=(-3, -1))
