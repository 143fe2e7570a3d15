"""Mazes, against plain Python: Kruskal's algorithm on the words of the addresses, and a search by breadth."""

from collections import deque
from itertools import product

import naive
import numpy as np
import pytest
from popgrad.sim.errors import InvalidInput
from popgrad.sim.worlds.levels import levels
from pydantic import ValidationError, validate_call

UP, RIGHT, DOWN, LEFT = range(4)
STEPS = {UP: (-1, 0), RIGHT: (0, 1), DOWN: (1, 0), LEFT: (0, -1)}
SMALL = {"size": 4, "levels": 12, "held_out": 6, "agree_levels": 5}
CASES = {
    "trees": {**SMALL, "loops": 0.0},
    "loops": {**SMALL, "loops": 0.4, "seed": 2**33 + 7},
    "compass": {**SMALL, "encoding": "compass", "seed": 3},
    "tiny": {"size": 3, "levels": 9, "held_out": 9, "agree": 0.5, "loops": 0.3},
    "wide": {"size": 6, "levels": 3, "held_out": 2, "agree": 0.0, "discount": 0.9, "horizon": 7},
}


def edges_of(size):
    """Pairs of cells with a wall between them at most, in the order of the addresses."""
    beside = [(r * size + c, r * size + c + 1) for r in range(size) for c in range(size - 1)]
    above = [(r * size + c, (r + 1) * size + c) for r in range(size - 1) for c in range(size)]
    return beside + above


def kruskal(size, weights, corner):
    """The least spanning tree without a cell, which then hangs on by its lighter edge."""
    group = list(range(size * size))
    tree = set()
    edges = edges_of(size)
    for number in sorted(range(len(edges)), key=lambda e: (corner in edges[e], weights[e])):
        one, other = (group[cell] for cell in edges[number])
        if one != other:
            tree.add(number)
            group = [one if g == other else g for g in group]
    return tree


