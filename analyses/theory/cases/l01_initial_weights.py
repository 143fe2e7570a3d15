"""Initial weights and drawn hyperparameters: each by its whole law.

N(0, std²) for every parameter under `normal`, N(0, 1/inputs) for weights and 0 for biases under `lecun`. The
output of one hidden unit is a product a φ(w) of two independent normals, and with a symmetric

    P(a φ(w) ≤ x) = E_w Φ(x/|φ(w)|),    φ = tanh, or relu where the unit is active: half of the networks

That of m linear units in a sum with multiplier c has variance c² m and fourth cumulant 6 c⁴ m, where c is
1/√m (`tangent_kernel`), 1/m (`mean_field`), or 1 with weights of variance 1/m (`standard`, `lecun`).

Reference: LeCun et al. 1998, "Efficient BackProp"; Jacot et al. 2018 (arXiv 1806.07572) for 1/√m.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ....sim.runfile import Run
from ..arms import IMITATION, STILL, experiment, own_world
from ..case import Case, Curve, Effort, Plot, Table
from ..predictions import Array, Exact, Law, Share, Variance

STD, UNITS = 1.5, 4
INPUTS, HIDDEN = 5, 3
"""Final weights are initial ones."""


def cases(effort: Effort) -> Iterator[Case]:
    """Outputs of the smallest policies and the weights of a layered one."""
    ways = {"tangent_kernel": 1.0, "mean_field": 1 / UNITS, "standard": 1.0}
    layers = {"kind": "mlp", "hidden": [HIDDEN], "head": "logit"}
    policies: dict[str, Table] = {
        "linear": {"kind": "linear", "head": "logit", "init": {"kind": "normal", "std": STD}},
        "table": {"kind": "tabular", "init": {"kind": "normal", "std": STD}},
        "spread": {
            "kind": "linear",
            "head": "logit",
            "init": {"kind": "normal", "std": {"uniform": [0.5, 2]}},
        },
        **{way: _units(UNITS, "deep_linear", parameterisation=way) for way in ways},
        **{name: _units(1, "mlp", activation=name, init={"kind": "normal"}) for name in ("tanh", "relu")},
    }
    conditions = {name: {"loss": IMITATION, "policy": policy} for name, policy in policies.items()}
    for kind in ("lecun", "normal"):
        policy = {**layers, "init": {"kind": kind}}
        conditions[kind] = {"loss": IMITATION, "policy": policy, "world": own_world("boolean", bits=INPUTS)}
    predictions = (
        Law("a linear output", _normal(STD), output("linear")),
        Law("the difference of two logits", _normal(STD * 2**0.5), output("table")),
        Law("a linear output over its own scale", _normal(1), _over_scale),
        Law("the output of a tanh unit", product(np.tanh), output("tanh")),
        Share("a rectified unit is active", 0.5, lambda run: output("relu")(run) != 0),
        Law("its output when active", product(np.abs), lambda run: _active(output("relu")(run))),
        *(
            Variance(f"the output of linear units, {way}", v, output(way), fourth=6 * v**2 / UNITS)
            for way, v in ways.items()
        ),
        Law("first layer, lecun", _normal(INPUTS**-0.5), _layer("lecun", "first")),
        Law("second layer, lecun", _normal(HIDDEN**-0.5), _layer("lecun", "second")),
        Exact("biases, lecun", 0, _layer("lecun", "biases"), absolute=1e-28),
        Law("weights and biases, normal", _normal(1), lambda run: run.weights("normal").ravel()),
        Variance("their variance, normal", 1.0, lambda run: run.weights("normal").ravel(), fourth=0.0),
    )
    tables = experiment(
        "Initial weights",
        conditions,
        optimiser=STILL,
        population={"networks": effort.population(10_000)},
    )
    yield Case("L01.weights", "initial weights and outputs by their whole laws", tables, predictions, _plot)


def product(unit: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The distribution function of a φ(w), by a sum over w and linear interpolation between many x."""
    from scipy.special import ndtr

    w = np.linspace(-9, 9, 6000)
    density = np.exp(-(w**2) / 2)
    x = np.sinh(np.linspace(-12, 12, 1201)) * 1e-4
    cdf = (ndtr(x[:, None] / np.abs(unit(w))) * density).sum(axis=1) / density.sum()
    return lambda at: np.interp(at, x, cdf)


def output(condition: str) -> Callable[[Run], Array]:
    """The log-odds of action 1 before the first update; of action 0 for a table."""
    behaviour = "best" if condition == "table" else "arm_1"
    return lambda run: run.margin(behaviour, condition)[:, 0].astype(float)


def _units(units: int, kind: str, **options: object) -> Table:
    return {"kind": kind, "hidden": [units], "bias": False, "head": "logit", **options}


def _normal(std: float) -> Callable[[Array], Array]:
    from scipy.special import ndtr

    return lambda x: ndtr(x / std)


def _over_scale(run: Run) -> Array:
    return output("spread")(run) / run.hyperparameter("init_std", "spread")


def _active(outputs: Array) -> Array:
    return outputs[outputs != 0]


def _layer(condition: str, part: str) -> Callable[[Run], Array]:
    """Weights (outputs, inputs) and then biases, layer by layer."""
    ends = np.cumsum([INPUTS * HIDDEN, HIDDEN, HIDDEN])

    def measure(run: Run) -> Array:
        first, bias, second, last = np.split(run.weights(condition), ends, axis=1)
        parts = {"first": first, "second": second, "biases": np.concatenate([bias, last], axis=1)}
        return parts[part].ravel()

    return measure


def _plot(run: Run) -> Plot:
    laws = {"linear": _normal(STD), "tanh": product(np.tanh)}
    x, shares = np.linspace(-4, 4, 161), np.linspace(0.02, 0.98, 25)
    curves = [
        Curve(name, x, law(x), np.quantile(output(name)(run), shares), shares) for name, law in laws.items()
    ]
    return Plot("output", "share of networks", tuple(curves))
