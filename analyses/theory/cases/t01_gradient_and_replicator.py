"""Expected reward on K arms: the softmax gradient and the replicator, which it is not.

For J = Σ π_a r_a and a softmax over logits θ

    ∂J/∂θ_a = π_a (r_a − r̄),    Σ_a θ_a is conserved,    dJ/dt = ‖∇J‖² = Σ π_a² (r_a − r̄)²

The natural gradient F⁺∇J is r less its mean. So differences of logits grow linearly, at any length of a step

    π_a(t) ∝ π_a(0) e^{ηt r_a},    dJ/dt = Var_π r

which is the replicator equation, and the multiplicative weights of Littlestone and Warmuth. A step of the
gradient adds η ∇J_t·(∇J_t + ∇J_{t+1})/2 + O(η³) to J, and ‖∇J‖² changes by twice ∇J_t·(∇J_{t+1} − ∇J_t), so

    J_T − J_0 = η Σ_{t<T} ‖∇J_t‖² + η (‖∇J_T‖² − ‖∇J_0‖²)/4 + O(η²)

Reference: Taylor and Jonker 1978, Math. Biosci. 40:145-156 (replicator); Börgers and Sarin 1997, J. Econ.
Theory 77:1-14 (learning by reinforcement as a replicator); Kakade 2001, NeurIPS 14 (natural gradient).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.runfile import Run
from ..arms import OUTCOME, STAYS, begins, experiment, final_log_odds
from ..case import Case, Curve, Effort, Plot, Table
from ..forms import logit
from ..logits import ARMS_5, LOGITS_5, begins_with, climb, softmax
from ..predictions import Array, Exact

REWARD = np.array(ARMS_5)
WORLD: Table = {"kind": "bandit", "reward": list(ARMS_5)}
RANDOM: Table = {"kind": "tabular", "init": {"kind": "normal"}}
NATURAL: Table = {**OUTCOME, "rule": "natural"}

ETA, UPDATES = 0.01, 1500
"""Of the climb whose steps are added up."""

RATE, GENERATIONS = 0.25, 200
"""η of the replicator, and how long it goes on."""

START = 0.02
"""Of the two arms of the replicator."""


def cases(effort: Effort) -> Iterator[Case]:
    """One step, the reward that steps add, and the natural gradient."""
    yield _step(effort)
    yield _growth(effort)
    yield _replicator(effort)


def _step(effort: Effort) -> Case:
    """Weights are kept after an update of no length and after one of η = 1."""
    given, table = begins_with(LOGITS_5), {"policy": {"kind": "tabular"}}
    conditions: dict[str, Table] = {
        "start": {"loss": OUTCOME, **STAYS},
        "step": {"loss": OUTCOME},
        "given start": {"loss": OUTCOME, **given, **table, **STAYS},
        "given step": {"loss": OUTCOME, **given, **table},
    }
    tables = experiment(
        "One step along the gradient of expected reward",
        conditions,
        world=WORLD,
        policy=RANDOM,
        optimiser={"kind": "sgd", "learning_rate": 1.0},
        population={"networks": 64},
    )

    def steps(run: Run) -> Array:
        return run.weights("step") - run.weights("start")

    def expected(run: Run) -> Array:
        return climb(run.weights("start"), REWARD)

    tight = effort.tolerance(1.5e-7, 1e-15)
    predictions = (
        Exact("step less π (r − r̄), random tables", 0.0, lambda run: steps(run) - expected(run), tight),
        Exact("sum of logits gained, random tables", 0.0, lambda run: steps(run).sum(axis=1), tight),
        Exact(
            "recorded length of the gradient less ‖π (r − r̄)‖",
            0.0,
            lambda run: run.gradient_norm("step")[:, 0] - np.linalg.norm(expected(run), axis=1),
            effort.tolerance(2e-7, 1e-15),
        ),
        Exact(
            "step from given logits",
            climb(LOGITS_5, REWARD),
            lambda run: (run.weights("given step") - run.weights("given start"))[0],
            effort.tolerance(1.5e-7, 1e-14),
        ),
    )
    return Case(
        "T01.step", "a step of the gradient is π (r − r̄)", tables, predictions, _components(steps, expected)
    )


def _components(steps, expected):
    def draw(run: Run) -> Plot:
        at = expected(run).ravel()
        line = np.array([at.min(), at.max()])
        curve = Curve("each logit of each table", line, line, at, steps(run).ravel())
        return Plot("π (r − r̄)", "step over η", (curve,))

    return draw


def _growth(effort: Effort) -> Case:
    """J and the gradient's norm are recorded at every update."""
    tables = experiment(
        "Reward gained along the gradient",
        {"gradient": {"loss": OUTCOME}},
        world=WORLD,
        policy={"kind": "tabular", "init": {"kind": "normal", "std": 2.0}},
        optimiser={"kind": "sgd", "learning_rate": ETA},
        population={"networks": 16},
        training={"updates": UPDATES, "record": {"every": 1}},
    )

    def unexplained(run: Run) -> Array:
        squares = run.gradient_norm("gradient").astype(np.float64) ** 2
        gained = ETA * (np.cumsum(squares[:, :-1], axis=1) + (squares[:, 1:] - squares[:, :1]) / 4)
        J = run.intended_return("gradient").astype(np.float64)
        return J[:, 1:] - J[:, :1] - gained

    predictions = (
        Exact("reward gained less the sum of η ‖∇J‖²", 0.0, unexplained, effort.tolerance(5e-7, 3e-8)),
    )
    return Case("T01.growth", "reward grows by the square of the gradient", tables, predictions, _growing)


