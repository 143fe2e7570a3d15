"""Updates of the JAX backend one by one, with what they book, compiled without much ado."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import jax
import numpy as np
from parity_cases import QUICK
from popgrad.kernels.tables import LINES
from popgrad.kernels.xla.structure import joined
from popgrad.kernels.xla.update import stepped
from popgrad.sim.batches import Stage, as_written, parameters_of
from popgrad.sim.compute import Compute
from popgrad.sim.experiment import Condition
from popgrad.sim.lower import lower


class After(NamedTuple):
    """Networks after an update: parameters (n, P), and books (n, K, kinds, rows, A) and (n, K, LINES)."""

    parameters: np.ndarray
    accounts: np.ndarray
    lines: np.ndarray


def after_updates(condition: Condition, ids: np.ndarray, updates: int, precision: str) -> list[After]:
    """Networks at their beginning and after each of their first updates."""
    own = replace(condition, compute=Compute(backend="jax", precision=precision))  # type: ignore[arg-type]
    plan = lower(own)
    with as_written(precision == "float64"):
        stage = Stage(plan, own)
        skeleton, data = stage.training
        population, factors = stage.fresh(ids), stage.factors(0, updates)

        def update(data: Any, population: Any, now: Any, factor: Any) -> Any:
            training = joined(skeleton, data)
            return jax.vmap(lambda learner: stepped(training, learner, now, factor))(population)

        lowered = jax.jit(update).lower(data, population, np.int32(0), factors[0])
        program, found = lowered.compile(compiler_options=QUICK), [_read(plan.training, population)]
        for number in range(updates):
            population = program(data, population, np.int32(number), factors[number])
            found.append(_read(plan.training, population))
    return found


def _read(training: Any, population: Any) -> After:
    books = np.asarray(population.books, np.float64) - np.asarray(population.books_residual, np.float64)
    rows = training.rows.trained, training.actions
    accounts = books[:, :, :-LINES].reshape(*books.shape[:2], -1, *rows)
    return After(parameters_of(population), accounts, books[:, :, -LINES:])
