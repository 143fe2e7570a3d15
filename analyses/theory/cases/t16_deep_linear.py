"""Deep linear networks: a product of weights, learnt along a curve that is known.

Two layers of one unit each, L = ½(ab − s)², e = ab − s. Along the flow d = a² − b² is conserved and
y = (a + b)/(a − b) obeys a Riccati equation,

    y′ = 2sy − (d/2)(y² − 1),    (y − r₊)/(y − r₋) ∝ e^{−ρt},    ρ = √(4s² + d²),  r± = (2s ± ρ)/d

with ab = (d/4)(y − 1/y), whatever the initial weights; of balanced ones (d = 0) it is the logistic curve
s e^{2st}/(e^{2st} − 1 + s/u₀). A step of descent multiplies d by exactly 1 − η²e², that of three layers
multiplies a² − b² by 1 − η²e²c². As η → 0 descent tends to (θ(η) − 6θ(η/2) + 8θ(η/4))/3, off by O(η³).

Reference: Saxe, McClelland and Ganguli 2014 (arXiv 1312.6120); Fukumizu 1998 for unbalanced weights.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.runfile import Run
from ..case import Case, Curve, Effort, Plot
from ..least_squares import UNTOUCHED, after, at_zero, least_squares, updates_of, weights_after
from ..predictions import Array, Exact

TARGET = 1.5
TIMES = np.array([0.5, 1.0, 1.5, 2.0, 3.0, 4.0])
STEPS = (0.004, 0.002, 0.001)
"""η."""


def cases(effort: Effort) -> Iterator[Case]:
    """Products of two and of three weights."""
    for layers, label in ((2, "two_layers"), (3, "three_layers")):
        yield _products(layers, label, effort)


def _products(layers: int, label: str, effort: Effort) -> Case:
    conditions = {"start": dict(UNTOUCHED)}
    for eta in STEPS:
        conditions |= after(updates_of(TIMES, eta), f"{eta}", **{"optimiser.learning_rate": eta})
    tables = least_squares(
        f"A product of {layers} weights",
        conditions,
        {"target": [TARGET]},
        policy={"kind": "deep_linear", "hidden": [1] * (layers - 1), "init": {"kind": "normal", "std": 0.5}},
        population={"networks": 32},
    )
    rounding = effort.tolerance(2e-6, 1e-12)
    predictions = (
        Exact("weights minus those iterated", 0.0, _against(_iterated), absolute=rounding),
        Exact("squares' differences, the same", 0.0, _against(_differences), absolute=rounding),
        Exact("the limit of small steps minus the flow", 0.0, _beside_the_flow, absolute=5e-6),
    )
    return Case(f"T16.{label}", f"a product of {layers} weights along its flow", tables, predictions, _plot)


def flow(weights: Array, target: float, t: Array) -> Array:
    """(time, network): the product of two weights (network, 2) along the flow, by the Riccati equation."""
    a, b = weights.T
    d, y = a**2 - b**2, (a + b) / (a - b)
    rate = np.sqrt(4 * target**2 + d**2)
    high, low = (2 * target + rate) / d, (2 * target - rate) / d
    ratio = (y - high) / (y - low) * np.exp(-rate * np.asarray(t)[:, None])
    y = (high - low * ratio) / (1 - ratio)
    return d / 4 * (y - 1 / y)


def flow_of_many(weights: Array, target: float, t: Array) -> Array:
    """(time, network): the same of any number of weights, integrated."""
    from scipy.integrate import solve_ivp

    def slope(_: float, flat: Array) -> Array:
        return _downhill(flat.reshape(weights.shape), target).ravel()

    found = solve_ivp(slope, (0, t[-1]), weights.ravel(), "DOP853", t_eval=t, rtol=1e-11, atol=1e-12)
    return found.y.T.reshape(len(t), *weights.shape).prod(axis=2)


def _downhill(w: Array, target: float) -> Array:
    """−∂L/∂w of each of the factors (network, layer)."""
    others = [np.delete(w, i, axis=1).prod(axis=1) for i in range(w.shape[1])]
    return (target - w.prod(axis=1))[:, None] * np.stack(others, axis=1)


def _iterated(w: Array, eta: float, updates: int) -> Array:
    """Weights after some updates."""
    for _ in range(updates):
        w = w + eta * _downhill(w, TARGET)
    return w


def _differences(w: Array, eta: float, updates: int) -> Array:
    """wᵢ² − wⱼ² of neighbours after some updates: multiplied by 1 − (ηe Π of the others)² in each."""
    d = w[:, :-1] ** 2 - w[:, 1:] ** 2
    for _ in range(updates):
        e = w.prod(axis=1) - TARGET
        rest = [np.delete(w, (i, i + 1), axis=1).prod(axis=1) for i in range(d.shape[1])]
        d = d * (1 - (eta * e[:, None] * np.stack(rest, axis=1)) ** 2)
        w = w + eta * _downhill(w, TARGET)
    return d


def _against(law):
    """Found minus expected: of weights, or of what else `law` gives of them."""

    def measure(run: Run) -> Array:
        start = run.weights("start")
        eta, updates = STEPS[0], updates_of(TIMES, STEPS[0])
        found = weights_after(run, updates, f"{eta}")
        if law is _differences:
            found = found[..., :-1] ** 2 - found[..., 1:] ** 2
        return found - np.array([law(start, eta, k) for k in updates])

    return measure


def _limit(run: Run) -> tuple[Array, Array]:
    """Products as η → 0 and along the flow, (time, network)."""
    start = run.weights("start")
    ends = [weights_after(run, updates_of(TIMES, eta), f"{eta}") for eta in STEPS]
    along = flow if start.shape[1] == 2 else flow_of_many
    return at_zero(*(end.prod(axis=2) for end in ends)), along(start, TARGET, TIMES)


def _beside_the_flow(run: Run) -> Array:
    found, expected = _limit(run)
    return found - expected


def _plot(run: Run) -> Plot:
    found, _ = _limit(run)
    start = run.weights("start")
    along = flow if start.shape[1] == 2 else flow_of_many
    t = np.linspace(0, TIMES[-1], 100)
    lines = along(start[:5], TARGET, t)
    curves = [Curve(f"network {i}", t, lines[:, i], TIMES, found[:, i]) for i in range(5)]
    return Plot("η · updates", "product of the weights", tuple(curves))
