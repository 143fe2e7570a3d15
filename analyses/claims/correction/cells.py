"""Which measurements stand for one thing, and so are one cell of a point."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...statistics import Interval
from .exponents import Times
from .rows import Row
from .tails import Tail


def by_law(rows: Sequence[Times]) -> list[list[Times]]:
    """Rows in groups whose closed forms are the same but for a factor, in the order of the first of each."""
    groups: list[tuple[np.ndarray | None, list[Times]]] = []
    for of in rows:
        shape = _shape(of.row)
        for other, members in groups:
            if shape is not None and other is not None and np.allclose(shape, other, rtol=1e-9):
                members.append(of)
                break
        else:
            groups.append((shape, [of]))
    return [members for _, members in groups]


def _shape(row: Row) -> np.ndarray | None:
    """How the push changes along the way, from several beginnings; None where no closed form is known."""
    if row.form is None or row.counted is not None:
        return None
    begins = (-2.0, -4.0, -8.0)
    return np.array(
        [row.form.g(part * z0, z0) / row.form.g(z0, z0) for z0 in begins for part in (0.6, 0.3, 0)]
    )


def widest(estimators: Sequence[Callable[[float], Interval]], confidence: float) -> Interval:
    """From the lowest limit to the highest, each at so much confidence that all of them hold together."""
    each = confidence ** (1 / len(estimators))
    found = [estimator(each) for estimator in estimators]
    middle = float(np.median([one.estimate for one in found]))
    method = found[0].method if len(found) == 1 else f"{found[0].method}, {len(found)} together"
    return Interval(middle, min(one.low for one in found), max(one.high for one in found), confidence, method)


def relative(tail: Tail, confidence: float) -> Interval:
    """The exponent of a tail over the one of theory, 1/(h r)."""
    found = tail.exponent(confidence)
    values = (found.estimate * tail.h, found.low * tail.h, found.high * tail.h)
    return Interval(*values, confidence, found.method)
