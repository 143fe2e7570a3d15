"""How a finished run shows itself: in one line, and as a table in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

import h5py
import numpy as np

if TYPE_CHECKING:
    from .runfile import Run

_SUMMARISED = 10_000  # networks read for the table of a notebook: enough for the quantiles, and quick


def one_line(run: Run, is_open: bool) -> str:
    """What a run is and where it is, as `repr` shows it."""
    behaviours = ", ".join(run.behaviours)
    state = "" if is_open else " (closed)"
    return f"<Run {run.title!r}: {_facts(run)}; {behaviours}; {run.path}{state}>"


def final_rates(rate: h5py.Dataset, last: Iterable[int]) -> list[list[str]]:
    """For each condition and behaviour, the final rate's median and 5 to 95 % range, as text.

    Args:
        rate: (condition, network, time, behaviour).
        last: (condition,) where each condition's last time stands.
    """
    rows = []
    for condition, position in enumerate(last):
        final = np.asarray(rate[condition, :_SUMMARISED, position])
        columns = (column[~np.isnan(column)] for column in final.T)
        rows.append([_range(column) if len(column) else "–" for column in columns])
    return rows


def paragraph(text: str) -> str:
    """A line of text as HTML."""
    return f"<p>{escape(text)}</p>"


def table(run: Run, final: Sequence[Sequence[str]]) -> str:
    """A run as HTML: what it is, and its final rates by condition and behaviour."""
    head = "".join(f'<th title="{escape(run.meanings.get(b, ""))}">{escape(b)}</th>' for b in run.behaviours)
    body = "".join(
        f"<tr><th>{escape(name)}</th>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
        for name, row in zip(run.conditions, final, strict=True)
    )
    some = f", first {_SUMMARISED:,} networks" if len(run.networks) > _SUMMARISED else ""
    return (
        f"<p><b>{escape(run.title)}</b><br>{_facts(run)}<br>"
        f"Final rate: median [5 %, 95 %] over networks{some}</p>"
        f"<table><thead><tr><th>condition</th>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _facts(run: Run) -> str:
    last, count = int(run.time[-1]), len(run.conditions)
    plural = "s" * (count != 1)
    return f"{count} condition{plural}, {len(run.networks):,} networks, {last:,} updates"


def _range(column: np.ndarray) -> str:
    low, middle, high = np.quantile(column, [0.05, 0.5, 0.95])
    return f"{middle:.3g} [{low:.3g}, {high:.3g}]"
