"""What the cases of bandits predict, beside numbers that were computed elsewhere in float64."""

from __future__ import annotations

from math import ceil, log

import numpy as np
import pytest
from popgrad.analyses.theory.cases.t02_rate_of_certainty import iterated as other_arms
from popgrad.analyses.theory.cases.t03_plateaus import GAP, iterated, limit
from popgrad.analyses.theory.cases.t04_critic import critic_moments
from popgrad.analyses.theory.cases.t07_survival import survival
from popgrad.analyses.theory.cases.t08_finite_commitment import diffusion, exits
from popgrad.analyses.theory.cases.t09_natural_committal import exits as natural_exits
from popgrad.analyses.theory.cases.t09_natural_committal import only_bad
from popgrad.analyses.theory.enumeration import natural_update, one_update
from popgrad.analyses.theory.forms import EXPECTED_REWARD, times
from popgrad.analyses.theory.logits import ARMS_4, ARMS_5, LOGITS_4, LOGITS_5, climb, softmax
from popgrad.analyses.theory.walks import equal_steps

REWARD, PI = np.array(ARMS_4), softmax(LOGITS_4)


def test_the_gradient_of_given_logits():
    five = [0.03657951, -0.01960475, -0.00084868, -0.03733682, 0.02121074]
    assert climb(LOGITS_5, ARMS_5) == pytest.approx(five, abs=1e-7)
    four = [0.13049653, -0.02058561, -0.12943678, 0.01952586]
    assert climb(LOGITS_4, ARMS_4) == pytest.approx(four, abs=1e-8)


def test_what_three_arms_still_lose():
    lost = other_arms(3) @ [0.2, 0.7]
    assert lost[0] == pytest.approx(0.3, abs=1e-15)
    theta = np.zeros(3)
    for _ in range(99):
        theta = theta + 0.4 * climb(theta, [1.0, 0.8, 0.3])
    assert softmax(theta) @ [0.0, 0.2, 0.7] == pytest.approx(0.0250705337, abs=1e-10)


def test_plateaus():
    form = times(EXPECTED_REWARD, GAP)
    starts = (1e-1, 1e-2, 1e-3, 1e-4)
    assert [ceil(form.updates(start, 0.5, 0.8)) for start in starts] == [34, 273, 2535, 25048]
    limits = [limit(D) for D in (0.05, 0.1, 0.2, 0.5)]
    assert limits == pytest.approx([220 / 3, 20, 35 / 6, 4 / 3])
    assert iterated(0.2, 1e-4, 1.0) * 1e-4 == pytest.approx(35 / 6, rel=1e-3)


def test_squares_of_a_sampled_step():
    for b, expected in ((0.0, 0.355051892), (PI @ REWARD, 0.0744327417), (2.0, 1.354495513)):
        step = one_update(PI, REWARD, 1, b)
        assert step.mean((step.step**2).sum(axis=1)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("baseline", "shrunk"), [("mean", 0.75), ("leave_one_out", 1.0), (0.3, 1.0)])
def test_means_of_a_sampled_step(baseline, shrunk):
    step = one_update(PI, REWARD, 4, baseline)
    assert step.probability.sum() == pytest.approx(1, abs=1e-14)
    assert step.probability @ step.step == pytest.approx(shrunk * climb(LOGITS_4, ARMS_4), abs=1e-9)


def test_the_sampled_natural_step_is_the_replicator_on_average():
    step = natural_update(PI, REWARD - 0.7)
    assert step.probability @ step.step == pytest.approx(REWARD - REWARD.mean(), abs=1e-9)


def test_a_critic_in_the_long_run():
    mean, variance, _ = critic_moments(400)
    assert mean == pytest.approx(0.6964, abs=5e-5)
    assert variance / (PI @ (REWARD - PI @ REWARD) ** 2) == pytest.approx(0.0526316, abs=1e-7)


def test_commitment():
    expected = {(0.1, -0.5): 0.056169, (1.0, -0.5): 0.300529, (5.0, -0.5): 0.375904}
    expected |= {(0.1, -1.0): 0.000748, (1.0, -1.0): 0.147935, (5.0, -1.0): 0.265870}
    for (step, z0), chance in expected.items():
        assert equal_steps(z0, step, 16.03).top == pytest.approx(chance, abs=1e-6)


def test_survival():
    expected = {2.0: [0.166147, 0.052649, 0.016652, 0.005266], 10.0: [0.476399, 0.407422, 0.327568, 0.260554]}
    for h, chances in expected.items():
        alive = survival(h, 0.0, 10_000)
        assert alive[[10, 100, 1000, 10_000]] == pytest.approx(chances, abs=1e-6)
    assert log(survival(2.0, 0.0, 10_000)[10_000] / survival(2.0, 0.0, 1000)[1000], 10) == pytest.approx(
        -0.5, abs=1e-4
    )


def test_a_diffusion_errs_by_more_than_its_limit_suggests():
    """Six parts in a hundred at h = 0.1, where simulations of 4000 networks do not tell."""
    assert diffusion(0.1, log(99)) == pytest.approx(0.01357, abs=1e-5)
    assert diffusion(0.5, log(99)) == pytest.approx(0.29516, abs=1e-5)
    assert 1 - exits(0.1, log(99)).top == pytest.approx(0.0128, abs=2e-4)
    assert 1 - exits(0.5, log(99)).top == pytest.approx(0.2944, abs=1e-4)


def test_natural_committal():
    expected = {0.2: (0.168386, 0.043011), 0.5: (0.329912, 0.242212), 1.0: (0.422408, 0.412062)}
    for a, (lost, by_bad_alone) in expected.items():
        assert 1 - natural_exits(a).top == pytest.approx(lost, abs=7e-5)
        assert only_bad(a) == pytest.approx(by_bad_alone, abs=3e-5)
