"""Wide networks: kernel and prediction against derivatives and descent by hand, the page from a small run."""

from __future__ import annotations

import numpy as np
import pytest
from popgrad.analyses.ledger import tangent_kernel
from popgrad.analyses.ledger.report import page
from popgrad.analyses.ledger.tangent_experiments import Size, without_diversity
from popgrad.analyses.ledger.tangent_measured import Width, rate_of_fall, task
from popgrad.analyses.ledger.tangent_prediction import (
    Lesson,
    Wide,
    frozen,
    jacobian,
    limit_kernel,
    logits,
    own_kernels,
    wide,
)
from popgrad.analyses.ledger.tangent_report import agrees
from popgrad.sim.spec import read_experiment

TINY = Size(networks=8, widths=(8, 128), updates=20, diversity=0.1, diverse_width=16, diverse_updates=400)
X = np.array([[1.0, 0.0, 4.0], [1.0, 3.0, 4.0], [1.0, 2.0, 0.0]])


def parameters(width: int, networks: int = 1) -> np.ndarray:
    return np.random.default_rng(width).normal(size=(networks, 4 * width))


@pytest.mark.parametrize("activation", ["relu", "linear", "tanh"])
def test_the_jacobian_is_the_derivative(activation):
    at, step = parameters(6), 1e-6
    found = jacobian(wide(at, 6, activation), X)
    for p, column in enumerate(found.T):
        there = [at.copy(), at.copy()]
        there[0][0, p] += step
        there[1][0, p] -= step
        up, down = (logits(wide(each, 6, activation), X)[0] for each in there)
        np.testing.assert_allclose(column, (up - down) / (2 * step), atol=1e-7)


def test_logits_by_hand():
    one = Wide(np.array([[[1.0, 0.0], [0.0, -1.0]]]), np.array([[2.0, 3.0]]), "relu")
    np.testing.assert_allclose(logits(one, np.array([[1.0, 2.0], [-1.0, -2.0]])), [[2 / 2**0.5, 6 / 2**0.5]])


def test_the_limit_is_what_wide_networks_come_to():
    unit = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    # |x|² with itself; 1/2π at right angles, 0 for the opposite
    np.testing.assert_allclose(
        limit_kernel(unit)[0], [1.0, 1 / (2 * np.pi), 0.0], atol=1e-12
    )  # fmt: skip
    width = 200_000
    sampled = own_kernels(wide(parameters(width), width), X)[0]
    np.testing.assert_allclose(sampled, limit_kernel(X), rtol=0.02, atol=0.05)


def test_under_a_kernel_that_cannot_move_the_prediction_is_descent():
    """z = w · x is linear in w: descent on w itself, one state after the other, in plain numbers."""
    lesson = Lesson(np.array([0.7, 0.3]), np.array([1.0, 0.0]), 0.1, np.ones(2))
    w = np.array([0.3, -0.2, 0.1])
    found = frozen(X @ X.T, (X @ w)[None], lesson, [0, 5, 40])
    margin, rate, before = np.zeros(2), np.zeros(2), X[2] @ w
    for update in range(40):
        odds = [1 / (1 + np.exp(-x @ w)) for x in X]
        moves = [0.1 * lesson.share[s] * (lesson.target[s] - odds[s]) * X[s] for s in range(2)]
        w = w + sum(moves)
        after = 1 / (1 + np.exp(-X[2] @ w))
        middle = (odds[2] * (1 - odds[2]) + after * (1 - after)) / 2
        margin += [X[2] @ move for move in moves]
        rate += [middle * (X[2] @ move) for move in moves]
        if update == 4:
            np.testing.assert_allclose(found.margin[1, 0], margin, atol=1e-12)
    np.testing.assert_allclose(found.margin[2, 0], margin, atol=1e-12)
    np.testing.assert_allclose(found.rate[2, 0], rate, atol=1e-12)
    np.testing.assert_allclose(found.logit[:, 0][[0, 2]], [before, X[2] @ w], atol=1e-12)
    np.testing.assert_array_equal(found.margin[0], 0.0)
    assert rate.sum() == pytest.approx(after - 1 / (1 + np.exp(-before)), rel=1e-2)


