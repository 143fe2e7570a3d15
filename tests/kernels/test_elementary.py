"""Own elementary functions against float64: how far off, where they are clamped, and in what order."""

from __future__ import annotations

import numpy as np
import pytest
from cases import Z
from lane_functions import on_arrays
from popgrad.kernels.lanes import elementary
from scipy.special import ndtri
from scipy.stats import kstest

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
def normal_of():
    return on_arrays(elementary.normal_of)


def test_exp_is_right_to_a_unit_in_the_last_place(exp):
    x = np.concatenate([both_signs(floats_between(1e-30, 87)), np.linspace(-87, 88, 2_000_000).astype(f32)])
    assert ulps(exp(x), np.exp(x.astype(np.float64))).max() < 1.0  # measured 0.995


def test_log_is_right_to_two_units_in_the_last_place(log):
    x = np.concatenate([floats_between(1.2e-38, 3.4e38), floats_between(0.5, 2)])
    x = x[x != 1]
    assert ulps(log(x), np.log(x.astype(np.float64))).max() < 2.0  # measured 1.97


def test_log1p_is_right_to_three_units_in_the_last_place_however_small_its_argument():
    log1p = on_arrays(elementary.log1p)
    x = np.concatenate([floats_between(1.2e-38, 1e30), floats_between(0.1, 2)])
    assert ulps(log1p(x), np.log1p(x.astype(np.float64))).max() < 3.0
    assert log1p(np.zeros(1, f32)).tolist() == [0]


def test_tanh_is_right_to_seven_half_units_of_one(tanh):
    x = both_signs(floats_between(1e-30, 20))
    exact = np.tanh(x.astype(np.float64))
    assert (np.abs(tanh(x) - exact) / np.abs(exact)).max() < 7 * 2.0**-24  # measured 5.92 of these


def test_normal_quantile_is_right_to_4e_7_of_itself(normal_of):
    tail = np.arange(100_000, dtype=np.int64)
    word = np.concatenate([tail, 2**31 - 1 - tail, np.linspace(0, 2**31 - 1, 2_000_000).astype(np.int64)])
    exact = ndtri((word + 0.5) / 2**32)
    found = normal_of(word.astype(np.uint32))
    assert (np.abs(found - exact) / np.abs(exact)).max() < 4e-7  # measured 3.3e-7


@pytest.mark.parametrize("name", ["exp", "tanh"])
def test_whatever_it_is_given_the_result_is_a_number_within_its_range(name, request):
    x = np.array([-np.inf, -3e38, -1e3, -0.0, 0.0, 1e-40, 1e3, 3e38, np.inf, np.nan], f32)
    low, high = {"exp": (1.6e-38, 1.66e38), "tanh": (-1.0, 1.0)}[name]
    y = request.getfixturevalue(name)(x)
    assert ((low <= y) & (y <= high))[:-1].all()
    assert np.isnan(y[-1]) == (name == "tanh")  # exp leaves it to the softmax to pass on what is no number


def test_beyond_its_clamp_a_function_stays_where_it_is(exp, tanh):
    assert len(set(exp(np.array([-1e4, -88, -87], f32)))) == 1
    assert len(set(exp(np.array([88, 89, 1e4], f32)))) == 1
    assert tanh(np.array([-1e4, -9.1, 9.1, 1e4], f32)).tolist() == [-1, -1, 1, 1]  # or 1 − h² would not be 0


def test_exact_where_it_matters(exp, log, tanh):
    assert exp(np.array([0.0, -0.0], f32)).tolist() == [1, 1]
    assert log(np.array([1.0], f32)).tolist() == [0]
    assert tanh(np.array([0.0], f32)).tolist() == [0]


def test_exp_and_log_never_fall(exp, log):
    assert np.diff(exp(np.linspace(-87, 88, 4_000_000).astype(f32))).min() >= 0
    assert np.diff(log(floats_between(1.2e-38, 3.4e38, 4_000_000))).min() >= 0
    assert np.diff(log(floats_between(0.5, 2, 4_000_000))).min() >= 0


def test_the_normal_quantile_never_falls(normal_of):
    ends = np.arange(0, 1000, dtype=np.int64)
    word = np.unique(np.concatenate([ends, 2**31 - 500 + ends, 2**32 - 1 - ends, np.arange(0, 2**32, 2999)]))
    assert np.diff(normal_of(word.astype(np.uint32))).min() >= 0


def test_tanh_is_odd_and_the_normal_quantile_symmetric_to_the_bit(tanh, normal_of):
    x = floats_between(1e-30, 20)
    np.testing.assert_array_equal(tanh(-x), -tanh(x))
    word = np.random.default_rng(0).integers(0, 2**32, 1_000_000, dtype=np.uint32)
    np.testing.assert_array_equal(normal_of(~word), -normal_of(word))


def test_the_most_extreme_words_give_6_34(normal_of):
    ends = normal_of(np.array([0, 0xFFFFFFFF], np.uint32))
    np.testing.assert_allclose(ends, [ndtri(0.5 / 2**32), -ndtri(0.5 / 2**32)], rtol=3e-7)


def test_a_million_draws_are_normal(normal_of):
    n = 1_000_000
    x = normal_of(np.random.default_rng(1).integers(0, 2**32, n, dtype=np.uint32)).astype(np.float64)
    for power, (moment, variance) in {1: (0, 1), 2: (1, 2), 3: (0, 15), 4: (3, 96), 6: (15, 10170)}.items():
        assert abs((x**power).mean() - moment) < Z * np.sqrt(variance / n), power
    assert kstest(x, "norm").pvalue > 1e-3
