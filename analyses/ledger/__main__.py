"""python -m popgrad.analyses.ledger [--quick] -o FOLDER"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import rich_click as click

from ...sim.commands import THREADS
from ...sim.errors import PopgradError
from .report import PARTS, page


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="The short version, a minute a part; else up to five.")
@click.option(
    "--only",
    metavar="PART",
    multiple=True,
    type=click.Choice(list(PARTS)),
    help="This part alone; repeat it for more.",
)
@click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Where to leave evidence.md, figures and runs. What is finished there is not run again.",
)
@THREADS
def main(quick: bool, only: tuple[str, ...], output: Path, threads: int | None) -> None:
    """Put the ledger to the test, and write down what came of it."""
    try:
        write(output, quick, only or tuple(PARTS), threads)
    except PopgradError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{output}: cannot be written ({error.strerror or error})") from error


def write(output: Path, quick: bool, names: tuple[str, ...], threads: int | None) -> None:
    """Run parts; leave the page, a figure of each part, and runs in `runs` or `runs-quick`."""
    from ...sim.provenance import provenance
    from ..figures import save

    output.mkdir(parents=True, exist_ok=True)
    parts = {}
    for name in names:
        click.echo(f"{name}: {PARTS[name]}", err=True)
        part = import_module(f".{name}", __package__)
        parts[name] = part.run(output / ("runs-quick" if quick else "runs") / name, quick, threads)
        save(parts[name].figure, output / f"{name}.png")
    text = page(parts, quick, provenance())
    (output / "evidence.md").write_text(text, encoding="utf-8")
    click.echo(str(output / "evidence.md"))


if __name__ == "__main__":
    main()
