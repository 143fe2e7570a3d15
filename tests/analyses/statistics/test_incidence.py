"""Cumulative incidence: by hand, against other implementations, and as shares that sum to 1."""

import numpy as np
import pytest
from popgrad.analyses.statistics import cumulative_incidence, kaplan_meier, wilson
from statsmodels.duration.survfunc import CumIncidenceRight


def test_by_hand():
    """At 2 of 4: ½ · 1/2 to the second cause. At 1: 6 at risk, one each. At 3 one of two left is censored."""
    found = cumulative_incidence([1, 1, 2, 2, 3, 4], [1, 2, 2, 0, 0, 1])
    assert found.time.tolist() == [1, 2, 4]
    # S: 1 → 4/6 → 4/6 · 3/4 = 1/2 → 0. Cause 1: 1/6, stays, + 1/2. Cause 2: 1/6, + 4/6 · 1/4, stays.
    np.testing.assert_allclose(found.none, [4 / 6, 1 / 2, 0], atol=1e-15)
    np.testing.assert_allclose(found.share[0], [1 / 6, 1 / 6, 1 / 6 + 1 / 2], atol=1e-15)
    np.testing.assert_allclose(found.share[1], [1 / 6, 1 / 3, 1 / 3], atol=1e-15)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    event = rng.integers(0, 4, 400)
    return rng.integers(0, 50, 400), event


def test_shares_and_what_is_left_sum_to_one(data):
    found = cumulative_incidence(*data)
    np.testing.assert_allclose(found.share.sum(axis=0) + found.none, 1, atol=1e-12)
    assert (found.low <= found.share + 1e-12).all()
    assert (found.share <= found.high + 1e-12).all()
    np.testing.assert_allclose(found.none, kaplan_meier(data[0], data[1] > 0).share, atol=1e-12)


def test_one_cause_is_one_minus_kaplan_meier_with_its_limits(data):
    time, event = data[0], data[1] > 1
    found, curve = cumulative_incidence(time, event), kaplan_meier(time, event)
    kept = curve.share > 1e-9
    np.testing.assert_allclose(found.share[0], 1 - curve.share, atol=1e-12)
    np.testing.assert_allclose(found.low[0][kept], 1 - curve.high[kept], rtol=0.02)
    np.testing.assert_allclose(found.high[0][kept], 1 - curve.low[kept], rtol=0.02)


def test_one_minus_kaplan_meier_of_one_of_two_causes_is_too_much(data):
    time, event = data
    found = cumulative_incidence(time, event)
    alone = 1 - kaplan_meier(time, event == 1).share[-1]
    assert alone > found.share[0, -1] + 0.1


def test_limits_come_from_the_variance_of_another_implementation(data):
    time, event = data
    time = np.where(event == 0, time + 60, time)  # some stay to the end: statsmodels divides by 0 otherwise
    found, other = cumulative_incidence(time, event), CumIncidenceRight(time, event)
    rows = np.searchsorted(other.times, found.time)
    for k in range(3):
        share, se = other.cinc[k][rows], other.cinc_se[k][rows]
        np.testing.assert_allclose(found.share[k], share, atol=1e-12)
        width = np.exp(1.959963984540054 * se / ((1 - share) * np.abs(np.log(1 - share))))
        some = share > 0
        np.testing.assert_allclose(found.high[k][some], (1 - (1 - share) ** width)[some], atol=1e-9)
        np.testing.assert_allclose(found.low[k][some], (1 - (1 - share) ** (1 / width))[some], atol=1e-9)


def test_without_censoring_the_variance_is_that_of_a_share():
    event = np.repeat([1, 2], [30, 70])
    found = cumulative_incidence(np.arange(100) % 7, event)
    z, p = 1.959963984540054, found.share[0, -2]
    width = np.exp(z * np.sqrt(p * (1 - p) / 100) / ((1 - p) * abs(np.log(1 - p))))
    assert found.high[0, -2] == pytest.approx(1 - (1 - p) ** width)
    assert found.share[:, -1].tolist() == pytest.approx([0.3, 0.7])
    assert np.isfinite(found.low).all()
    assert np.isfinite(found.high).all()


def test_a_cause_that_never_came_has_a_bound():
    found = cumulative_incidence([3] * 20 + [9] * 20, [1] * 20 + [0] * 20, causes=2)
    assert found.share[1].tolist() == [0]
    assert found.high[1, 0] == pytest.approx(wilson(0, 40)[1])
    all_of_one = cumulative_incidence([3] * 40, [1] * 40)
    assert all_of_one.low[0, 0] == pytest.approx(wilson(40, 40)[0])
    assert all_of_one.high[0, 0] == 1
    nothing = cumulative_incidence([5, 5], [0, 0], causes=2)
    assert nothing.share.shape == (2, 0)


def test_limits_cover():
    rng, covered, repeats = np.random.default_rng(0), 0, 1500
    for _ in range(repeats):
        causes = rng.exponential((2.0, 1.0), (80, 2))
        until = rng.uniform(0.5, 3, 80)
        time = np.minimum(causes.min(axis=1), until)
        event = np.where(causes.min(axis=1) <= until, causes.argmin(axis=1) + 1, 0)
        found = cumulative_incidence(time, event).at(0.8, cause=1)
        covered += found.low <= (1 - np.exp(-1.5 * 0.8)) / 3 <= found.high
    assert 0.935 < covered / repeats < 0.97


def test_at_refuses_what_was_not_watched():
    found = cumulative_incidence([2, 3, 9], [1, 2, 0])
    assert found.at(9, 2).estimate == pytest.approx(1 / 3)
    for time, cause, words in ((10, 1, "0 to 9"), (3, 3, "expected 1 to 2"), (1, 1, "nothing had happened")):
        with pytest.raises(ValueError, match=words):
            found.at(time, cause)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="events up to 2 and 1 causes"):
        cumulative_incidence([1, 2], [1, 2], causes=1)
    with pytest.raises(ValueError, match="events up to 0 and None"):
        cumulative_incidence([1, 2], [0, 0])
    with pytest.raises(ValueError, match="below 0"):
        cumulative_incidence([-1, 2], [1, 0])
