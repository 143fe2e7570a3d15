"""One part of the evidence by itself: a command, and its page."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rich_click as click

from ...sim.commands import THREADS
from ...sim.errors import PopgradError
from ...sim.provenance import provenance
from ..claims.report import listed
from ..figures import save
from .part import Part

Runner = Callable[[Path, bool, int | None], Part]
"""From a folder for runs, whether it is the short version, and threads."""


def command(name: str, run: Runner) -> click.Command:
    """The command line of a part: python -m popgrad.analyses.ledger.NAME."""

    @click.command(context_settings={"help_option_names": ["-h", "--help"]})
    @click.option("--quick", is_flag=True, help="The short version, within a minute; else within five.")
    @click.option(
        "-o",
        "--output",
        metavar="FOLDER",
        type=click.Path(file_okay=False, path_type=Path),
        required=True,
        help=f"Where to leave {name}.md, {name}.png and runs. What is finished there is not run again.",
    )
    @THREADS
    def main(quick: bool, output: Path, threads: int | None) -> None:
        """Run one part of the evidence on the ledger, and write down what came of it."""
        try:
            click.echo(str(write(output, name, run, quick, threads)))
        except PopgradError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(f"{output}: cannot be written ({error.strerror or error})") from error

    return main


def write(output: Path, name: str, run: Runner, quick: bool, threads: int | None = None) -> Path:
    """Run a part; leave NAME.md, NAME.png, and runs in `runs/NAME` or `runs-quick/NAME`.

    Raises:
        PopgradError, OSError: the folder cannot be written to.
    """
    begun = time.perf_counter()
    part = run(output / ("runs-quick" if quick else "runs") / name, quick, threads)
    save(part.figure, output / f"{name}.png")
    path = output / f"{name}.md"
    path.write_text(page(name, part, quick, time.perf_counter() - begun, provenance()), encoding="utf-8")
    return path


def page(name: str, part: Part, quick: bool, seconds: float, made: dict[str, Any]) -> str:
    """The part in Markdown."""
    size = " --quick" * quick
    parts = [
        f"# {part.heading}",
        f"*Written by `python -m popgrad.analyses.ledger.{name}{size}`; every number comes from its runs. "
        f"popgrad {made['popgrad']}, commit {made['commit']}, {seconds:.0f} s on {made['cores']} cores.*",
        *["This is the short version, of few networks."] * quick,
        f"*{part.question}*",
        f"**What would count.** {part.counts}",
        f"![]({name}.png)",
        part.caption,
        *part.answer,
        "## Numbers",
        *(listed(each) for each in part.listings),
        "## How it was measured",
        *part.method,
    ]
    return "\n\n".join(parts) + "\n"
