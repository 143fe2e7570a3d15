"""The scoreboard: every claim, what each side predicts, what was found, and where it flips."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .claim import Listing, names, written_down
from .folder import verdict_in
from .record import predicted
from .registered import Point

COLUMNS = ("quantity", "selection predicts", "shaping predicts", "found", "verdict")


def runs_in(folders: Iterable[Path]) -> list[tuple[Path, dict[str, Any]]]:
    """The folders of claims' runs among these and directly below them, with what their verdicts say."""
    found = []
    for folder in folders:
        below = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
        for path in (folder, *below):
            verdict = verdict_in(path)
            if verdict:
                found.append((path, verdict))
    return found


def scoreboard(runs: Sequence[tuple[Path, dict[str, Any]]]) -> Iterator[Listing]:
    """A table for each run, a row for each of its points; claims that were not run have predictions alone."""
    for path, verdict in runs:
        head = f"{verdict['code']} {verdict['claim']}: {verdict['outcome']}"
        rows = (_row(name, point, verdict["flips"]) for name, point in verdict["points"].items())
        yield Listing(f"{head} ({verdict['size']}, seed {verdict['seed']}, {path})", COLUMNS, tuple(rows))
    have = {verdict["claim"] for _, verdict in runs}
    for name in names():
        if name not in have:
            claim = written_down(name)
            yield Listing(f"{claim.code} {name}: not run", COLUMNS, tuple(map(_unrun, claim.points)))


def _unrun(point: Point) -> tuple[str, ...]:
    sides = (predicted(point, side) for side in ("selection", "shaping"))
    return (f"{point.name}: {point.measure}", *sides, "", "")


def _row(name: str, point: dict[str, Any], flips: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    elsewhere = [f"{each['reading']} at {each['cell']}" for each in flips if each["point"] == name]
    return (
        f"{name}: {point['measure']}",
        point["selection"],
        point["shaping"],
        _found(point["cells"]),
        "; ".join((point["outcome"], *elsewhere)),
    )


def _found(cells: Sequence[dict[str, Any]]) -> str:
    """The interval of one cell; of several, those with the least and the greatest estimate."""
    known = sorted(
        (cell for cell in cells if cell["estimate"] is not None), key=lambda cell: cell["estimate"]
    )
    if not known:
        return "no estimate"
    if len(cells) == 1:
        return _interval(known[0])
    return f"{len(cells)} cells, {_interval(known[0])} … {_interval(known[-1])}"


def _interval(cell: dict[str, Any]) -> str:
    low, high = (
        infinite if cell[end] is None else f"{cell[end]:.3g}"
        for end, infinite in (("low", "-∞"), ("high", "∞"))
    )
    return f"{cell['estimate']:.3g} ({low} to {high})"
