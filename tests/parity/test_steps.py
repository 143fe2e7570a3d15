"""Optimiser steps given the same gradients: JAX's, the lanes' and optax's in float64."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest
from cases import WORLDS, condition_of
from optimiser_kernel import PARAMETERS, take_steps
from optimiser_peers import PEERS, apart, by_optax, gradients
from popgrad.kernels.lanes.vector import LANES
from popgrad.kernels.xla.optimisers import descended, direction
from popgrad.kernels.xla.update import steps
from popgrad.sim.batches import hyperparameters
from popgrad.sim.compute import Compute
from popgrad.sim.lower import lower


def xla_path(table: dict[str, Any], given: np.ndarray, precision: str = "float32") -> np.ndarray:
    """(steps + 1, PARAMETERS, LANES) float64: where an optimiser goes by gradients, one a step."""
    condition = condition_of(WORLDS["bandit"], {"kind": "tabular"}, {"kind": "imitation"}, optimiser=table)
    condition = replace(condition, compute=Compute(backend="jax", precision=precision))  # type: ignore[arg-type]
    dtype, plan = condition.compute.dtype, lower(condition).training
    hyper = hyperparameters(condition, np.arange(LANES))[0]

    def one(carry: Any, gradient: Any) -> Any:
        weights, residual, moments = carry
        learner = _Learner(weights, moments, hyper)
        step, moments = steps(plan, learner, gradient)  # type: ignore[arg-type]
        weights, residual = descended(weights, residual, step)
        return (weights, residual, moments), (weights, residual)

    def walk(network: Any) -> Any:
        zero, chain = jax.numpy.zeros(PARAMETERS, dtype), direction(plan.optimiser, hyper)
        moments = chain.init(zero), chain.init(zero[:0])
        return jax.lax.scan(one, (zero, zero, moments), network)[1]

    with jax.enable_x64(precision == "float64"):
        found = jax.jit(jax.vmap(walk))(np.moveaxis(given, 2, 0).astype(dtype))
    weights, residual = (np.moveaxis(np.asarray(each, np.float64), 0, 2) for each in found)
    return np.concatenate([np.zeros((1, PARAMETERS, LANES)), weights - residual])


class _Learner:
    """What a step reads of a learner."""

    def __init__(self, weights: Any, moments: Any, hyper: Any):
        self.weights, self.moments, self.hyper = weights, moments, hyper


class Allowed(NamedTuple):
    """Units in the last place, measured as in optimiser_peers, from optax in float64 and from the lanes."""

    optax: float
    lanes: float


UNITS = {
    "sgd": Allowed(1, 0),
    "momentum": Allowed(6, 1),
    "nesterov": Allowed(6, 1),
    "weight_decay": Allowed(4, 1),
    "clip_norm": Allowed(6, 6),
    "adam": Allowed(80, 80),
    "adam_clipped": Allowed(80, 80),
    "adamw": Allowed(80, 80),
    "rmsprop": Allowed(6, 8),
    "sign": Allowed(0, 0),
}
"""Measured: docs/parity.md. Adam is optax's own, which takes 1 − βᵗ for a difference of float32 numbers."""


@pytest.mark.parametrize("keeping", [True, False], ids=["keeping", "changing"])
@pytest.mark.parametrize("name", PEERS)
def test_steps_in_float32(name, keeping):
    peer, given = PEERS[name], gradients(keeping)
    path, ours = xla_path(peer.table, given), take_steps(peer.table, given)
    steps = np.diff(path, axis=0)
    plain = keeping and not peer.decays
    off = Allowed(
        apart(steps, by_optax(peer, given, path, np.float64), plain),
        apart(steps, np.diff(ours, axis=0), plain),
    )
    print(f"{name}: {off}")
    assert off.optax <= UNITS[name].optax
    assert off.lanes <= UNITS[name].lanes


@pytest.mark.parametrize("name", PEERS)
def test_steps_in_float64(name):
    """To 10⁻¹² of the largest step so far."""
    peer, given = PEERS[name], gradients(False)
    path = xla_path(peer.table, given, "float64")
    reference = by_optax(peer, given, path, np.float64, np.float64)
    size = np.maximum.accumulate(np.abs(reference))
    assert (np.abs(np.diff(path, axis=0) - reference) <= 1e-12 * size).all()
