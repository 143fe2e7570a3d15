"""Differences within networks: Student's data, measured coverage, what pairing is worth."""

import numpy as np
import pytest
from popgrad.analyses.statistics import paired_mean, paired_median, signs, unpaired_mean

# Student (1908): hours of sleep gained under two drugs, ten patients; limits as R's t.test gives them.
ONE = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
TWO = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


def test_students_data():
    found = paired_mean(ONE, TWO)
    assert found.estimate == pytest.approx(-1.58)
    assert (found.low, found.high) == pytest.approx((-2.4598858, -0.7001142), abs=1e-7)
    found = unpaired_mean(ONE, TWO)
    assert (found.low, found.high) == pytest.approx((-3.3654832, 0.2054832), abs=1e-7)
    assert signs(TWO, ONE) == (9, 0, 1, 2 / 2**9)
    assert signs(ONE, TWO)[:3] == (0, 9, 1)
    found = paired_median(TWO, ONE)  # sorted: 0, 0.8, 1.0, 1.2, 1.3, 1.3, 1.4, 1.8, 2.4, 4.6; ranks 2 and 9
    assert (found.estimate, found.low, found.high) == pytest.approx((1.3, 0.8, 2.4))


def test_pairs_that_share_their_start_beat_independent_groups():
    rng = np.random.default_rng(0)
    paired, unpaired, widths = 0, 0, []
    for _ in range(600):
        start = rng.normal(0, 1, 30)
        first, second = start + rng.normal(0.2, 0.3, 30), start + rng.normal(0, 0.3, 30)
        one, other = paired_mean(first, second), unpaired_mean(first, second)
        paired += one.low <= 0.2 <= one.high
        unpaired += other.low <= 0.2 <= other.high
        widths.append((one.high - one.low) / (other.high - other.low))
    assert 0.925 < paired / 600 < 0.965
    assert unpaired == 600
    assert 0.25 < np.median(widths) < 0.35


def test_differences_without_spread_have_no_width():
    found = paired_mean([0.75, 0.5, 0.25], [0.5, 0.25, 0.0])
    assert (found.estimate, found.low, found.high) == (0.25, 0.25, 0.25)
    one_constant = unpaired_mean([1, 1, 1], [0, 0, 0.6])
    assert one_constant.high - one_constant.estimate == pytest.approx(4.302652730 * 0.2)  # t of 2 df
    found = unpaired_mean([1, 1], [0, 0])
    assert (found.estimate, found.low, found.high) == (1, 1, 1)
    assert signs([1, 2], [1, 2]) == (0, 0, 2, 1)


def test_few_networks_have_no_limits_for_a_median():
    found = paired_median([1, 2, 3], [0, 0, 0])
    assert (found.estimate, found.low, found.high) == (2, -np.inf, np.inf)


def test_what_cannot_be_is_refused():
    for function in (paired_mean, unpaired_mean):
        with pytest.raises(ValueError, match="got 1 values, expected at least 2"):
            function([1.0], [2.0])
        with pytest.raises(ValueError, match="between 0 and 1"):
            function([1.0, 2], [2.0, 3], 1.0)
    with pytest.raises(ValueError, match="got 3 and 2 values, expected two of the same networks"):
        paired_mean([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="1 of 2 values are NaN"):
        signs([1, np.nan], [1, 2])
    with pytest.raises(ValueError, match="one number per network"):
        paired_median([[1, 2]], [[1, 2]])
