"""Verdicts in words and as JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rich.markup import escape

from .case import Case
from .pending import PENDING
from .predictions import Finding
from .suite import FALSE_ALARMS, Report, Verdict, tables_of


def line(verdict: Verdict) -> str:
    """A case in one line, as it is judged."""
    what = f"{escape(verdict.case.name):<24} {escape(verdict.case.title)}"
    if verdict.refused:
        return f"[dim]–  {what}: {escape(verdict.trouble)}[/]"
    mark = "[green]✓[/]" if verdict.passed else "[bold red]✗[/]"
    return f"{mark}  {what}  [dim]{closeness(verdict)}, {verdict.seconds:.1f} s[/]"


def closeness(verdict: Verdict) -> str:
    """How near the least near of its predictions came."""
    parts = []
    exact = [abs(finding.deviation) for finding in verdict.findings if finding.p is None]
    chance = [finding.p for finding in verdict.findings if finding.p is not None]
    if exact:
        parts.append(f"{max(exact):.2g} of the tolerance" if max(exact) else "exact")
    if chance:
        among = f"least of {len(chance)} " if len(chance) > 1 else ""
        parts.append(f"{among}p {min(chance):.2g}")
    return ", ".join(parts) or "could not be run"


def failures(verdict: Verdict, report: Report) -> list[str]:
    """What did not come out as theory says, and how to see it again."""
    lines = [f"[bold red]✗ {escape(verdict.case.name)}[/] {escape(verdict.case.title)}"]
    if verdict.trouble:
        lines.append(f"   could not be run: {escape(verdict.trouble)}")
    lines += [f"   {escape(sentence(finding, verdict.alpha))}" for finding in verdict.failures]
    lines.append(f"   [dim]again: {again(verdict, report)}[/]")
    return lines


def again(verdict: Verdict, report: Report) -> str:
    """The command that runs a case as it was run."""
    effort = report.effort
    options = [
        f"--networks {effort.networks}" if effort.networks else "",
        "--long" if effort.long else "",
        f"--backend {effort.backend}" if effort.backend != "numba" else "",
        f"--precision {effort.precision}" if effort.precision != "float32" else "",
        f"--device {effort.device}" if effort.device else "",
    ]
    command = f"popgrad verify --only {verdict.case.name} --seed {report.seed}"
    return " ".join([command, *(option for option in options if option)])


def sentence(finding: Finding, alpha: float) -> str:
    """One finding in full."""
    met = f"{finding.what}: expected {finding.expected:.9g}, found {finding.found:.9g}"
    if finding.p is None:
        return f"{met}, tolerance {finding.error:.3g} ({finding.deviation:+.3g} of it)"
    error = f", standard error {finding.error:.3g} ({finding.deviation:+.2f} of it)"
    return f"{met}{error}, p = {finding.p:.3g} with alarm below {alpha:.2g}"


def summary(report: Report) -> list[str]:
    """What a suite came to."""
    refused = sum(verdict.refused for verdict in report.verdicts)
    run = len(report.verdicts) - refused
    found = [finding for verdict in report.verdicts for finding in verdict.findings]
    chance = sum(finding.p is not None for finding in found)
    failed = sum(not verdict.passed for verdict in report.verdicts)
    cases = f"{run} case{'s' * (run != 1)}"
    verdict = f"[bold red]{failed} of {cases} failed[/]" if failed else f"[bold green]{cases} passed[/]"
    level = (
        f", {chance} that chance decides, each alarming at p < {report.alpha:.2g} "
        f"(one suite in {1 / FALSE_ALARMS:.0f} where all is right)"
    )
    lines = [
        f"{verdict}: {len(found) - chance} exact predictions{level if chance else ''}. "
        f"Seed {report.seed}, {report.seconds:.0f} s."
    ]
    if refused:
        lines.append(f"{refused} not run on this backend.")
    return lines


def listing(cases: Sequence[Case]) -> str:
    """The cases by name, and what is pending."""
    lines = [f"{case.name:<24} {case.title}" for case in cases]
    return "\n".join([*lines, *pending_lines()])


def pending_lines() -> list[str]:
    """What waits for a feature, by feature."""
    return ["Pending:", *(f"   {name}: waits for {feature}" for name, feature in PENDING.items())]


def as_json(report: Report) -> dict[str, Any]:
    """A suite as plain values; numbers that are not finite become null."""
    effort = report.effort
    return {
        "passed": report.passed,
        "seed": report.seed,
        "backend": effort.backend,
        "precision": effort.precision,
        "device": effort.device,
        "long": effort.long,
        "networks": effort.networks,
        "alpha": report.alpha,
        "false_alarms": FALSE_ALARMS,
        "seconds": round(report.seconds, 3),
        "cases": [_case(verdict) for verdict in report.verdicts],
        "pending": dict(PENDING),
    }


def _case(verdict: Verdict) -> dict[str, Any]:
    return {
        "name": verdict.case.name,
        "title": verdict.case.title,
        "verdict": "refused" if verdict.refused else "passed" if verdict.passed else "failed",
        "trouble": verdict.trouble or None,
        "seconds": round(verdict.seconds, 3),
        "experiment": tables_of(verdict.case, verdict.seed),
        "predictions": [
            {
                "what": finding.what,
                "expected": _plain(finding.expected),
                "found": _plain(finding.found),
                "error": _plain(finding.error),
                "deviation": _plain(finding.deviation),
                "p": None if finding.p is None else _plain(finding.p),
                "kind": "exact" if finding.p is None else "chance",
                "holds": finding.holds(verdict.alpha),
            }
            for finding in verdict.findings
        ],
    }


def _plain(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None
