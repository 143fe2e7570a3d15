"""What the runs of a claim come to: estimates for its points, a figure and parts of a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matplotlib.figure import Figure

from ..statistics import Interval

Estimator = Callable[[float], Interval]
"""From a confidence to an interval: of one quantity, in the unit of its point."""


@dataclass(frozen=True)
class Listing:
    """A table of a report.

    Args:
        caption: one line.
        columns: headings.
        rows: of texts, computed from the run.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """A part of a report.

    Args:
        heading: a few words.
        text: paragraphs of Markdown; every number in them comes from the run.
        listings: tables that stand below.
        brief: whether it stands on the one page of the report; the others are its details.
    """

    heading: str
    text: tuple[str, ...] = ()
    listings: tuple[Listing, ...] = ()
    brief: bool = False


@dataclass(frozen=True, eq=False)
class Analysis:
    """What a claim's runs come to.

    Args:
        estimates: point -> cell -> estimator. A cell is one set of conditions under which the point was
            measured: where verdicts of cells differ is where the claim flips.
        figure: of the whole, at the width of a page or a column.
        sections: of the report, after the points.
        figures: more of them, by name.
        measured: numbers for `verdict.json` that no point has.
    """

    estimates: Mapping[str, Mapping[str, Estimator]]
    figure: Figure
    sections: Sequence[Section] = ()
    figures: Mapping[str, Figure] = field(default_factory=dict)
    measured: Mapping[str, Any] = field(default_factory=dict)
