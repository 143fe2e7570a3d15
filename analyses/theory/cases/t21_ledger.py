"""The ledger of a step is complete up to a remainder that is known.

A product of L weights is a margin b. A step from θ by Δ makes it b(t) = Π (θ_l + tΔ_l) at t = 1, a polynomial
c₀ + c₁t + … + c_Lt^L with c_L = Π Δ_l, of whose change the ledger books Σ_m share_m b′(node_m):

    its start alone     c₁, so that Δ₁Δ₂ is left of two layers, and nothing of one
    its middle          c₁ + c₂ + ¾c₃, so that c₃/4 is left of three layers, and nothing of two
    its two ends        c₁ + c₂ + 1½c₃, so that −c₃/2 is left of three layers
    two nodes           all of it up to L = 4, as m nodes of Gauss and Legendre up to L = 2m

Of what is no polynomial, as the probability of a network of tanh, the remainder falls exponentially with m.

Reference: Trefethen 2008 (SIAM Rev. 50:67-87) for Gauss's nodes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.runfile import Run
from ..arms import IMITATION, STAYS, experiment
from ..case import Case, Curve, Effort, Plot, Table
from ..predictions import Array, Exact

BOOKED = "arm_1"
"""The one behaviour, of which the logit is the margin."""
NORMAL: Table = {"kind": "normal", "std": 1.0}
STEPS = 20
LEFT = {
    "two layers, the start": (2, 0, 1.0),
    "three layers, the middle": (3, 1, 0.25),
    "three layers, both ends": (3, "ends", -0.5),
}
"""Layers, nodes, and what is left of one step over Π Δ."""
COMPLETE = {
    "one layer, the start": (1, 0),
    "two layers, the middle": (2, 1),
    "two layers, both ends": (2, "ends"),
    "three layers, two nodes": (3, 2),
    "four layers, two nodes": (4, 2),
}
"""Layers and nodes."""


def cases(effort: Effort) -> Iterator[Case]:
    """Margins of products of weights, and a rate of a network of tanh."""
    yield _products(effort)
    yield _tanh(effort)


def _layers(count: int) -> Table:
    if count == 1:
        return {"kind": "linear", "head": "logit", "bias": False, "init": NORMAL}
    return {"kind": "deep_linear", "hidden": [1] * (count - 1), "head": "logit", "init": NORMAL}


def _ledger(of: str, nodes: int | str) -> Table:
    return {"behaviours": [BOOKED], "of": of, "networks": 0, "nodes": nodes}


def _products(effort: Effort) -> Case:
    starts = {
        f"{layers} weights": {"policy": _layers(layers), **STAYS}
        for layers in sorted({n for n, *_ in LEFT.values()})
    }
    once = {
        name: {"policy": _layers(layers), "training.ledger": _ledger("margin", nodes)}
        for name, (layers, nodes, _) in LEFT.items()
    }
    often = {
        name: {
            "policy": _layers(layers),
            "training.ledger": _ledger("margin", nodes),
            "training.updates": STEPS,
        }
        for name, (layers, nodes) in COMPLETE.items()
    }
    tables = experiment(
        "A ledger of products of weights",
        {name: {"loss": IMITATION, **condition} for name, condition in (starts | once | often).items()},
        world={"kind": "bandit", "reward": [0.0, 1.0]},
        optimiser={"kind": "sgd", "learning_rate": 0.2},
        population={"networks": 32},
    )
    rounding = effort.tolerance(4e-6, 1e-13)
    predictions = [
        Exact(f"left of a step, {name}", 0.0, _beside(name), absolute=rounding) for name in LEFT
    ] + [
        Exact(f"left of {STEPS} steps, {name}", 0.0, _unexplained(name), absolute=rounding)
        for name in COMPLETE
    ]
    title = "margins of products of weights: complete, or up to a remainder that is known"
    return Case("T21.products", title, tables, tuple(predictions), _plot)


def _tanh(effort: Effort) -> Case:
    policy = {"kind": "mlp", "hidden": [4], "activation": "tanh", "init": NORMAL}
    condition = {"loss": IMITATION, "training.ledger": _ledger("rate", 8), "training.updates": STEPS}
    tables = experiment(
        "A ledger of networks of tanh",
        {"eight nodes": condition},
        world={"kind": "bandit", "reward": [0.0, 1.0]},
        policy=policy,
        optimiser={"kind": "sgd", "learning_rate": 0.1},
        population={"networks": 32},
    )
    rounding = effort.tolerance(4e-6, 1e-13)
    nothing = Exact("left of a probability", 0.0, _unexplained("eight nodes"), absolute=rounding)
    return Case(
        "T21.tanh", "a probability of a network of tanh: complete with eight nodes", tables, (nothing,)
    )


def _unexplained(name: str):
    """(network,): what a condition's ledger leaves."""
    return lambda run: run.ledger(BOOKED, name).unexplained


def _expected(run: Run, name: str) -> Array:
    """(network,): what one step has to leave."""
    layers, _, share = LEFT[name]
    return share * (run.weights(name) - run.weights(f"{layers} weights")).prod(axis=1)


def _beside(name: str):
    """Found minus expected."""
    return lambda run: _unexplained(name)(run) - _expected(run, name)


def _plot(run: Run) -> Plot:
    curves = []
    for name in LEFT:
        expected = _expected(run, name)
        ends = np.array([expected.min(), expected.max()])
        curves.append(Curve(name, ends, ends, expected, _unexplained(name)(run)))
    return Plot("remainder that theory leaves of a step", "unexplained", tuple(curves))
