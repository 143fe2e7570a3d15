"""What a user's functions are tried on before anything is computed with them."""

from __future__ import annotations

import numpy as np

from ..behaviour import Array

SURE = 1 - 1e-6
"""The probability of the likeliest action of the surest policy that functions are tried on."""

ROWS = 8
"""How many rows of a world's own column are among the targets."""


def outputs(actions: int) -> Array:
    """(n, A): logits, all alike, near one another, far apart, and of policies that are sure of an action."""
    rng = np.random.default_rng(0)
    spread = np.concatenate([rng.normal(size=(4, actions)), 4 * rng.normal(size=(3, actions))])
    sure = np.eye(actions)[:4] * np.log(SURE / (1 - SURE) * max(1, actions - 1))
    return np.concatenate([np.zeros((1, actions)), spread, sure])


def targets(actions: int, column: Array) -> Array:
    """(n, A): one action, all alike, rows of the column, and numbers of both signs where it has some."""
    rng = np.random.default_rng(1)
    rows = np.unique(column, axis=0)
    some = np.linspace(0, len(rows) - 1, min(ROWS, len(rows))).round().astype(int)
    parts = [np.eye(actions)[:4], np.full((1, actions), 1 / actions), rows[some]]
    if column.size and column.min() < 0:
        parts.append(rng.uniform(-1, 1, (2, actions)))
    return np.concatenate(parts)


def visits() -> tuple[Array, Array, Array]:
    """(n,) each: ln π and ln π_old, of probabilities near 0 and 1; and advantages, of both signs and 0."""
    log_p = np.log([SURE, 0.9, 0.5, 0.1, 1 - SURE])
    grid = np.meshgrid(log_p, log_p, [-2.0, -0.5, 0.0, 1.0, 3.0], indexing="ij")
    first, second, third = (axis.ravel() for axis in grid)
    return first, second, third
