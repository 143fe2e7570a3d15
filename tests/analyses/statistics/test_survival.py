"""Kaplan-Meier: Freireich's patients, another implementation, coverage, and the ends of the curve."""

import numpy as np
import pytest
from popgrad.analyses.statistics import kaplan_meier, quantile_interval
from scipy.stats import CensoredData, binom, ecdf

# Freireich et al. (1963), 6-mercaptopurine, weeks of remission; + is still in remission.
WEEKS = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
TIME = [int(week.strip("+")) for week in WEEKS.split()]
EVENT = [int("+" not in week) for week in WEEKS.split()]


def test_freireichs_patients():
    curve = kaplan_meier(TIME, EVENT)
    assert curve.time.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.share.round(4).tolist() == [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert curve.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert curve.events.tolist() == [3, 1, 1, 1, 1, 1, 1]
    median = curve.quantile()
    assert (median.estimate, median.low, median.high) == (23, 13, np.inf)  # as R's survfit, "log-log"


def test_limits_are_those_of_another_implementation():
    rng = np.random.default_rng(0)
    time, event = rng.integers(0, 60, 300), rng.random(300) < 0.6
    time = np.where(event, time, time + 1)
    curve = kaplan_meier(time, event, 0.9)
    censored = CensoredData.right_censored(time, ~event)
    found = ecdf(censored).sf
    limits = found.confidence_interval(0.9, method="log-log")
    rows = np.searchsorted(found.quantiles, curve.time)
    np.testing.assert_allclose(curve.share, found.probabilities[rows], atol=1e-12)
    np.testing.assert_allclose(curve.low, limits.low.probabilities[rows], atol=1e-12)
    np.testing.assert_allclose(curve.high, limits.high.probabilities[rows], atol=1e-12)


def test_without_censoring_the_share_is_a_share():
    time = np.array([0, 0, 3, 5, 5, 5, 8, 9, 9, 12])
    curve = kaplan_meier(time, np.ones(10))
    assert curve.time.tolist() == [0, 3, 5, 8, 9, 12]
    np.testing.assert_allclose(curve.share, [(time > t).mean() for t in curve.time], atol=1e-15)
    assert curve.at(0).estimate == pytest.approx(0.8)
    assert curve.at(4).estimate == pytest.approx(0.7)
    assert curve.at(12).estimate == 0


def test_half_is_half_however_it_was_rounded():
    for n in (6, 10, 22, 80, 114):
        time = np.repeat([26, 30], n // 2)
        assert kaplan_meier(time, np.ones(n)).quantile().estimate == 26
    assert kaplan_meier(np.arange(1, 101), np.ones(100)).quantile(0.29).estimate == 29


def test_all_at_one_time_is_one_time():
    """Greenwood's variance is 0/0 there; the limits are finite all the same, unless networks are few."""
    median = kaplan_meier([26] * 100, [1] * 100).quantile()
    assert (median.estimate, median.low, median.high) == (26, 26, 26)
    few = kaplan_meier([26] * 3, [1] * 3).quantile()
    assert (few.estimate, few.low, few.high) == (26, 0, np.inf)
    after = kaplan_meier([26] * 100, [1] * 100).at(26)
    assert (after.estimate, after.low) == (0, 0)
    assert 0.02 < after.high < 0.05


def test_what_was_not_reached_is_said():
    never = kaplan_meier([2000] * 50, [0] * 50).quantile()
    assert (never.estimate, never.low, never.high) == (np.inf, 2000, np.inf)
    rare = kaplan_meier([7, 9, 9] + [2000] * 97, [1] * 3 + [0] * 97)
    found = rare.quantile()
    assert (found.estimate, found.low, found.high) == (np.inf, 2000, np.inf)
    assert "inf (95 % interval 2,000 to inf" in str(found).replace("2000", "2,000")
    assert rare.quantile(0.02).estimate == 9
    lost = kaplan_meier([7, 9, 9] + [20] * 90 + [2000] * 7, [1] * 3 + [0] * 97).quantile()
    assert (lost.estimate, lost.low) == (np.inf, 9)  # most were not followed until 2000
    one = kaplan_meier([5], [0]).quantile()
    assert (one.estimate, one.low, one.high) == (np.inf, 0, np.inf)


def test_before_the_first_event_the_limit_is_wilsons():
    curve = kaplan_meier([5, 5, 5, 9, 9, 9, 9], [0, 0, 0, 1, 1, 0, 0])
    z2 = 1.959963984540054**2
    assert curve.at(3).low == pytest.approx(7 / (7 + z2))
    assert curve.at(6).low == pytest.approx(4 / (4 + z2))
    with pytest.raises(ValueError, match=r"10 is outside what was watched, 0 to 9"):
        curve.at(10)
    with pytest.raises(ValueError, match="level is 1"):
        curve.quantile(1)


def test_with_one_censoring_time_the_median_is_the_order_statistic():
    rng = np.random.default_rng(0)
    for _ in range(20):
        time = rng.exponential(size=401)
        curve = kaplan_meier(np.minimum(time, 1.5), time <= 1.5)
        assert curve.quantile().estimate == np.sort(time)[200]
        exact = quantile_interval(np.where(time <= 1.5, time, np.inf))
        found = curve.quantile()
        ranks = [int((time <= limit).sum()) for limit in (found.low, found.high, exact.low, exact.high)]
        assert abs(ranks[0] - ranks[2]) <= 3
        assert abs(ranks[1] - ranks[3]) <= 3


def test_discarding_the_censored_is_wrong_and_keeping_them_is_not():
    """Of an exponential time, what is seen by 1.5 has median 0.4917 and mean 0.5692, not ln 2 and 1."""
    time = np.random.default_rng(0).exponential(size=200_000)
    seen = time <= 1.5
    assert np.median(time[seen]) == pytest.approx(0.4917, abs=0.004)
    assert time[seen].mean() == pytest.approx(0.5692, abs=0.004)
    found = kaplan_meier(np.minimum(time, 1.5), seen).quantile()
    assert found.estimate == pytest.approx(np.log(2), abs=0.009)  # 4 standard errors, √(¼/n) / ½
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.00224, rel=0.1)


def test_the_interval_of_the_median_is_two_ranks_whose_coverage_is_known():
    """Of sorted times without ties the 86th and the 114th of 200; the median is below rank r as B < r."""
    found = kaplan_meier(np.arange(1, 201), np.ones(200)).quantile()
    below = binom.cdf([found.low - 1, found.high - 1], 200, 0.5)
    assert below[1] - below[0] == pytest.approx(0.9520, abs=5e-5)


@pytest.mark.parametrize("discrete", [False, True])
def test_the_interval_of_the_median_covers(discrete):
    rng, covered, wrong, repeats = np.random.default_rng(0), 0, 0, 1500
    true = 69 if discrete else np.log(2)
    for _ in range(repeats):
        time = rng.exponential(size=200)
        time = np.floor(100 * time) if discrete else time
        end = 150 if discrete else 1.5
        seen = time <= end
        found = kaplan_meier(np.minimum(time, end), seen).quantile()
        covered += found.low <= true <= found.high
        kept = np.sort(time[seen])
        middle, spread = len(kept) / 2, np.sqrt(len(kept))
        wrong += kept[int(middle - spread)] <= true <= kept[int(middle + spread)]
    assert 0.935 < covered / repeats < 0.97
    assert wrong / repeats < 0.3


def test_pointwise_limits_cover_to_the_last_event():
    """Where none is left the interval has no formula of its own; it must not have no width."""
    rng, covered, repeats = np.random.default_rng(0), 0, 2000
    for _ in range(repeats):
        time = rng.geometric(0.5, 10)
        curve = kaplan_meier(time, np.ones(10))
        at = min(3, int(time.max()))
        found = curve.at(at)
        covered += found.low <= 0.5**at <= found.high
    assert covered / repeats > 0.93


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="1 times are below 0; -1 in crossed_at means never"):
        kaplan_meier([-1, 26], [0, 1])
    with pytest.raises(ValueError, match="2 times and 1 events"):
        kaplan_meier([1, 2], [1])
    with pytest.raises(ValueError, match="cumulative_incidence"):
        kaplan_meier([1, 2], [1, 2])
    with pytest.raises(ValueError, match="expected events 0"):
        kaplan_meier([1, 2], [1, 0.5])
    with pytest.raises(ValueError, match="at least 1"):
        kaplan_meier([], [])
    with pytest.raises(ValueError, match="between 0 and 1"):
        kaplan_meier([1], [1], 2)