def maze_by_address(size, loops, seed, series, level):
    """The open walls of a level, as the documentation of the addresses has it."""
    count = len(edges_of(size))
    for attempt in range(64):
        key = naive.threefry((seed & naive.WORD, seed >> 32), (level, 2**16 + series))
        words = [naive.threefry(key, (attempt, edge)) for edge in range(count)]
        tree = kruskal(size, [word[0] for word in words], size - 1)
        rest = sorted(set(range(count)) - tree, key=lambda edge: words[edge][1])
        opened = tree | set(rest[: round(loops * len(rest))])
        state = (0, 0)
        for place in range(-(-count // 32)):
            chunk = sum(1 << bit for bit in range(32) if 32 * place + bit in opened)
            state = naive.threefry(state, (chunk, place))
        if state[0] % 2 == series:
            return opened
    raise AssertionError("no maze")


class Maze:
    """A level read from the world's tables: passages, goal, and where it ends."""

    def __init__(self, world, size, level):
        self.size, first = size, level * size * size
        self.first = first
        cells = range(size * size)
        self.goal = next(c for c in cells if world.entry_reward[first + c] == 1)
        self.corner = size - 1
        self.terminal = {c for c in cells if world.terminal[first + c]}
        self.neighbours = {
            c: {a: int(world.successor[first + c, a, 0]) - first for a in STEPS}
            for c in cells
            if c not in self.terminal
        }
        self.passages = frozenset(
            frozenset((c, n)) for c, to in self.neighbours.items() for n in to.values() if n != c
        )

    def distance(self, target):
        """Steps to a target, plain breadth-first search back from it, other ends not passed through."""
        found, queue = {target: 0}, deque([target])
        while queue:
            cell = queue.popleft()
            for c, to in self.neighbours.items():
                if c not in found and cell in to.values():
                    found[c] = found[cell] + 1
                    queue.append(c)
        return found


def all_of(options):
    world = levels(**options)
    size = options["size"]
    mazes = [Maze(world, size, level) for level in range(world.states // size**2)]
    return world, mazes, mazes[: options["levels"]], mazes[options["levels"] :]


@pytest.mark.parametrize("options", CASES.values(), ids=CASES)
def test_tables_agree_with_the_rules_written_out(options):
    world, mazes, training, held_out = all_of(options)
    size, N = options["size"], options["size"] ** 2
    assert (len(training), len(held_out)) == (options["levels"], options["held_out"])
    assert world.horizon == options.get("horizon", N)
    assert world.discount == options.get("discount", 1.0)
    for level, maze in enumerate(mazes):
        assert maze.terminal == {maze.goal, maze.corner}
        nearer = maze.distance(maze.goal)
        acting = set(range(N)) - maze.terminal
        for cell, action in product(range(N), STEPS):
            s = maze.first + cell
            started = (level < options["levels"]) * (cell in acting) / len(acting) / len(training)
            assert world.start[s] == world.contexts[s] == pytest.approx(started)
            assert world.entry_reward[s] == (cell == maze.goal)
            if cell in maze.terminal:
                assert world.successor[s, action, 0] == s
                continue
            row, column = cell // size + STEPS[action][0], cell % size + STEPS[action][1]
            to = maze.neighbours[cell][action]
            wall = to == cell
            assert wall or (to == row * size + column and 0 <= row < size and 0 <= column < size)
            assert world.features[s, 1 + action] == wall
            back = maze.neighbours.get(to)
            assert back is None or wall or cell in back.values()
            shortens = not wall and nearer.get(to, N) < nearer[cell]
            assert (world.demonstrator[s, action] > 0) == shortens
            assert world.approval[s, action] == (1 if shortens else -1)
    assert np.allclose(world.demonstrator.max(axis=1) * (world.demonstrator > 0).sum(axis=1), 1)
    assert not world.reward.any()
    assert world.start.sum() == pytest.approx(1)


def test_observed_columns_equal_the_true_ones():
    world = levels(**SMALL)
    for name in ("reward", "entry_reward", "approval"):
        assert (getattr(world, f"observed_{name}") == getattr(world, name)).all()


@pytest.mark.parametrize("options", CASES.values(), ids=CASES)
def test_what_the_policy_sees_of_goal_and_proxy(options):
    world, mazes, *_ = all_of(options)
    size = options["size"]
    for maze in mazes:
        ways = {target: maze.distance(target) for target in (maze.goal, maze.corner)}
        for cell in set(range(size**2)) - maze.terminal:
            seen = world.features[maze.first + cell]
            assert seen[0] == 1
            expected = []
            for target in (maze.goal, maze.corner):
                if options.get("encoding") == "compass":
                    own = ways[target].get(cell, -1)
                    to = maze.neighbours[cell]
                    expected += [ways[target].get(to[a], np.inf) == own - 1 for a in STEPS]
                else:
                    expected += [
                        (target // size - cell // size) / size,
                        (target % size - cell % size) / size,
                    ]
            np.testing.assert_allclose(seen[5:], expected)


@pytest.mark.parametrize("options", [CASES["trees"], CASES["loops"], CASES["tiny"]])
def test_mazes_and_goals_are_those_of_their_addresses(options):
    size, seed = options["size"], options.get("seed", 0)
    _, mazes, training, _ = all_of(options)
    edges = edges_of(size)
    free = [c for c in range(size**2) if c not in (size - 1, size - 2, 2 * size - 1)]
    for level, maze in enumerate(mazes):
        series, number = divmod(level, len(training)) if level < len(training) else (1, level - len(training))
        opened = maze_by_address(size, options["loops"], seed, series, number)
        # What leads from one end to another cannot be read from the table, nor matters.
        seen = frozenset(frozenset(edges[edge]) for edge in opened if not set(edges[edge]) <= maze.terminal)
        assert maze.passages == seen
        if maze.goal != maze.corner:
            key = naive.threefry((seed & naive.WORD, seed >> 32), (number, 2**16 + series))
            assert maze.goal == free[naive.threefry(key, (0, 2**16))[0] * len(free) >> 32]


def test_without_loops_there_is_one_way_and_the_corner_bars_none():
    world, mazes, training, _ = all_of(CASES["trees"])
    for maze in mazes:
        assert len(maze.passages) == 15
        assert sum(maze.corner in passage for passage in maze.passages) == 1
        assert set(maze.distance(maze.goal)) >= set(range(16)) - maze.terminal
    looped = [
        len(maze.passages) for maze in all_of({**SMALL, "loops": 0.5, "agree": 1.0, "agree_levels": None})[2]
    ]
    assert looped == [15 + round(0.5 * 9)] * len(training)
    assert world.states == 18 * 16


@pytest.mark.parametrize(
    ("options", "agreeing"),
    [
        ({"levels": 20, "agree": 0.95}, 19),
        ({"levels": 40, "agree": 0.3}, 12),
        ({"levels": 7, "agree": 0.5}, 3),
        ({"levels": 9, "agree": 0.0}, 0),
        ({"levels": 9}, 9),
        ({"levels": 9, "agree_levels": 4}, 4),
        ({"levels": 9, "agree_levels": 0}, 0),
    ],
)
def test_as_many_levels_agree_as_asked(options, agreeing):
    _, _, training, held_out = all_of({"size": 4, "held_out": 5, **options})
    assert sum(maze.goal == maze.corner for maze in training) == agreeing
    for maze in held_out:
        assert maze.goal not in (3, 2, 7)


@pytest.mark.parametrize("size", [3, 4])
@pytest.mark.parametrize("loops", [0.0, 0.4])
def test_no_maze_is_both_trained_in_and_held_out(size, loops):
    """The walls are read from the features, so this does not depend on how mazes are made."""
    world = levels(size=size, levels=300, held_out=300, loops=loops)
    walls = world.features[:, 1:5].reshape(600, -1)
    training, held_out = ({row.tobytes() for row in part} for part in (walls[:300], walls[300:]))
    assert len(training) > 20
    assert len(held_out) > 20
    assert not training & held_out


@pytest.mark.parametrize("agreement", [{"agree": 0.7}, {"agree_levels": 4}, {}])
@pytest.mark.parametrize("more", [{"levels": 31}, {"held_out": 11}])
def test_more_levels_leave_the_others_as_they_were(agreement, more):
    few, many = (
        levels(**{"size": 4, "levels": 9, "held_out": 5, **agreement, **extra}) for extra in ({}, more)
    )

    def tables(world, first, count):
        part = slice(first * 16, (first + count) * 16)
        columns = [world.features, world.demonstrator, world.entry_reward[:, None], world.terminal[:, None]]
        return [*(column[part] for column in columns), world.successor[part] - first * 16]

    for one, other in zip(tables(few, 0, 9), tables(many, 0, 9), strict=True):
        np.testing.assert_array_equal(one, other)
    first = more.get("levels", 9)
    for one, other in zip(tables(few, 9, 5), tables(many, first, 5), strict=True):
        np.testing.assert_array_equal(one, other)


def reached(world, behaviour, policy):
    """The expected count per episode by following the distribution of states forward."""
    alive, total = np.array(behaviour.start), 0.0
    for step in range(world.horizon + 1):
        ended = np.where(world.terminal, alive, 0.0)
        total += float(ended @ behaviour.entry)
        alive = alive - ended
        if step < world.horizon:
            ahead = np.zeros(world.states)
            np.add.at(ahead, world.successor[:, :, 0], alive[:, None] * policy)
            alive = ahead
    return total


@pytest.mark.parametrize("options", [CASES["trees"], CASES["loops"], CASES["tiny"]])
def test_the_demonstrator_always_reaches_the_goal_and_one_that_seeks_the_proxy_seldom(options):
    world, mazes, training, held_out = all_of(options)
    seeks = np.full(world.demonstrator.shape, 0.25)
    for maze in mazes:
        way = maze.distance(maze.corner)
        for cell in set(way) - maze.terminal:
            nearer = [way.get(to, np.inf) < way[cell] for to in maze.neighbours[cell].values()]
            seeks[maze.first + cell] = np.array(nearer) / sum(nearer)
    for where, among in (("", training), ("_held_out", held_out)):
        goal, proxy = (world.behaviour(f"reaches_{what}{where}") for what in ("goal", "proxy"))
        assert reached(world, goal, world.demonstrator) == pytest.approx(1)
        assert reached(world, proxy, world.demonstrator) == pytest.approx(0)
        barred = [
            sum(
                cell not in maze.distance(maze.corner)
                for cell in set(range(options["size"] ** 2)) - maze.terminal
            )
            / (options["size"] ** 2 - len(maze.terminal))
            for maze in among
        ]
        apart = [maze.goal != maze.corner for maze in among]
        found = reached(world, proxy, seeks)
        assert found == pytest.approx(np.mean([a * (1 - b) for a, b in zip(apart, barred, strict=True)]))
        assert reached(world, goal, seeks) >= 1 - np.mean(apart) - 1e-9


@pytest.mark.parametrize("options", CASES.values(), ids=CASES)
def test_turning_to_the_proxy_is_told_apart_from_turning_to_the_goal(options):
    world, _, _, held_out = all_of(options)
    behaviour = world.behaviour("turns_to_proxy")
    chosen = np.flatnonzero(behaviour.contexts)
    assert len(chosen) == len(held_out)
    for state, maze in zip(chosen, held_out, strict=True):
        ways = [maze.distance(target) for target in (maze.goal, maze.corner)]
        steps, forks = {}, {}
        for cell, to in maze.neighbours.items():
            steps[cell] = [
                {a for a, n in to.items() if n in way and way[n] == way.get(cell, -9) - 1} for way in ways
            ]
            if all(steps[cell]) and not steps[cell][0] & steps[cell][1]:
                forks[cell] = abs(ways[0][cell] - ways[1][cell])
        cell = state - maze.first
        assert cell == min(forks, key=lambda c: (forks[c], c))
        assert set(np.flatnonzero(behaviour.weight[state])) == steps[cell][1]
        assert (behaviour.weight[state] * world.demonstrator[state]).sum() == 0
    assert (world.start[chosen] == 0).all()


def test_a_hundred_thousand_states_have_sixteen_forks():
    world = levels(size=7, levels=1_900, held_out=150, agree=0.99)
    assert world.states == 2_050 * 49
    assert np.count_nonzero(world.behaviour("turns_to_proxy").contexts) == 16


FAULTS = [
    ({"levels": 5, "agree_levels": 6}, "agree_levels: got 6, expected at most 5"),
    ({"agree": 0.5, "agree_levels": 3}, "agree_levels: got 3 beside agree = 0.5, expected one of the two"),
    ({"size": 32, "levels": 2**14}, "levels: got 16,384, and 20 held out.*at most 16,777,216 states: fewer"),
    ({"loops": 1.0}, "loops: got 1 with size = 5.*too few mazes.*a smaller share"),
]


@pytest.mark.parametrize(("options", "message"), FAULTS)
def test_options_that_do_not_go_together_are_refused(options, message):
    with pytest.raises(InvalidInput, match=message):
        levels(**options)


@pytest.mark.parametrize(
    "bad",
    [
        *({"size": 2}, {"size": 33}, {"levels": 0}, {"held_out": 0}, {"agree": 1.1}, {"agree_levels": -1}),
        *({"loops": -0.1}, {"encoding": "picture"}, {"seed": -1}, {"horizon": 0}, {"discount": 0.0}),
    ],
)
def test_bad_options_are_refused_by_the_signature(bad):
    with pytest.raises(ValidationError, match=next(iter(bad))):
        validate_call(levels)(**bad)
