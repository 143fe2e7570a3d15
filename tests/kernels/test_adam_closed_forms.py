"""Adam where its steps are known in closed form: the first, after zeros, and under geometric gradients."""

from __future__ import annotations

import numpy as np
import pytest
from optimiser_kernel import PARAMETERS, take_steps
from popgrad.kernels.lanes.vector import LANES

ETA, BETA1, BETA2, EPS = 0.0625, 0.9, 0.999, 1e-8
ADAM = {"kind": "adam", "learning_rate": ETA, "beta1": BETA1, "beta2": BETA2}


def steps_of(series: np.ndarray, eps: float = EPS) -> np.ndarray:
    """(t,) float64: −Δθ/η of one parameter under a series of gradients."""
    gradients = np.broadcast_to(np.asarray(series)[:, None, None], (len(series), PARAMETERS, LANES))
    path = take_steps({**ADAM, "eps": eps}, gradients)
    np.testing.assert_array_equal(path, np.broadcast_to(path[:, :1, :1], path.shape))
    return -np.diff(path[:, 0, 0]) / ETA


@pytest.mark.parametrize("gradient", [1e-3, 1e-8, 1e-10, -1e-10])
def test_the_first_step_is_the_gradient_over_its_size_and_epsilon(gradient):
    expected = gradient / (abs(gradient) + EPS)
    np.testing.assert_allclose(steps_of(np.array([gradient]))[0], expected, rtol=1e-6)


@pytest.mark.parametrize(("t", "expected"), [(11, 0.4821333), (101, 0.980394)])
def test_a_gradient_after_zeros_is_overcorrected_the_less_the_later(t, expected):
    """(1 − β₁)/(1 − β₁ᵗ) √((1 − β₂ᵗ)/(1 − β₂)): what the corrections make of t − 1 zeros and then g ≫ ε."""
    series = np.zeros(t)
    series[-1] = 1.0
    step = steps_of(series)[-1]
    closed = (1 - BETA1) / (1 - BETA1**t) * np.sqrt((1 - BETA2**t) / (1 - BETA2))
    assert closed == pytest.approx(expected, rel=2e-6)
    assert step == pytest.approx(closed, rel=1e-5)  # float32's β₂ moves it by 1e-6


def geometric(rho: float, t: int) -> float:
    """The t-th step over η under g = ρᵗ from t = 1, ε = 0, without the terms in (β₁/ρ)ᵗ and (β₂/ρ²)ᵗ."""
    limit = (1 - BETA1) / (1 - BETA1 / rho) * np.sqrt((1 - BETA2 / rho**2) / (1 - BETA2))
    return limit * np.sqrt(1 - BETA2**t) / (1 - BETA1**t)


def test_gradients_that_grow_by_a_thousandth_move_at_a_speed_of_their_own():
    """What is left out at t = 6000 is e⁻¹⁸ of it."""
    t = 6000
    series = 1.001 ** np.arange(1, t + 1) * 1.001**-3000
    assert geometric(1.001, t) == pytest.approx(1.71307, rel=3e-6)
    assert steps_of(series, eps=0.0)[-1] == pytest.approx(geometric(1.001, t), rel=3e-5)


def test_gradients_that_grow_by_a_tenth_do_so_until_float32_cannot_square_them():
    """g² leaves float32 at g = 1.8e19, long before t = 3000; from 1e-18 on, whose square it has, at t = 900.

    The closed form is met up to there. An update later v is no number any more, and the network has diverged.
    """
    series = 1e-18 * 1.1 ** np.arange(1, 1000)
    reach = int((series**2 < np.finfo(np.float32).max).sum())
    assert reach == 900
    steps = steps_of(series[: reach + 2], eps=0.0)
    assert steps[reach - 1] == pytest.approx(geometric(1.1, reach), rel=3e-5)
    assert np.isnan(steps[reach + 1])
