"""What was written down of a claim, as a page to read before the run."""

from __future__ import annotations

from .analysis import Listing
from .claim import Claim
from .record import predicted
from .report import listed


def page(claim: Claim) -> str:
    """Question, predictions, points with their regions, decision rule, design and settings, as Markdown."""
    found = claim.registered
    points = tuple(
        (
            f"{point.name}: {point.says}",
            point.measure,
            predicted(point, "selection"),
            predicted(point, "shaping"),
            point.expected or "",
        )
        for point in found.points
    )
    settings = tuple(
        (key, *(_setting(getattr(claim.settings(quick, {}), key)) for quick in (True, False)))
        for key in type(claim.settings(True, {})).model_fields
        if key != "seed"
    )
    parts = [
        f"# {found.code} {claim.name}: {found.title}",
        f"*{found.question}*",
        f"Source: {found.source}",
        "## What each side predicts",
        f"**Selection.** {found.selection}",
        f"**Shaping.** {found.shaping}",
        "## What decides",
        listed(Listing("", ("point", "measure", "selection", "shaping", "we expect"), points)),
        found.rule,
        f"All intervals together miss with probability {found.level:g} at most.",
        "## Design",
        found.design,
        "## Settings",
        listed(Listing("", ("setting", "quick", "full"), settings)),
        f"sha256 of the file: `{claim.sha256}`",
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _setting(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
