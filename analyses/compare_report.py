"""A comparison in words: a table for the terminal, a sentence to quote, a dictionary for programs."""

from __future__ import annotations

from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from .compare import Comparison
from .statistics import Interval
from .statistics.interval import percent


def compare_report(found: Comparison) -> RenderableType:
    """A comparison for the terminal."""
    x, y = found.conditions
    kind = "probability" if found.probability else "expected count per episode"
    head = [
        f"[bold]{escape(found.behaviour)}[/] ({kind}): {escape(y)} minus {escape(x)}",
        f"{found.pairs:,} of {found.networks:,} networks, each paired with itself: seed {found.seed} in both",
    ]
    tables = [_table(found)] + ([_times(found)] if found.times else [])
    verdict = [f"\n{escape(_verdict(found))}"] if found.equivalence else []
    notes = [f"\n[yellow]{escape(note)}[/]" for note in found.notes]
    return Group(*head, *tables, *verdict, *notes, f"\n{escape(sentence(found))}")


def _table(found: Comparison) -> Table:
    x, y = found.conditions
    title = f"After {_after(found, 0)}"
    if found.at[0] != found.at[1]:
        title = f"At the end, after {_after(found, 0)} and {_after(found, 1)}"
    table = _titled(title)
    table.add_column("")
    for heading in (x, y, f"difference ({percent(found.mean.confidence)} interval)"):
        table.add_column(escape(heading), justify="right", overflow="fold")
    table.add_row("mean", *(f"{mean:.4g}" for mean in found.means), _both(found.mean))
    table.add_row("share > ½", *(f"{each.estimate:.4g}" for each in found.shares), _both(found.share))
    methods = [f"mean: {found.mean.method}", f"share: {found.share.method}"]
    if found.share_p is not None:
        methods[-1] += f", McNemar's p {_p(found.share_p)}"
    if found.median:
        table.add_row("median", "", "", _both(found.median))
        methods += [f"median of differences: {found.median.method}", f"sign test: p {_p(found.signs.p)}"]
    table.add_row("networks", "", "", _counts(found))
    table.caption = escape("; ".join(methods))
    return table


def _titled(title: str) -> Table:
    """A table with its title and its caption on the left."""
    left = "left"
    return Table(title=f"\n{title}", title_justify=left, title_style="", caption_justify=left)


def _counts(found: Comparison) -> str:
    return f"{found.signs.higher:,} up, {found.signs.lower:,} down, {found.signs.same:,} the same"


def _times(found: Comparison) -> Table:
    times = found.times
    assert times is not None
    table = _titled(f"{escape(times.watch)}: updates until crossed")
    table.add_column("condition")
    for heading in ("crossed", f"median ({percent(times.medians[0].confidence)} interval)", "crossed first"):
        table.add_column(heading, justify="right", overflow="fold")
    earlier = times.order.first, times.order.second
    for k, condition in enumerate(found.conditions):
        lost = f", {times.diverged[k]:,} diverged before" if times.diverged[k] else ""
        crossed = f"{times.crossed[k]:,} of {found.networks:,}{lost}"
        table.add_row(escape(condition), crossed, median_in_words(times.medians[k]), f"{earlier[k]:,}")
    rest = f"{times.order.same:,} at the same update, {times.order.undecided:,} cannot be told (censored)"
    table.caption = f"Kaplan-Meier; {rest}; sign test, p {_p(times.order.p)}"
    return table


def median_in_words(median: Interval) -> str:
    """`26 (20–31)`, with words where training ended too early to tell."""
    if np.isinf(median.estimate):
        return f"not reached (above {median.low:,.0f})" if median.low > 0 else "not reached"
    high = "not reached" if np.isinf(median.high) else f"{median.high:,.0f}"
    return f"{median.estimate:,.0f} ({median.low:,.0f} to {high})"


