"""The commands that run experiments: thin, the library does the work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

if TYPE_CHECKING:
    from .estimate import Estimate
    from .experiment import Experiment

EXPERIMENT = click.argument("file", metavar="FILE.toml", type=click.Path(path_type=Path))
SETTINGS = click.option(
    "--set",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help="Replace a key of the file, as in world.length=8. The value is TOML; a bare word is a string.",
)
PLUGINS = click.option(
    "--plugin",
    "plugins",
    metavar="FILE.py",
    multiple=True,
    help="A file of your own functions, or an entry point, besides those that FILE.toml names. It is run.",
)
THREADS = click.option(
    "--threads", metavar="N", type=click.IntRange(min=1), help="Blocks at a time; all cores if not given."
)


BACKEND = click.option(
    "--backend",
    type=click.Choice(["numba", "jax"]),
    help="What computes it, in place of what the file says: vector code for the CPU, or JAX.",
)
PRECISION = click.option(
    "--precision", type=click.Choice(["float32", "float64"]), help="Of every number; float64 on JAX alone."
)
DEVICE = click.option(
    "--device",
    type=click.Choice(["cpu", "gpu", "tpu"]),
    help="Where JAX runs; the best that there is if not given.",
)


@click.command("run")
@EXPERIMENT
@click.option(
    "-o",
    "--output",
    metavar="OUT.h5",
    type=click.Path(path_type=Path),
    help="Where to write; NAME.h5 here if not given.",
)
@SETTINGS
@BACKEND
@PRECISION
@DEVICE
@PLUGINS
@THREADS
@click.option("--overwrite", is_flag=True, help="Replace an output, or another experiment's partial run.")
def run(
    file: Path,
    output: Path | None,
    settings: tuple[str, ...],
    backend: str | None,
    precision: str | None,
    device: str | None,
    plugins: tuple[str, ...],
    threads: int | None,
    overwrite: bool,
) -> None:
    """Run an experiment: FILE.toml to OUT.h5.

    Finished blocks are kept in OUT.h5.partial, whatever happens; the same command goes on from them.
    """
    from .progress import Bar
    from .searches import searches
    from .simulate import Interrupted, default_output
    from .simulate import run as simulate

    path = output or default_output(file)
    with Bar() as bar:
        try:
            result = simulate(
                file,
                path,
                settings=read_settings(settings),
                backend=backend,
                precision=precision,
                device=device,
                plugins=plugins,
                threads=threads,
                overwrite=overwrite,
                progress=bar,
            )
        except KeyboardInterrupt as interrupt:
            from .folder import partial_folder

            kept = (
                f"finished blocks are kept in {partial_folder(path)}"
                if partial_folder(path).exists()
                else "no block was finished"
            )
            raise Interrupted(f"{path}: stopped; {kept}. The same command goes on from there.") from interrupt
    with result:
        count = len(result.conditions)
        click.echo(
            f"{path}: {count} condition{'s' * (count != 1)}, {len(result.networks):,} networks in each"
        )
        for search in searches(result):
            if search.shortfall:
                click.echo(search.shortfall)
        for condition in result.conditions:
            lost = int((result.diverged_at(condition) >= 0).sum())
            if lost:
                click.echo(f"{condition}: {lost:,} of {len(result.networks):,} networks diverged")


@click.command("check")
@EXPERIMENT
@SETTINGS
@BACKEND
@PRECISION
@PLUGINS
@THREADS
def check(
    file: Path,
    settings: tuple[str, ...],
    backend: str | None,
    precision: str | None,
    plugins: tuple[str, ...],
    threads: int | None,
) -> None:
    """Validate an experiment and estimate its time, memory and disk, without running it."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from .estimate import estimate
    from .lower import lower
    from .machine import cores
    from .spec import read_experiment, with_compute

    experiment = read_experiment(file, with_compute(read_settings(settings), backend, precision), plugins)
    plans = [lower(condition) for condition in experiment.conditions]
    table = Table(title=escape(experiment.title), title_justify="left")
    for heading in ("condition", "states", "actions", "parameters", "updates", "recorded times"):
        table.add_column(heading, justify="left" if heading == "condition" else "right", overflow="fold")
    for condition, plan in zip(experiment.conditions, plans, strict=True):
        numbers = (
            condition.world.states,
            condition.world.actions,
            plan.training.network.parameters,
            condition.ends,
            len(condition.times),
        )
        table.add_row(escape(condition.name), *(f"{number:,}" for number in numbers))
    count = threads or cores()
    expected = estimate(experiment, plans, count)
    console = Console()
    console.print(table)
    console.print(
        f"{experiment.networks:,} networks in each condition; "
        f"{expected.blocks:,} block{'s' * (expected.blocks != 1)} of up to {expected.block_size:,}\n"
        f"{_time_and_memory(experiment, expected, count)}"
        f"disk    up to {_size(expected.disk)} while it runs; half of that or less for the finished file"
    )


