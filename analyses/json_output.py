"""`--json [PATH or -]` of the commands: numbers for other programs, to a file or to standard output."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import rich_click as click

from ..sim.errors import PopgradError


def json_option(what: str) -> Callable[..., Any]:
    """The option, as `output`: a path, `-`, or None where no JSON is wanted.

    Args:
        what: is written, in a word or two.
    """
    return click.option(
        "--json",
        "output",
        metavar="[PATH or -]",
        type=click.Path(dir_okay=False, allow_dash=True),
        is_flag=False,
        flag_value="-",
        help=f"Write {what} as JSON, to standard output when no path is given.",
    )


def check_output(output: str | None) -> None:
    """Before there is work to lose: raises PopgradError unless JSON can be written there.

    A file that is there is left as it is, and none is left where there was none.
    """
    if output in (None, "-"):
        return
    path = Path(str(output))
    if not path.parent.is_dir():
        raise PopgradError(f"{path}: there is no folder {path.parent}; make it first")
    there = path.exists()
    try:
        with path.open("a", encoding="utf-8"):
            pass
    except OSError as error:
        raise _trouble(str(path), error) from error
    if not there:
        path.unlink()


def write_json(values: Mapping[str, Any], output: str | None) -> None:
    """Write values as JSON where `output` says.

    Raises:
        PopgradError: it cannot be written; a full disk, for instance.
    """
    text = json.dumps(values, indent=1, ensure_ascii=False) + "\n"
    try:
        if output == "-":
            click.echo(text, nl=False)
        elif output:
            Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise _trouble("standard output" if output == "-" else str(output), error) from error


def _trouble(where: str, error: OSError) -> PopgradError:
    return PopgradError(f"{where}: cannot be written ({error.strerror or error})")