def sentence(found: Comparison) -> str:
    """What a paper could say."""
    x, y = found.conditions
    unit = "probability" if found.probability else "expected count per episode"
    method = found.mean.method + (f" by {found.clusters}" if found.clusters else "")
    one, two = (f"{mean:.4g} under {name}" for mean, name in zip(found.means, (x, y), strict=True))
    if found.at[0] == found.at[1]:
        begin = f"After {_after(found, 0)}, the mean {unit}"
    else:
        begin, one, two = (
            f"The mean {unit}",
            f"{one} after {_after(found, 0)}",
            f"{two} after {_after(found, 1)}",
        )
    interval = f"{percent(found.mean.confidence)} interval {found.mean.limits()}, {method}"
    return (
        f"{begin} of {found.behaviour} was {two} and {one}: a difference of {found.mean.estimate:+.4g} "
        f"({interval}; {found.pairs:,} networks paired by seed), with {_counts(found)}."
    )


def _after(found: Comparison, side: int) -> str:
    return f"{found.at[side]:,} update{'s' * (found.at[side] != 1)}"


def _verdict(found: Comparison) -> str:
    verdict = found.equivalence
    assert verdict is not None
    region = f"{verdict.low:g} to {verdict.high:g}"
    words = {
        "equivalent": f"Equivalent: the interval of the mean difference lies within {region}.",
        "above": f"Above: the interval of the mean difference lies wholly above {region}.",
        "below": f"Below: the interval of the mean difference lies wholly below {region}.",
        "undecided": f"Undecided: the interval of the mean difference crosses an end of {region}.",
    }
    return words[verdict.verdict]


def _both(interval: Interval) -> str:
    """`+0.12 (0.1 to 0.14)`."""
    return f"{interval.estimate:+.4g} ({interval.limits()})"


def _p(value: float) -> str:
    return f"{value:.2g}" if value >= 1e-4 else "< 0.0001"


def as_dict(found: Comparison) -> dict[str, Any]:
    """A comparison as JSON can hold it: null where a limit or a median was not reached."""
    names = ("x", "y")
    result: dict[str, Any] = {
        "behaviour": found.behaviour,
        "unit": "probability" if found.probability else "expected count per episode",
        "x": found.conditions[0],
        "y": found.conditions[1],
        "difference": "y minus x",
        "paired": True,
        "seed": found.seed,
        "at": dict(zip(names, found.at, strict=True)),
        "networks": found.networks,
        "pairs": found.pairs,
        "lost": dict(zip(("x", "y", "both"), found.lost, strict=True)),
        "means": dict(zip(names, found.means, strict=True)),
        "mean_difference": _interval(found.mean),
        "median_difference": _interval(found.median) if found.median else None,
        "shares_above_half": {name: _interval(each) for name, each in zip(names, found.shares, strict=True)},
        "share_difference": _interval(found.share) | {"mcnemar_p": found.share_p},
        "networks_by_sign": dict(zip(("up", "down", "stay"), found.signs[:3], strict=True)),
        "sign_test_p": None if found.clusters else found.signs.p,
        "clusters": found.clusters,
        "notes": list(found.notes),
        "sentence": sentence(found),
    }
    if found.equivalence:
        verdict = found.equivalence
        result["equivalence"] = {"verdict": verdict.verdict, "low": verdict.low, "high": verdict.high}
    if times := found.times:
        result["times"] = {
            "watch": times.watch,
            "crossed": dict(zip(names, times.crossed, strict=True)),
            "diverged_before": dict(zip(names, times.diverged, strict=True)),
            "medians": {name: _interval(each) for name, each in zip(names, times.medians, strict=True)},
            "networks_by_order": {
                "x_first": times.order.first,
                "y_first": times.order.second,
                "same": times.order.same,
                "undecided": times.order.undecided,
            },
            "sign_test_p": times.order.p,
        }
    return result


def _interval(interval: Interval) -> dict[str, Any]:
    numbers = {name: getattr(interval, name) for name in ("estimate", "low", "high")}
    finite = {name: float(value) if np.isfinite(value) else None for name, value in numbers.items()}
    return {**finite, "confidence": interval.confidence, "method": interval.method}
