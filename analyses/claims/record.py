"""A verdict as numbers and texts, for `verdict.json`; JSON has no NaN and no infinity: these become null."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .registered import Point
from .verdict import Decision

if TYPE_CHECKING:
    from .conduct import Conducted


def as_dict(conducted: Conducted) -> dict[str, Any]:
    """All that a reader needs who has not the runs: rule, settings, every interval, every reading."""
    claim, verdict = conducted.claim, conducted.verdict
    return {
        "claim": claim.name,
        "code": claim.registered.code,
        "question": claim.registered.question,
        "outcome": verdict.outcome,
        "sha256": claim.sha256,
        "size": conducted.size,
        "seed": conducted.settings.seed,
        "settings": conducted.settings.model_dump(mode="json"),
        "level": verdict.level,
        "confidence": verdict.confidence,
        "points": {
            point.name: {
                "says": point.says,
                "measure": point.measure,
                "region": list(point.region),
                "selection": predicted(point, "selection"),
                "shaping": predicted(point, "shaping"),
                "expected": point.expected,
                "outcome": verdict.points.get(point.name, "undecided"),
                "cells": [_cell(decision) for decision in verdict.of(point.name)],
            }
            for point in claim.registered.points
        },
        "flips": [{"point": each.point.name, **_cell(each)} for each in verdict.flips],
        "measured": plain(conducted.analysis.measured),
        "networks": conducted.networks,
        "updates": conducted.updates,
        "seconds": round(conducted.seconds, 1),
        "provenance": plain(conducted.provenance),
    }


def predicted(point: Point, side: str) -> str:
    """Where a side expects the quantity to be, by the readings of the point's three places."""
    low, high = (f"{end:g}" for end in point.region)
    places = {"below": f"below {low}", "inside": f"{low} to {high}", "above": f"above {high}"}
    said = [text for place, text in places.items() if getattr(point, place) in (side, "both")]
    return " or ".join(said) or "nothing"


def _cell(decision: Decision) -> dict[str, Any]:
    interval = decision.interval
    return {
        "cell": decision.cell,
        "estimate": plain(interval.estimate),
        "low": plain(interval.low),
        "high": plain(interval.high),
        "method": interval.method,
        "place": decision.place,
        "reading": decision.reading,
        "surprising": decision.surprising,
    }


def plain(value: Any) -> Any:
    """A value of Python's own types, as JSON has them."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
