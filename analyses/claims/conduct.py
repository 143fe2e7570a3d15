"""Runs a claim: its experiments in order, the analysis, the verdict, and what is left of them in a folder."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from ...sim.errors import InvalidInput
from ...sim.provenance import provenance
from ...sim.runfile import Run
from ...sim.simulate import Progress
from ...sim.simulate import run as simulate
from ...sim.spec import read_experiment
from .analysis import Analysis
from .claim import Claim, Settings, Table
from .folder import DETAILS, REPORT, SUFFIXES, VERDICT, Folder
from .record import as_dict
from .report import details, report
from .verdict import Verdict, decide


@dataclass(frozen=True, eq=False)
class Conducted:
    """A claim that has been run.

    Args:
        claim: which.
        settings: how large it was.
        size: `quick` or `full`, as the claim's file has them, or `own` with other settings.
        verdict: by the rule that was written down before.
        analysis: what the runs came to.
        networks: trained, in all experiments and conditions.
        updates: of a network, in all of them.
        seconds: that the experiments took; those found finished count with what they took then.
        provenance: versions, commit, machine.
    """

    claim: Claim
    settings: Settings
    size: str
    verdict: Verdict
    analysis: Analysis
    networks: int
    updates: int
    seconds: float
    provenance: Mapping[str, object]


def conduct(
    claim: Claim,
    settings: Settings,
    path: Path,
    *,
    threads: int | None = None,
    overwrite: bool = False,
    told: Callable[[str, int, int], Progress | None] | None = None,
) -> Conducted:
    """Run a claim, or go on with one that was interrupted.

    What was written down of the claim and the settings are in the folder before the first experiment begins.
    Experiments that are finished there are not run again; the analysis is.

    Args:
        claim: which.
        settings: how large its experiments are.
        path: the folder; made if it is not there.
        threads: blocks at a time; all cores by default.
        overwrite: replace another run of a claim in that folder.
        told: called before an experiment with its name, its number and how many there are; who is told how
            it goes.

    Returns:
        The verdict and all that led to it, also in the folder: `verdict.json`, `report.md`, figures, the runs
        and their experiment files.

    Raises:
        PopgradError: the folder holds something else, or cannot be written to.
    """
    folder = Folder(path)
    experiments = claim.experiments(settings)
    for tables in experiments.values():
        if not _goes_on(tables):  # what begins with another's weights is looked at once these are there
            read_experiment(tables)
    folder.begin(claim, settings, experiments, overwrite)
    with ExitStack() as stack:
        runs: dict[str, Run] = {}
        for number, (name, tables) in enumerate(experiments.items(), start=1):
            source, output = folder.experiment(name, tables)
            found = folder.finished(output)
            if found is None:
                watcher = told(name, number, len(experiments)) if told else None
                found = simulate(source, output, threads=threads, progress=watcher)
            runs[name] = stack.enter_context(found)
        analysis = claim.analyse(runs, settings)
        conducted = Conducted(
            claim=claim,
            settings=settings,
            size=_size(claim, settings),
            verdict=decide(claim.registered, analysis.estimates),
            analysis=analysis,
            networks=sum(len(run.networks) * len(run.conditions) for run in runs.values()),
            updates=sum(map(_updates, runs.values())),
            seconds=sum(float(run.provenance["seconds"]) for run in runs.values()),
            provenance=provenance(),
        )
    _leave(folder, conducted)
    return conducted


def _goes_on(tables: Table) -> bool:
    """Whether any network begins with the weights of another run."""
    starts = [tables.get("policy", {}).get("init", {})]
    for condition in tables.get("condition", []):
        starts += [condition.get("policy", {}).get("init", {}), condition.get("policy.init", {})]
    return any(isinstance(start, Mapping) and start.get("kind") == "run" for start in starts)


def _size(claim: Claim, settings: Settings) -> str:
    """`quick` or `full`, whose settings these are, or `own`."""
    for name, quick in (("quick", True), ("full", False)):
        with suppress(InvalidInput):  # a file may lack what is given besides
            if settings == claim.settings(quick, {"seed": settings.seed}):
                return name
    return "own"


def _updates(run: Run) -> int:
    """Of all networks, selected ones left out."""
    return sum(int(run.own_times(name)[-1]) * len(run.networks) for name in run.conditions)


def _leave(folder: Folder, conducted: Conducted) -> None:
    """Figures, report and verdict; the verdict last, so that where it is the rest is too."""
    figures = {"figure": conducted.analysis.figure, **conducted.analysis.figures}
    first, *others = figures
    verdict = {**as_dict(conducted), "figures": list(figures)}
    contents = {
        **{f"{name}.{end}": _drawn(figure, end) for name, figure in figures.items() for end in SUFFIXES},
        REPORT: report(conducted, first).encode(),
        DETAILS: details(conducted, others).encode(),
        VERDICT: json.dumps(verdict, indent=1, ensure_ascii=False).encode(),
    }
    for name, content in contents.items():
        folder.write(name, content)


def _drawn(figure: Figure, suffix: str) -> bytes:
    import matplotlib

    from ..style import STYLE

    content = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(content, format=suffix, metadata={"CreationDate": None} if suffix == "pdf" else None)
    return content.getvalue()
