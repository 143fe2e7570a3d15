"""Own elementary functions against float64: how far off, where they are clamped, and in what order."""

from __future__ import annotations

import numpy as np
import pytest
from lane_functions import on_arrays
from popgrad.kernels.lanes import elementary

f32 = np.float32


def floats_between(low: float, high: float, count: int = 2_000_000) -> np.ndarray:
    """Floats spread evenly over the representable ones from low to high, both positive, ends included."""
    first, last = np.array([low, high], f32).view(np.uint32)
    return np.linspace(first, last, count).round().astype(np.uint32).view(f32)


def both_signs(x: np.ndarray) -> np.ndarray:
    return np.concatenate([-x[::-1], x])


def ulps(found: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """The error in units in the last place of the exact result."""
    return np.abs(found.astype(np.float64) - exact) / np.spacing(np.abs(exact).astype(f32)).astype(np.float64)


@pytest.fixture(scope="module")
def exp():
    return on_arrays(elementary.exp)


@pytest.fixture(scope="module")
def log():
    return on_arrays(elementary.log)


@pytest.fixture(scope="module")
def tanh():
    return on_arrays(elementary.tanh)


@pytest.fixture(scope="module")
def reciprocal():
    return on_arrays(elementary.reciprocal)


@pytest.fixture(scope="module")
def normal_of():
    return on_arrays(elementary.normal_of)


def test_exp_is_right_to_a_unit_in_the_last_place(exp):
    x = np.concatenate([both_signs(floats_between(1e-30, 87)), np.linspace(-87, 88, 2_000_000).astype(f32)])
    assert ulps(exp(x), np.exp(x.astype(np.float64))).max() < 1.0
