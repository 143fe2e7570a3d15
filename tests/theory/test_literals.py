"""What the cases of own worlds expect, beside numbers computed or published elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from popgrad.analyses.theory.cases import l02_guessing as guessing
from popgrad.analyses.theory.cases import l03_lines as lines
from popgrad.analyses.theory.cases import l03_ruin as ruin
from popgrad.analyses.theory.cases import t25_markov_source as source
from popgrad.analyses.theory.cases import t27_boolean_functions as boolean
from popgrad.analyses.theory.cases import t27_few_units as few
from popgrad.analyses.theory.cases import t27_three_signs as three
from popgrad.analyses.theory.paths import moments, paths, pi, score_function
from popgrad.analyses.theory.worlds import fork


def test_the_entropies_of_the_source():
    assert source.stationary() == pytest.approx([0.56, 0.14, 0.14, 0.16], abs=1e-12)
    found = [source.entropy(seen) for seen in (0, 1, 2)]
    assert found == pytest.approx([0.610864302, 0.557558689, 0.444062726], abs=1e-9)


def test_a_perceptron_of_three_bits_has_32_functions():
    p = boolean.of_three_bits()
    assert (p > 0).sum() == 32
    assert p.sum() == pytest.approx(1, abs=1e-12)
    assert p[[0, 127]] == pytest.approx(1 / 8, abs=1e-12)
    true = np.array([bin(number).count("1") for number in range(128)])
    assert np.bincount(true, p) == pytest.approx([1 / 8] * 8, abs=1e-12)


def test_agreement_of_wide_layers():
    assert [three.agreement_of(k, np.inf) for k in (1, 2, 3)] == pytest.approx(
        [0.667708, 0.554214, 0.5], abs=1e-6
    )
    found = [three.agreement_of(1, width) for width in (16, 64, 256)]
    assert found == pytest.approx([0.6732, 0.6693, 0.6692], abs=0.0035)  # sampled, two standard errors


@pytest.mark.parametrize("width", [1, 2, 5])
def test_functions_of_one_sign(width):
    p = few.one_input(width)
    assert p.sum() == pytest.approx(1)
    assert p[[3, 0]] == pytest.approx([(1 - 2.0 ** (1 - width)) / 4, 1 / 4 + 2.0**-width / 2])


def test_ruin_by_the_equations_that_it_solves():
    for p, discount in ((0.5, 1.0), (0.4, 1.0), (0.5, 0.9), (0.7, 0.95)):
        walk = discount * (np.diag([p] * 10, 1) + np.diag([1 - p] * 10, -1))
        walk[[0, 10]] = 0
        for x, right in ((ruin.won, np.eye(11)[10]), (ruin.duration, np.r_[0, np.ones(9), 0])):
            solved = np.linalg.solve(np.eye(11) - walk, right)
            assert [x(k, p, discount) for k in range(11)] == pytest.approx(solved, abs=1e-9)


def test_coins_of_two_places():
    """Of p, c in {0, 1}: half begin at the coin, and two steps miss it in a quarter of the others."""
    assert lines.by_chance(1, np.ones(2)) == pytest.approx(1 / 2 + 1 / 2 * 3 / 4)


def test_a_band_of_three_arms_by_chance():
    z = np.random.default_rng(0).normal(size=(400_000, 3))
    hit = np.log(np.exp(z).sum(axis=1)) - z[:, 0] < guessing.BELOW
    p = guessing.three_arms(0)
    assert abs(hit.mean() - p) < 4 * np.sqrt(p * (1 - p) / len(z))


def test_the_score_function_is_the_gradient_of_the_return():
    theta = np.array([0.3, -0.4, 0.2])

    def mean_return(at: np.ndarray) -> float:
        return sum(path.probability * path.to_go(fork.REWARD, fork.ENTRY)[0] for path in paths(pi(at)))

    slope = [(mean_return(theta + h) - mean_return(theta - h)) / 2e-5 for h in 1e-5 * np.eye(3)]
    step = score_function(lambda path: path.to_go(fork.REWARD, fork.ENTRY))
    assert moments(step, pi(theta))[0] == pytest.approx(slope, abs=1e-9)
    assert sum(path.probability for path in paths(pi(theta))) == pytest.approx(1, abs=1e-12)
