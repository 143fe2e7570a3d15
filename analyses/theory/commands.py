"""The command that holds popgrad against theory."""

from __future__ import annotations

import secrets
from pathlib import Path

import rich_click as click

from ..json_output import check_output, json_option


@click.command("verify")
@click.option(
    "--only",
    metavar="CASE",
    multiple=True,
    help="An entry, `T05`, one case of it, `T05.approving`, or a pattern, `T1*`; repeat it for more.",
)
@click.option(
    "--seed",
    metavar="S",
    type=click.IntRange(0, 2**63 - 1),
    help="From which each case's seed is derived; a fresh one, which is printed, if not given.",
)
@click.option(
    "--networks",
    metavar="N",
    type=click.IntRange(1000),
    help="Of a population that is sampled, 1,000 or more; each case's own number if not given.",
)
@click.option("--long", is_flag=True, help="Ten times the networks, and longer waits: about twenty minutes.")
@click.option("--backend", type=click.Choice(["numba", "jax"]), default="numba", show_default=True)
@click.option("--precision", type=click.Choice(["float32", "float64"]), default="float32", show_default=True)
@click.option("--device", type=click.Choice(["cpu", "gpu", "tpu"]), help="Where JAX runs.")
@json_option("the verdicts")
@click.option(
    "--figures",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Draw each case there, an overview and pages of all curves.",
)
@click.option(
    "--keep",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Leave each case's run there, NAME.h5.",
)
@click.option("--list", "list_cases", is_flag=True, help="List the cases and what is pending; run nothing.")
def verify(
    only: tuple[str, ...],
    seed: int | None,
    networks: int | None,
    long: bool,
    backend: str,
    precision: str,
    device: str | None,
    output: str | None,
    figures: Path | None,
    keep: Path | None,
    list_cases: bool,
) -> None:
    """Hold popgrad against theory: experiments whose outcome is known exactly, each with a verdict.

    Exact predictions have a tolerance; those that chance decides alarm together in one suite of a hundred
    where all is right. The exit status is 1 when a case fails or could not be run.
    """
    from .case import Effort
    from .report import listing
    from .session import Session
    from .suite import chosen, every_case

    if backend == "numba" and (precision == "float64" or device):
        given = "--precision float64" if precision == "float64" else f"--device {device}"
        raise click.UsageError(f"{given}: expected --backend jax beside it")
    effort = Effort(networks, long, backend, precision, device)
    cases = chosen(every_case(effort), only)
    if list_cases:
        click.echo(listing(cases))
        return
    if backend == "jax":
        from ...sim.device import device_of

        device_of(device)  # one that is not there is said before anything is run
    check_output(output)
    session = Session(cases, effort, secrets.randbelow(2**32) if seed is None else seed, figures, output)
    if not session.run(keep, pending=not only).passed:
        raise SystemExit(1)
