"""popgrad's JAX backend on a case: the training alone, on whatever device JAX has."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import numpy as np

from ..kernels.xla import network
from ..kernels.xla.advance import FACTORS, advance
from ..sim.batches import Stage, parameters_of
from ..sim.device import device_of
from ..sim.work import Work
from .cases import Case

KERNELS = ("fusion", "custom-call", "dot", "scatter")
"""The instructions of a program that are counted as launches."""


@dataclass
class BackendSide:
    """A case as the JAX backend runs it, all networks in one batch.

    Args:
        case: what to do; networks: how many; kind: of the device.
        layout: how a layer's sums are taken, one of `network.AFFINE`.
    """

    case: Case
    networks: int
    kind: str
    layout: str
    _last: Any = None

    def __post_init__(self) -> None:
        jax.config.update("jax_default_device", device_of(self.kind))
        network.AFFINE = network.AFFINES[self.layout]  # before this process compiles anything
        assert self.case.experiment(1, 1).conditions[0].optimiser.schedule.kind == "constant"

    @cached_property
    def stage(self) -> Stage:
        """The case's one condition; updates are cut into calls by hand here."""
        work = Work(self.case.experiment(self.networks, self.case.updates))
        return Stage(work.plans[0], work.experiment.conditions[0])

    def compile(self, updates: int) -> float:
        """Seconds until the first update is done."""
        began = time.perf_counter()
        self.run(1)
        return time.perf_counter() - began

    def run(self, updates: int) -> float:
        """Seconds that it takes to train all networks, from weights that are on the device."""
        stage = self.stage
        population = stage.fresh(np.arange(self.networks, dtype=np.uint32))
        factors = stage.factors(0, min(FACTORS, stage.condition.training.steps))
        jax.block_until_ready(population)
        began = time.perf_counter()
        for start in range(0, updates, FACTORS):
            count = min(FACTORS, updates - start)
            population = advance(*stage.training, population, factors, np.int32(start), np.int32(count))
        self._last = jax.block_until_ready(population)
        return time.perf_counter() - began

    def weights(self) -> np.ndarray:
        """(N, P): where the last run ended."""
        return parameters_of(self._last).astype(np.float32)

    def device(self) -> str:
        """What it runs on."""
        device = device_of(self.kind)
        return f"{device.platform}: {device.device_kind}"

    def cost(self) -> dict[str, float]:
        """What XLA says that one update of all networks takes: flops, bytes, fusions and calls."""
        stage = self.stage
        population = stage.fresh(np.arange(self.networks, dtype=np.uint32))
        factors = stage.factors(0, 1)
        arguments = (*stage.training, population, factors, np.int32(0), np.int32(1))
        compiled = advance.lower(*arguments).compile()
        analysis = compiled.cost_analysis() or {}
        memory = compiled.memory_analysis()
        text = compiled.as_text() or ""
        return {
            "flops": float(analysis.get("flops", np.nan)),
            "bytes": float(analysis.get("bytes accessed", np.nan)),
            "temporary_bytes": float(getattr(memory, "temp_size_in_bytes", np.nan)),
            "kernels": float(sum(text.count(f" {name}(") for name in KERNELS)),
        }

    def ceilings(self) -> dict[str, float]:
        """What the device does at best: flops per second of a float32 product, bytes per second of a copy."""
        size = 4096 if self.kind != "cpu" else 2048
        a = jax.numpy.ones((size, size)) + jax.random.normal(jax.random.key(0), (size, size))
        product = jax.jit(lambda a: jax.numpy.dot(a, a, precision=jax.lax.Precision.HIGHEST))
        copy = jax.jit(lambda a: a * 1.0001)
        large = jax.numpy.tile(a, (16, 1))
        return {
            "flops": 2.0 * size**3 / _fastest(product, a),
            "bytes": 2.0 * large.size * 4 / _fastest(copy, large),
        }


def _fastest(function: Any, argument: Any) -> float:
    """Seconds of the fastest of ten calls."""
    jax.block_until_ready(function(argument))
    seconds = []
    for _ in range(10):
        began = time.perf_counter()
        jax.block_until_ready(function(argument))
        seconds.append(time.perf_counter() - began)
    return min(seconds)
