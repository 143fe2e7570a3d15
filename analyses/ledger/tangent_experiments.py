"""Wide networks on the coin line: without diversity at several widths, and with a little of it."""

from __future__ import annotations

from typing import NamedTuple

from .runs import Table
from .tangent_prediction import Activation

PROBE = "walks_away"
QUANTITIES = ("margin", "rate")
INITIAL = "initial"
"""A condition that ends where the others begin."""
DIVERSE, LEFT_OUT = "diverse", "left out"
TURNING = "coin to the left"
"""The group of states that training shows seldom and that demonstrates a step left."""
LENGTH = 4


class Size(NamedTuple):
    """How much is computed.

    Args:
        networks: N, of each width.
        widths: of the hidden layer, ascending.
        updates: without diversity.
        diversity: of the other experiment.
        diverse_width, diverse_updates: of its networks and its training.
        rate: η.
    """

    networks: int
    widths: tuple[int, ...]
    updates: int
    diversity: float
    diverse_width: int
    diverse_updates: int
    rate: float = 0.05


QUICK = Size(64, (64, 256, 1024), 300, 0.02, 256, 4_000)
FULL = Size(128, (16, 64, 256, 1024, 4096), 1_000, 0.02, 512, 6_000)


def without_diversity(size: Size, width: int, activation: Activation) -> Table:
    """One width: what is booked, and the weights before the first update; rates of ReLU alone."""
    quantities = QUANTITIES if activation == "relu" else QUANTITIES[:1]
    booked = [{"name": of, "training.ledger.of": of, "training.weights": False} for of in quantities]
    tables = _experiment(size, width, 0.0, size.updates, [*booked, _initial()])
    if activation == "linear":
        tables["policy"] |= {"kind": "deep_linear"}
        del tables["policy"]["activation"]
    else:
        tables["policy"]["activation"] = activation
    return tables


def with_diversity(size: Size) -> Table:
    """The coin elsewhere now and then; and the same without what pushes to the left."""
    conditions = [
        {"name": DIVERSE, "training.weights": False},
        {"name": LEFT_OUT, "training.without": [TURNING], "training.weights": False},
        _initial(),
    ]
    return _experiment(size, size.diverse_width, size.diversity, size.diverse_updates, conditions)


def _initial() -> Table:
    """A step too small to see: run files keep the weights at the end."""
    return {"name": INITIAL, "training.updates": 1, "optimiser.learning_rate": 1e-30}


def _experiment(size: Size, width: int, diversity: float, updates: int, conditions: list[Table]) -> Table:
    ledger = {"behaviours": [PROBE], "of": "margin", "networks": size.networks}
    return {
        "title": "What the ledger books of wide networks, and what their tangent kernel says",
        "seed": 0,
        "world": {"kind": "coin_line", "length": LENGTH, "diversity": diversity},
        "policy": {
            "kind": "mlp",
            "hidden": [width],
            "activation": "relu",
            "bias": False,
            "parameterisation": "tangent_kernel",
            "head": "logit",
            "init": {"kind": "normal", "std": 1.0},
        },
        "optimiser": {"kind": "sgd", "learning_rate": size.rate},
        "population": {"networks": size.networks},
        "training": {"updates": updates, "record": {"log": 40}, "ledger": ledger},
        "condition": [{**each, "loss": {"kind": "imitation"}} for each in conditions],
    }
