"""A claim's report: one page of Markdown in which every number comes from the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..statistics import Interval
from ..statistics.interval import percent
from .claim import Listing
from .record import predicted
from .verdict import Decision, Verdict

if TYPE_CHECKING:
    from .conduct import Conducted

VIEWS = {
    "selection": "the selection view",
    "shaping": "the shaping view",
    "both": "both views",
    "neither": "neither view",
}


def markdown(conducted: Conducted, figures: Sequence[str]) -> str:
    """The report.

    Args:
        conducted: the claim after its run.
        figures: their names; each is a .png beside the report, the first stands at the top.
    """
    claim, verdict = conducted.claim.registered, conducted.verdict
    first, *others = figures
    parts = [
        f"# {claim.code} {conducted.claim.name}: {claim.title}",
        f"*{claim.question}*",
        _beginning(conducted),
        f"![]({first}.png)",
        "## What each side predicts",
        f"**Selection.** {claim.selection}",
        f"**Shaping.** {claim.shaping}",
        "## What was found",
        f"Written down before the run: {claim.rule}",
        _points(conducted),
        _confidence(verdict),
        *_surprises(verdict),
    ]
    for section in conducted.analysis.sections:
        parts += [f"## {section.heading}", *section.text, *map(listed, section.listings)]
    parts += [f"![]({name}.png)" for name in others]
    parts += ["## How it was measured", claim.design, f"Source of the claim: {claim.source}", _run(conducted)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def sentence(verdict: Verdict) -> str:
    """The outcome, and what each interval speaks for: `divided (12 intervals: selection 9, shaping 3)`."""
    readings = [each.reading or "undecided" for each in verdict.decisions]
    parts = [f"{name} {count}" for name, count in Counter(readings).most_common()]
    return f"{verdict.outcome} ({len(readings)} interval{'s' * (len(readings) != 1)}: {', '.join(parts)})"


def shown(interval: Interval) -> str:
    """An estimate with its limits, as short as tables want it."""
    return f"{interval.estimate:.3g} ({interval.low:.3g} to {interval.high:.3g})"


def listed(listing: Listing) -> str:
    """A table in Markdown, its caption above."""
    rows = [listing.columns, ("---",) * len(listing.columns), *listing.rows]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([f"{listing.caption}", "", *lines])


def _beginning(conducted: Conducted) -> str:
    claim, verdict = conducted.claim, conducted.verdict
    small = {
        "quick": f" This is the short version; `popgrad claim run {claim.name}` runs the whole one.",
        "own": " The settings are not those of the claim's file.",
    }
    return f"**Verdict: {sentence(verdict)}.**{small.get(conducted.size, '')}"


def _points(conducted: Conducted) -> str:
    """Every point in every cell, points in the order of the file."""
    rows = []
    for point in conducted.claim.registered.points:
        for decision in conducted.verdict.of(point.name):
            views = f"selection {predicted(point, 'selection')}; shaping {predicted(point, 'shaping')}"
            rows.append(
                (
                    f"**{point.name}** {point.measure}" if not rows or rows[-1][-1] != point.name else "",
                    decision.cell or "all",
                    views if not rows or rows[-1][-1] != point.name else "",
                    shown(decision.interval),
                    _reads(decision),
                    point.name,
                )
            )
    columns = ("quantity", "where", "predicted", "found", "speaks for")
    says = "\n".join(f"- **{point.name}**: {point.says}" for point in conducted.claim.registered.points)
    return says + "\n\n" + listed(Listing("", columns, tuple(row[:-1] for row in rows)))


def _reads(decision: Decision) -> str:
    if decision.reading is None:
        return "undecided"
    return decision.reading + (f" (expected: {decision.point.expected})" if decision.surprising else "")


def _confidence(verdict: Verdict) -> str:
    count, each = len(verdict.decisions), percent(round(verdict.confidence, 6))
    return (
        f"Intervals have {each} confidence each, so that the {count} together miss anything with "
        f"probability {verdict.level:g} at most. One that lies within the region of practical equivalence or "
        "wholly beyond it decides; one that lies over its end does not."
    )


def _surprises(verdict: Verdict) -> list[str]:
    """Where it flips, where neither side is right, and what was not expected."""
    kinds = {
        "It flips": verdict.flips,
        "Neither side is right": [each for each in verdict.decisions if each.reading == "neither"],
        "Not what was expected before the run": [each for each in verdict.decisions if each.surprising],
    }
    lines = [f"**{title}** at {_places(found)}." for title, found in kinds.items() if found]
    return ["## Where it flips, and what was not expected", *lines] if lines else []


def _places(decisions: Iterable[Decision]) -> str:
    return "; ".join(
        f"{each.point.name}{f' [{each.cell}]' if each.cell else ''}: {shown(each.interval)}, "
        f"which speaks for {VIEWS[str(each.reading)]}"
        for each in decisions
    )


def _run(conducted: Conducted) -> str:
    """What it takes to run the same again, and how much was computed."""
    origin = conducted.provenance
    sized = {"quick": " --quick", "full": "", "own": " (with the settings below)"}[conducted.size]
    settings = "\n".join(f"    {key} = {value}" for key, value in conducted.settings.model_dump().items())
    return (
        f"The same again: `popgrad claim run {conducted.claim.name}{sized} --seed {conducted.seed}`. "
        f"{conducted.networks:,} networks in all conditions took {conducted.updates:,} updates, in "
        f"{conducted.seconds:.0f} s on {origin['cores']} cores. popgrad {origin['popgrad']}, commit "
        f"{origin['commit']}, sha256 of what was written down `{conducted.claim.sha256}`. Each experiment is "
        "in `runs/`, as a file that `popgrad run` takes and with its data.\n\nSettings:\n\n" + settings
    )
