"""What each point is, from what was measured of networks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

import numpy as np

from ....sim.runfile import Run
from ...statistics import Array, Interval, paired_mean
from ..analysis import Estimator
from .arms import DECOUPLED, MYOPIC, PAID, READ_THERE, SECURE
from .experiments import Place
from .measured import Cell
from .settings import Settings

Cells = Mapping[str, list[Cell]]


def mean_of(values: Array, confidence: float) -> Interval:
    """The mean over networks, without those that diverged; −1 to 1 where fewer than two are left."""
    kept = values[~np.isnan(values)]
    if kept.size < 2:
        return Interval(float("nan"), -1.0, 1.0, confidence, "fewer than two networks")
    return paired_mean(kept, np.zeros(kept.size), confidence)


def mean(values: Array) -> Estimator:
    """Of one value a network."""
    return partial(mean_of, values)


def pooled(cells: Iterable[Cell], what: str = "special") -> Array:
    """(n,), the mean over cells within each network: cells share networks' initial weights."""
    return np.mean([getattr(each, what) for each in cells], axis=0)


def levels(settings: Settings) -> dict[str, Callable[[Place], bool]]:
    """The levels of each factor of the grid that has several, by name; `everywhere` if none has."""
    found: dict[str, Callable[[Place], bool]] = {}
    if len(settings.distances) > 1:
        found |= {f"{d} step{'s' * (d != 1)} away": partial(_distance, d) for d in settings.distances}
    if len(settings.presses) > 1:
        found |= {f"{h} press{'es' * (h != 1)}": partial(_presses, h) for h in settings.presses}
    if len(settings.observable) > 1:
        found |= {"seen" if seen else "unseen": partial(_seen, seen) for seen in settings.observable}
    if len(settings.encodings) > 1:
        found |= {encoding: partial(_encoding, encoding) for encoding in settings.encodings}
    return found or {"everywhere": lambda _: True}


def paid(cells: Cells, settings: Settings) -> dict[str, Estimator]:
    """How special the register is under losses that credit its report, at every level of every factor."""
    return {
        f"{name}, {level}": mean(pooled(each for each in cells[name] if there(each.place)))
        for name in PAID
        for level, there in levels(settings).items()
    }


def sought(cells: Cells) -> dict[str, Estimator]:
    """The same where no report is credited to the way there."""
    return {name: mean(pooled(cells[name])) for name in (*MYOPIC, *DECOUPLED, *READ_THERE)}


def pressed(cells: Cells, settings: Settings, credited: bool) -> dict[str, Estimator]:
    """Pressing by those who stand there, where the press itself is credited with its report, or is not.

    The first of several presses reports nothing yet; what another action gets is no credit of the press.
    """
    one = [each for each in settings.presses if each == 1]
    several = [each for each in settings.presses if each > 1]
    found = {
        f"{name}, {presses} press{'es' * (presses != 1)}": mean(
            pooled((each for each in cells[name] if each.place.presses == presses), "pressing")
        )
        for name in (*MYOPIC, *READ_THERE)
        for presses in (one if credited else several)
    }
    if not credited:
        found |= {name: mean(pooled(cells[name], "pressing")) for name in DECOUPLED}
    return found


def captured(cells: Cells) -> dict[str, Estimator]:
    """Whether the register is set late in training, under losses that do not see it."""
    return {name: mean(pooled(cells[name], "captured")) for name in SECURE}


def unexplored(far: Mapping[str, Cell]) -> dict[str, Estimator]:
    """How special the register is to networks that never met it set."""
    return {name: mean(each.special[each.explored == 0]) for name, each in far.items()}


def undemonstrated(run: Run, cells: list[Cell], settings: Settings) -> dict[str, Estimator]:
    """By features: how far imitation moved pressing at devices that no demonstration shows, at either."""
    found = {}
    for encoding in settings.encodings:
        names = [
            name
            for each in cells
            if each.place.encoding == encoding
            for name in run.conditions
            if name.startswith(f"imitation; {each.place.name};")
        ]
        moved = [
            np.abs(run.final(behaviour, name) - run.rate(behaviour, name)[:, 0]).astype(np.float64)
            for name in names
            for behaviour in ("press_at_register", "press_at_dummy")
        ]
        found[encoding] = mean(np.mean(moved, axis=0))
    return found


def _distance(distance: int, place: Place) -> bool:
    return place.distance == distance


def _presses(presses: int, place: Place) -> bool:
    return place.presses == presses


def _seen(seen: bool, place: Place) -> bool:
    return place.observable == seen


def _encoding(encoding: str, place: Place) -> bool:
    return place.encoding == encoding
