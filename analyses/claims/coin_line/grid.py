"""The phase diagram: q over diversity, width, encoding and learning rate, by what found the networks."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

from ....sim.runfile import Run
from .experiments import LOSSES, cell
from .networks import Walks, probe, walks
from .settings import Settings

METHODS = (*LOSSES, "selection")


class Cell(NamedTuple):
    """Where networks walk under one set of conditions; selection has no learning rate."""

    method: str
    encoding: str
    width: int
    rate: float | None
    diversity: float
    walks: Walks


def measure(run: Run, settings: Settings) -> list[Cell]:
    """Every cell."""
    part = settings.grid
    found = []
    for method, encoding, m, e in product(METHODS, part.encodings, part.widths, part.diversities):
        varied = {"method": method, "encoding": encoding, "width": m, "diversity": e}
        for rate in (None,) if method == "selection" else part.rates:
            name = cell(**varied) if rate is None else cell(**varied, rate=rate)
            f = probe(run, name)
            at = 0 if rate is None else -1  # a selected network has one record, the rest repeat it
            found.append(Cell(method, encoding, m, rate, e, walks(f[:, at])))
    return found
