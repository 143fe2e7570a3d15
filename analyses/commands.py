"""The commands that read runs."""

from __future__ import annotations

from pathlib import Path

import rich_click as click


@click.command("plot")
@click.argument("run", metavar="OUT.h5", type=click.Path(path_type=Path))
@click.option("-b", "--behaviour", metavar="B", help="Which behaviour to draw; the run's first if not given.")
@click.option(
    "-c",
    "--condition",
    "conditions",
    metavar="NAME",
    multiple=True,
    help="Draw this condition; repeat it for more, in the order wanted. All if not given.",
)
@click.option(
    "-o",
    "--output",
    metavar="FIG.png",
    type=click.Path(path_type=Path),
    help="Where to write: .png, .pdf or .svg. OUT.png beside the run if not given.",
)
def plot(run: Path, behaviour: str | None, conditions: tuple[str, ...], output: Path | None) -> None:
    """Draw how a behaviour changes over training.

    Conditions stand side by side. Each shows the quantiles over networks, the share of networks above one
    half with its 95 % interval, and a histogram of the final values.
    """
    from ..sim.runfile import open_run
    from . import figures

    output = figures.writable(run.with_suffix(".png") if output is None else output)
    with open_run(run) as opened:
        figures.save(figures.plot(opened, behaviour, conditions), output)
    click.echo(str(output))


@click.command("info")
@click.argument("run", metavar="OUT.h5", type=click.Path(path_type=Path))
def info(run: Path) -> None:
    """Show what OUT.h5 holds: conditions, final behaviours with intervals, exploration, provenance."""
    from rich.console import Console

    from ..sim.runfile import open_run
    from .report import report

    with open_run(run) as opened:
        Console(highlight=False).print(report(opened))
