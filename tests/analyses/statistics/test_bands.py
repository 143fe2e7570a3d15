"""The band of Dvoretzky, Kiefer and Wolfowitz: its width, and that it holds the whole distribution."""

import numpy as np
import pytest
from popgrad.analyses.statistics import distribution_band, dkw_width
from scipy.stats import kstwo


def test_widths():
    assert round(dkw_width(10_000), 5) == 0.01358
    assert round(dkw_width(1_000_000), 6) == 0.001358
    assert dkw_width(1) == 1


@pytest.mark.parametrize("n", [10, 100, 10_000])
def test_it_errs_no_more_often_than_it_says(n):
    """Against the exact distribution of the largest distance between the two functions."""
    assert 0.03 < kstwo.sf(dkw_width(n), n) <= 0.05


def test_the_band_holds_a_discrete_distribution_and_censored_times():
    rng, held, repeats = np.random.default_rng(0), 0, 1000
    at = np.arange(1, 9)
    for _ in range(repeats):
        time = rng.geometric(0.2, 80).astype(float)
        band = distribution_band(np.where(time <= 8, time, np.inf))
        assert band.value[-1] <= 8
        true = 1 - 0.8**band.value
        held += ((band.low <= true) & (true <= band.high)).all()
    assert held / repeats > 0.95
    np.testing.assert_allclose(distribution_band(at).share, at / 8)


def test_shares_count_the_censored_among_all():
    band = distribution_band([0, 0, 3, np.inf] * 100, 0.9)
    assert band.value.tolist() == [0, 3]
    assert band.share.tolist() == [0.5, 0.75]
    np.testing.assert_allclose(band.high - band.share, dkw_width(400, 0.9))
    assert distribution_band([np.inf]).share.size == 0


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="0 networks"):
        dkw_width(0)
    with pytest.raises(ValueError, match="are NaN"):
        distribution_band([1, np.nan])
