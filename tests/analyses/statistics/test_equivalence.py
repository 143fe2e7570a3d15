"""Verdicts on a region, two one-sided tests, and how often they err on its edge."""

import numpy as np
import pytest
from popgrad.analyses.statistics import (
    Interval,
    equivalence,
    paired_mean,
    paired_share_difference,
    tost_mean,
    tost_paired_shares,
)
from statsmodels.stats.weightstats import ttost_paired


def verdict(low, high):
    return equivalence(Interval((low + high) / 2, low, high, 0.95, "any"), -0.1, 0.2).verdict


def test_verdicts():
    assert verdict(0.21, 0.3) == "above"
    assert verdict(-0.3, -0.11) == "below"
    assert verdict(-0.09, 0.19) == "equivalent"
    assert verdict(0.05, 0.1) == "equivalent"  # a difference, and one too small to matter
    assert verdict(-0.2, 0.1) == verdict(0.0, 0.3) == verdict(-0.2, 0.3) == "undecided"
    assert verdict(-0.1, 0.2) == verdict(-0.1, 0.1) == verdict(0.0, 0.2) == "undecided"
    assert verdict(-np.inf, np.inf) == "undecided"
    assert verdict(0.0, 0.0) == "equivalent"
    found = equivalence(Interval(0.0, -0.05, 0.05, 0.95, "t"), -0.1, 0.2)
    assert str(found) == "equivalent: 0 (95 % interval -0.05 to 0.05, t) against -0.1 to 0.2"


def test_two_one_sided_tests_are_those_of_another_implementation():
    rng = np.random.default_rng(0)
    first, second = rng.normal(0.1, 1, 40), rng.normal(0, 1, 40)
    p, below, above = ttost_paired(first, second, -0.5, 0.6)
    found = tost_mean(first, second, -0.5, 0.6)
    assert (found.p, found.p_low, found.p_high) == pytest.approx((p, below[1], above[1]))


def test_both_tests_reject_where_the_interval_lies_within():
    rng, seen = np.random.default_rng(0), set()
    for _ in range(60):
        first, second = rng.normal(0.3, 1, 50), rng.normal(0, 1, 50)
        within = equivalence(paired_mean(first, second, 0.9), -0.6, 0.6).verdict == "equivalent"
        assert within == (tost_mean(first, second, -0.6, 0.6).p < 0.05)
        one, two = rng.random(50) < 0.5, rng.random(50) < 0.5
        inside = equivalence(paired_share_difference(one, two, 0.9), -0.25, 0.25).verdict == "equivalent"
        assert inside == (tost_paired_shares(one, two, -0.25, 0.25).p < 0.05)
        seen |= {("mean", within), ("share", inside)}
    assert len(seen) == 4


def test_equivalence_is_claimed_wrongly_at_its_level_and_no_more():
    """The true difference lies on the edge of the region."""
    rng, repeats = np.random.default_rng(0), 3000
    wrong = sum(tost_mean(rng.normal(0.5, 1, 60), np.zeros(60), -0.5, 0.5).p < 0.05 for _ in range(repeats))
    assert 0.04 < wrong / repeats < 0.06


def test_networks_that_all_differ_by_the_same():
    same = [0.5, 0.25], [0.25, 0.0]
    assert tost_mean(*same, 0, 0.5).p == 0
    assert tost_mean(*same, 0, 0.25).p == 1
    assert tost_mean(*same, 0.3, 0.5).p_low == 1
    alike = [0, 1] * 100
    assert tost_paired_shares(alike, alike, -0.05, 0.05).p < 0.01
    assert tost_paired_shares(alike, alike, -0.05, 0.0).p == 0.5


def test_what_cannot_be_is_refused():
    for region in ((0.1, -0.1), (0.1, 0.1), (np.nan, 1)):
        with pytest.raises(ValueError, match="expected the lower end first"):
            equivalence(Interval(0, 0, 0, 0.95, "any"), *region)
        with pytest.raises(ValueError, match="expected the lower end first"):
            tost_mean([1, 2], [1, 2], *region)
    with pytest.raises(ValueError, match="within -1 to 1"):
        tost_paired_shares([1, 0], [1, 0], -1, 0.1)
    with pytest.raises(ValueError, match="several estimates"):
        equivalence(Interval(np.zeros(2), np.zeros(2), np.zeros(2), 0.95, "any"), -1, 1)
