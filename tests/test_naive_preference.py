"""The oracle of `preference`: finite differences of losses written out, and episodes drawn by hand."""

from __future__ import annotations

import itertools
from typing import Any

import naive
import naive_losses
import numpy as np
import pytest
from naive import Address, Array, Net
from naive_preference import action_scores, episode_score, flipped
from naive_worlds import chain, fork, trio

NET = Net("linear", bias=True)
AT = Address(3, 5, 7)
WORLD = trio()
THETA, REFERENCE = np.random.default_rng(2).normal(size=(2, naive.parameter_count(NET, WORLD))) / 2


def log_ratio(x: Array) -> Array:
    """r[s, a] = ln π(a|s) − ln π_ref(a|s)."""
    return np.log(naive.probabilities(NET, WORLD, x) / naive.probabilities(NET, WORLD, REFERENCE))


def surprise(x: Any) -> float:
    """−ln σ(x)."""
    return float(-np.log(1 / (1 + np.exp(-x))))


@pytest.mark.parametrize("noise", [0.0, 0.3])
@pytest.mark.parametrize("judged_on", ["approval", "observed_return", "intended_return"])
@pytest.mark.parametrize("states", ["contexts", "own"])
@pytest.mark.parametrize("pairs", ["all", "own"])
def test_exact_pairs_descend_the_loss_of_dpo(pairs, states, judged_on, noise):
    """Of every two actions, d(s)/(pairs) or the chance to draw both; labels wrong by chance ν."""
    loss = {"kind": "preference", "pairs": pairs, "states": states, "judged_on": judged_on}
    loss |= {"beta": 0.8, "label_noise": noise}
    pi = naive.probabilities(NET, WORLD, THETA)
    visits = naive.occupancy(WORLD, pi).sum(axis=1)
    d = np.array([2, 1, 0]) / 3 if states == "contexts" else visits / visits.sum()
    scores = action_scores(WORLD, loss)

    def down(x: Array) -> float:
        r, total = log_ratio(x), 0.0
        for s, (one, other) in itertools.product(range(2), itertools.permutations(range(3), 2)):
            chance = 1 / 6 if pairs == "all" else pi[s, one] * pi[s, other]
            sign = 1 if scores[s, one] > scores[s, other] else -1
            m = 0.8 * sign * (r[s, one] - r[s, other])
            total += d[s] * chance * ((1 - noise) * surprise(m) + noise * surprise(-m))
        return total

    step = naive_losses.step(NET, WORLD, loss, THETA, at=AT, reference=REFERENCE)
    np.testing.assert_allclose(step.gradient, naive.finite_difference(down, THETA), atol=1e-8)
    assert step.loss == pytest.approx(down(THETA))


@pytest.mark.parametrize("states", ["contexts", "own"])
def test_sampled_visits_weigh_all_pairs_as_often_as_they_were_made(states):
    options = {"kind": "preference", "states": states, "judged_on": "intended_return"}
    pi = naive.probabilities(NET, WORLD, THETA)
    start = {"own": WORLD.start, "contexts": np.array([2, 1, 0]) / 3}[states]
    stage = naive.stage_for(WORLD, {"kind": "preference", "states": states})
    np.testing.assert_array_equal(stage.start, start)
    visited = [s for each in naive.sampled_episodes(stage, pi, *AT, 7) for s in each.states]
    d = np.bincount(visited, minlength=3) / len(visited)
    moved = type(WORLD)(**{**vars(WORLD), "contexts": d})
    sampled = {**options, "estimator": "sampled", "episodes": 7}
    one = naive_losses.step(NET, WORLD, sampled, THETA, at=AT, reference=REFERENCE)
    other = naive_losses.step(
        NET, moved, {**options, "states": "contexts"}, THETA, at=AT, reference=REFERENCE
    )
    np.testing.assert_allclose(one.gradient, other.gradient, atol=1e-15)
    assert one.loss == pytest.approx(other.loss)


