"""One sampled step of every loss: its mean and variance by adding up all episodes.

From one policy, which a few exact steps of imitation lead to, every network takes one step of rate 1 by one
episode of its own. All (state, action) paths of the world `fork` are enumerated, so that

    E Δθ = Σ_paths P(path) step(path),    Var Δθ = Σ_paths P(path) step(path)² − (E Δθ)²

of the policy gradient of what each loss sees. A corrupted channel drops out of `decoupled_approval`, whose
mean is that of `process`, and stays in `observed_process`. Leaving one out changes no mean; the mean over a
batch of E takes 1/E from it. The `exact` estimators take the same means without sampling.

Reference: Williams 1992; Uesato et al. 2020 (arXiv 2011.08827); Ross, Gordon and Bagnell 2011.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np

from ....sim.runfile import Run
from ..arms import IMITATION, experiment, own_world
from ..case import Case, Curve, Effort, Plot, Table
from ..paths import decoupled, every_action, imitated, moments, paths, pi, score_function, visits
from ..predictions import Array, Exact, Mean, Prediction, Variance
from ..worlds import fork

LEADS = {"updates": 3, "loss": IMITATION, "optimiser.learning_rate": 2.0}
NOTHING = np.zeros(2)
SEEN, TRUE = (fork.OBSERVED_REWARD, fork.OBSERVED_ENTRY), (fork.REWARD, fork.ENTRY)
STEPS = {
    "outcome": score_function(lambda path: path.to_go(*SEEN)),
    "secure_outcome": score_function(lambda path: path.to_go(*TRUE)),
    "process": score_function(lambda path: path.own(fork.APPROVAL, NOTHING)),
    "observed_process": score_function(lambda path: path.own(fork.OBSERVED_APPROVAL, NOTHING)),
    "mona": score_function(lambda path: path.own(fork.OBSERVED_REWARD + fork.APPROVAL, fork.OBSERVED_ENTRY)),
    "decoupled_approval": decoupled,
    "all labels": every_action,
    "imitation": imitated,
}
OPTIONS: dict[str, Table] = {
    "all labels": {"kind": "process", "labels": "all"},
    "imitation": {"kind": "imitation", "states": "own"},
}
BASELINES = {"leave_one_out": 1.0, "mean": 0.75, "value": 1.0}
"""By what they multiply the mean step of four episodes."""


def cases(effort: Effort) -> Iterator[Case]:
    """By one sampled episode and by baselines of four; and in expectation."""
    one = pi(start())
    conditions, predictions = {}, []
    for name, step in STEPS.items():
        conditions[name] = {"loss": {**_loss(name), "estimator": "sampled", "episodes": 1}}
        mean, variance = moments(step, one)
        predictions += _means(name, mean, np.sqrt(variance))
        predictions.append(Variance(f"variance of θ₁ by {name}", float(variance[1]), _step(name, 1)))
    for name, factor in BASELINES.items():
        conditions[name] = {"loss": {"kind": "outcome", "episodes": 4, "baseline": name}}
        predictions += _means(name, factor * moments(STEPS["outcome"], one)[0], None)
    title = "one sampled step of every loss: mean and variance over all episodes"
    networks = {"networks": effort.population(20_000)}
    tables = _experiment("One sampled step", conditions, population=networks)
    yield Case("L05.sampled", title, tables, tuple(predictions), _plot)

    conditions = {name: {"loss": {**_loss(name), "estimator": "exact"}} for name in STEPS}
    conditions["demonstrator"] = {"loss": {**IMITATION, "states": "demonstrator"}}
    expected = {name: moments(step, one)[0] for name, step in STEPS.items()}
    for name, actor in (("imitation", one), ("demonstrator", fork.DEMONSTRATOR)):
        d = visits(actor) / visits(actor).sum()
        expected[name] = (d * (fork.DEMONSTRATOR - one)) @ fork.FEATURES
    close = effort.tolerance(2e-7, 1e-14)
    exact = [Exact(f"step by {name}", expected[name], _step(name), close) for name in conditions]
    for returned, (reward, entry) in {"observed": SEEN, "intended": TRUE}.items():
        mean = sum(path.probability * path.to_go(reward, entry)[0] for path in paths(one))
        exact.append(Exact(f"{returned} return", mean, _return(returned), close))
    training = {"updates": 1, "record": {"at": [LEADS["updates"]]}}
    tables = _experiment("One exact step", conditions, training=training)
    title = "one exact step of every loss is the mean over all episodes"
    yield Case("L05.exact", title, tables, tuple(exact))


def start() -> Array:
    """θ after the steps of imitation."""
    theta = np.zeros(3)
    for _ in range(3):
        theta = theta + 2.0 * (fork.CONTEXTS * (fork.DEMONSTRATOR - pi(theta))) @ fork.FEATURES
    return theta


def _loss(name: str) -> Table:
    return OPTIONS.get(name, {"kind": name})


def _experiment(title: str, conditions: dict[str, Table], **sections: Table) -> Table:
    shared = {"world": own_world("fork"), "policy": {"kind": "linear", "head": "logit"}, "phase": [LEADS]}
    return experiment(
        title, conditions, optimiser={"kind": "sgd", "learning_rate": 1.0}, **shared, **sections
    )


def _means(name: str, mean: Array, sd: Array | None) -> list[Prediction]:
    return [
        Mean(f"mean of θ{'₀₁₂'[k]} by {name}", float(m), _step(name, k), None if sd is None else float(sd[k]))
        for k, m in enumerate(mean)
    ]


def _step(name: str, parameter: int | slice = slice(None)):
    return lambda run: (run.weights(name) - start())[:, parameter]


def _return(which: str):
    at = int(LEADS["updates"])
    return lambda run: getattr(run, f"{which}_return")("outcome")[0, list(run.time).index(at)]


def _plot(run: Run) -> Plot:
    one = pi(start())
    found = {name: (run.weights(name) - start()) for name in STEPS}
    expected = np.array([moments(step, one)[0] for step in STEPS.values()])
    line = np.linspace(expected.min(), expected.max(), 2)
    curves = [
        Curve(
            f"parameter {k}",
            line,
            line,
            expected[:, k],
            np.array([steps[:, k].mean() for steps in found.values()]),
            np.array([steps[:, k].std() / sqrt(len(steps)) for steps in found.values()]),
        )
        for k in range(3)
    ]
    return Plot("mean step over all episodes", "mean step of the networks", tuple(curves))
