"""The command that times popgrad beside its peer."""

from __future__ import annotations

import rich_click as click

from ..analyses.json_output import check_output, json_option, write_json


@click.command("bench")
@click.argument("cases", metavar="[CASE]...", nargs=-1)
@click.option(
    "--networks",
    metavar="N",
    type=click.IntRange(1),
    help="How many to train; 2,048 for each thread by default.",
)
@click.option(
    "--updates",
    metavar="U",
    type=click.IntRange(1),
    help="How many are timed; each case has its own default.",
)
@click.option(
    "--repeats", metavar="R", type=click.IntRange(1), default=5, show_default=True, help="Turns of each side."
)
@click.option(
    "--threads", metavar="N", type=click.IntRange(1), help="Threads of both sides; all cores by default."
)
@click.option(
    "--device",
    type=click.Choice(["cpu", "gpu", "tpu"]),
    help="Time popgrad's JAX backend there, beside plain JAX and beside the vectors on the processor, at 10⁴,"
    " 10⁵ and 10⁶ networks or at the number given.",
)
@click.option("--cold", is_flag=True, help="Compile popgrad's kernels anew, although they may be on disk.")
@json_option("the timings")
def bench(
    cases: tuple[str, ...],
    networks: int | None,
    updates: int | None,
    repeats: int,
    threads: int | None,
    device: str | None,
    cold: bool,
    output: str | None,
) -> None:
    """Time popgrad beside JAX on the same work, once it is checked that both compute the same.

    CASE is one of imitation_tanh, imitation_relu, coin_line_imitation, coin_line_outcome and
    coin_line_outcome_tables; all of them if none is given. The sides take turns, each in its own process.
    """
    from rich.console import Console

    from ..sim.machine import cores
    from .cases import chosen
    from .report import as_json, notes, table
    from .timing import Size, timed

    check_output(output)
    threads = min(threads or cores(), cores())
    errors = Console(stderr=True)
    to_stdout = output == "-"
    console = errors if to_stdout else Console()
    if device:
        from .devices import LAYOUTS, NETWORKS, device_json, device_table, timed_on

        on_device = []
        for case in chosen(cases):
            for count in (networks,) if networks else NETWORKS:
                size = Size(count, updates or min(case.updates, 200), repeats, threads)
                with errors.status(case.name) as status:
                    on_device.append(timed_on(case, size, device, LAYOUTS, status.update))
        write_json(device_json(on_device), output)
        console.print(device_table(on_device))
        return
    timings = []
    for case in chosen(cases):
        size = Size(networks or 2048 * threads, updates or case.updates, repeats, threads, cold)
        with errors.status(case.name) as status:
            timings.append(timed(case, size, lambda doing: status.update(f"{case.name}: {doing}")))  # noqa: B023
    write_json(as_json(timings), output)
    console.print(table(timings))
    console.print(notes(timings), markup=False, highlight=False)
