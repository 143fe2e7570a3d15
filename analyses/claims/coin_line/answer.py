"""The question, answered from the run in a few sentences, for the page in short."""

from __future__ import annotations

from collections.abc import Iterable

from ...statistics import Interval, sidak_level
from ..analysis import Section
from ..words import between
from .found import Found
from .matched import difference
from .stopping import change
from .surprises import SAME, inside


def answer(found: Found) -> Section:
    """What a network that passes the loss does elsewhere, by what found it and when training stopped."""
    cells = [each for each in found.matched if each.both is not None]
    level = 1 - sidak_level(max(len(cells), 1))
    intervals = [difference(each.both, level) for each in cells]
    apart = [
        f"{each.band.cell}, by {between(interval, 3)}"
        for each, interval in zip(cells, intervals, strict=True)
        if interval.low > 0 or interval.high < 0
    ]
    alike = sum(inside(interval, SAME) for interval in intervals)
    first = (
        f"At like loss and margin, descent and guess-and-check walk away differently often in "
        f"{len(apart)} of "
        f"{len(cells)} cells{_listed(apart)}; in {alike} they are shown to differ by less than {SAME:g}. "
        "The intervals hold for all cells at once."
    )
    changes = {path.diversity: change(path.at_fit, path.at_end, 0.95) for path in found.stopping}
    second = (
        "Once every trained state is right, further training changes q, the share that walks away from the "
        f"displaced coin, by {_each(changes.items())} (95 % each)."
    )
    symbols = (
        "Here ε is the diversity, the share of training episodes whose coin may be anywhere rather than "
        "at the "
        "right end; q the share of networks that walk right, away from a coin at the left end that training "
        "never shows; m the number of hidden units, σ the standard deviation of initial weights, η the "
        "learning "
        "rate, L the length of the line. The margin is the least f·label over trained states over ‖θ‖²."
    )
    return Section("In short", (first, second, symbols), brief=True)


def _listed(names: list[str]) -> str:
    return f" ({'; '.join(names)})" if names else ""


def _each(changes: Iterable[tuple[float, Interval]]) -> str:
    return "; ".join(
        f"{between(interval, 3)} at ε = {diversity:g}" if interval.estimate == interval.estimate
        else f"an unknown amount at ε = {diversity:g}, where none is right"
        for diversity, interval in changes
    )  # fmt: skip
