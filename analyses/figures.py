"""Figures of runs: conditions side by side, with an interval and a caption on every figure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..sim.errors import Fault, InvalidInput, PopgradError, nearest
from .panels import Scales, draw, scales_of
from .statistics import Summary, summarise
from .style import CAPTION, LABEL, STYLE, TITLE, letters, look, wrapped

if TYPE_CHECKING:
    from ..sim.runfile import Run

SUFFIXES = (".png", ".pdf", ".svg")
COLUMNS = 6  # of panels in a row; further conditions go on in a block of rows below


def plot(run: Run, behaviour: str | None = None, conditions: Sequence[str] | None = None) -> Figure:
    """A behaviour over training, one column per condition.

    Rows show the quantiles of its rate over networks, the share of networks above one half with its 95 %
    Wilson interval, and the values at the last time as a histogram: outcomes are often bimodal, and then
    few networks are near the median.

    Args:
        run: what `open_run` gives.
        behaviour: a name from `run.behaviours`; the first when None.
        conditions: names from `run.conditions`, drawn in this order; all when None or empty.

    Returns:
        A figure that belongs to no window; `save` writes it.

    Raises:
        InvalidInput: names that the run does not have.
        PopgradError: the run records no behaviour.
    """
    if not run.behaviours:
        raise PopgradError(f"{run.path}: the run records no behaviour, so there is nothing to plot")
    behaviour = run.behaviours[0] if behaviour is None else behaviour
    conditions = tuple(dict.fromkeys(conditions or run.conditions))
    _check_names(run, behaviour, conditions)
    # One by one: a million networks at 60 times are 240 MB, their summary is a few.
    summaries = [summarise(run, behaviour, condition) for condition in conditions]
    scales = scales_of(summaries, run.is_probability[behaviour])
    with matplotlib.rc_context(STYLE):
        return _compose(run, behaviour, summaries, scales)


def save(figure: Figure, path: str | Path) -> None:
    """Writes a figure in the format that the suffix names; the same figure gives the same bytes.

    Raises:
        PopgradError: a suffix not in `SUFFIXES`, a folder that does not exist, a file that cannot be written.
    """
    path = writable(path)
    undated: dict[str, dict[str, str | None]] = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}
    try:
        with matplotlib.rc_context(STYLE):
            figure.savefig(path, metadata=undated.get(path.suffix.lower()))
    except OSError as error:
        raise PopgradError(f"{path}: cannot be written ({error.strerror or error})") from error


def writable(path: str | Path) -> Path:
    """A figure's path, checked before there is work to lose.

    Raises:
        PopgradError: a suffix not in `SUFFIXES`, or a folder that does not exist.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise PopgradError(f"{path}: got suffix {path.suffix!r}, expected one of {', '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise PopgradError(f"{path}: there is no folder {path.parent}; make it first")
    return path


def _check_names(run: Run, behaviour: str, conditions: Sequence[str]) -> None:
    asked = [
        ("behaviour", behaviour, run.behaviours),
        *(("condition", name, run.conditions) for name in conditions),
    ]
    faults = [
        Fault(path, repr(name), f"one of {', '.join(valid)}", nearest(name, valid))
        for path, name, valid in asked
        if name not in valid
    ]
    if faults:
        raise InvalidInput(str(run.path), faults)


def columns_of(conditions: Sequence[str]) -> int:
    """Panels per row, at most `COLUMNS`: the values of a sweep stay in one row, otherwise rows are even."""
    if len(conditions) <= COLUMNS:
        return len(conditions)
    bases = [name.split("[")[0] for name in conditions]
    grouped = bases == sorted(bases, key=bases.index)
    values = {bases.count(base) for base in bases}
    if grouped and len(values) == 1 and 1 < (each := values.pop()) <= COLUMNS:
        return COLUMNS // each * each
    return ceil(len(conditions) / ceil(len(conditions) / COLUMNS))


def _compose(run: Run, behaviour: str, summaries: Sequence[Summary], scales: Scales) -> Figure:
    columns = columns_of([summary.condition for summary in summaries])
    blocks = ceil(len(summaries) / columns)
    width = {1: 5.2, 2: 3.4, 3: 2.7}.get(columns, 2.1)
    figure = Figure(figsize=(columns * width + 0.9, blocks * 5.2 + 1.4), layout="constrained")
    heights = ([3, 2, 2, 0.15] * blocks)[:-1]  # the fourth sets blocks apart
    grid = figure.add_gridspec(len(heights), columns, height_ratios=heights)
    for i, summary in enumerate(summaries):
        block, column = divmod(i, columns)
        panels = [figure.add_subplot(grid[4 * block + row, column]) for row in range(3)]
        draw(panels, summary, scales, look(run.conditions.index(summary.condition)))
        panels[0].set_title(wrapped(summary.condition, letters(width - 0.2, LABEL + 1)))
        if column:
            _share_labels(panels)
    inches = figure.get_figwidth() - 0.3
    title = textwrap.fill(run.title, letters(inches, TITLE))
    caption = textwrap.fill(_caption(run, behaviour, summaries, scales), letters(inches, CAPTION))
    figure.suptitle(f"{title}\n{behaviour}", x=0.012, ha="left", fontsize=TITLE)
    figure.supxlabel(caption, x=0.012, ha="left", fontsize=CAPTION, linespacing=1.35)
    return figure


def _share_labels(panels: Sequence[Axes]) -> None:
    """Leaves the labels of the vertical axes to the first column: the scales are the same."""
    for panel in panels:
        panel.set_ylabel("")
        panel.tick_params(labelleft=False)


def _caption(run: Run, behaviour: str, summaries: Sequence[Summary], scales: Scales) -> str:
    what = "probability" if scales.probability else "expected count per episode"
    rate = f"{what} of {behaviour}"
    networks = summaries[0].networks
    several = len(summaries) != 1
    diverged = sum(summary.diverged for summary in summaries)
    meaning = run.meanings.get(behaviour, "").strip().rstrip(".")
    parts = [
        f"{behaviour}: {meaning}." if meaning else "",
        f"Top: {rate} over {networks:,} network{'s' * (networks != 1)}"
        f"{f' in each of {len(summaries)} conditions' if several else ' in 1 condition'}; median (line),"
        " 25-75 % (dark) and 5-95 % (light) of networks; a wide band may hold two groups and none between.",
        "Middle: share of networks above 1/2 with its pointwise 95 % Wilson interval (band),"
        " networks taken as independent.",
        f"Bottom: networks by {what} at the last recorded time"
        f"{', counted on a logarithmic axis' if scales.logarithmic else ''}.",
        _left_out(diverged, sum(summary.unfound for summary in summaries)),
    ]
    return " ".join(part for part in parts if part)


def _left_out(diverged: int, unfound: int) -> str:
    words = "No network diverged."
    if diverged:
        are = "networks diverged and are" if diverged != 1 else "network diverged and is"
        words = f"{diverged:,} {are} left out from then on, of the denominator of the share too."
    if unfound:
        are = "networks found no weights and are" if unfound != 1 else "network found no weights and is"
        words += f" {unfound:,} {are} left out."
    return words
