"""Runs a claim: its experiments in order, the analysis, the verdict, and what is left of them in a folder."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from ...sim.provenance import provenance
from ...sim.runfile import Run
from ...sim.simulate import Progress
from ...sim.simulate import run as simulate
from .claim import Analysis, Claim, Settings
from .folder import DETAILS, REPORT, VERDICT, Folder
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
        seed: of every experiment.
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
    seed: int
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
    seed: int = 0,
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
        seed: of every experiment.
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
    folder.begin(claim, settings, seed, overwrite)
    experiments = claim.experiments(settings)
    with ExitStack() as stack:
        runs: dict[str, Run] = {}
        for number, (name, tables) in enumerate(experiments.items(), start=1):
            source, output = folder.experiment(name, tables, seed)
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
            seed=seed,
            verdict=decide(claim.registered, analysis.estimates),
            analysis=analysis,
            networks=sum(len(run.networks) * len(run.conditions) for run in runs.values()),
            updates=sum(map(_updates, runs.values())),
            seconds=sum(float(run.provenance["seconds"]) for run in runs.values()),
            provenance=provenance(),
        )
    _leave(folder, conducted)
    return conducted


def _size(claim: Claim, settings: Settings) -> str:
    named = {"quick": True, "full": False}
    return next((name for name, quick in named.items() if settings == claim.settings(quick, {})), "own")


def _updates(run: Run) -> int:
    """Of all networks, selected ones left out."""
    return sum(int(run.own_times(name)[-1]) * len(run.networks) for name in run.conditions)


def _leave(folder: Folder, conducted: Conducted) -> None:
    """Figures, report and verdict; the verdict last, so that where it is the rest is too."""
    figures = {"figure": conducted.analysis.figure, **conducted.analysis.figures}
    for name, figure in figures.items():
        for suffix in ("png", "pdf"):
            folder.write(f"{name}.{suffix}", _drawn(figure, suffix))
    first, *others = figures
    folder.write(REPORT, report(conducted, first).encode())
    folder.write(DETAILS, details(conducted, others).encode())
    folder.write(VERDICT, json.dumps(as_dict(conducted), indent=1, ensure_ascii=False).encode())


def _drawn(figure: Figure, suffix: str) -> bytes:
    import matplotlib

    from ..style import STYLE

    content = io.BytesIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(content, format=suffix, metadata={"CreationDate": None} if suffix == "pdf" else None)
    return content.getvalue()
