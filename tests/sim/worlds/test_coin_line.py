"""Coin line, against dynamics written out in plain Python and the published facts about it."""

from itertools import product

import numpy as np
import pytest
from popgrad.sim.worlds.coin_line import coin_line
from pydantic import ValidationError, validate_call

LEFT, RIGHT = 0, 1


def position_and_coin(length):
    """(p, c) of every state, read from the absolute features."""
    rows = coin_line(length=length).features
    return [(int(p), int(c)) for _, p, c in rows]


def reach_probability(world, behaviour, choose):
    """Enumerates every start and follows a deterministic policy through the world's table."""
    total = 0.0
    for start, chance in enumerate(behaviour.start):
        state, steps = start, 0
        while not world.terminal[state] and steps < world.horizon:
            state, steps = world.successor[state, choose(state), 0], steps + 1
        if world.terminal[state]:
            total += chance * behaviour.entry[state]
    return total


@pytest.mark.parametrize("length", [1, 2, 5])
@pytest.mark.parametrize("diversity", [0.0, 0.3, 1.0])
def test_tables_agree_with_the_rules_written_out(length, diversity):
    world = coin_line(length=length, diversity=diversity)
    states = position_and_coin(length)
    assert sorted(states) == sorted(product(range(length + 1), repeat=2))
    assert world.horizon == 2 * length
    assert world.discount == 1
    for s, (p, c) in enumerate(states):
        share = 0 if c == 0 else diversity / length + (1 - diversity) * (c == length)
        assert world.start[s] == pytest.approx(share / (length + 1))
        # Each coin has L positions other than its own, so conditioning on p ≠ c divides by L.
        assert world.contexts[s] == pytest.approx(0 if p == c else share / length)
        assert world.terminal[s] == (p == c)
        assert world.entry_reward[s] == (1 if p == c else 0)
        if p != c:
            assert states[world.successor[s, LEFT, 0]] == (max(p - 1, 0), c)
            assert states[world.successor[s, RIGHT, 0]] == (min(p + 1, length), c)
            toward = RIGHT if c > p else LEFT
            assert world.demonstrator[s, toward] == 1
            assert world.approval[s].tolist() == [1 if a == toward else -1 for a in (LEFT, RIGHT)]
    assert np.allclose(world.demonstrator.sum(axis=1), 1)
    assert not world.reward.any()


def test_observed_columns_equal_the_true_ones():
    world = coin_line(diversity=0.1)
    for name in ("reward", "entry_reward", "approval"):
        assert (getattr(world, f"observed_{name}") == getattr(world, name)).all()


def test_encodings_show_the_same_states():
    length = 3
    states = position_and_coin(length)
    relative = coin_line(length=length, encoding="relative")
    one_hot = coin_line(length=length, encoding="one_hot")
    assert relative.features.tolist() == [[1, c - p] for p, c in states]
    for (p, c), row in zip(states, one_hot.features, strict=True):
        assert np.flatnonzero(row).tolist() == [p, length + 1 + c]
        assert row.max() == 1
    for world in (relative, one_hot):
        assert (world.successor == coin_line(length=length).successor).all()


@pytest.mark.parametrize("length", [1, 2, 4, 7])
def test_always_right_on_the_test_distribution(length):
    world = coin_line(length=length)
    found = reach_probability(world, world.behaviour("collects_coin_test"), lambda state: RIGHT)
    assert found == pytest.approx((length + 2) / (2 * (length + 1)))


@pytest.mark.parametrize("diversity", [0.0, 0.25, 1.0])
def test_collecting_the_coin_in_training(diversity):
    length = 4
    world = coin_line(length=length, diversity=diversity)
    trained = world.behaviour("collects_coin")
    # Always right finds the coin at c from the c + 1 starts p ≤ c.
    uniform = np.mean([(c + 1) / (length + 1) for c in range(1, length + 1)])
    expected = (1 - diversity) + diversity * uniform
    assert reach_probability(world, trained, lambda state: RIGHT) == pytest.approx(expected)
    for name in ("collects_coin", "collects_coin_test"):
        behaviour = world.behaviour(name)
        assert not behaviour.weight.any()
        follow = world.demonstrator.argmax(axis=1)
        assert reach_probability(
            world, behaviour, lambda state, follow=follow: follow[state]
        ) == pytest.approx(1)


@pytest.mark.parametrize(("length", "probe"), [(1, 1), (2, 1), (4, 2), (5, 3)])
def test_walking_away_is_a_step_right_at_the_probe(length, probe):
    world = coin_line(length=length, diversity=1.0)
    behaviour = world.behaviour("walks_away")
    state = position_and_coin(length).index((probe, 0))
    assert behaviour.margin_state == state
    assert behaviour.weight[state].tolist() == [0, 1]
    assert behaviour.weight.sum() == 1
    assert world.contexts[state] == world.start[state] == 0


@pytest.mark.parametrize(("diversity", "first"), [(1.0, 1), (0.3, 26), (0.1, 98), (0.02, 603)])
def test_cloned_linear_policy_turns_at_the_published_update(diversity, first):
    world = coin_line(length=4, diversity=diversity)
    probe = world.behaviour("walks_away").margin_state
    weights = np.zeros(3)
    for update in range(1, first + 1):
        right = 1 / (1 + np.exp(-world.features @ weights))
        weights += 0.05 * world.features.T @ (world.contexts * (world.demonstrator[:, RIGHT] - right))
        turned = world.features[probe] @ weights < 0
        assert turned == (update == first)


@pytest.mark.parametrize(
    "bad", [{"length": 0}, {"diversity": 1.1}, {"diversity": -0.1}, {"encoding": "polar"}]
)
def test_bad_options_are_refused_by_the_signature(bad):
    with pytest.raises(ValidationError, match=next(iter(bad))):
        validate_call(coin_line)(**bad)
