"""A claim's report: a page of Markdown and its details, in which every number comes from the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..statistics.interval import percent
from .analysis import Listing, Section
from .folder import DETAILS, REPORT
from .record import as_dict, predicted
from .summary import flips, summary
from .verdict import Decision, Verdict
from .words import between

if TYPE_CHECKING:
    from .conduct import Conducted


def report(conducted: Conducted, figure: str) -> str:
    """The one page: verdict, figure, predictions, what was found and what was not expected.

    Args:
        conducted: the claim after its run.
        figure: its name; the .png stands beside the report.
    """
    claim, verdict = conducted.claim.registered, as_dict(conducted)
    where = [f"- {point}: {cells}" for point, cells in flips(verdict).items()]
    return _joined(
        f"# {claim.code} {conducted.claim.name}: {claim.title}",
        f"*{claim.question}*",
        _beginning(conducted),
        f"![]({figure}.png)",
        f"**Selection predicts.** {claim.selection}",
        f"**Shaping predicts.** {claim.shaping}",
        "## What was found",
        f"Written down before the run: {claim.rule}",
        listed(summary(verdict)),
        _confidence(conducted.verdict),
        *(
            [
                "## Where it flips",
                "A point reads otherwise than in most of its cells, or has no reading that most cells share:",
                "\n".join(where),
            ]
            if where
            else []
        ),
        *_surprises(conducted.verdict),
        *(part for each in conducted.analysis.sections if each.brief for part in _section(each)),
        _run(conducted),
    )


def details(conducted: Conducted, figures: Sequence[str]) -> str:
    """The rest: every interval, the analysis in full, further figures, design and settings."""
    claim = conducted.claim.registered
    settings = "\n".join(f"    {key} = {value}" for key, value in conducted.settings.model_dump().items())
    return _joined(
        f"# {claim.code} {conducted.claim.name}: details",
        f"The page in short is [{REPORT}]({REPORT}).",
        "## How it was measured",
        claim.design,
        f"Source of the claim: {claim.source}",
        "## Every interval",
        _points(conducted),
        *(part for each in conducted.analysis.sections if not each.brief for part in _section(each)),
        *(f"![]({name}.png)" for name in figures),
        "## Settings",
        settings,
    )


def sentence(verdict: Verdict) -> str:
    """The outcome, and what each interval speaks for: `divided (12 intervals: selection 9, shaping 3)`."""
    readings = [each.reading or "undecided" for each in verdict.decisions]
    parts = [f"{name} {count}" for name, count in Counter(readings).most_common()]
    return f"{verdict.outcome} ({len(readings)} interval{'s' * (len(readings) != 1)}: {', '.join(parts)})"


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
                    between(decision.interval),
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
        f"Intervals have {each} confidence each: if each has the coverage it states, the {count} together "
        f"miss anything with probability {verdict.level:g} at most. Those of numbers without chance have "
        "limits of numerical error instead. An interval within the region of practical equivalence or "
        "wholly beyond it decides; one that lies over its end does not."
    )


def _surprises(verdict: Verdict) -> list[str]:
    """Where neither side is right, and what was not expected."""
    kinds = {
        "Neither side is right": [each for each in verdict.decisions if each.reading == "neither"],
        "Not what we expected before the run": [each for each in verdict.decisions if each.surprising],
    }
    return [f"**{title}:** {_places(found)}." for title, found in kinds.items() if found]


def _places(decisions: Iterable[Decision]) -> str:
    return "; ".join(
        f"{each.point.name}{f' at {each.cell}' if each.cell else ''}, {between(each.interval)}, reads "
        f"{each.reading}"
        for each in decisions
    )


def _section(section: Section) -> list[str]:
    return [f"## {section.heading}", *section.text, *map(listed, section.listings)]


def _joined(*parts: str) -> str:
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _run(conducted: Conducted) -> str:
    """What it takes to run the same again, and how much was computed."""
    origin = conducted.provenance
    command = f"popgrad claim run {conducted.claim.name}{' --quick' * (conducted.size == 'quick')}"
    settings = f", with the settings in [{DETAILS}]({DETAILS})" * (conducted.size == "own")
    return (
        f"*The same again: `{command} --seed {conducted.settings.seed}`{settings}. {conducted.networks:,} "
        f"networks in all conditions took {conducted.updates:,} updates, in {conducted.seconds:.0f} s on "
        f"{origin['cores']} cores; popgrad {origin['popgrad']}, commit {origin['commit']}, sha256 of what "
        f"was written down {conducted.claim.sha256}. Every interval, and how it was measured: "
        f"[{DETAILS}]({DETAILS}). Each experiment is in `runs/`, as a file that `popgrad run` takes and "
        "with its data.*"
    )
