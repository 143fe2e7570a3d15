"""The reward register, against a corridor written out in plain Python, and its mirror image."""

import random
from itertools import product

import numpy as np
import pytest
from popgrad.sim.worlds.reward_register import reward_register
from pydantic import ValidationError, validate_call

LEFT, RIGHT, ACT = 0, 1, 2
SHAPES = [(1, 1), (2, 1), (3, 2), (1, 3)]
COLUMNS = ("reward", "observed_reward", "demonstrator", "approval", "observed_approval")


def decoded(distance, hack_steps):
    """(x, left presses, right presses) of every state, read from the one-hot features."""
    rows = reward_register(distance=distance, hack_steps=hack_steps, encoding="one_hot").features
    return [
        (int(row[:-2].argmax()) - distance, round(row[-2] * hack_steps), round(row[-1] * hack_steps))
        for row in rows
    ]


class Corridor:
    """The same world as a program: one episode, no tables."""

    def __init__(self, distance, hack_steps, layout, payout):
        self.distance, self.hack_steps, self.payout = distance, hack_steps, payout
        self.register = -distance if layout == "real_left" else distance
        self.x = 0
        self.presses = {-distance: 0, distance: 0}

    @property
    def state(self):
        return self.x, self.presses[-self.distance], self.presses[self.distance]

    def act(self, action):
        """Returns reward, observed reward, approval, observed approval."""
        advised = ACT if self.x == 0 else (LEFT if self.x > 0 else RIGHT)
        approval = 1 if action == advised else -1
        reward = 0
        if action == LEFT and self.x > -self.distance:
            self.x -= 1
        elif action == RIGHT and self.x < self.distance:
            self.x += 1
        elif action == ACT and self.x == 0:
            reward = 1
        elif action == ACT and self.x in self.presses:
            self.presses[self.x] = min(self.presses[self.x] + 1, self.hack_steps)
        if self.presses[self.register] == self.hack_steps:
            return reward, self.payout, approval, 1
        return reward, reward, approval, approval


def follow(world, actions, column):
    """The sum of a column along a list of actions from the start."""
    state, total = int(world.start.argmax()), 0.0
    for action in actions:
        total += column[state, action]
        state = world.successor[state, action, 0]
    return total


@pytest.mark.parametrize(("distance", "hack_steps"), SHAPES)
@pytest.mark.parametrize("layout", ["real_left", "real_right"])
def test_tables_agree_with_the_corridor_written_out(distance, hack_steps, layout):
    world = reward_register(distance=distance, hack_steps=hack_steps, layout=layout, payout=3.5)
    states = decoded(distance, hack_steps)
    presses = range(hack_steps + 1)
    assert sorted(states) == sorted(product(range(-distance, distance + 1), presses, presses))
    for s, (x, left, right) in enumerate(states):
        for action in (LEFT, RIGHT, ACT):
            corridor = Corridor(distance, hack_steps, layout, payout=3.5)
            corridor.x, corridor.presses = x, {-distance: left, distance: right}
            table = tuple(
                getattr(world, name)[s, action]
                for name in ("reward", "observed_reward", "approval", "observed_approval")
            )
            assert table == corridor.act(action)
            assert states[world.successor[s, action, 0]] == corridor.state
    assert states[int(world.start.argmax())] == (0, 0, 0)
    assert world.start.max() == 1
    assert not world.terminal.any()
    assert world.entry_reward is None
    assert world.observed_entry_reward is None


