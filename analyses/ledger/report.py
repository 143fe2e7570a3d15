"""The page of the evidence: its parts one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..claims.report import listed
from .part import Part

TITLE = "The ledger put to the test"
PARTS = {
    "rivals": "against the alternatives",
    "forecast": "as a prediction",
    "tangent_kernel": "wide networks and rare states",
    "first_press": "before the first press",
}
"""Modules of this package, in their order. Each has `run(folder, quick, threads)`, which returns a `Part`."""


def page(parts: Mapping[str, Part], quick: bool, provenance: Mapping[str, Any]) -> str:
    """The report in Markdown; each part's figure stands beside it as NAME.png."""
    size = " --quick" * quick
    made = (
        f"*Written by `python -m popgrad.analyses.ledger{size}`; every number comes from its runs. "
        f"popgrad {provenance['popgrad']}, commit {provenance['commit']}.*"
    )
    short = ["This is the short version, of few networks."] * quick
    return (
        "\n\n".join([f"# {TITLE}", made, *short, *(_part(name, part) for name, part in parts.items())]) + "\n"
    )


def _part(name: str, part: Part) -> str:
    return "\n\n".join(
        [
            f"## {part.heading}",
            f"*{part.question}*",
            f"**What would count.** {part.counts}",
            f"![]({name}.png)",
            part.caption,
            *part.answer,
            "### Numbers",
            *(listed(each) for each in part.listings),
            "### How it was measured",
            *part.method,
        ]
    )