@pytest.mark.parametrize("noise", [0.0, 0.4])
@pytest.mark.parametrize("states", ["contexts", "own"])
def test_own_pairs_are_executed_against_queried(states, noise):
    loss = {"kind": "preference", "pairs": "own", "states": states, "estimator": "sampled"}
    loss |= {"beta": 0.8, "label_noise": noise, "episodes": 30}
    acted = np.random.default_rng(5).dirichlet([1, 1, 1], 3)
    stage = naive.stage_for(WORLD, loss)
    episodes = naive.sampled_episodes(stage, acted, *AT, 30)
    scores = action_scores(WORLD, loss)
    pairs = []
    for number, episode in enumerate(episodes):
        for t, (s, a) in enumerate(zip(episode.states, episode.actions, strict=True)):
            words = naive.draw(3, 5, "query", 7, number * 2**12 + t)
            asked = naive.choose(acted[s], words[0])
            order = sorted((a, asked), key=lambda each: scores[s, each])
            pairs.append((s, *(order if (words[1] + 0.5) / 2**32 < noise else order[::-1])))

    def down(x: Array) -> float:
        r = log_ratio(x)
        return sum(surprise(0.8 * (r[s, w] - r[s, b])) for s, w, b in pairs if w != b) / len(pairs)

    step = naive_losses.step(NET, WORLD, loss, THETA, at=AT, reference=REFERENCE, acted=acted)
    np.testing.assert_allclose(step.gradient, naive.finite_difference(down, THETA), atol=1e-8)
    assert step.loss == pytest.approx(down(THETA))


@pytest.mark.parametrize("noise", [0.0, 0.4])
@pytest.mark.parametrize("judged_on", ["approval", "observed_return", "intended_return"])
def test_episodes_are_compared_two_by_two(judged_on, noise):
    loss = {"kind": "preference", "compare": "episodes", "judged_on": judged_on, "episodes": 10}
    loss |= {"beta": 0.8, "label_noise": noise}
    acted = np.full((3, 3), 1 / 3)
    episodes = naive.sampled_episodes(WORLD, acted, *AT, 10)
    ordered = []
    for i in range(5):
        pair = sorted(episodes[2 * i : 2 * i + 2], key=lambda each: episode_score(WORLD, loss, each))
        word = naive.draw(3, 5, "query", 7, 2 * i * 2**12)[1]
        equal = episode_score(WORLD, loss, pair[0]) == episode_score(WORLD, loss, pair[1])
        ordered += [] if equal else [pair if (word + 0.5) / 2**32 < noise else pair[::-1]]

    def down(x: Array) -> float:
        r = log_ratio(x)
        sums = [[r[list(each.states), list(each.actions)].sum() for each in pair] for pair in ordered]
        return sum(surprise(0.8 * (winner - loser)) for winner, loser in sums) / 5

    step = naive_losses.step(NET, WORLD, loss, THETA, at=AT, reference=REFERENCE, acted=acted)
    assert len(ordered) > 2
    np.testing.assert_allclose(step.gradient, naive.finite_difference(down, THETA), atol=1e-8)
    assert step.loss == pytest.approx(down(THETA))
    with pytest.raises(ValueError, match="even"):
        naive_losses.step(NET, WORLD, {**loss, "episodes": 3}, THETA, at=AT)


def test_scores_by_hand():
    world = fork()
    observed = {"judged_on": "observed_return"}
    np.testing.assert_array_equal(action_scores(world, {}), world.approval)
    np.testing.assert_array_equal(action_scores(world, observed)[:2], [[1, -2 + 0.5 * 4], [0.5, 3 + 0.5 * 4]])
    path = naive.Episode((0, 1), (0, 1), 2)
    assert episode_score(world, {}, path) == 0.5 + 0.5 * 0.25
    assert episode_score(world, observed, path) == 1 + 0.5 * 3 + 0.25 * 4
    ended = naive.Episode((), (), 3)
    entry = naive.column_of(chain(), "observed_entry_reward", (4,))
    assert episode_score(chain(), observed, ended) == entry[3]
    assert episode_score(chain(), {}, ended) == 0


def test_labels_flip_as_often_as_they_should():
    assert not flipped(0, 0.0)
    assert flipped(2**31 - 2**8, 0.5)
    assert not flipped(2**31, 0.5)