def test_what_is_left_out_has_no_account():
    lesson = Lesson(np.array([0.7, 0.3]), np.array([1.0, 0.0]), 0.1, np.array([1.0, 0.0]))
    found = frozen(X @ X.T, np.zeros((1, 3)), lesson, [10])
    assert found.margin[0, 0, 0] > 0
    assert found.margin[0, 0, 1] == 0
    assert found.logit[0, 0] == pytest.approx(found.margin[0, 0, 0])


def test_the_task_is_what_the_world_demonstrates():
    tables = without_diversity(TINY, 8, "relu")
    found = task(read_experiment(tables).conditions[0].world, 0.05)
    np.testing.assert_array_equal(found.states, [4, 9, 14, 19])  # positions 0..3, the coin at 4
    np.testing.assert_array_equal(found.features, [[1, 0, 4], [1, 1, 4], [1, 2, 4], [1, 3, 4], [1, 2, 0]])
    np.testing.assert_allclose(found.lesson.share, 0.25)
    np.testing.assert_array_equal(found.lesson.target, 1.0)
    tables["world"]["diversity"] = 0.1
    found = task(read_experiment(tables).conditions[0].world, 0.05, "coin to the left")
    position, coin = np.divmod(found.states, 5)
    np.testing.assert_array_equal(found.lesson.target, position < coin)
    np.testing.assert_array_equal(found.lesson.taught, (position < coin) | (coin == 4))


def test_errors_and_powers_by_hand():
    booked, predicted = np.array([[1.0, -3.0], [2.0, 2.0]]), np.array([[1.5, -3.5], [2.0, 2.0]])
    one = Width(4, {"margin": booked}, {"own": {"margin": predicted}}, {"margin": np.zeros(2)})
    np.testing.assert_allclose(one.error("margin", "own"), [0.25, 0.0])
    widths = np.array([4.0, 16.0, 64.0])
    errors = np.stack([widths**-1, 5 * widths**-0.5], axis=1)
    np.testing.assert_allclose(rate_of_fall(widths, errors), [-1.0, -0.5])


@pytest.mark.parametrize(
    ("power", "start", "expected"), [(-1, 0.2, True), (-0.3, 0.02, False), (-1, 9, False)]
)
def test_agreement_needs_small_errors_that_fall(power, start, expected):
    booked, random = np.ones((40, 2)), np.random.default_rng(0).uniform(0.9, 1.1, size=(40, 1))
    widths = [
        Width(m, {"rate": booked}, {"own": {"rate": booked * (1 + start * random * (m / 16) ** power)}}, {})
        for m in (16, 64, 256)
    ]
    assert agrees(widths, "rate") is expected


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tangent")
    return folder, tangent_kernel.part(folder, TINY, threads=1)


def test_a_small_run_gives_the_page(small):
    folder, part = small
    made = {"popgrad": "1", "commit": "c"}
    text = page({"tangent_kernel": part}, True, made)
    for heading in ("Ledger and kernel", "As a cause", "What would count", "## How it was measured"):
        assert heading in text
    assert "nan" not in text
    first, last = (float(row[1].split(" %")[0]) for row in part.listings[0].rows)
    assert last < first < 100  # per cent: the wider networks are nearer to their kernels
    assert last < 5
    rows = part.listings[1].rows
    assert [row[1] for row in rows if float(row[3].split()[0]) < -0.1] == ["left"] * 6
    stamp = {path: path.stat().st_mtime_ns for path in folder.glob("*.h5")}
    assert len(stamp) == 7
    again = tangent_kernel.part(folder, TINY, threads=1)
    assert again.answer == part.answer
    assert {path: path.stat().st_mtime_ns for path in folder.glob("*.h5")} == stamp
