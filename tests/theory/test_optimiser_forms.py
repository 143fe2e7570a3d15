"""The forms that the suite's cases of optimisers expect, against numbers that were computed elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from popgrad.analyses.theory.cases import (
    l22_weight_decay,
    t16_deep_linear,
    t17_anisotropic,
    t17_minibatch,
    t17_noise,
    t18_geometric,
    t18_silence,
    t18_steps,
    t18_times,
    t19_momentum,
    t19_times,
    t20_product,
    t20_quadratic,
)


@pytest.mark.parametrize(("target", "half"), [(3.0, 1.334339), (1.5, 2.437518), (0.5, 6.212606)])
def test_nearly_balanced_weights_follow_the_logistic_curve(target, half):
    """From ab = 10⁻³ to half of s; d = 10⁻⁹ beside it."""
    d, u = 1e-9, 1e-3
    a = np.sqrt((d + np.sqrt(d**2 + 4 * u**2)) / 2)
    (at,) = t16_deep_linear.flow(np.array([[a, u / a]]), target, np.array([half]))
    assert at == pytest.approx(target / 2, rel=1e-6)


def test_the_riccati_equation_is_the_flow():
    weights = np.array([[0.3, -0.8], [-0.5, 0.2], [1.2, 0.9]])
    found = t16_deep_linear.flow(weights, 1.5, t16_deep_linear.TIMES)
    np.testing.assert_allclose(
        found, t16_deep_linear.flow_of_many(weights, 1.5, t16_deep_linear.TIMES), atol=1e-9
    )


def test_variances_of_momentum():
    for setting, value in zip(t17_noise.MOMENTUM[:3], (0.51351351, 3.0, 11.51515152), strict=True):
        assert t17_noise.stationary(setting) == pytest.approx(value, abs=1e-8)
        assert t17_noise.moments(setting, 600)[0] == pytest.approx(value, abs=1e-8)


def test_an_average_of_gradients_has_another_variance():
    """v ← μv + (1 − μ)g is the heavy ball at η(1 − μ)."""
    average = t17_noise.Setting(0.9, 0.1 * (1 - 0.9), 1.0, 1.0)
    assert t17_noise.stationary(average) == pytest.approx(0.0501319, abs=1e-7)


def test_variances_of_descent():
    for setting in t17_noise.DESCENT:
        limit = setting.eta * setting.c / (setting.h * (2 - setting.eta * setting.h))
        assert t17_noise.moments(setting, 600)[0] == pytest.approx(limit, rel=1e-12)


def test_variances_of_minibatches():
    for setting, value in zip(t17_minibatch.SETTINGS, (0.0588235, 0.05, 0.0714286), strict=True):
        assert t17_minibatch.stationary(setting) == pytest.approx(value, abs=5e-8)
        assert t17_minibatch.moments(setting, 300)[-1][0] == pytest.approx(value, abs=5e-8)


def test_the_covariance_in_a_valley():
    published = [[0.10708938, 0.01652826], [0.01652826, 0.08615407]]
    np.testing.assert_allclose(t17_anisotropic.stationary(0.3), published, atol=5e-9)


def test_steps_of_adam():
    published = [-9.9999e-4, -5e-4, -9.90099e-6, 0]
    np.testing.assert_allclose(t18_steps.first_step(1e-8), published, rtol=1e-6)
    after_silence = t18_silence.step(np.array([11.0, 101.0, 1e6]))
    np.testing.assert_allclose(after_silence, [0.4821333, 0.980394, 3.16227766], rtol=1e-6)
    assert t18_geometric.ratio(1.001, 6000) == pytest.approx(1.71307, abs=5e-6)
    assert t18_geometric.ratio(1.1, 3000) == pytest.approx(7.08009, abs=5e-6)


def test_times_of_adam():
    for kind, published in (("outcome", [94, 150, 191, 228, 295]), ("imitation", [122, 256, 378, 496, 729])):
        assert [t18_times.adam(t18_times.SLOPES[kind], start) for start in t18_times.STARTS] == published
    rare = [t18_times.adam(t18_times.SLOPES["outcome"], 1e-10, eps) for eps in (1e-8, 0.0)]
    assert rare == [5318, 412]


def test_momentum():
    assert t19_momentum.carried("heavy ball", np.array([50.0]))[0] == pytest.approx(41.04638398, abs=5e-9)
    late = np.array([1000.0, 1002.0])
    below, above = (np.abs(t19_momentum.errors("heavy ball", size, late)) for size in (3.79, 3.81))
    assert np.sqrt(above[1] / above[0]) == pytest.approx(1.06466, abs=5e-6)
    assert below[0] ** (1 / 1000) == pytest.approx(0.94868, abs=5e-3)
    assert [t19_times.iterated(*wait) for wait in t19_times.WAITS] == [787, 1566, 141, 1402]
    assert [t19_times.expanded(*wait) for wait in t19_times.SHORT] == pytest.approx(
        [786.67, 1565.45], abs=0.01
    )


def test_sharpness_at_rest_and_cycles():
    start = np.array([[2.0, 0.1]])
    found = [t20_product.at_rest(start, eta)[0] for eta in (1e-4, 0.1, 0.4, 0.45)]
    assert found[1:] == pytest.approx([4.428149, 3.883310, 3.446292], abs=1e-6)
    lower, upper = t20_product.orbit(1.2, 2)
    assert [np.sqrt(lower * upper), lower + upper] == pytest.approx([0.833333, 1.833333], abs=1e-6)
    assert np.ptp(t20_product.orbit(t20_product.FOUR, 4)[:2]) > 0.05


def test_the_valley():
    far = t20_quadratic.valley(np.array([5000]))
    np.testing.assert_allclose(far, [[1, -2]], atol=1e-12)
    z = l22_weight_decay.rest(2.0, 0.1)
    assert 2 / (1 + np.exp(z)) == pytest.approx(0.1 * z, rel=1e-12)
