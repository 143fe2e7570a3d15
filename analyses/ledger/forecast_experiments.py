"""The experiments of the prediction: the first part of training with a ledger, and all of it without."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .pushes import Rule, imitation, outcome
from .runs import Table

PROBE = "walks_away"
EVERY_MARGIN = str(Path(__file__).parent / "worlds" / "every_margin.py")
TEN = 10
"""Networks that are simulated to the end instead."""


class Cell(NamedTuple):
    """A loss and a network.

    Args:
        name: of the cell.
        loss: as an experiment has it; rule: its push table.
        width: tanh units; std: of the weights to begin with; parameterisation: of the policy; rate: η.
    """

    name: str
    loss: Table
    rule: Rule
    width: int
    std: float
    parameterisation: str
    rate: float


_OUTCOME: Table = {"kind": "outcome", "estimator": "exact"}
CELLS = tuple(
    Cell(f"{kind}, {what}", loss, rule, width, std, parameterisation, rate)
    for what, width, std, parameterisation, rate in (
        ("256 units", 256, 1.0, "tangent_kernel", 0.8),
        ("16 units", 16, 1.0, "standard", 0.05),
        ("small weights", 16, 0.1, "standard", 0.2),
    )
    for kind, loss, rule in (("imitation", {"kind": "imitation"}, imitation), ("outcome", _OUTCOME, outcome))
)
"""With 1/√256 before the second layer kernels are a sixteenth of those of 16 plain units; η makes up."""


class Size(NamedTuple):
    """How much is computed.

    Args:
        networks: N. updates: T. share: of T that is seen. records: how many, after what was seen.
        resamples: populations drawn for an interval. cells: of `CELLS`.
    """

    networks: int
    updates: int
    share: float
    records: int
    resamples: int
    cells: tuple[Cell, ...] = CELLS

    @property
    def seen(self) -> int:
        """Updates whose accounts are known, an even number."""
        return 2 * round(self.share * self.updates / 2)

    @property
    def later(self) -> list[int]:
        """Times after that at which predictions are scored; the last is T."""
        times = np.geomspace(self.seen, self.updates, self.records + 1)[1:].round().astype(int)
        return sorted(set(times.tolist()))


QUICK = Size(networks=48, updates=400, share=0.05, records=6, resamples=200)
FULL = Size(networks=192, updates=2_000, share=0.05, records=10, resamples=1_000)


def beginning(cell: Cell, size: Size, states: list[int]) -> Table:
    """The first updates, every margin booked, and the probe's half-way too."""
    names = [PROBE, *(f"right_{state}" for state in states)]
    ledger = {"behaviours": names, "of": "margin", "networks": size.networks}
    half = {
        "training.updates": size.seen // 2,
        "training.ledger.behaviours": [PROBE],
        "training.record": {"at": [0]},
    }
    conditions = [{"name": "seen", "loss": cell.loss}, {"name": "half", "loss": cell.loss, **half}]
    return _experiment(
        cell, size, conditions, {"updates": size.seen, "record": {"every": 1}, "ledger": ledger}
    )


def whole(cell: Cell, size: Size) -> Table:
    """All of training, without a ledger."""
    training = {"updates": size.updates, "record": {"at": [0, size.seen, *size.later]}}
    return _experiment(cell, size, [{"name": "whole", "loss": cell.loss}], training)


def afterwards(cell: Cell, size: Size, states: list[int], whole_run: str) -> Table:
    """As many updates as were seen, booked, from where training ended."""
    tables = beginning(cell, size, states)
    tables["policy"] = {**tables["policy"], "init": {"kind": "run", "path": whole_run}}
    tables["condition"] = tables["condition"][:1]
    return tables


def _experiment(cell: Cell, size: Size, conditions: list[Table], training: dict[str, Any]) -> Table:
    return {
        "title": f"{cell.name}: what the beginning says of the end",
        "seed": 0,
        "world": {"kind": EVERY_MARGIN, "length": 4, "diversity": 0.02},
        "policy": {
            "kind": "mlp",
            "hidden": [cell.width],
            "activation": "tanh",
            "bias": False,
            "head": "logit",
            "parameterisation": cell.parameterisation,
            "init": {"kind": "normal", "std": cell.std},
        },
        "optimiser": {"kind": "sgd", "learning_rate": cell.rate},
        "population": {"networks": size.networks},
        "training": training,
        "condition": conditions,
    }
