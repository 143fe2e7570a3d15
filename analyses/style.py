"""The look of every figure: what differs by colour differs by line, marker and hatch too."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

TITLE, LABEL, CAPTION = 11.0, 8.5, 8.0  # font sizes in points

STYLE: dict[Any, Any] = {
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "font.family": "DejaVu Sans",
    "font.size": LABEL,
    "axes.labelsize": LABEL,
    "axes.titlesize": LABEL + 0.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.linewidth": 0.7,
    "grid.color": "0.9",
    "grid.linewidth": 0.6,
    "xtick.labelsize": LABEL - 1,
    "ytick.labelsize": LABEL - 1,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "lines.linewidth": 1.5,
    "lines.markersize": 4.0,
    "hatch.linewidth": 0.5,
    "text.parse_math": False,  # a $ in a title or a condition's name is a $
    "svg.hashsalt": "popgrad",  # the same figure is the same file
    "pdf.fonttype": 42,
}

# Okabe and Ito (2008), without yellow, which is too light for lines on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
LINES = ("-", (0, (5, 1.5)), (0, (5, 1.5, 1, 1.5)), (0, (1.5, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
HATCHES = ("////", "....", "xxxx", "----", "\\\\\\\\", "++++", "oooo", "||||", "")


class Look(NamedTuple):
    """How one condition is drawn."""

    colour: str
    line: str | tuple[int, tuple[float, ...]]
    marker: str
    hatch: str


def look(index: int) -> Look:
    """The look of the condition at that place in its run: the same in every figure of the run.

    The cycles have lengths 7, 4, 9 and 9, so the first 252 conditions differ in the whole, and the first
    4 in each.
    """
    return Look(
        colour=COLOURS[index % len(COLOURS)],
        line=LINES[index % len(LINES)],
        marker=MARKERS[index % len(MARKERS)],
        hatch=HATCHES[index % len(HATCHES)],
    )


def letters(inches: float, points: float) -> int:
    """How many letters fit on a line of that width at that font size."""
    return max(
        8, int(inches * 72 / (0.54 * points))
    )  # measured: DejaVu Sans prose is 0.49 wide, names to 0.54


def wrapped(name: str, width: int) -> str:
    """A condition's name on lines of at most `width` letters.

    What is swept starts a line, so that names of one sweep look alike; further breaks come after `,` where
    that is enough, else after a space or a dot between words, else anywhere.
    """
    lines: list[str] = []
    for part in re.split(r"(?<=,)|(?<!=)(?=\[)", name):
        if not lines or part.startswith("["):
            lines.append("")
        for piece in [part] if len(part) <= width else re.split(r"(?<=[A-Za-z]\.)|(?<= )", part):
            if len(lines[-1] + piece) > width and lines[-1]:
                lines.append("")
            lines[-1] += piece
            while len(lines[-1]) > width:
                lines[-1:] = [lines[-1][:width], lines[-1][width:]]
    return "\n".join(lines)
