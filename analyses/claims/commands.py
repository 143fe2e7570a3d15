"""The commands about claims."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import rich_click as click

from ...sim.commands import THREADS, read_settings

HOME = Path("claims")
"""Where runs of claims go when no folder is named, and where they are looked for."""


@click.group("claim")
def claim() -> None:
    """Questions with two sides: an experiment for each, and a verdict by a rule written down before."""


@claim.command("list")
def list_() -> None:
    """List the claims: the question, its source, and whether it has been run here."""
    from .claim import names, written_down

    runs = _runs([HOME])
    for name in names():
        found = written_down(name)
        states = [
            f"{path}: {verdict['outcome']} ({verdict['size']}, seed {verdict['seed']})"
            for path, verdict in runs
            if verdict["claim"] == name
        ]
        click.echo(f"{found.code} {name}")
        for line in (found.question, f"Source: {found.source}", *(states or ["not run yet"])):
            click.echo(textwrap.fill(line, 100, initial_indent="    ", subsequent_indent="      "))


@claim.command("show")
@click.argument("name")
def show(name: str) -> None:
    """Show what was written down of a claim: predictions, design, regions, decision rule."""
    from rich.console import Console
    from rich.markdown import Markdown

    from .claim import claim as find
    from .page import page

    Console().print(Markdown(page(find(name))))


@claim.command("run")
@click.argument("name")
@click.option("--quick", is_flag=True, help="The short version, at most two minutes; else up to thirty.")
@click.option(
    "--set",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help="Replace a setting, as in networks=2000; `popgrad claim show NAME` lists them.",
)
@click.option("--seed", metavar="S", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True)
@click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to leave runs, verdict, report and figures; claims/NAME, or claims/NAME-quick, if not given.",
)
@THREADS
@click.option("--overwrite", is_flag=True, help="Replace another run of a claim in that folder.")
def run(
    name: str,
    quick: bool,
    settings: tuple[str, ...],
    seed: int,
    output: Path | None,
    threads: int | None,
    overwrite: bool,
) -> None:
    """Run a claim: experiments, analysis, verdict, one-page report, figures.

    What is interrupted goes on where it was when the same command is given again.
    """
    from ...sim.progress import Bar
    from ...sim.simulate import Interrupted
    from .claim import claim as find
    from .conduct import conduct
    from .report import sentence
    from .words import between

    found = find(name)
    path = output or HOME / (f"{found.name}-quick" if quick else found.name)
    size = found.settings(quick, {"seed": seed, **read_settings(settings)})
    bars: list[Bar] = []

    def told(experiment: str, number: int, count: int) -> Bar:
        _finish(bars)
        click.echo(f"{experiment} ({number} of {count})", err=True)
        bars.append(Bar().__enter__())
        return bars[-1]

    try:
        done = conduct(found, size, path, threads=threads, overwrite=overwrite, told=told)
    except KeyboardInterrupt as interrupt:
        raise Interrupted(
            f"{path}: stopped; what is finished is kept. The same command goes on from there."
        ) from interrupt
    finally:
        _finish(bars)
    for decision in done.verdict.decisions:
        where = f" [{decision.cell}]" if decision.cell else ""
        click.echo(
            f"{decision.point.name}{where}: {between(decision.interval)}: {decision.reading or 'undecided'}"
        )
    click.echo(f"{found.registered.code} {found.name}: {sentence(done.verdict)}")
    click.echo(f"{path}: report.md, verdict.json, figures, runs")


@claim.command("table")
@click.argument("folders", metavar="[FOLDER]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--markdown", is_flag=True, help="Print Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
def table(folders: tuple[Path, ...], markdown: bool, as_json: bool) -> None:
    """Show the scoreboard: predictions, results with intervals, verdicts, and where they flip.

    FOLDERs are what `popgrad claim run` left, or hold such; `claims` if none is given.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from .report import listed
    from .scoreboard import moved, scoreboard

    runs = _runs(_there(folders) or [HOME])
    if as_json:
        click.echo(json.dumps({str(path): verdict for path, verdict in runs}, indent=1, ensure_ascii=False))
        return
    for listing in scoreboard(runs):
        if markdown:
            click.echo(f"{listed(listing)}\n")
            continue
        shown = Table(
            title=escape(listing.caption), title_justify="left", title_style="bold", show_lines=True
        )
        for column in listing.columns:
            shown.add_column(column, overflow="fold")
        for row in listing.rows:
            shown.add_row(*map(escape, row))
        Console().print(shown)
    for name, cells in moved(runs).items():
        what = "; ".join(cells) or "no cell that they decide is decided differently"
        click.echo(f"{name}, between its runs: {what}")


def _runs(folders: list[Path]) -> list[tuple[Path, dict[str, Any]]]:
    """Runs of claims; those that cannot be read are named, and left out."""
    from .scoreboard import runs_in

    troubles: list[str] = []
    found = runs_in(folders, troubles)
    for trouble in troubles:
        click.echo(trouble, err=True)
    return found


def _there(folders: tuple[Path, ...]) -> list[Path]:
    """The folders that were named.

    Raises:
        PopgradError: one of them holds no claim's run.
    """
    from ...sim.errors import PopgradError
    from .scoreboard import runs_in

    for folder in folders:
        troubles: list[str] = []
        if not runs_in([folder], troubles) and not troubles:
            raise PopgradError(f"{folder}: got no run of a claim there, expected a folder that one left")
    return list(folders)


def _finish(bars: list[Any]) -> None:
    """Ends the bar that is shown."""
    while bars:
        bars.pop().__exit__(None, None, None)
