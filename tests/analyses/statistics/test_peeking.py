"""What peeking costs: the published table, and two looks as a bivariate normal."""

import numpy as np
import pytest
from popgrad.analyses.statistics import peeking, pocock_level
from scipy.stats import multivariate_normal, norm

# Armitage, McPherson and Rowe (1969), table 2, tests at 5 %.
PUBLISHED = {1: 0.05, 2: 0.083, 3: 0.107, 4: 0.126, 5: 0.142, 10: 0.193, 20: 0.248, 50: 0.320}


@pytest.mark.parametrize("looks", PUBLISHED)
def test_the_published_table(looks):
    assert round(peeking(looks), 3) == PUBLISHED[looks]


@pytest.mark.parametrize("level", [0.01, 0.2])
def test_two_looks_are_a_bivariate_normal(level):
    z, r = norm.isf(level / 2), np.sqrt(0.5)
    both = multivariate_normal(cov=[[1, r], [r, 1]])
    inside = both.cdf([z, z]) - 2 * both.cdf([z, -z]) + both.cdf([-z, -z])
    assert peeking(2, level) == pytest.approx(1 - inside, abs=1e-6)


def test_many_looks_are_a_sum_on_a_fine_grid():
    """Simpson's rule on a grid of its own; the density jumps to 0 at the bounds, so each look has one."""
    looks, z = 30, norm.isf(0.025)
    at = np.linspace(-z, z, 1001)
    rule = np.array([1, *[4, 2] * 499, 4, 1]) * (at[1] - at[0]) / 3
    mass = rule * norm.pdf(at)
    for k in range(2, looks + 1):
        now = np.linspace(-1, 1, 1001) * z * np.sqrt(k)
        mass = rule * np.sqrt(k) * (norm.pdf(now[:, None] - at) @ mass)
        at = now
    assert peeking(looks) == pytest.approx(1 - mass.sum(), abs=1e-8)


def test_pocock_gives_the_published_levels():
    # Pocock (1977), table 1.
    assert [round(pocock_level(k), 4) for k in (2, 3, 4, 5, 10)] == [0.0294, 0.0221, 0.0182, 0.0158, 0.0106]
    assert peeking(7, pocock_level(7, 0.01)) == pytest.approx(0.01)
    assert pocock_level(1, 0.01) == 0.01


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="0 looks"):
        peeking(0)
    for function in (peeking, pocock_level):
        with pytest.raises(ValueError, match="expected at least 1"):
            function(0)
        with pytest.raises(ValueError, match=r"2\.5 looks, expected one whole number"):
            function(2.5)
    with pytest.raises(ValueError, match="level is 5"):
        peeking(2, 5)
