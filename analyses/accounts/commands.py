"""The command that reads a ledger."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from ..json_output import check_output, json_option, write_json
from .sums import WAYS


@click.command("ledger")
@click.argument("run", metavar="OUT.h5", type=click.Path(path_type=Path))
@click.option("-b", "--behaviour", metavar="B", help="Which behaviour; the first booked if not given.")
@click.option(
    "-c",
    "--condition",
    "conditions",
    metavar="NAME",
    multiple=True,
    help="Read this condition; repeat it for more. All if not given.",
)
@click.option(
    "--by",
    type=click.Choice([*WAYS, "phase"]),
    default="pair",
    help="Add up over what; an action in a state (pair) each by itself if not given.",
)
@click.option(
    "--top",
    metavar="N",
    type=click.IntRange(min=1),
    default=10,
    help="How many accounts have a line of their own; 10 if not given.",
)
@json_option("all accounts")
def ledger(
    run: Path,
    behaviour: str | None,
    conditions: tuple[str, ...],
    by: str,
    top: int,
    output: str | None,
) -> None:
    """Show which experience taught a behaviour: the accounts of its ledger, largest first.

    An account is what pushing an action in a state made of the behaviour's change over training. With what
    decay and carried gradients did, and what is unexplained, the accounts add up to the change. The
    experiment has to have a [training.ledger].
    """
    from rich.console import Console

    from ...sim.runfile import open_run
    from .numbers import as_dict
    from .reading import readings
    from .words import report

    check_output(output)
    with open_run(run) as opened:
        found = readings(opened, behaviour, conditions, by)
        others = [name for name in opened.ledger_behaviours if name != found[0].behaviour]
    write_json({"run": str(run), "ledgers": [as_dict(reading) for reading in found]}, output)
    if output == "-":
        return
    for reading in found:
        Console(highlight=False).print(report(reading, top))
    if others and behaviour is None:
        click.echo(f"Booked, too (--behaviour): {', '.join(others)}")
