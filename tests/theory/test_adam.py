"""Adam's steps and what they do to the time of correction; descent along the sign alone for comparison."""

from __future__ import annotations

import numpy as np
import popgrad
import pytest
from theory_cases import IMITATION, OUTCOME, PROCESS, above, begins, crossings, experiment

STARTS = (0.1, 0.01, 1e-3, 1e-4, 1e-6)


def adam(**options: float) -> dict[str, object]:
    return {"kind": "adam", "learning_rate": 0.01, **options}


def updates_to_half(loss, optimiser, starts=STARTS, updates=6000) -> list[int]:
    conditions = {f"{start:g}": {"loss": loss, "policy": begins(start)} for start in starts}
    training = {"updates": updates, "record": {"at": [0]}, "watch": [above(0.5)]}
    found = crossings(experiment(conditions, optimiser=optimiser, training=training))
    return [times[0] for times in found.values()]


def test_the_first_step_is_the_sign_unless_the_gradient_is_near_epsilon():
    """−η g/(|g| + 10⁻⁸). Predictions of 0 by four arms of equal chances have gradients −reward/4."""
    gradients = np.array([1e-3, 1e-8, 1e-10, 0.0])
    tables = experiment(
        {"consequence": {"loss": {"kind": "consequence", "estimator": "exact"}}},
        world={"kind": "bandit", "reward": (-4 * gradients).tolist()},
        policy={"kind": "tabular"},
        optimiser=adam(learning_rate=1e-3),
    )
    with popgrad.run(tables) as run:
        moved = run.weights("consequence")[0]
    np.testing.assert_allclose(moved, [-9.9999e-4, -5e-4, -9.90099e-6, 0], rtol=1e-6)


def test_under_a_constant_gradient_every_step_is_the_same():
    labelled = {**PROCESS, "labels": "all"}
    conditions = {str(n): {"loss": labelled, "training.updates": n} for n in (1, 2, 10, 100, 3000)}
    with popgrad.run(experiment(conditions, optimiser=adam())) as run:
        for name in run.conditions:
            np.testing.assert_allclose(run.weights(name)[0], 0.01 * int(name) * np.array([1, -1]), rtol=1e-6)


def test_after_a_silence_the_first_step_is_up_to_three_times_as_long():
    """(1 − β₁)/(1 − β₁ᵗ) · √((1 − β₂ᵗ)/(1 − β₂)) · η at update t, when all gradients before it were 0.

    With reward 1 for a rare arm alone nothing is learnt until that arm is first sampled.
    """
    tables = experiment(
        {"outcome": {"loss": {"kind": "outcome", "episodes": 1}}},
        policy=begins(0.01),
        optimiser=adam(learning_rate=1.0),
        population={"networks": 20_000},
        training={"updates": 2000, "record": {"at": [0]}, "watch": [above(0.010001)]},
    )
    with popgrad.run(tables) as run:
        t = run.explored_at("best", "outcome")
        np.testing.assert_array_equal(run.crossed_at(run.watches[0], "outcome"), t)
        best, other = run.weights("outcome").T
    assert (t > 0).all()
    assert {1, 11, 101} <= set(t.tolist())
    assert t.max() > 700
    first = np.array([1.0, -1.0])[:, None] * (np.log(0.01) - np.log(0.99)) / 2
    expected = 0.1 / (1 - 0.9**t) * np.sqrt((1 - 0.999**t) / 0.001)
    assert expected[t == 11][0] == pytest.approx(0.4821333, abs=1e-7)
    assert expected[t == 101][0] == pytest.approx(0.980394, abs=1e-6)
    np.testing.assert_allclose([best - first[0], first[1] - other], [expected, expected], rtol=5e-6)


def test_descent_along_the_sign_takes_the_logarithm_of_the_odds():
    """⌈ln((1 − ε)/ε)/2η⌉, since both logits move by η."""
    assert updates_to_half(IMITATION, {"kind": "sign", "learning_rate": 0.01}) == [110, 230, 346, 461, 691]


@pytest.mark.parametrize(
    ("loss", "times"),
    [(OUTCOME, [94, 150, 191, 228, 295]), (IMITATION, [122, 256, 378, 496, 729])],
    ids=["outcome", "imitation"],
)
def test_adam_makes_times_logarithmic_under_either_loss(loss, times):
    """Iterated in float64."""
    assert updates_to_half(loss, adam()) == times


def test_gradient_descent_does_so_under_imitation_alone():
    sgd = {"kind": "sgd", "learning_rate": 0.01}
    assert updates_to_half(IMITATION, sgd) == [155, 279, 395, 511, 741]
    assert updates_to_half(OUTCOME, sgd, STARTS[:3], 60_000) == [665, 5411, 50644]


@pytest.mark.parametrize(("eps", "updates"), [(1e-8, 5318), (0.0, 412)])
def test_until_the_gradient_is_far_below_epsilon(eps, updates):
    assert updates_to_half(OUTCOME, adam(eps=eps), [1e-10]) == [updates]
