"""Paths through levels, against episodes followed one by one; and the picture of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click.testing
import naive
import naive_memory
import numpy as np
import popgrad
import pytest
from matplotlib.image import imread
from popgrad.analyses.figures import save
from popgrad.analyses.levels import FAINT, arrows_of, draw_path, walls_of
from popgrad.analyses.paths import path_of
from popgrad.cli import main
from popgrad.sim.errors import InvalidInput

SIZE, CELLS, TRAINING, HELD_OUT = 4, 16, 6, 3
TABLES: dict[str, Any] = {
    "title": "levels",
    "world": {
        "kind": "levels",
        **{"size": SIZE, "levels": TRAINING, "held_out": HELD_OUT, "agree": 0.5, "horizon": 12},
        "encoding": "compass",
    },
    "policy": {"kind": "mlp", "hidden": [6], "init": {"kind": "normal", "std": 1.5}},
    "optimiser": {"kind": "adam", "learning_rate": 0.05},
    "population": {"networks": 16},
    "training": {"updates": 150, "record": {"log": 3}},
    "condition": [
        {"name": "outcome", "loss": {"kind": "outcome", "episodes": 8}},
        {
            "name": "controller",
            "policy": {"kind": "controller", "init": {"kind": "normal"}},
            "loss": {"kind": "outcome", "episodes": 8},
        },
    ],
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("levels") / "levels.h5"
    popgrad.run(TABLES, path).close()
    return path


@pytest.fixture
def run(file: Path) -> Iterator[Any]:
    with popgrad.open_run(file) as opened:
        yield opened


def policy_of(run: Any, condition: str, network: int, world: Any) -> np.ndarray:
    """(M, S, A, M): what the oracle makes of the stored weights."""
    weights = run.weights(condition)[network]
    if condition == "controller":
        return naive_memory.table_policy(world, 2, weights)
    net = naive.Net("mlp", hidden=(6,), bias=True)
    return naive.probabilities(net, world, weights)[None, :, :, None]


def followed(world: Any, pi: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray]:
    """Expected visits of (state, action), and the probabilities of ending in each state."""
    memory = pi.shape[0]
    alive = {(0, first): 1.0}
    visits, ended = np.zeros((world.states, world.actions)), np.zeros(world.states)
    for _ in range(world.horizon):
        ahead: dict[tuple[int, int], float] = {}
        for (m, s), chance in alive.items():
            for a in range(world.actions):
                for after in range(memory):
                    share = chance * pi[m, s, a, after]
                    to = int(world.successor[s, a, 0])
                    visits[s, a] += share
                    if world.terminal[to]:
                        ended[to] += share
                    else:
                        ahead[after, to] = ahead.get((after, to), 0.0) + share
        alive = ahead
    return visits, ended


@pytest.mark.parametrize("condition", ["outcome", "controller"])
@pytest.mark.parametrize(("level", "held_out"), [(0, False), (1, False), (5, False), (2, True)])
def test_visits_actions_and_ends_are_those_of_all_episodes(run, condition, level, held_out):
    for network in (0, 7):
        agent, path = path_of(run, condition, network, level, held_out)
        world = agent.trained.world
        pi = policy_of(run, condition, network, world)
        at = (level + TRAINING * held_out) * CELLS
        visits, ended = followed(world, pi, at + path.start)
        own = visits[at : at + CELLS]
        np.testing.assert_allclose(path.visits, own.sum(axis=1), rtol=1e-6, atol=1e-12)
        seen = path.visits > 1e-9
        shares = own[seen] / own[seen].sum(axis=1, keepdims=True)
        np.testing.assert_allclose(path.actions[seen], shares, rtol=1e-5, atol=1e-9)
        assert world.entry_reward[at + path.goal] == 1
        assert path.proxy == SIZE - 1
        apart = path.goal != path.proxy
        assert path.ends == pytest.approx((ended[at + path.goal], ended[at + path.proxy] * apart), rel=1e-6)


@pytest.mark.parametrize("condition", ["outcome", "controller"])
def test_the_likeliest_path_takes_the_likeliest_action_in_every_state(run, condition):
    endings = set()
    for network in range(16):
        agent, path = path_of(run, condition, network, network % TRAINING)
        world, at = agent.trained.world, network % TRAINING * CELLS
        pi = policy_of(run, condition, network, world)
        state, memory, seen, cells = at + path.start, 0, [], [path.start]
        ending = "late"
        for _ in range(world.horizon):
            seen.append((state, memory))
            likeliest = pi[memory, state]
            action, after = np.unravel_index(likeliest.argmax(), likeliest.shape)
            state, memory = int(world.successor[state, action, 0]), int(after)
            if (state, memory) in seen:
                ending = "circle"
                cells += [state - at] * ((state, memory) != seen[-1])
                break
            cells.append(state - at)
            if world.terminal[state]:
                ending = "goal" if world.entry_reward[state] else "proxy"
                break
        assert path.cells == tuple(cells)
        assert path.ending == ending
        endings.add(ending)
    assert len(endings) > 1


def test_the_start_is_the_farthest_cell_or_the_one_that_is_asked_for(run):
    for level in range(TRAINING):
        agent, path = path_of(run, "outcome", level=level)
        world = agent.trained.world
        steps = {}
        for cell in range(CELLS):
            state, count = level * CELLS + cell, 0
            while not world.terminal[state]:
                state, count = int(world.successor[state, world.demonstrator[state].argmax(), 0]), count + 1
            steps[cell] = count
        assert steps[path.start] == max(steps.values())
    _, path = path_of(run, "outcome", level=1, start=(3, 2))
    assert path.start == 14


def test_walls_are_drawn_where_no_passage_is(run):
    """Where a step leads nowhere, on that side of its cell."""
    _, path = path_of(run, "outcome", level=2)
    walls = {frozenset(wall) for wall in walls_of(path)}
    assert len(walls) == len(walls_of(path))
    agent, _ = path_of(run, "outcome", level=2)
    world = agent.trained.world
    for row in range(SIZE):
        for column in range(SIZE):
            state = 2 * CELLS + row * SIZE + column
            if world.terminal[state]:
                continue
            sides = {
                0: ((column - 0.5, row - 0.5), (column + 0.5, row - 0.5)),
                1: ((column + 0.5, row - 0.5), (column + 0.5, row + 0.5)),
                2: ((column - 0.5, row + 0.5), (column + 0.5, row + 0.5)),
                3: ((column - 0.5, row - 0.5), (column - 0.5, row + 0.5)),
            }
            for action, side in sides.items():
                assert (frozenset(side) in walls) == (world.successor[state, action, 0] == state)


def test_arrows_are_as_long_as_actions_are_likely_and_point_their_way():
    actions = np.zeros((9, 4))
    actions[4] = [0.6, 0.3, FAINT / 2, 0.1 - FAINT / 2]
    up, right, left = arrows_of(SimpleNamespace(size=3, actions=actions))  # type: ignore[arg-type]
    for arrow, (x, y), likely in ((up, (0, -1), 0.6), (right, (1, 0), 0.3), (left, (-1, 0), 0.1 - FAINT / 2)):
        tip, base = arrow[2], arrow[:2].mean(axis=0)
        np.testing.assert_allclose(tip - base, 0.36 * likely * np.array([x, y]), atol=1e-12)
        assert (np.abs(tip - [1, 1]) < 0.5).all()


@pytest.mark.parametrize(("level", "held_out"), [(0, False), (1, False), (0, True)])
def test_the_figure_shows_the_path_and_says_what_it_is(run, level, held_out, tmp_path):
    agent, path = path_of(run, "controller", 2, level, held_out)
    figure = draw_path(run, "controller", 2, level, held_out)
    axes = figure.axes[0]
    lines = {line.get_label(): line for line in axes.get_lines()}
    columns, rows = lines["path"].get_xydata().T  # type: ignore[union-attr]
    assert [int(r) * SIZE + int(c) for r, c in zip(rows, columns, strict=True)] == list(path.cells)
    for name, cell in (("start", path.start), ("goal", path.goal), ("corner", path.proxy)):
        assert lines[name].get_xydata().tolist() == [[cell % SIZE, cell // SIZE]]  # type: ignore[union-attr]
    np.testing.assert_allclose(axes.images[0].get_array(), path.visits.reshape(SIZE, SIZE))
    which = "held-out" if held_out else "training"
    caption = figure.get_supxlabel().replace("\n", " ")
    assert f"in {which} level {level}" in caption
    assert "on average over its memory" in caption
    assert ("where the goal is" in caption) == (path.goal == path.proxy)
    save(figure, tmp_path / "a.png")
    save(draw_path(run, "controller", 2, level, held_out), tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert imread(tmp_path / "a.png").min() < 0.05
    assert agent.network == 2


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no such level": (
        {"level": 6},
        r"level: got 6, expected the number of a training level, from 0 to 5; of the 3",
    ),
    "no such held-out level": ({"level": 3, "held_out": True}, r"level: got 3.*held-out level, from 0 to 2$"),
    "below the first": ({"level": -1}, r"level: got -1"),
    "outside": ({"start": (0, 4)}, r"start: got 0,4, expected a row and a column from 0 to 3"),
    "at the corner": ({"start": (0, 3)}, r"start: got 0,3, which is the upper right corner"),
}


@pytest.mark.parametrize(("options", "message"), FAULTS.values(), ids=FAULTS)
def test_what_the_world_does_not_have_is_refused(run, options, message):
    with pytest.raises(InvalidInput, match=message):
        path_of(run, "outcome", **options)


def test_a_run_in_another_world_is_refused(tmp_path):
    tables = {**TABLES, "world": {"kind": "cue"}}
    with (
        popgrad.run(tables, tmp_path / "cue.h5") as run,
        pytest.raises(InvalidInput, match=r'world\.kind: got \'cue\', expected a run in the world "levels"'),
    ):
        path_of(run, "outcome")


def call(*arguments: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(main, ["path", *arguments])


def test_the_command_writes_the_figure_and_says_where(file, tmp_path):
    figure = tmp_path / "figure.png"
    result = call(str(file), "-c", "outcome", "--network", "3", "-l", "2", "--held-out", "-o", str(figure))
    assert (result.exit_code, result.output.strip()) == (0, str(figure))
    assert figure.stat().st_size > 10_000
    assert call(str(file), "-c", "outcome", "--start", "3,2").exit_code == 0
    assert file.with_name("levels_path.png").exists()
    for wrong in ("3", "a,b", "1,2,3"):
        assert "expected ROW,COLUMN" in call(str(file), "-c", "outcome", "--start", wrong).output
    refused = call(str(file), "-o", str(figure))
    assert refused.exit_code == 2
    assert "expected one of outcome, controller" in refused.output
