"""Every prediction of a suite at a glance: deviations by case, p-values against the uniform law."""

from __future__ import annotations

import textwrap
from math import ceil

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..style import CAPTION, LABEL, STYLE, TITLE, letters
from .predictions import Finding
from .suite import Report, Verdict

FAR = 1.4
"""Where deviations are drawn that are farther off than that."""

BLUE, RED = "#0072B2", "#D55E00"


def reach(finding: Finding, alpha: float) -> float:
    """A deviation in units of the largest that passes, beyond ±`FAR` as ±`FAR`."""
    value = finding.deviation
    if finding.p is not None:
        from scipy.special import ndtri

        size = ndtri(max(finding.p, 1e-300) / 2) / ndtri(alpha / 2)
        value = float(np.copysign(size, value))
    return float(np.clip(np.nan_to_num(value, nan=FAR, posinf=FAR, neginf=-FAR), -FAR, FAR))


def mark(axes: Axes, finding: Finding, row: float, alpha: float, size: float = 4.0) -> None:
    """A prediction's place in its row: a diamond, a circle where chance decides, a cross where it failed."""
    holds, exact = finding.holds(alpha), finding.p is None
    colour = BLUE if holds else RED
    axes.plot(
        reach(finding, alpha),
        row,
        marker=("D" if exact else "o") if holds else "X",
        markersize=size if holds else size + 2,
        color=colour,
        markerfacecolor="white" if exact and holds else colour,
        markeredgewidth=0.7,
    )


def overview(report: Report) -> Figure:
    """Deviations of every prediction by case, and below them the p-values and the tolerances used."""
    verdicts = [verdict for verdict in report.verdicts if verdict.findings]
    columns = 3 if len(verdicts) > 60 else 2 if len(verdicts) > 20 else 1
    rows = ceil(len(verdicts) / columns)
    findings = [finding for verdict in verdicts for finding in verdict.findings]
    height = max(2.5, 0.115 * rows + 0.4)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.2, height + 3.4), layout="constrained")
        grid = figure.add_gridspec(2, 1, height_ratios=[height, 2.0])
        upper, lower = grid[0].subgridspec(1, columns), grid[1].subgridspec(1, 2)
        for column in range(columns):
            some = verdicts[column * rows : (column + 1) * rows]
            _draw_cases(figure.add_subplot(upper[column]), some, report.alpha, rows)
        _draw_p_values(figure.add_subplot(lower[0]), [f.p for f in findings if f.p is not None])
        _draw_tolerances(figure.add_subplot(lower[1]), [abs(f.deviation) for f in findings if f.p is None])
        inches = figure.get_figwidth() - 0.3
        caption = textwrap.fill(_caption(report, len(findings), len(verdicts)), letters(inches, CAPTION))
        figure.suptitle("Simulation against theory", x=0.012, ha="left", fontsize=TITLE)
        figure.supxlabel(caption, x=0.012, ha="left", fontsize=CAPTION, linespacing=1.35)
    return figure


def _caption(report: Report, predictions: int, cases: int) -> str:
    effort = report.effort
    return (
        f"{predictions} predictions of {cases} cases. Above: how far the simulation is from theory, in units"
        " of the largest deviation that passes (shaded). Diamonds: exact predictions, with a stated"
        " tolerance. Circles: predictions that chance decides; they alarm at"
        f" p < {report.alpha:.1e}, in one suite of a hundred where all is right. Crosses: failed. Beyond"
        f" ±{FAR:g} drawn there. Below left: the p-values in order against quantiles of the uniform law, with"
        " their pointwise 95 % band, as if independent. Below right: the part of its tolerance that each"
        f" exact prediction used. Backend {effort.backend}, {effort.precision}; seed {report.seed}."
    )


def _draw_cases(axes: Axes, verdicts: list[Verdict], alpha: float, rows: int) -> None:
    axes.axvspan(-1, 1, color="0.92", zorder=0)
    for row, verdict in enumerate(verdicts):
        axes.axhline(row, color="white", lw=0.6, zorder=0.5)
        for finding in verdict.findings:
            mark(axes, finding, row, alpha, size=2.4)
    axes.set_yticks(range(len(verdicts)), [verdict.case.name for verdict in verdicts], fontsize=LABEL - 3.5)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_xlim(-FAR - 0.1, FAR + 0.1)
    axes.set_xticks([-1, 0, 1])
    axes.set_xlabel("deviation / largest that passes", fontsize=LABEL - 1)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)


def _draw_p_values(axes: Axes, values: list[float]) -> None:
    from scipy.stats import beta

    axes.set(xlabel="quantile of the uniform law", ylabel="p-values in order", xlim=(0, 1), ylim=(0, 1))
    if not values:
        axes.text(0.5, 0.5, "chance decides nothing here", ha="center", va="center", fontsize=LABEL)
        return
    n, rank = len(values), np.arange(1, len(values) + 1)
    expected = rank / (n + 1)
    low, high = (beta.ppf(level, rank, n + 1 - rank) for level in (0.025, 0.975))
    axes.fill_between(expected, low, high, color="0.88", lw=0)
    axes.plot([0, 1], [0, 1], color="0.5", lw=0.8)
    axes.plot(expected, np.sort(values), ".", color=BLUE, markersize=3)


def _draw_tolerances(axes: Axes, values: list[float]) -> None:
    """How many predictions used how much; those met to the bit stand at the left."""
    edges = np.linspace(0, FAR, 29)
    shown = np.clip(np.nan_to_num(values, nan=FAR, posinf=FAR), 0, FAR)
    axes.hist(shown, bins=list(edges), color="#56B4E9", edgecolor="0.3", linewidth=0.4)
    axes.axvline(1, color=RED, lw=1)
    axes.set(xlabel="|deviation| / tolerance", ylabel="exact predictions", xlim=(0, FAR), yscale="symlog")
    top = max(len(values), 1)
    ticks = [0] + [10**power for power in range(6) if 10**power <= top]
    axes.set_yticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