@click.command("list")
@PLUGINS
def list_(plugins: tuple[str, ...]) -> None:
    """List the worlds with their behaviours, the losses, policies and optimisers, each with its one line.

    What plug-ins add stands among them, and their rules, heads and behaviours after them.
    """
    from rich.console import Console

    from .kinds import kinds_of
    from .plugin.contents import plugins_of
    from .plugin.makers import with_behaviours
    from .registry import has_defaults, summary

    console = Console(highlight=False, soft_wrap=True)
    kinds = kinds_of(plugins_of([], Path(), plugins))
    behaviours = {each.name: each.function for plugin in kinds.plugins for each in plugin.of("behaviour")}
    console.print("[bold]worlds[/] and their behaviours")
    for name, maker in kinds.world.items():
        console.print(f"  {name:20} {summary(maker)}", markup=False)
        found = with_behaviours(maker(), kinds.plugins).behaviours if has_defaults(maker) else ()
        for behaviour in found:
            console.print(f"    {behaviour.name:18} {behaviour.meaning}", markup=False)
    for title, named in (
        ("losses", kinds.loss),
        ("policies", kinds.policy),
        ("optimisers", kinds.optimiser),
        ("rules of plug-ins", kinds.rule),
        ("heads of plug-ins", kinds.head),
        ("behaviours of plug-ins", behaviours),
    ):
        if named:
            console.print(f"[bold]{title}[/]")
        for name, maker in named.items():
            console.print(f"  {name:20} {summary(maker)}", markup=False)


@click.command("rerun")
@click.argument("file", metavar="RUN.h5", type=click.Path(path_type=Path))
@DEVICE
@THREADS
def rerun(file: Path, device: str | None, threads: int | None) -> None:
    """Run RUN.h5 again from the experiment in it, and say whether every bit came out the same.

    Exit status 0 when it did, 1 when it did not.
    """
    from .progress import Bar
    from .rerun import differing

    with Bar() as bar:
        different = differing(file, threads, bar, device)
    if different:
        click.echo(f"{file}: differs in {', '.join(different)}")
        raise SystemExit(1)
    click.echo(f"{file}: every bit came out the same")


def read_settings(settings: tuple[str, ...]) -> dict[str, Any]:
    """`KEY=VALUE` strings as values by dotted key; a value is TOML, or a string where it is not."""
    import tomllib

    found = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not key.strip():
            raise click.UsageError(
                f"--set {setting!r}: expected KEY=VALUE, for instance --set world.length=8"
            )
        try:
            found[key.strip()] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            found[key.strip()] = text.strip()
    return found


def _time_and_memory(experiment: Experiment, expected: Estimate, threads: int) -> str:
    """What is known of them before a run: of a device of JAX's, nothing."""
    if experiment.compute.backend == "jax":
        return "time    as the device is; it takes as many blocks at a time as its memory holds\n"
    seconds, memory = _duration(expected.seconds), _size(expected.memory)
    return (
        f"time    about {seconds} on {threads} threads, once the kernels are compiled\n"
        f"memory  about {memory}\n"
    )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(count / 1e6, 1):.0f} MB"
