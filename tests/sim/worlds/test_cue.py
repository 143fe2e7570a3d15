"""The cue, against its rules written out; what policies without and with memory can reach at most."""

from itertools import product

import naive
import numpy as np
import pytest
from popgrad.sim.worlds.cue import cue
from pydantic import ValidationError, validate_call

LEFT, RIGHT = 0, 1
LENGTHS = [0, 1, 4]


def walks(world):
    """The states that follow each of the two starts, up to the end, and whether actions part the ways."""
    for state in np.flatnonzero(world.start):
        walk = [int(state)]
        while not world.terminal[walk[-1]]:
            left, right = world.successor[walk[-1], :, 0]
            assert left == right
            walk.append(int(left))
        yield walk


@pytest.mark.parametrize("length", LENGTHS)
def test_tables_agree_with_the_rules_written_out(length):
    world = cue(length=length)
    assert world.start[world.start > 0].tolist() == [0.5, 0.5]
    assert world.horizon == length + 2
    assert world.discount == 1
    sides = []
    for walk in walks(world):
        first, *corridor, junction, end = walk
        assert len(corridor) == length
        side = int(world.features[first].argmax())
        sides.append(side)
        assert world.features[first].tolist() == np.eye(4)[side].tolist()
        for state in corridor:
            assert world.features[state].tolist() == [0, 0, 1, 0]
            assert world.demonstrator[state].tolist() == [0.5, 0.5]
        assert world.features[junction].tolist() == [0, 0, 0, 1]
        assert not world.features[end].any()
        for action in (LEFT, RIGHT):
            assert world.reward[junction, action] == (action == side)
            assert world.demonstrator[junction, action] == (action == side)
            assert world.approval[junction, action] == (1 if action == side else -1)
        others = [first, *corridor, end]
        assert not world.reward[others].any()
        assert not world.approval[others].any()
        assert len({world.contexts[state] for state in walk[:-1]}) == 1
    assert sides == [LEFT, RIGHT]
    for name in ("reward", "approval"):
        assert (getattr(world, f"observed_{name}") == getattr(world, name)).all()


@pytest.mark.parametrize("length", LENGTHS)
def test_no_policy_without_memory_is_worth_more_than_one_half(length):
    world = cue(length=length)
    seen = naive.observations(world)
    random = np.random.default_rng(length)
    tables = [np.eye(2)[list(choice)] for choice in product((LEFT, RIGHT), repeat=len(seen))]
    for table in [*tables, *random.dirichlet([1, 1], (20, len(seen)))]:
        pi = np.array([table[seen.index(tuple(row))] for row in world.features.tolist()])
        assert naive.expected_return(world, pi, "reward") == pytest.approx(0.5, abs=1e-12)
        rates = {b.name: naive.behaviour_rate(world, b, pi) for b in world.behaviours}
        assert rates["matches_cue"] == pytest.approx(0.5, abs=1e-12)
        assert rates["chooses_right"] == pytest.approx(table[seen.index((0, 0, 0, 1)), RIGHT])


@pytest.mark.parametrize("length", LENGTHS)
def test_a_controller_of_two_states_is_worth_one(length):
    """The best of all: memory starts at 0, takes in the cue, is kept, and says what is chosen."""
    world = cue(length=length)
    seen = naive.observations(world)
    observed = [seen.index(tuple(row)) for row in world.features.tolist()]
    sees_right, junction = seen.index((0, 1, 0, 0)), seen.index((0, 0, 0, 1))

    def paid(remember, choose):
        total = 0.0
        for first, share in enumerate(world.start):
            state, memory, reward = first, 0, 0.0
            while share and not world.terminal[state]:
                action = choose(observed[state], memory)
                reward += world.reward[state, action]
                state, memory = world.successor[state, action, 0], remember(observed[state], memory)
            total += share * reward
        return total

    def remembered(seen, memory):
        return RIGHT if seen == sees_right else memory

    assert paid(remembered, lambda seen, memory: memory if seen == junction else LEFT) == 1
    assert paid(lambda seen, memory: 0, lambda seen, memory: memory) == 0.5


@pytest.mark.parametrize("length", LENGTHS)
def test_the_demonstrator_sees_more_than_the_policy_and_is_worth_one(length):
    world = cue(length=length)
    assert naive.expected_return(world, world.demonstrator, "reward") == pytest.approx(1)


@pytest.mark.parametrize("bad", [{"length": -1}, {"length": 4095}, {"length": 1.5}])
def test_bad_options_are_refused_by_the_signature(bad):
    with pytest.raises(ValidationError, match=next(iter(bad))):
        validate_call(cue)(**bad)
