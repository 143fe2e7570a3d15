"""What an update costs that descends labels: its own loss, where the policy's has too many states."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..choices import Credit, Hyperparameter, Shape
from .decision import log_norm, logit
from .elementary import exp
from .jit import inlined, jit
from .measure import q_logarithm
from .memory import fetch, load, store
from .state import hyper
from .vector import LANES, fma, select, splat

f = np.float32
NORMALISED = int(Credit.NORMALISED_LABELS)
SQUARED, TSALLIS = int(Shape.SQUARED), int(Shape.TSALLIS)
Q = int(Hyperparameter.Q)


@inlined
def is_supervised(plan: Any) -> bool:
    """Whether an update descends labels over a distribution of states."""
    return plan.signal.credit == NORMALISED


@jit
def note_supervised(visited: Any, rows: int, state: Any, scratch: Any, tile: int, z_at: int):
    """objective = Σ_s d(s) Σ_a of −C ln π, (C − π)²/(2A) or −C ln_q π, C the labels and d the visits."""
    actions, pinned, shape = visited.actions, visited.network.pinned, visited.rule.shape
    q = hyper(state, tile, Q)
    none = splat(f(0.0))
    objective = none
    for r in range(rows):
        top, rest = log_norm(scratch.values, z_at, r, actions, pinned, visited.push, 0, f(-1.0))
        inner = none
        for a in range(actions):
            label = fetch(visited.signal.labels, 0, r, a, actions)
            log_p = (logit(scratch.values, z_at, r, a, actions, pinned) - top) - rest
            if shape == SQUARED:
                off = label - exp(log_p)
                inner = fma(off * off, splat(f(0.5) / f(actions)), inner)
            else:
                cost = none - label * (q_logarithm(log_p, q) if shape == TSALLIS else log_p)
                inner = inner + select(label > none, cost, none)
        objective = fma(load(scratch.visits, r * LANES), inner, objective)
    store(scratch.objective, 0, objective)