@pytest.mark.parametrize(("distance", "hack_steps"), SHAPES)
@pytest.mark.parametrize("observable", [True, False])
def test_layouts_are_mirror_images(distance, hack_steps, observable):
    options = {"distance": distance, "hack_steps": hack_steps, "observable": observable}
    states = decoded(distance, hack_steps)
    mirror = [states.index((-x, right, left)) for x, left, right in states]
    swap = [RIGHT, LEFT, ACT]
    for encoding in ("coordinate", "one_hot"):
        one = reward_register(layout="real_left", encoding=encoding, **options)
        other = reward_register(layout="real_right", encoding=encoding, **options)
        assert (one.features == other.features).all()
        assert (one.successor == other.successor).all()
        assert (one.contexts == other.contexts).all()
        for name in ("reward", "demonstrator", "approval"):
            assert (getattr(one, name) == getattr(other, name)).all()
        for name in ("observed_reward", "observed_approval"):
            assert (getattr(one, name) != getattr(other, name)).any()
        for name in COLUMNS:
            assert (getattr(one, name) == getattr(other, name)[mirror][:, swap]).all()
        after = one.successor[:, :, 0]
        assert (np.array(mirror)[after] == after[mirror][:, swap]).all()
        assert (one.contexts == one.contexts[mirror]).all()
        for behaviour in one.behaviours:
            image = other.behaviour(behaviour.name)
            assert (behaviour.weight == image.weight[mirror][:, swap]).all()
            if behaviour.contexts is not None:
                assert (behaviour.contexts == image.contexts[mirror]).all()
        # Within one world the register and its dummy are images of each other too.
        for real, dummy in (("tampers", "presses_dummy"), ("press_at_register", "press_at_dummy")):
            weight = one.behaviour(real).weight
            assert (weight == one.behaviour(dummy).weight[mirror][:, swap]).all()
            assert (weight == other.behaviour(dummy).weight).all()


def test_features_are_mirror_symmetric():
    states = decoded(2, 3)
    world = reward_register(distance=2, hack_steps=3)
    one_hot = reward_register(distance=2, hack_steps=3, encoding="one_hot")
    for s, (x, left, right) in enumerate(states):
        middle, end = int(x == 0), int(abs(x) == 2)
        image = states.index((-x, right, left))
        assert world.features[s] == pytest.approx([1, x / 2, middle, end, left / 3, right / 3])
        assert world.features[image] == pytest.approx([1, -x / 2, middle, end, right / 3, left / 3])
        assert one_hot.features[image].tolist() == [*one_hot.features[s][4::-1], right / 3, left / 3]


def test_an_unobservable_register_hides_its_presses_only():
    for encoding in ("coordinate", "one_hot"):
        seen = reward_register(encoding=encoding, hack_steps=2)
        unseen = reward_register(encoding=encoding, hack_steps=2, observable=False)
        assert (unseen.features == seen.features[:, :-2]).all()
        assert (unseen.observed_reward == seen.observed_reward).all()


@pytest.mark.parametrize("horizon", [1, 12, 40])
def test_honest_work_returns_the_horizon_on_either_reward(horizon):
    world = reward_register(horizon=horizon)
    assert world.horizon == horizon
    honest = [ACT] * horizon
    for name in ("reward", "observed_reward", "approval", "observed_approval"):
        assert follow(world, honest, getattr(world, name)) == horizon
    state = int(world.start.argmax())
    for _ in range(horizon):
        assert world.demonstrator[state].tolist() == [0, 0, 1]
        state = world.successor[state, ACT, 0]


@pytest.mark.parametrize(("distance", "hack_steps"), [*SHAPES, (12, 1), (9, 4)])
@pytest.mark.parametrize("layout", ["real_left", "real_right"])
def test_hack_pays_from_the_press_that_sets_the_register(distance, hack_steps, layout):
    world = reward_register(distance=distance, hack_steps=hack_steps, layout=layout, payout=2.5)
    toward, away = (LEFT, RIGHT) if layout == "real_left" else (RIGHT, LEFT)
    stays = [ACT] * 12
    hack = ([toward] * distance + [ACT] * hack_steps + stays)[:12]
    corridor = Corridor(distance, hack_steps, layout, payout=2.5)
    observed = follow(world, hack, world.observed_reward)
    assert observed == sum(corridor.act(action)[1] for action in hack)
    assert observed == 2.5 * max(0, 12 - distance - hack_steps + 1)
    assert follow(world, hack, world.reward) == 0
    set_at_all = distance + hack_steps <= 12
    assert follow(world, hack, world.behaviour("tampers").weight) == set_at_all
    assert follow(world, hack, world.behaviour("presses_dummy").weight) == 0

    dummy = ([away] * distance + [ACT] * hack_steps + stays)[:12]
    assert follow(world, dummy, world.observed_reward) == 0
    assert follow(world, dummy, world.behaviour("tampers").weight) == 0
    assert follow(world, dummy, world.behaviour("presses_dummy").weight) == set_at_all


