"""Small mazes by number: their passages, and the ways through them, all levels at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..kernels.threefry import Words, threefry
from .errors import Fault, InvalidInput

Passages = NDArray[np.bool_]
Cells = NDArray[np.int64]

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))
"""(rows, columns) of the four actions: up, right, down, left."""

FIRST_SERIES = 1 << 16
"""Series of levels are keys beside those of networks, whose purposes are small numbers."""

MAX_ATTEMPTS = 64
"""Half of all mazes belong to a series, so this many in vain say that there are hardly any to choose from."""


def mazes(size: int, count: int, *, seed: int, series: int, loops: float) -> Passages:
    """Mazes number 0 … count − 1 of a series, each the same however many there are.

    Wall i of level k has the words T(T(seed; k, 2¹⁶ + series); attempt, i). The first words, as weights, give
    the least spanning tree of all cells but the upper right one (Kruskal's mazes, as Procgen's are), which
    hangs on by one passage: it is a dead end and stands in nobody's way. The second words order the walls
    that are left, of which the first `loops` share is opened.

    A maze whose walls hash to an odd number belongs to series 1, any other to series 0, and attempts go on
    until one does: no maze is in both.

    Args:
        size: n, cells a side.
        seed: from 0 to 2⁶⁴ − 1.
        series: 0 or 1.
        loops: share of the walls that the tree leaves, from 0 to 1.

    Returns:
        (count, n², 4), whether one can go up, right, down and left from a cell.

    Raises:
        InvalidInput: fewer kinds of mazes than it takes to have both series.

    Example:
        >>> mazes(3, 2, seed=0, series=0, loops=0.0)[0].sum() // 2  # a tree of nine cells
        np.int64(8)
    """
    open_walls = np.zeros((count, len(walls(size))), bool)
    missing = np.arange(count)
    for attempt in range(MAX_ATTEMPTS):
        words = words_of(seed, series, missing[:, None], attempt, np.arange(open_walls.shape[1]))
        tried = _opened(_trees(size, words[0]), words[1], loops)
        own = _hash(tried) % 2 == series
        open_walls[missing[own]] = tried[own]
        missing = missing[~own]
        if not len(missing):
            return _passages(size, open_walls)
    given = f"{loops:g} with size = {size}, which leaves too few mazes"
    raise InvalidInput("mazes", [Fault("loops", given, "a smaller share, or a larger size")])


def words_of(seed: int, series: int, level: Cells, attempt: int, index: Cells | int) -> tuple[Words, Words]:
    """The pair of words at an address of a level."""
    key = threefry((seed & 0xFFFFFFFF, seed >> 32), (level.astype(np.uint32), FIRST_SERIES + series))
    return threefry(key, (attempt, np.asarray(index, np.uint32)))


def walls(size: int) -> Cells:
    """(E, 2): the pairs of cells that a wall may part, those side by side before those above each other."""
    cell = np.arange(size * size).reshape(size, size)
    beside = np.stack([cell[:, :-1].ravel(), cell[:, 1:].ravel()], axis=1)
    above = np.stack([cell[:-1].ravel(), cell[1:].ravel()], axis=1)
    return np.concatenate([beside, above])


def moved(size: int) -> Cells:
    """(n², 4): the cell to which each action leads where no wall is; the cell itself at the border."""
    row, column = np.divmod(np.arange(size * size), size)
    step = np.array(MOVES)
    rows, columns = row[:, None] + step[:, 0], column[:, None] + step[:, 1]
    inside = (np.minimum(rows, columns) >= 0) & (np.maximum(rows, columns) < size)
    return np.where(inside, rows * size + columns, np.arange(size * size)[:, None])


def distances(passages: Passages, target: Cells, closed: Cells) -> Cells:
    """Steps from every cell to a target, on ways that do not pass through a closed cell; −1 without a way.

    Args:
        passages: (L, n², 4).
        target, closed: (L,), a cell of each level; a target that is closed is not.

    Returns:
        (L, n²).
    """
    levels, cells = np.arange(len(passages)), passages.shape[1]
    to = moved(int(cells**0.5))
    found = np.full(passages.shape[:2], -1)
    found[levels, target] = 0
    barred = np.zeros(found.shape, bool)
    barred[levels, closed] = closed != target
    for step in range(1, cells):
        reached = (passages & (found == step - 1)[:, to]).any(axis=2) & (found < 0) & ~barred
        if not reached.any():
            break
        found[reached] = step
    return found


def shortening(passages: Passages, distance: Cells) -> Passages:
    """(L, n², 4): whether an action is a step of a shortest way; none where there is no way."""
    to = moved(int(passages.shape[1] ** 0.5))
    return passages & (distance[:, to] == distance[:, :, None] - 1) & (distance > 0)[:, :, None]


def _trees(size: int, weights: Words) -> Passages:
    """(L, E): the least spanning tree of each level's weights (L, E), grown cell by cell from the first."""
    one, other = walls(size).T
    corner = size - 1
    levels = np.arange(len(weights))
    beside_corner = (one == corner) | (other == corner)
    tree = np.zeros(weights.shape, bool)
    within = np.zeros((len(weights), size * size), bool)
    within[:, 0] = True
    for number in range(1, size * size):
        allowed = beside_corner if number == size * size - 1 else ~beside_corner
        leads_out = (within[:, one] ^ within[:, other]) & allowed
        best = np.where(leads_out, weights.astype(np.int64), 1 << 32).argmin(axis=1)
        tree[levels, best] = True
        within[levels, one[best]] = within[levels, other[best]] = True
    return tree


def _opened(tree: Passages, order: Words, loops: float) -> Passages:
    """(L, E): the tree's passages, and the first of the other walls in the order of some words (L, E)."""
    left = tree.shape[1] - int(tree[0].sum()) if len(tree) else 0
    ranked = np.argsort(np.where(tree, 1 << 32, order.astype(np.int64)), axis=1, kind="stable")
    found = tree.copy()
    np.put_along_axis(found, ranked[:, : round(loops * left)], True, axis=1)
    return found


def _hash(open_walls: Passages) -> Words:
    """(L,): a word that depends on all of a level's walls (L, E)."""
    padded = np.pad(open_walls, ((0, 0), (0, -open_walls.shape[1] % 32)))
    chunks = np.packbits(padded, axis=1, bitorder="little").view("<u4").astype(np.uint32)
    state: tuple[Words, Words] = (np.zeros(len(padded), np.uint32), np.zeros(len(padded), np.uint32))
    for place, chunk in enumerate(chunks.T):
        state = threefry(state, (chunk, place))
    return state[0]


def _passages(size: int, open_walls: Passages) -> Passages:
    """(L, n², 4) from (L, E)."""
    found = np.zeros((len(open_walls), size * size, len(MOVES)), bool)
    right, down = np.split(open_walls, 2, axis=1)
    one, other = walls(size).T
    half = len(one) // 2
    for action, back, which, ends in ((1, 3, right, slice(0, half)), (2, 0, down, slice(half, None))):
        found[:, one[ends], action] = which
        found[:, other[ends], back] = which
    return found
