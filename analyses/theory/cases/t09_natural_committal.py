"""The sampled natural gradient: the replicator on average, and lost for good under a bad baseline.

One episode that draws arm a has the gradient (R − b)(e_a − π), and F⁺ makes (R − b)(e_a/π_a − 1/(Kπ_a)) of
it. Its mean is r less its mean, whatever b, as if the importance of each draw were weighed; its spread has
no bound. Of two arms the log-odds of the drawn one grow by a(R − b)/π, a the learning rate, with either
head: with rewards (1, 0) and b = −1

    z ← z + 2a/p  with probability p,    z ← z − a/(1 − p)  with probability 1 − p

and a network may never draw the good arm again: the chance to draw only the bad one is Π(1 − p_t) > 0, since
p falls by e^{−a} or more an update. What the next draw leads to says where it ends, as in T08. With b = ½,
between the rewards, either draw moves z up.

Reference: Chung, Thomas, Machado and Le Roux 2021, ICML (arXiv 2008.13773); Mei, Dai, Xiao, Szepesvari and
Schuurmans 2021, NeurIPS (arXiv 2110.15572).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.special import expit

from ....sim.runfile import Run
from ..arms import HEADS, above, begins, crossings, experiment, final_log_odds, share_error, until
from ..case import Case, Curve, Effort, Plot, Table
from ..enumeration import natural_update
from ..forms import sigmoid
from ..one_step import PI, REWARD, from_the_same, held, outcome
from ..predictions import Array, Exact, Mean, Prediction, Share
from ..walks import Ending, any_steps

EDGE = 10.0
RATES = (0.2, 0.5, 1.0, 2.0)
LOSS: Table = {"kind": "outcome", "rule": "natural", "episodes": 1, "baseline": "none"}


def cases(effort: Effort) -> Iterator[Case]:
    """One step, and where many lead."""
    yield _step(effort)
    yield _committal(effort)
    yield _between(effort)


def _step(effort: Effort) -> Case:
    conditions, predictions = {}, []
    for b in (0.0, 2.0):
        name = f"b = {b:g}"
        conditions[name] = {"loss": outcome(1, "none", rule="natural"), "world.reward": (REWARD - b).tolist()}
        distance, counts, *moments = held(
            effort, name, natural_update(PI, REWARD - b), REWARD - REWARD.mean()
        )
        predictions += [distance, *moments] if conditions.keys() - {name} else [distance, counts, *moments]
    tables = from_the_same(effort, "One sampled natural step", conditions, 10_000)
    return Case(
        "T09.step", "a sampled natural step is the replicator's on average", tables, tuple(predictions)
    )


def exits(a: float) -> Ending:
    """Where and when a network passes the edge under b = −1."""
    return any_steps(lambda z: 2 * a / expit(z), lambda z: a / expit(-z), 0.0, EDGE, cells=2000)


def only_bad(a: float) -> float:
    """The chance to pass the bad edge by draws of the bad arm alone."""
    z, chance = 0.0, 1.0
    while z >= -EDGE:
        chance *= sigmoid(-z)
        z -= a / sigmoid(-z)
    return chance


def _committal(effort: Effort) -> Case:
    """A baseline of −1 is a reward one larger."""
    conditions: dict[str, Table] = {}
    predictions: list[Prediction] = []
    for number, a in enumerate(RATES):
        head, name = list(HEADS)[number % 2], f"a = {a:g}"
        conditions[name] = {
            "loss": LOSS,
            "policy": {**begins(0.5), "head": head},
            "optimiser.learning_rate": a,
        }
        ending = exits(a)
        predictions += [
            Share(f"bad arm, {name}", 1 - ending.top, _lost(name)),
            Share(f"by draws of it alone, {name}", only_bad(a), _never_drew(name)),
            Mean(f"updates, {name}", ending.mean, _times(name), sd=ending.sd),
        ]
    tables = experiment(
        "The natural gradient under a baseline below both rewards",
        conditions,
        world={"kind": "bandit", "reward": [2.0, 1.0]},
        population={"networks": effort.population(10_000)},
        training={
            "updates": 2000,
            "record": {"at": [0]},
            "watch": [above(sigmoid(EDGE), arm) for arm in ("arm_0", "arm_1")],
        },
    )
    title = "the natural gradient commits to the bad arm under a bad baseline"
    return Case("T09.committal", title, tables, tuple(predictions), _plot)


def _between(effort: Effort) -> Case:
    """b = ½: z ← z + a/(2p) or z + a/(2(1 − p)); after one update each is one of the two."""
    a = 0.5
    conditions: dict[str, Table] = {
        head: {"loss": LOSS, "policy": {**begins(0.2), "head": head}} for head in HEADS
    }
    tables = experiment(
        "The natural gradient under a baseline between the rewards",
        conditions,
        world={"kind": "bandit", "reward": [0.5, -0.5]},
        optimiser={"kind": "sgd", "learning_rate": a},
        population={"networks": effort.population(4000)},
    )
    z0, p = float(np.log(0.25)), 0.2
    up, down = z0 + a / (2 * p), z0 + a / (2 * (1 - p))
    predictions: list[Prediction] = []
    for head in HEADS:
        predictions += [
            Exact(
                f"log-odds after an update, {head}", 0.0, _off(head, up, down), effort.tolerance(1e-6, 1e-8)
            ),
            Share(f"by a draw of the good arm, {head}", p, _longer(head, (up + down) / 2)),
        ]
    title = "either draw moves the natural gradient to the good arm under a baseline between the rewards"
    return Case("T09.between", title, tables, tuple(predictions))


def _off(head: str, up: float, down: float):
    def measure(run: Run) -> Array:
        z = final_log_odds(run, head)
        return np.minimum(np.abs(z - up), np.abs(z - down))

    return measure


def _longer(head: str, middle: float):
    return lambda run: final_log_odds(run, head) > middle


def _lost(name: str):
    return lambda run: crossings(run, name)[1] >= 0


def _never_drew(name: str):
    return lambda run: run.explored_at("best", name) < 0


def _times(name: str):
    return lambda run: until(run, name)


def _plot(run: Run) -> Plot:
    a, at = np.geomspace(RATES[0], RATES[-1], 25), np.array(RATES)
    curves = []
    for label, lines, measure in (
        ("bad arm", [1 - exits(each).top for each in a], _lost),
        ("by draws of it alone", [only_bad(each) for each in a], _never_drew),
    ):
        found = np.array([measure(f"a = {each:g}")(run).mean() for each in RATES])
        error = share_error(found, run)
        curves.append(Curve(label, a, np.array(lines), at, found, error))
    return Plot("learning rate", "share that commits to the bad arm", tuple(curves), xscale="log")
