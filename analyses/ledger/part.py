"""A part of the evidence: a question, what would count, and what the runs came to."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure

from ..claims.analysis import Listing


@dataclass(frozen=True, eq=False)
class Part:
    """What a part leaves on the page.

    Args:
        heading: a few words.
        question: one sentence or two, written before the runs.
        counts: what would count as which answer, written before the runs.
        answer: paragraphs of Markdown; every number in them comes from the runs.
        figure: one, at the width of a page.
        caption: what the figure shows.
        listings: tables, below the figure.
        method: paragraphs on how it was measured.
    """

    heading: str
    question: str
    counts: str
    answer: tuple[str, ...]
    figure: Figure
    caption: str
    listings: tuple[Listing, ...] = ()
    method: tuple[str, ...] = ()