def _growing(run: Run) -> Plot:
    """The first four tables, and what iteration in float64 says of them."""
    curves = []
    start = np.log(
        np.stack([run.rate(f"arm_{k}", "gradient")[:, 0] for k in range(5)], axis=1, dtype=np.float64)
    )
    for n in range(4):
        theta, J = start[n], []
        for _ in range(UPDATES + 1):
            J.append(softmax(theta) @ REWARD)
            theta = theta + ETA * climb(theta, REWARD)
        shown = slice(None, None, UPDATES // 20)
        found = run.intended_return("gradient")[n, shown]
        curves.append(Curve(f"table {n}", run.time, np.array(J), run.time[shown], found))
    return Plot("updates", "expected reward", tuple(curves))


def _replicator(effort: Effort) -> Case:
    two = {"world": {"kind": "bandit", "reward": [1.0, 0.8]}, "policy": {**begins(START), "head": "logit"}}
    tables = experiment(
        "The natural gradient of expected reward",
        {"five arms": {"loss": NATURAL}, "two arms": {"loss": NATURAL, **two}},
        world=WORLD,
        policy=RANDOM,
        optimiser={"kind": "sgd", "learning_rate": RATE},
        population={"networks": 16},
        training={"updates": GENERATIONS, "record": {"log": 40}},
    )

    def one_odds(run: Run) -> Array:
        return final_log_odds(run, "two arms")

    predictions = (
        Exact(
            "share of each arm over π₀ e^{ηtr}",
            1.0,
            lambda run: _shares(run) / selected(_shares(run)[:, :1], _times(run)[None, :, None]),
            effort.tolerance(1e-5, 1e-13),
        ),
        Exact(
            "log-odds of two arms after training, one logit",
            logit(START) + RATE * GENERATIONS * 0.2,
            one_odds,
            effort.tolerance(2e-6, 1e-13),
        ),
    )
    title = "the natural gradient is the replicator: odds grow like e^{ηt(r_a − r_b)}"
    return Case("T01.replicator", title, tables, predictions, _selection)


def _times(run: Run) -> Array:
    return run.own_times("five arms").astype(np.float64)


def _shares(run: Run) -> Array:
    """(network, time, arm)."""
    rates = [run.rate(f"arm_{k}", "five arms") for k in range(5)]
    return np.stack(rates, axis=-1).astype(np.float64)


def selected(shares: Array, t: Array) -> Array:
    """π_a(t) ∝ π_a(0) e^{ηt r_a}."""
    grown = shares * np.exp(RATE * t * (REWARD - REWARD.max()))
    return grown / grown.sum(axis=-1, keepdims=True)


def _selection(run: Run) -> Plot:
    shares, t = _shares(run), _times(run)
    fine = np.geomspace(1, GENERATIONS, 200)
    lines = selected(shares[0, 0], fine[:, None])
    arms = (Curve(f"arm {k}", fine, lines[:, k], t[1:], shares[0, 1:, k]) for k in range(5))
    return Plot("updates", "probability", tuple(arms), xscale="log")
