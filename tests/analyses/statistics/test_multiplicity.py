"""Adjusted p values, by hand."""

import numpy as np
import pytest
from popgrad.analyses.statistics import benjamini_hochberg, holm, sidak, sidak_level

P = np.array([0.04, 0.005, 0.03, 0.5])


def test_by_hand():
    assert holm(P).tolist() == pytest.approx([0.09, 0.02, 0.09, 0.5])
    assert benjamini_hochberg(P).tolist() == pytest.approx([0.04 * 4 / 3, 0.02, 0.04 * 4 / 3, 0.5])
    assert sidak(P).tolist() == pytest.approx([1 - (1 - p) ** 4 for p in P])


def test_benjamini_and_hochbergs_own_example():
    """Their section 4.1: 15 tests, four claims at 5 %, where Bonferroni makes three."""
    p = "0.0001 0.0004 0.0019 0.0095 0.0201 0.0278 0.0298 0.0344 0.0459 0.3240 0.4262 0.5719 0.6528 0.7590 1"
    found = np.array(p.split(), float)
    assert (benjamini_hochberg(found) <= 0.05).sum() == 4
    assert (holm(found) <= 0.05).sum() == 3


def test_the_level_of_each_makes_that_of_all():
    assert 1 - (1 - sidak_level(10)) ** 10 == pytest.approx(0.05)
    assert round(sidak_level(200, 0.01), 8) == round(1 - 0.99 ** (1 / 200), 8)
    assert sidak_level(1) == pytest.approx(0.05)
    p = np.array([sidak_level(3), 0.9, 1.0])
    assert sidak(p)[0] == pytest.approx(0.05)
    assert sidak(p)[2] == 1


def test_all_together_err_at_the_level():
    rng, repeats = np.random.default_rng(0), 2000
    wrong = sum(sidak(rng.random(20)).min() < 0.05 for _ in range(repeats))
    assert 0.035 < wrong / repeats < 0.065


def test_what_cannot_be_is_refused():
    for adjust in (sidak, holm, benjamini_hochberg):
        with pytest.raises(ValueError, match="between 0 and 1"):
            adjust([0.5, 1.5])
        with pytest.raises(ValueError, match="NaN"):
            adjust([0.5, np.nan])
        with pytest.raises(ValueError, match="at least 1"):
            adjust([])
    with pytest.raises(ValueError, match="0 tests"):
        sidak_level(0)
