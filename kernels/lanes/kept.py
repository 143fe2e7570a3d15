"""The policy of an earlier update: kept logits, what it would do, and how far the present one has moved."""

from __future__ import annotations

from typing import Any

import numpy as np

from .decision import log_norm, logit, softmax
from .jit import jit
from .memory import load, store
from .vector import LANES, select

f = np.float32
u = np.uint32


@jit
def epoch_of(plan: Any, words: Any, update: Any) -> Any:
    """The update at which each lane's epoch began, the lanes being at `update`."""
    store(words, 0, update)
    for lane in range(LANES):
        words[lane] -= (words[lane] - plan.rule.first) % plan.rule.epochs
    return load(words, 0)


@jit
def keep(plan: Any, state: Any, scratch: Any, tile: int, z_at: int, due: Any):
    """Keep the logits of the trained rows where an epoch begins."""
    size = plan.rows.trained * (plan.actions - plan.network.pinned) * LANES
    base = tile * size
    for k in range(0, size, LANES):
        before = load(state.kept, base + k)
        store(state.kept, base + k, select(due, load(scratch.values, z_at + k), before))


@jit
def note_ratios(plan: Any, scratch: Any, z_at: int, kept: Any, base: int, rows: int):
    """ratio[s, a] = ln π(a|s) − ln π_kept(a|s), the kept logits being from element `base` of `kept`."""
    actions, pinned = plan.actions, plan.network.pinned
    for r in range(rows):
        top, rest = log_norm(scratch.values, z_at, r, actions, pinned, plan.push, 0, f(-1.0))
        old_top, old_rest = log_norm(kept, base, r, actions, pinned, plan.push, 0, f(-1.0))
        for a in range(actions):
            new = (logit(scratch.values, z_at, r, a, actions, pinned) - top) - rest
            old = (logit(kept, base, r, a, actions, pinned) - old_top) - old_rest
            store(scratch.ratio, (r * actions + a) * LANES, new - old)


@jit
def compare(plan: Any, state: Any, scratch: Any, tile: int, z_at: int):
    """The ratios to the kept logits; π_kept in `behaviour` where episodes are replayed."""
    actions, pinned = plan.actions, plan.network.pinned
    rows = plan.rows.trained
    base = tile * rows * (actions - pinned) * LANES
    note_ratios(plan, scratch, z_at, state.kept, base, rows)
    if plan.rule.replayed:
        softmax(state.kept, base, scratch.behaviour, 0, rows, actions, pinned)
