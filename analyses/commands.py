"""The commands that read runs."""

from __future__ import annotations

import json
from pathlib import Path

import rich_click as click

from .accounts.sums import WAYS


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
    help="Where to write: .png, .pdf or .svg. OUT.png, or OUT_ledger.png, beside the run if not given.",
)
@click.option(
    "--kind",
    type=click.Choice(["behaviour", "ledger"]),
    default="behaviour",
    help="Draw the behaviour (if not given), or the ledger of what taught it.",
)
@click.option(
    "--by",
    type=click.Choice(WAYS),
    help="Of the ledger: what an account over time stands for; a group of states if not given.",
)
def plot(
    run: Path,
    behaviour: str | None,
    conditions: tuple[str, ...],
    output: Path | None,
    kind: str,
    by: str | None,
) -> None:
    """Draw how a behaviour changes over training, or what taught it.

    Conditions stand side by side. Each shows the quantiles over networks, the share of networks above one
    half with its 95 % interval, and a histogram of the final values. With --kind ledger each shows the
    accounts stacked over time, and what every state of the world taught.
    """
    from ..sim.runfile import open_run
    from . import figures
    from .accounts.figure import draw_ledger

    if by is not None and kind != "ledger":
        raise click.UsageError(f"--by {by}: expected --kind ledger beside it")
    named = run.with_suffix(".png") if kind == "behaviour" else run.with_name(f"{run.stem}_ledger.png")
    output = figures.writable(named if output is None else output)
    with open_run(run) as opened:
        if kind == "ledger":
            drawn = draw_ledger(opened, behaviour, conditions, by or "group")
        else:
            drawn = figures.plot(opened, behaviour, conditions)
        figures.save(drawn, output)
    click.echo(str(output))


@click.command("compare")
@click.argument("run", metavar="OUT.h5", type=click.Path(path_type=Path))
@click.option("-b", "--behaviour", metavar="B", help="Which behaviour; the run's first if not given.")
@click.option(
    "--between",
    metavar="X Y",
    nargs=2,
    help="Which two conditions: the effect of Y instead of X. Not needed where there are just two.",
)
@click.option("--at", metavar="TIME", type=int, help="At which recorded time; the end if not given.")
@click.option(
    "--confidence", metavar="C", type=float, default=0.95, help="Of each interval; 0.95 if not given."
)
@click.option(
    "--rope",
    metavar="LOW HIGH",
    type=float,
    nargs=2,
    help="Say whether the mean difference lies within this region of practical equivalence.",
)
@click.option("-w", "--watch", metavar="W", help="Compare when this watch was crossed, too.")
@click.option(
    "--clusters",
    metavar="NAME",
    help="A hyperparameter with few values; networks that share one count as a cluster.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "-o",
    "--output",
    metavar="FIG.png",
    type=click.Path(path_type=Path),
    help="Draw the comparison, too: .png, .pdf or .svg.",
)
def compare(
    run: Path,
    behaviour: str | None,
    between: tuple[str, str] | None,
    at: int | None,
    confidence: float,
    rope: tuple[float, float] | None,
    watch: str | None,
    clusters: str | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Compare two conditions of a run, network by network.

    Both have the same seed, so each network is compared with itself. Shown are the mean difference, the share
    of networks above one half and how many go up and down, with intervals, and a sentence to quote.
    """
    from rich.console import Console

    from ..sim.runfile import open_run
    from .compare import compare as compared
    from .compare_report import as_dict, compare_report

    if output is not None:  # matplotlib takes a second to load and is not needed for a table
        from .figures import writable

        output = writable(output)
    with open_run(run) as opened:
        found = compared(
            opened,
            behaviour,
            between,
            at=at,
            confidence=confidence,
            rope=rope,
            watch=watch,
            clusters=clusters,
        )
    if output is not None:
        from .compare_figure import draw_comparison
        from .figures import save

        save(draw_comparison(found), output)
    if as_json:
        click.echo(json.dumps(as_dict(found), indent=2, ensure_ascii=False))
    else:
        Console(highlight=False).print(compare_report(found))


@click.command("path")
@click.argument("run", metavar="RUN.h5", type=click.Path(path_type=Path))
@click.option(
    "-c", "--condition", metavar="NAME", help="Which condition; not needed where there is just one."
)
@click.option(
    "-n", "--network", metavar="N", type=int, default=0, help="Which network, from 0; 0 if not given."
)
@click.option("-l", "--level", metavar="K", type=int, default=0, help="Which level, from 0; 0 if not given.")
@click.option("--held-out", is_flag=True, help="Count the held-out levels, not those of training.")
@click.option(
    "--start",
    metavar="ROW,COLUMN",
    help="Where to start, counted from the upper left; the cell farthest from the goal if not given.",
)
@click.option(
    "-o",
    "--output",
    metavar="FIG.png",
    type=click.Path(path_type=Path),
    help="Where to write: .png, .pdf or .svg. RUN_path.png beside the run if not given.",
)
def path(
    run: Path,
    condition: str | None,
    network: int,
    level: int,
    held_out: bool,
    start: str | None,
    output: Path | None,
) -> None:
    """Draw a network's way through a level of the world `levels`.

    The figure shows the maze with its goal and the upper right corner, where the network most likely goes
    from a cell, how likely every action is, and how often each cell is visited.
    """
    from ..sim.runfile import open_run
    from . import figures
    from .levels import draw_path

    output = figures.writable(run.with_name(f"{run.stem}_path.png") if output is None else output)
    with open_run(run) as opened:
        figures.save(draw_path(opened, condition, network, level, held_out, _cell(start)), output)
    click.echo(str(output))


def _cell(text: str | None) -> tuple[int, int] | None:
    """`ROW,COLUMN` as numbers."""
    if text is None:
        return None
    try:
        row, column = (int(part) for part in text.split(","))
    except ValueError:
        raise click.UsageError(f"--start {text!r}: expected ROW,COLUMN, for instance --start 4,0") from None
    return row, column


@click.command("info")
@click.argument("run", metavar="OUT.h5", type=click.Path(path_type=Path))
def info(run: Path) -> None:
    """Show what OUT.h5 holds: conditions, final behaviours with intervals, exploration, provenance."""
    from rich.console import Console

    from ..sim.runfile import open_run
    from .report import report

    with open_run(run) as opened:
        Console(highlight=False).print(report(opened))
