"""The experiments of the comparison: one for each loss, all conditions of which share their networks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...sim.spec import read_experiment
from ...sim.without import pairs_of
from ...sim.world import World
from .runs import Table

BEHAVIOUR = "walks_away"
LOSSES: dict[str, Table] = {
    "imitation, exact": {"kind": "imitation"},
    "outcome, exact": {"kind": "outcome", "estimator": "exact"},
    "outcome, sampled": {"kind": "outcome", "episodes": 16, "baseline": "leave_one_out"},
}
UNITS = ("pair", "state", "group")
"""What is left out: one action of a state, all of a state, all of a group of states."""
UNSEEN = "coin at the left end"
"""A group that training never shows."""
QUANTITIES = ("margin", "rate")


class Size(NamedTuple):
    """How much is computed.

    Args:
        networks: N.
        updates: T.
        horizons: times before T at which the ledger is compared, too.
        checkpoints: how many TracIn has, and how many more are tried on the margin.
        resamples: populations drawn for an interval.
    """

    networks: int
    updates: int
    horizons: tuple[int, ...]
    checkpoints: tuple[int, ...]
    resamples: int

    def moments(self, count: int) -> list[int]:
        """Updates done at so many checkpoints: the middles of equal parts of training, which serve best."""
        return [int((2 * i + 1) * self.updates / (2 * count)) for i in range(count)]

    def ends(self, quantity: str) -> list[int]:
        """When what is booked of a quantity is looked at: before and after the update at a checkpoint."""
        counts = self.checkpoints if quantity == QUANTITIES[0] else self.checkpoints[:1]
        moments = {moment for count in counts for moment in self.moments(count)}
        return sorted({end for moment in moments for end in (moment, moment + 1)})


QUICK = Size(networks=32, updates=400, horizons=(1, 20), checkpoints=(5, 25), resamples=100)
FULL = Size(
    networks=192, updates=2_000, horizons=(1, 10, 40, 100, 400, 1_000), checkpoints=(8, 40), resamples=400
)


class Entry(NamedTuple):
    """What is left out of training in one condition.

    Args:
        unit: one of `UNITS`.
        text: as `training.without` names it.
        mask: (S, A), the pairs that it holds.
    """

    unit: str
    text: str
    mask: NDArray[np.bool_]

    @property
    def condition(self) -> str:
        """The name of the condition that trains without it."""
        return f"without {self.text}"


def experiment(loss: Table, size: Size) -> Table:
    """A loss with every ledger, every checkpoint and everything that is left out."""
    world = read_experiment({**_base(size), "condition": [{"name": "one", "loss": loss}]}).conditions[0].world
    left_out = [each.text for each in entries(world, loss)] + [UNSEEN]
    conditions = [*_booked(size), *({"name": f"without {e}", "training.without": [e]} for e in left_out)]
    return {**_base(size), "condition": [{**each, "loss": loss} for each in conditions]}


def entries(world: World, loss: Table) -> list[Entry]:
    """All pairs that the loss pushes in training's states, all their states, and their groups."""
    pushed = pushed_pairs(world, loss)
    states = np.flatnonzero(pushed.any(axis=1))
    groups = dict.fromkeys((world.state_groups or ())[state] for state in states)
    texts = {
        "pair": [f"{state},{action}" for state, action in np.argwhere(pushed)],
        "state": [str(state) for state in states],
        "group": list(groups),
    }
    named = [(unit, text) for unit in UNITS for text in texts[unit]]
    return [Entry(unit, text, mask) for unit, text in named if (mask := pairs_of(text, world)) is not None]


def pushed_pairs(world: World, loss: Table) -> NDArray[np.bool_]:
    """(S, A): imitation pushes what is demonstrated, outcome every action that training may come to."""
    assert world.contexts is not None
    assert world.demonstrator is not None
    tried = world.demonstrator > 0 if loss["kind"] == "imitation" else np.ones_like(world.demonstrator, bool)
    return tried & (world.contexts > 0)[:, None]


def checkpoint(quantity: str, updates: int) -> str:
    """The name of the condition that books the first so many updates in first order."""
    return f"{quantity}, first order until {updates}"


def _base(size: Size) -> Table:
    ledger = {"behaviours": [BEHAVIOUR], "of": "margin", "networks": size.networks}
    return {
        "title": "What the ledger books, and what training does without it",
        "seed": 0,
        "world": {"kind": "coin_line", "length": 4, "diversity": 0.02},
        "policy": {
            "kind": "mlp",
            "hidden": [16],
            "activation": "tanh",
            "bias": False,
            "head": "logit",
            "init": {"kind": "normal", "std": 1.0},
        },
        "optimiser": {"kind": "sgd", "learning_rate": 0.05},
        "population": {"networks": size.networks},
        "training": {
            "updates": size.updates,
            "record": {"at": [0, *size.horizons, size.updates]},
            "weights": False,
            "ledger": ledger,
        },
    }


def _booked(size: Size) -> Iterator[Table]:
    """All of training, booked in every way."""
    for quantity in QUANTITIES:
        own = {"training.ledger.of": quantity}
        yield {"name": f"{quantity}, ledger", **own}
        yield {"name": f"{quantity}, first order", **own, "training.ledger.nodes": 0}
        for t in size.ends(quantity):
            first = {"training.ledger.nodes": 0, "training.updates": t, "training.record": {"at": [0]}}
            yield {"name": checkpoint(quantity, t), **own, **first}
    for t in size.horizons:
        yield {"name": f"margin, ledger until {t}", "training.updates": t, "training.record": {"at": [0]}}
