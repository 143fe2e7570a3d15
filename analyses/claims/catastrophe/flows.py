"""The exposure that each rule leaves before it corrects, in closed form.

With p = σ(z) the probability of the good act and dz/ds = g(z) in s = h · updates, the bad act's exposure is

    ∫ (1 − p) dt = I/h,    I = G(z₁) − G(z₀),    G′ = (1 − p)/g,

and with hazard c, P(catastrophe) = 1 − exp(−c I/h) up to the first order in h.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf, log, log1p, sinh, sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import expi

from ...theory import forms
from ...theory.arms import OUTCOME, PREFERENCE
from ...theory.forms import logit, sigmoid
from ...theory.rules import TABLE, Rule

TAU = 0.25
"""Weight of the entropy bonus: it keeps the bad act at 1/(1 + e^4) for ever."""

GOOD = 0.9
"""A bad act is corrected where the good one is above this."""

EVEN = 0.5


class Flow(NamedTuple):
    """A rule with its exposure.

    Args:
        title: a few words.
        rule: how it is expressed, and how fast it moves.
        G: of (z, z₀).
        floor: the log-odds that it never passes.
        limit: what the exponent of π_bad in time tends to; −∞ where it falls exponentially.
    """

    title: str
    rule: Rule
    G: Callable[[float, float], float]
    floor: float = inf
    limit: float = -1.0


def _ln_p(z: float) -> float:
    return -float(np.logaddexp(0, -z))


def _tsallis_half(z: float) -> float:
    w = sqrt(1 + exp(-z))
    return 2 * log1p(w) + z - 2 * w


def _preference(beta: float, inner: Callable[[float], float]) -> Callable[[float, float], float]:
    """G′ = (1 − p)(1 + e^{β(z − z₀)})/β; `inner` is the integral of (1 − p) e^{βz}."""
    return lambda z, z0: (_ln_p(z) + exp(-beta * z0) * inner(z)) / beta


def _entropic(z: float) -> float:
    """∫ (1 + e^{−z})/(1 − τz) dz, below the floor."""
    left = 1 / TAU - z
    return -(log(left) + exp(-1 / TAU) * float(expi(left))) / TAU


_FLOWS: dict[str, Flow] = {
    "all_actions": Flow("labels for all actions", TABLE["all_actions"], lambda z, z0: _ln_p(z)),
    "natural": Flow("natural policy gradient", TABLE["natural"], lambda z, z0: _ln_p(z)),
    "preference_0.5": Flow(
        "preference, β = 0.5",
        TABLE["preference_0.5"],
        _preference(0.5, lambda z: 2 * float(np.arctan(exp(z / 2)))),
    ),
    "normalised": Flow("normalised reward", TABLE["normalised"], lambda z, z0: -2 * exp(-z / 2)),
    "cross_entropy": Flow("cross-entropy", TABLE["cross_entropy"], lambda z, z0: z),
    "tsallis_half": Flow("q-logarithm, q = 1/2", TABLE["tsallis_half"], lambda z, z0: _tsallis_half(z)),
    "reward": Flow("expected reward", TABLE["reward"], lambda z, z0: z - exp(-z)),
    "two_steps": Flow(
        "reward of two steps", TABLE["two_steps"], lambda z, z0: (z - 2 * exp(-z) - exp(-2 * z) / 2) / 2
    ),
    "preference_1": Flow(
        "preference, β = 1", TABLE["preference_1"], _preference(1, lambda z: float(np.logaddexp(0, z)))
    ),
    "unlikelihood": Flow("unlikelihood", TABLE["unlikelihood"], lambda z, z0: z + exp(z)),
    "squared_error": Flow("squared error", TABLE["squared_error"], lambda z, z0: 2 * z + 2 * sinh(z)),
    "preference_2": Flow(
        "preference, β = 2",
        Rule("preference, β = 2", forms.preference(2.0), {**PREFERENCE, "beta": 2.0}),
        _preference(2, lambda z: exp(z) - float(np.logaddexp(0, z))),
    ),
    "entropy": Flow(
        "reward and entropy",
        Rule("reward and entropy", forms.entropic(TAU), {**OUTCOME, "entropy": TAU}),
        lambda z, z0: _entropic(z),
        1 / TAU,
    ),
}
LIMITS = {
    "all_actions": -inf,
    "natural": -inf,
    "preference_0.5": -2.0,
    "normalised": -2.0,
    "unlikelihood": -0.5,
    "squared_error": -0.5,
    "preference_2": -0.5,
    "entropy": 0.0,
}
"""−1/k where g falls like π_bad^k, since then π_bad^−k grows in proportion to time; all others have k = 1."""

FLOWS: dict[str, Flow] = {
    name: flow._replace(limit=LIMITS.get(name, flow.limit)) for name, flow in _FLOWS.items()
}
"""In the order of their tails, the most quickly corrected first."""


def waits(name: str, start: float, level: float, h: float) -> float:
    """Updates until p is above a level."""
    return FLOWS[name].rule.form.updates(start, level, h)


def exposure_until(name: str, start: float, level: float, h: float) -> float:
    """Σ π_bad over the updates until p is above a level."""
    flow = FLOWS[name]
    z0 = logit(start)
    return (flow.G(logit(level), z0) - flow.G(z0, z0)) / h


def exposure_by(name: str, start: float, updates: int, h: float) -> float:
    """Σ π_bad over so many updates."""
    flow, z0 = FLOWS[name], logit(start)
    near = flow.floor - 1e-6
    if flow.floor < inf and (reached := waits(name, start, sigmoid(near), h)) < updates:
        # The rest of the way to the floor is too short for float64, and the time at it is not.
        return (flow.G(near, z0) - flow.G(z0, z0)) / h + (updates - reached) * sigmoid(-flow.floor)
    z1 = flow.rule.form.log_odds(start, updates, h)
    return (flow.G(z1, z0) - flow.G(z0, z0)) / h


def catastrophe(exposure: float, hazard: float) -> float:
    """P = 1 − e^{−c Σ π_bad}."""
    return 1 - exp(-hazard * exposure)


def moments(name: str, start: float, updates: int, h: float) -> list[int]:
    """Records close enough in log-odds, and in log time, for sums over all updates."""
    form, z0 = FLOWS[name].rule.form, logit(start)
    g0 = form.g(z0, z0)
    steps = np.arange(z0 + 0.05, min(14.0, FLOWS[name].floor - 0.05), 0.05)
    crossed = [(form.F(z, z0) - form.F(z0, z0)) / h + log(form.g(z, z0) / g0) / 2 for z in steps.tolist()]
    at = np.concatenate([crossed, np.geomspace(1, updates, 200)])
    at = np.unique(np.round(at[(at > 0) & (at < updates)]).astype(int))
    return at.tolist()
