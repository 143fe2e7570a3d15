"""Mazes with a goal, which is at the upper right or elsewhere: what a seed lays out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .errors import Fault, InvalidInput
from .mazes import Cells, Passages, mazes, words_of

GOAL = 1 << 16
"""The index of the word that places a level's goal; those of walls are smaller."""

MAX_STATES = 1 << 24
"""The tables of as many states are some gigabytes."""


class Layout(NamedTuple):
    """Every level, those of training first: cells are numbered row by row from the upper left.

    Args:
        size: n, cells a side.
        training: how many levels are for training.
        passages: (L, n², 4), whether one can go up, right, down and left.
        goal: (L,), a cell; proxy: the upper right one, in all of them.
    """

    size: int
    training: int
    passages: Passages
    goal: Cells
    proxy: int

    @property
    def apart(self) -> np.ndarray:
        """(L,): whether goal and proxy are two cells."""
        return self.goal != self.proxy


def laid_out(
    *,
    size: int,
    levels: int,
    held_out: int,
    agree: float | None,
    agree_levels: int | None,
    loops: float,
    seed: int,
) -> Layout:
    """The mazes and goals of the world `levels` with these options.

    A goal that is elsewhere is in cell number ⌊word · cells / 2³²⌋ of those it may be in, by the first word
    of index 2¹⁶ in attempt 0.

    Raises:
        InvalidInput: options that do not go together.
    """
    faults = []
    if agree is not None and agree_levels is not None:
        given = f"{agree_levels} beside agree = {agree:g}"
        faults.append(Fault("agree_levels", given, "one of the two: a number of levels, or a share"))
    if agree_levels is not None and agree_levels > levels:
        faults.append(Fault("agree_levels", str(agree_levels), f"at most {levels}, the number of `levels`"))
    states = (levels + held_out) * size**2
    if states > MAX_STATES:
        given = f"{levels:,}, and {held_out:,} held out, of {size**2:,} cells: {states:,} states"
        faults.append(Fault("levels", given, f"at most {MAX_STATES:,} states: fewer or smaller levels"))
    if faults:
        raise InvalidInput("world", faults)
    agrees = np.arange(levels) < agree_levels if agree_levels is not None else _share(levels, agree)
    corner = size - 1
    elsewhere = np.setdiff1d(np.arange(size * size), [corner, corner - 1, corner + size])

    def placed(series: int, count: int) -> Cells:
        word, _ = words_of(seed, series, np.arange(count), 0, GOAL)
        return elsewhere[word.astype(np.int64) * len(elsewhere) >> 32]

    trained, tested = (
        mazes(size, count, seed=seed, series=series, loops=loops)
        for series, count in enumerate((levels, held_out))
    )
    goal = np.concatenate([np.where(agrees, corner, placed(0, levels)), placed(1, held_out)])
    return Layout(size, levels, np.concatenate([trained, tested]), goal, corner)


def _share(levels: int, agree: float | None) -> np.ndarray:
    """(levels,): whether ⌊(k + 1) p⌋ > ⌊k p⌋, which says of level k the same however many there are."""
    # 0.95 · 20 in floating point may fall short of the 19 that is meant.
    passed = np.floor(np.arange(levels + 1) * (1.0 if agree is None else agree) + 1e-9)
    return np.diff(passed) > 0
