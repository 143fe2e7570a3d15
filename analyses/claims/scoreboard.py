"""The scoreboard: every claim, what each side predicts, what was found, and where it flips."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ...sim.errors import PopgradError
from .analysis import Listing
from .claim import names, written_down
from .folder import verdict_in
from .record import predicted
from .registered import Point
from .summary import COLUMNS, flips, summary


def runs_in(folders: Iterable[Path], troubles: list[str] | None = None) -> list[tuple[Path, dict[str, Any]]]:
    """The folders of claims' runs among these and directly below them, with what their verdicts say.

    Args:
        folders: where to look.
        troubles: gets what is wrong with those that cannot be read.
    """
    found = []
    for folder in folders:
        below = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
        for path in (folder, *below):
            try:
                verdict = verdict_in(path)
            except PopgradError as error:
                verdict = None
                if troubles is not None:
                    troubles.append(str(error))
            if verdict:
                found.append((path, verdict))
    return found


def scoreboard(runs: Sequence[tuple[Path, dict[str, Any]]]) -> Iterator[Listing]:
    """A table for each run, a row for each of its points; claims that were not run have predictions alone."""
    for path, verdict in runs:
        head = f"{verdict['code']} {verdict['claim']}: {verdict['outcome']}"
        where = [f"{point}: {cells}" for point, cells in flips(verdict).items()]
        flipped = f"; it flips: {'. '.join(where)}" if where else ""
        size = f"({verdict['size']}, seed {verdict['seed']}, {path})"
        yield summary(verdict, f"{head} {size}{flipped}")
    have = {verdict["claim"] for _, verdict in runs}
    for name in names():
        if name not in have:
            claim = written_down(name)
            yield Listing(f"{claim.code} {name}: not run", COLUMNS, tuple(map(_unrun, claim.points)))


def _unrun(point: Point) -> tuple[str, ...]:
    sides = (predicted(point, side) for side in ("selection", "shaping"))
    return (f"{point.name}: {point.measure}", *sides, "", "")


def moved(runs: Sequence[tuple[Path, dict[str, Any]]]) -> dict[str, list[str]]:
    """Claim -> the cells that its runs decide differently, of claims that were run more than once.

    Another seed, more networks or other machines should not move a verdict. A cell that one run decides and
    another does not is not counted: more networks decide more.
    """
    readings: dict[str, dict[str, set[str]]] = {}
    count = Counter(verdict["claim"] for _, verdict in runs)
    for _, verdict in runs:
        if count[verdict["claim"]] > 1:
            of_claim = readings.setdefault(verdict["claim"], {})
            for name, point in verdict["points"].items():
                for cell in point["cells"]:
                    if cell["reading"]:
                        where = f"{name} [{cell['cell']}]" if cell["cell"] else name
                        of_claim.setdefault(where, set()).add(cell["reading"])
    return {
        claim: [f"{cell}: {' or '.join(sorted(each))}" for cell, each in cells.items() if len(each) > 1]
        for claim, cells in readings.items()
    }