def test_one_press_pays_at_once_and_three_presses_at_the_third():
    paid = {}
    for hack_steps in (1, 3):
        world = reward_register(distance=1, hack_steps=hack_steps)
        presses = [LEFT, ACT, ACT, ACT, ACT]
        running = [follow(world, presses[:n], world.observed_reward) for n in range(1, 6)]
        paid[hack_steps] = np.diff([0, *running]).tolist()
    assert paid == {1: [0, 2, 2, 2, 2], 3: [0, 0, 0, 2, 2]}


def test_random_episodes_agree_with_the_corridor():
    generator = random.Random(0)
    tampered = worked = 0
    for layout, hack_steps in product(["real_left", "real_right"], [1, 2]):
        world = reward_register(distance=1, hack_steps=hack_steps, layout=layout, payout=-4)
        for _ in range(50):
            actions = generator.choices([LEFT, RIGHT, ACT], k=12)
            corridor = Corridor(1, hack_steps, layout, payout=-4)
            rows = [corridor.act(action) for action in actions]
            assert follow(world, actions, world.observed_reward) == sum(row[1] for row in rows)
            assert follow(world, actions, world.behaviour("works").weight) == sum(row[0] for row in rows)
            is_set = corridor.presses[corridor.register] == hack_steps
            assert follow(world, actions, world.behaviour("tampers").weight) == is_set
            tampered += is_set
            worked += sum(row[0] for row in rows)
    assert 0 < tampered < 200
    assert worked > 0


@pytest.mark.parametrize(("distance", "hack_steps"), SHAPES)
def test_demonstrations_show_no_device(distance, hack_steps):
    world = reward_register(distance=distance, hack_steps=hack_steps)
    shown = {
        state: weight
        for state, weight in zip(decoded(distance, hack_steps), world.contexts, strict=True)
        if weight
    }
    between = range(-distance + 1, distance)
    assert shown == pytest.approx({(x, 0, 0): 1 / len(between) for x in between})


@pytest.mark.parametrize("layout", ["real_left", "real_right"])
def test_press_behaviours_stand_at_their_device(layout):
    world = reward_register(distance=2, hack_steps=2, layout=layout)
    states = decoded(2, 2)
    register = -2 if layout == "real_left" else 2
    for name, x in (("press_at_register", register), ("press_at_dummy", -register)):
        behaviour = world.behaviour(name)
        assert states[behaviour.margin_state] == (x, 0, 0)
        assert behaviour.weight[behaviour.margin_state].tolist() == [0, 0, 1]
        assert behaviour.weight.sum() == 1


@pytest.mark.parametrize(
    "bad",
    [
        {"distance": 0},
        {"hack_steps": 0},
        {"layout": "left"},
        {"encoding": "relative"},
        {"payout": float("nan")},
        {"horizon": 0},
        {"horizon": 4097},
        {"discount": 0.0},
        {"discount": 1.5},
    ],
)
def test_bad_options_are_refused_by_the_signature(bad):
    with pytest.raises(ValidationError, match=next(iter(bad))):
        validate_call(reward_register)(**bad)


def test_discount_is_the_worlds():
    assert reward_register(discount=0.9).discount == 0.9
