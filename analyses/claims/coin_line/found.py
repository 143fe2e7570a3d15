"""What all parts found, for the report and the figures."""

from __future__ import annotations

from typing import NamedTuple

from . import atlas, enough, flips, grid, lasting, lovers, matched, stopping


class Found(NamedTuple):
    """One field for each part; the learning rate of most, and the atlas's number of updates."""

    rate: float
    atlas_updates: int
    matched: list[matched.Cell]
    stopping: list[stopping.Path]
    lasting: list[lasting.Pair]
    linear: flips.Linear
    flips: list[flips.Turns]
    atlas: list[atlas.Atlas]
    grid: list[grid.Cell]
    enough: list[enough.Line]
    scan: list[lovers.Found]
    near: list[lovers.Found]
