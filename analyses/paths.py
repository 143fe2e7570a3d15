"""What a network of a run does in one level of `levels`: where it goes from a cell, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..sim import worlds
from ..sim.agent import Agent, agent_of
from ..sim.behaviour import Array
from ..sim.dynamics import dynamics, occupancy
from ..sim.errors import Fault, InvalidInput
from ..sim.maze_levels import Layout, laid_out
from ..sim.mazes import MOVES, distances
from ..sim.registry import chosen, functions_in

if TYPE_CHECKING:
    from ..sim.runfile import Run

OPTIONS = ("size", "levels", "held_out", "agree", "agree_levels", "loops", "seed")
"""What of the world's options its layout is made from."""


@dataclass(frozen=True, eq=False)
class Path:
    """A network in a level, from one cell.

    Args:
        size: n, cells a side; cells are numbered row by row from the upper left.
        passages: (n², 4), whether one can go up, right, down and left.
        goal, proxy, start: cells.
        cells: the likeliest path, the start included: in every state the likeliest action.
        ending: how that ends: "goal", "proxy", "late" at the horizon, "circle" where a state comes again.
        visits: (n²,), expected visits of each cell that is acted in.
        actions: (n², 4), the probability of each action, averaged over the visits of a cell.
        ends: the probabilities that an episode ends in the goal, and in the proxy.
        horizon: steps in an episode.
    """

    size: int
    passages: NDArray[np.bool_]
    goal: int
    proxy: int
    start: int
    cells: tuple[int, ...]
    ending: str
    visits: Array
    actions: Array
    ends: tuple[float, float]
    horizon: int


def path_of(
    run: Run,
    condition: str | None = None,
    network: int = 0,
    level: int = 0,
    held_out: bool = False,
    start: tuple[int, int] | None = None,
) -> tuple[Agent, Path]:
    """A network of a run in a level.

    Args:
        condition: a name; may be left out where the run has just one.
        network: its number.
        level: its number, among those of training or the held-out ones.
        start: (row, column), counted from the upper left; the cell farthest from the goal when None.

    Raises:
        InvalidInput: a run in another world, or no such condition, network, level or start.
        PopgradError: a network without weights.
    """
    agent = agent_of(run, condition, network)
    layout = _layout(run, agent)
    number = _level(run, layout, level, held_out)
    first = _start(run, layout, number, start)
    world, own, N = agent.world, agent.trained.world, layout.size**2
    # A state that the policy sees is one of its world in some copy; episodes begin in one copy.
    copy = int(np.flatnonzero(world.start)[0]) // own.states
    state = copy * own.states + number * N + first
    pi, flow = _flow(agent, state)
    states, ending = _likeliest(agent, pi, state)
    cells = tuple(each % own.states % N for each in states)
    goal, proxy = int(layout.goal[number]), layout.proxy
    if ending == "end":
        ending = "goal" if cells[-1] == goal else "proxy"

    ended = np.bincount(world.successor[:, :, 0].ravel(), flow.ravel(), world.states)
    ended = ended.reshape(-1, own.states).sum(axis=0)[number * N :]
    taken = flow.reshape(-1, own.states, len(MOVES), world.actions // len(MOVES)).sum(axis=(0, 3))
    taken = taken[number * N :][:N]
    visits = taken.sum(axis=1)
    return agent, Path(
        layout.size,
        layout.passages[number],
        goal,
        proxy,
        first,
        cells,
        ending,
        visits,
        taken / np.maximum(visits, np.finfo(float).tiny)[:, None],
        (float(ended[goal]), float(ended[proxy]) if goal != proxy else 0.0),
        world.horizon,
    )


def _flow(agent: Agent, state: int) -> tuple[Array, Array]:
    """(S, A) each: the policy where an episode from a state may act, and how often it acts so."""
    world = agent.world
    began = np.zeros(world.states)
    began[state] = 1
    episodes = dynamics(world, began, world.horizon)
    pi = np.zeros((world.states, world.actions))
    pi[episodes.acting] = agent.probabilities(episodes.acting)
    return pi, occupancy(episodes, pi)[:, None] * pi


def _layout(run: Run, agent: Agent) -> Layout:
    kind = agent.tables["world"].get("kind")
    if kind != "levels":
        expected = 'a run in the world "levels", whose mazes can be drawn'
        raise InvalidInput(str(run.path), [Fault("world.kind", repr(kind), expected)])
    _, options = chosen(functions_in(worlds), agent.tables["world"], "world")
    return laid_out(**{name: getattr(options, name) for name in OPTIONS})


def _level(run: Run, layout: Layout, level: int, held_out: bool) -> int:
    tested = len(layout.goal) - layout.training
    count, which = (tested, "held-out") if held_out else (layout.training, "training")
    if not 0 <= level < count:
        other = "" if held_out else f"; of the {tested:,} held-out ones with held_out (--held-out)"
        expected = f"the number of a {which} level, from 0 to {count - 1:,}{other}"
        raise InvalidInput(str(run.path), [Fault("level", str(level), expected)])
    return level + layout.training * held_out


def _start(run: Run, layout: Layout, number: int, start: tuple[int, int] | None) -> int:
    n, goal = layout.size, layout.goal[number : number + 1]
    ends = {int(goal[0]): "the goal", layout.proxy: "the upper right corner"}
    if start is None:
        steps = distances(layout.passages[number : number + 1], goal, np.array([layout.proxy]))[0]
        steps[list(ends)] = -1
        return int(steps.argmax())
    row, column = start
    cell = row * n + column
    if not (0 <= row < n and 0 <= column < n) or cell in ends:
        given = f"{row},{column}" + (f", which is {ends[cell]}" if 0 <= column < n and cell in ends else "")
        expected = (
            f"a row and a column from 0 to {n - 1}, counted from the upper left, where an episode goes on"
        )
        raise InvalidInput(str(run.path), [Fault("start", given, expected)])
    return cell


def _likeliest(agent: Agent, pi: Array, state: int) -> tuple[list[int], str]:
    """The states that follow if every action is the likeliest, and how that ends."""
    states = [state]
    for _ in range(agent.world.horizon):
        state = int(agent.world.successor[state, pi[state].argmax(), 0])
        if state in states:
            return [*states, state] if state != states[-1] else states, "circle"
        states.append(state)
        if agent.world.terminal[state]:
            return states, "end"
    return states, "late"
