"""When all H steps must be good the outcome's reward waits like ε^−H; approval of each step does not.

J = p^H has dz/ds = H p^H (1 − p), so that H² ε^H T → 1 for a rare good action, and approval of each of the H
steps has dz/ds = H p(1 − p): T/H, where T is the time of one step.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.runfile import Run
from ..arms import OUTCOME, PROCESS, above, begins, crossings, descent, experiment, own_world
from ..case import Case, Curve, Effort, Plot, Table
from ..forms import EXPECTED_REWARD, THREE_STEPS, TWO_STEPS, times
from ..predictions import Array, Steps

OUTCOMES = {1: EXPECTED_REWARD, 2: TWO_STEPS, 3: THREE_STEPS}
STARTS = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
H = 0.5


def cases(effort: Effort) -> Iterator[Case]:
    """Time against the initial probability, for chains of one to three steps."""
    for kind, loss in (("outcome", OUTCOME), ("process", PROCESS)):
        yield _case(kind, loss, effort)


def _case(kind: str, loss: Table, effort: Effort) -> Case:
    forms = OUTCOMES if kind == "outcome" else {n: times(EXPECTED_REWARD, n) for n in OUTCOMES}
    expected = {
        (n, start): forms[n].updates(start, 0.5, H)
        for n in forms
        for start in STARTS
        if forms[n].updates(start, 0.5, H) < effort.longest
    }
    conditions = {
        _name(n, start): {
            "loss": loss,
            "world": own_world("chain", steps=n, forgiving=kind == "process"),
            "policy": begins(start),
            "training.updates": int(updates) + 10,
        }
        for (n, start), updates in expected.items()
    }
    tables = experiment(
        f"Chains under {kind}",
        conditions,
        optimiser=descent(H),
        training={"updates": 1, "record": {"at": [0]}, "watch": [above(0.5)]},
    )

    def found(run: Run, steps_: int) -> Array:
        return np.array([crossings(run, _name(n, e))[0, 0] for n, e in expected if n == steps_])

    predictions = tuple(
        Steps(
            f"updates to 1/2, {n} steps",
            [updates for (m, _), updates in expected.items() if m == n],
            lambda run, n=n: found(run, n),
            slack=0.06 + 1e-6 * max(updates for (m, _), updates in expected.items() if m == n),
        )
        for n in forms
    )

    def draw(run: Run) -> Plot:
        curves = []
        for n, form in forms.items():
            at = np.array([start for m, start in expected if m == n])
            line = np.geomspace(at.min(), at.max(), 50)
            updates = np.array([form.updates(start, 0.5, H) for start in line])
            curves.append(Curve(f"{n} step{'s' * (n > 1)}", line, updates, at, found(run, n)))
        label = "initial probability of the good action"
        return Plot(label, "updates to 1/2", tuple(curves), xscale="log", yscale="log")

    title = {"outcome": "all steps must be good: ε^−H", "process": "approval of each step: 1/(Hε)"}[kind]
    return Case(f"T14.{kind}", title, tables, predictions, draw)


def _name(steps_: int, start: float) -> str:
    return f"{steps_} from {start:g}"
