"""The scoreboard: every claim, what each side predicts, what was found, and where it flips."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .claim import Listing, names, written_down
from .folder import verdict_in
from .record import predicted

COLUMNS = ("claim", "quantity", "selection predicts", "shaping predicts", "found", "verdict", "flips at")


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


def scoreboard(runs: Sequence[tuple[Path, dict[str, Any]]]) -> Listing:
    """A row for each point of each run; claims that were not run have their predictions alone."""
    rows = [row for path, verdict in runs for row in _rows(path, verdict)]
    have = {verdict["claim"] for _, verdict in runs}
    for name in names():
        if name not in have:
            found = written_down(name)
            rows += [
                (
                    f"{found.code} {name}" if point is found.points[0] else "",
                    f"{point.name}: {point.measure}",
                    predicted(point, "selection"),
                    predicted(point, "shaping"),
                    "not run",
                    "",
                    "",
                )
                for point in found.points
            ]
    return Listing("", COLUMNS, tuple(rows))


def _rows(path: Path, verdict: dict[str, Any]) -> Iterable[tuple[str, ...]]:
    head = f"{verdict['code']} {verdict['claim']} ({verdict['size']}, seed {verdict['seed']}, {path})"
    for name, point in verdict["points"].items():
        flips = [each for each in verdict["flips"] if each["point"] == name]
        yield (
            f"{head}: {verdict['outcome']}" if name == next(iter(verdict["points"])) else "",
            f"{name}: {point['measure']}",
            point["selection"],
            point["shaping"],
            _found(point["cells"]),
            point["outcome"],
            ", ".join(f"{each['cell']} ({each['reading']})" for each in flips),
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
    low, high = ("∞" if cell[end] is None else f"{cell[end]:.3g}" for end in ("low", "high"))
    return f"{cell['estimate']:.3g} ({low} to {high})"
