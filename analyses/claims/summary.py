"""A claim's points in a row each: what each side predicts, what was found, the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from .analysis import Listing
from .words import number

OPEN = {"low": -inf, "high": inf}
"""JSON has no infinite limit."""

COLUMNS = ("quantity", "selection predicts", "shaping predicts", "found", "verdict")


def summary(verdict: Mapping[str, Any], caption: str = "") -> Listing:
    """Of what `verdict.json` says."""
    rows = (_row(name, point) for name, point in verdict["points"].items())
    return Listing(caption, COLUMNS, tuple(rows))


def flips(verdict: Mapping[str, Any]) -> dict[str, str]:
    """Point -> the cells where it reads otherwise than in most: `selection (A; B), neither (C)`."""
    found: dict[str, dict[str, list[str]]] = {}
    for each in verdict["flips"]:
        found.setdefault(each["point"], {}).setdefault(each["reading"], []).append(each["cell"])
    return {
        point: ", ".join(f"{reading} ({'; '.join(cells)})" for reading, cells in readings.items())
        for point, readings in found.items()
    }


def _row(name: str, point: Mapping[str, Any]) -> tuple[str, ...]:
    readings = [cell["reading"] or "undecided" for cell in point["cells"]]
    counts = {reading: readings.count(reading) for reading in dict.fromkeys(readings)}
    counted = f" ({', '.join(f'{reading} {count}' for reading, count in counts.items())})"
    return (
        f"{name}: {point['measure']}",
        point["selection"],
        point["shaping"],
        _found(point["cells"]),
        point["outcome"] + counted * (len(counts) > 1),
    )


def _found(cells: Sequence[Mapping[str, Any]]) -> str:
    """The interval of one cell; of several, those with the least and the greatest estimate."""
    known = sorted(
        (cell for cell in cells if cell["estimate"] is not None), key=lambda cell: cell["estimate"]
    )
    if not known:
        return "no estimate"
    if len(cells) == 1:
        return _interval(known[0])
    return f"{len(cells)} cells, {_interval(known[0])} … {_interval(known[-1])}"


def _interval(cell: Mapping[str, Any]) -> str:
    low, high = (end if cell[side] is None else cell[side] for side, end in OPEN.items())
    return f"{number(cell['estimate'])} ({number(low)} to {number(high)})"
