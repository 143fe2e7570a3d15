"""From the runs to intervals, a report and its figures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from ....sim.runfile import Run
from ..analysis import Analysis, Estimator
from .cells import relative, widest
from .explained import ALONE, STAKE
from .exponents import Times
from .figure import figure, forest
from .findings import Findings, findings
from .interference import share
from .report import sections
from .settings import Settings
from .words import name, of_one_law


def analyse(runs: Mapping[str, Run], settings: Settings) -> Analysis:
    """What the claim's runs come to."""
    found = findings(runs, settings)
    return Analysis(
        estimates=estimates(found),
        figure=figure(found),
        sections=sections(found, settings),
        figures={"exponents": forest(found)},
        measured=measured(found),
    )


def estimates(found: Findings) -> dict[str, dict[str, Estimator]]:
    """point -> cell -> estimator."""
    exponents = {
        point: {name(of): of.exponent for of in rows}
        for point, rows in found.rows.items()
        if point != "exact"
    }
    laws = {of_one_law(rows): partial(widest, [of.exponent for of in rows]) for rows in found.laws}
    return (
        {"exact": laws}
        | exponents
        | {
            "tail": {"all that was paid": partial(widest, [partial(relative, tail) for tail in found.tails])},
            "absorbed": {each.name: each.share for each in found.absorbed},
            ALONE: {each.cell: partial(each.times.part, ALONE) for each in found.several},
            "stake": {each.cell: partial(each.times.part, STAKE) for each in found.several},
            "interference": {
                cell: partial(share, ever) for each in found.several for cell, (ever, _) in each.right.items()
            },
        }
    )


def measured(found: Findings) -> dict[str, Any]:
    """Numbers that no point has."""
    rows = [of for group in found.rows.values() for of in group]
    return {
        "times": {of.row.cell: _times(of) for of in rows},
        "explained": {
            each.cell: {
                "time": dict(zip(each.times.groups, each.times.shares.tolist(), strict=True)),
                "within": dict(zip(each.within.groups, each.within.shares.tolist(), strict=True)),
                "corrected": _mean(each.corrected),
                "ends_spoilt": _mean(each.ends_spoilt),
                "left_out": each.left_out,
            }
            for each in found.several
        },
    }


def _times(of: Times) -> dict[str, Any]:
    medians = [float(time) if np.isfinite(time) else None for time in of.medians]
    return {
        "epsilon": of.epsilons.tolist(),
        "median": medians,
        "corrected": of.corrected.tolist(),
        "law": [of.row.law(float(each)) for each in of.epsilons] if of.row.lawful else None,
        "diverged": of.diverged,
    }


def _mean(values: np.ndarray) -> float | None:
    return float(np.nanmean(values)) if np.isfinite(values).any() else None
