"""How long until the good one of two actions is likely, for every rule with a closed form.

With z = logit p the exact gradient moves z by h g(z) an update, h = κη. Its flow dz/ds = g takes
T = F(z₁) − F(z₀) from z₀ to z₁, F′ = 1/g, and its steps

    K = ⌈T/h + ½ ln(g(z₁)/g(z₀))⌉

updates, the logarithm being the first correction for the steps' length. From a small initial probability ε
it takes ln 1/ε under the cross-entropy, labels for all actions, natural and sign descent; 1/ε under the
expected reward; ε^−½ where the reward is normalised (1/2ε when two steps must be good) or q = ½; ε^−β under a
preference; ε^−H where H steps must be good.

`T10.*` are the rows of that table, `T10x.*` the same dynamics by other losses.

Reference: Lin and Ie 2026 (arXiv 2604.25907) for reward against likelihood and the q-family; Razin et al.
2023 (arXiv 2310.20703) for vanishing gradients.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import NamedTuple

import numpy as np

from ....sim.runfile import Run
from ..arms import HEADS, above, begins, crossings, experiment, recorded
from ..case import Case, Curve, Effort, Plot, Table
from ..forms import logit
from ..predictions import Exact, Prediction, Steps
from ..rules import OTHER_WAYS, TABLE, Rule

LEVELS = (0.5, 0.9, 0.99)
STARTS = {0.1: (0.05, 0.5), 0.01: (0.05, 0.5), 0.001: (0.05, 0.5), 1e-4: (1.0,), 1e-6: (1.0,)}
"""Initial probability -> h."""

SLACK = 0.06
"""How many updates the formula for K is off here, as iteration in float64 says; twice as many on the way."""


class Setting(NamedTuple):
    """Where training begins, and how it steps."""

    start: float
    h: float
    head: str

    @property
    def name(self) -> str:
        """Of its condition."""
        return f"{self.head}, {self.start:g} by {self.h:g}"


def cases(effort: Effort) -> Iterator[Case]:
    """A case for each rule, all its settings in one run."""
    for entry, rules in (("T10", TABLE), ("T10x", OTHER_WAYS)):
        for name, rule in rules.items():
            yield case(f"{entry}.{name}", rule, effort)


def case(name: str, rule: Rule, effort: Effort) -> Case:
    """The case of one rule, whose settings are those that are not too long to wait for."""
    conditions: dict[str, Table] = {}
    predictions: list[Prediction] = []
    settings = [setting for setting in _settings(effort) if _affordable(rule, setting, effort)]
    for setting in settings:
        expected = _affordable(rule, setting, effort)
        conditions[setting.name] = _condition(rule, setting, expected)
        rounding = 1e-6 * np.array(expected)
        levels = ", ".join(f"{level:g}" for level in LEVELS[: len(expected)])
        predictions += [
            Steps(
                f"updates to {levels} from {setting.name}",
                expected,
                lambda run, name=setting.name: crossings(run, name)[:, 0],
                slack=SLACK + rounding,
            ),
            _trajectory(rule, setting, conditions[setting.name]["training.updates"]),
        ]
    tables = experiment(f"Correction times: {rule.title}", conditions)
    return Case(name, f"correction under {rule.title}", tables, tuple(predictions), _plot(rule, settings))


def _settings(effort: Effort) -> Iterator[Setting]:
    for start, lengths in STARTS.items():
        for h in lengths:
            for head in HEADS if h == 0.5 else ("softmax",):
                yield Setting(start, h, head)


def _affordable(rule: Rule, setting: Setting, effort: Effort) -> list[float]:
    """The updates to each level that can be waited for, before they are rounded up."""
    waits = [rule.form.updates(setting.start, level, setting.h) for level in LEVELS]
    return [updates for updates in waits if updates < effort.longest]


def _condition(rule: Rule, setting: Setting, expected: list[float]) -> Table:
    last = len(expected) - 1
    return {
        "loss": rule.loss,
        "policy": {**begins(setting.start), "head": setting.head},
        "optimiser.learning_rate": setting.h / rule.kappa[setting.head],
        "training.updates": ceil(expected[-1]) + 10,
        "training.record": {"at": _times(ceil(expected[-1]) + 10)},
        "training.watch": [above(LEVELS[n], freeze=False) for n in range(last + 1)],
        **rule.changes,
    }


def _times(updates: int) -> list[int]:
    return np.unique(np.geomspace(1, updates, 24).astype(int)).tolist()


def _log_odds(run: Run, setting: Setting) -> np.ndarray:
    """The first network's, at the times of `_times`."""
    return recorded(run, run.margin("best", setting.name), setting.name)[0, 1:]


def _trajectory(rule: Rule, setting: Setting, updates: int) -> Exact:
    """The log-odds over all of training, to the part of an update that K is off and to float32's bits."""
    at, z0 = np.array(_times(updates)), logit(setting.start)
    z = np.array([rule.form.log_odds(setting.start, int(k), setting.h) for k in at])
    g = np.array([abs(rule.form.g(value, z0)) for value in z])
    tolerance = (2 * SLACK + 1e-6 * at) * setting.h * g + 1e-6 * np.abs(z)
    what = f"log-odds from {setting.name}"
    return Exact(what, z, lambda run: _log_odds(run, setting), absolute=tolerance)


def _plot(rule: Rule, settings: list[Setting]):
    def draw(run: Run) -> Plot:
        curves = []
        for setting in (setting for setting in settings if setting.head == "softmax"):
            times = run.own_times(setting.name)[1:]
            line = np.geomspace(1, times[-1], 100)
            expected = [rule.form.log_odds(setting.start, k, setting.h) for k in line]
            label = f"{setting.start:g} by {setting.h:g}"
            curves.append(Curve(label, line, np.array(expected), times, _log_odds(run, setting)))
        return Plot("updates", "log-odds of the good action", tuple(curves), xscale="log")

    return draw
