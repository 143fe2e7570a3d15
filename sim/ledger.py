"""The reinforcement ledger as an option of training: which behaviours are booked, and what that asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from ..kernels import tables
from ..kernels.choices import Baseline, Credit, Method, Source
from .errors import Fault, nearest
from .functionals import Functional, RowTable, evaluations, of_behaviour
from .registry import Options
from .world import World

if TYPE_CHECKING:
    from .experiment import Condition


NODES = 2
"""Gauss-Legendre points on each part of a step that is divided."""


class Ledger(Options):
    """Books every change of some behaviours to the pushes that made it (`[training.ledger]`).

    Args:
        behaviours: their names.
        of: what is booked of them, the `rate` or, of behaviours that have one, the `margin`.
        networks: how many networks, from the first one on, have accounts of their own in the run file.
        nodes: points along a step at which behaviours are differentiated (Gauss-Legendre), 0 its start alone
            (first order), "ends" its two ends. By default its two ends, of which one serves two steps, and
            more and more points where they leave more than a thousandth of the step's change unexplained.
        split_carried: whether, of the networks that have accounts of their own, what the optimiser carried
            over is split over the pushes that made it.
    """

    behaviours: Annotated[list[str], Field(min_length=1)]
    of: Literal["rate", "margin"] = "rate"
    networks: Annotated[int, Field(ge=0)] = 16
    nodes: Annotated[int, Field(ge=0, le=16)] | Literal["ends"] | None = None
    split_carried: bool = False

    @model_validator(mode="after")
    def _distinct(self) -> Ledger:
        if len(set(self.behaviours)) < len(self.behaviours):
            raise ValueError("behaviours that differ")
        return self


def ledger_faults(training: Any, world: World) -> list[Fault]:
    """What the ledger of a `[training]` table, valid or not, asks of a world that does not have it."""
    given = training.get("ledger") if isinstance(training, dict) else None
    ledger = given if isinstance(given, dict) else {}
    names = ledger.get("behaviours")
    known = {behaviour.name: behaviour for behaviour in world.behaviours}
    found = []
    for number, name in enumerate(names if isinstance(names, list) else []):
        path = f"training.ledger.behaviours[{number}]"
        if not isinstance(name, str):
            continue
        if name not in known:
            expected = f"one of {', '.join(known)}" if known else "none, for this world has no behaviours"
            found.append(Fault(path, repr(name), expected, nearest(name, known)))
        elif ledger.get("of") == "margin" and known[name].margin_state is None:
            expected = 'a behaviour in contexts of one state, or of = "rate"'
            found.append(Fault(path, f"{name!r}, which has no margin", expected))
    return found


def booking_faults(condition: Condition) -> list[Fault]:
    """What of a condition cannot be booked."""
    training, loss, path = condition.training, condition.loss, "training.ledger"
    if training.ledger is None:
        return []
    found = []
    if training.method != "gradient":
        expected = 'none unless method = "gradient": selection takes no steps that could be booked'
        found.append(Fault(path, f"a ledger with method = {training.method!r}", expected))
    if condition.by_visit:
        place = f"a ledger where updates have rows of their own ({condition.world.states:,} states)"
        expected = 'none, or rows = "states" in a smaller world: accounts stand by the states of a table'
        found.append(Fault(path, place, expected))
    if training.ledger.split_carried and not carries(condition):
        expected = "false, or an optimiser with momentum, adam or adamw"
        found.append(Fault(f"{path}.split_carried", "true where nothing is carried over", expected))
    if training.ledger.split_carried and condition.compute.backend != "numba":
        expected = 'false with backend = "jax": the numba kernels alone split'
        found.append(Fault(f"{path}.split_carried", "true", expected))
    if loss.rule == "natural":
        expected = "another rule: the natural gradient mixes what the actions of a state were pushed by"
        found.append(Fault("loss.rule", "'natural' with a ledger", expected))
    if loss.acting == "epsilon_greedy":
        expected = '"softmax": where the best action changes ε-greedy jumps, and has no gradient'
        found.append(Fault("loss.acting", "'epsilon_greedy' with a ledger", expected))
    return found


def carries(condition: Condition) -> bool:
    """Whether gradients go on to act in later updates."""
    optimiser = condition.optimiser.kernel
    return bool(optimiser.momentum) or optimiser.method == Method.ADAM


def booked(condition: Condition, world: World) -> list[Functional]:
    """The behaviours that are booked, those of one setting in any order."""
    ledger = condition.training.ledger
    names = ledger.behaviours if ledger else []
    return [of_behaviour(world.behaviour(name).placed(world)) for name in names]


def points_along(nodes: int | Literal["ends"]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points along a step, from 0 to 1, and their weights; with 0 of them its start alone."""
    if nodes == "ends":
        return np.array([0.0, 1.0]), np.array([0.5, 0.5])
    if nodes == 0:
        return np.zeros(1), np.ones(1)
    node, share = np.polynomial.legendre.leggauss(nodes)
    return (node + 1) / 2, share / 2


def lowered_ledger(condition: Condition, source: Source, signal: tables.Signal) -> tables.Ledger:
    """The ledger as the kernels take it; in exact estimators no baseline is subtracted."""
    rows = RowTable(condition.world)
    table = evaluations(booked(condition, condition.world), rows)
    ledger, loss = condition.training.ledger, condition.loss
    compared = source == Source.SAMPLED and signal.credit in (Credit.ACTION, Credit.QUERY)
    divided = ledger is not None and ledger.nodes is None
    node, share = points_along(ledger.nodes if ledger and ledger.nodes is not None else NODES)
    return tables.Ledger(
        rows.table(0),
        table,
        node,
        share,
        int(divided),
        int(ledger is not None and ledger.of == "margin"),
        ledger.networks if ledger and ledger.split_carried else 0,
        int(ledger is not None and compared and signal.baseline != Baseline.NONE),
        int(ledger is not None and bool(loss.entropy)),
    )
