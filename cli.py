"""The command line: a click group whose subcommands are loaded when they are called."""

from __future__ import annotations

import errno
import io
import signal
import sys
from importlib import import_module
from typing import Any

import rich_click as click

from ._version import __version__

COMMANDS = {
    "run": ".sim.commands",
    "check": ".sim.commands",
    "list": ".sim.commands",
    "rerun": ".sim.commands",
    "info": ".analyses.commands",
    "plot": ".analyses.commands",
    "compare": ".analyses.commands",
    "ledger": ".analyses.accounts.commands",
    "path": ".analyses.commands",
    "claim": ".analyses.claims.commands",
    "verify": ".analyses.theory.commands",
    "bench": ".benchmarks.commands",
}
"""Where each command lives; the function there bears its name, `list` with an underscore behind it."""


class LazyGroup(click.RichGroup):
    """Loads a subcommand when it is asked for, and turns what a user can put right into a message."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(COMMANDS[cmd_name], __package__)
        return getattr(module, cmd_name if cmd_name != "list" else "list_")

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a PopgradError becomes a message and its exit status, Ctrl-C status 130."""
        from .sim.errors import PopgradError

        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # ½ and ✓ on a terminal that has no such letter
                stream.reconfigure(errors="replace")
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as a scheduler stops a job
        try:
            return super().invoke(ctx)
        except PopgradError as error:
            click.echo(f"popgrad: {error}", err=True)
            ctx.exit(error.exit_status)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            click.echo(f"popgrad: {error.strerror}: the output cannot be written", err=True)
            ctx.exit(2)
        except KeyboardInterrupt:
            click.echo("popgrad: interrupted", err=True)
            ctx.exit(130)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="popgrad")
def main() -> None:
    """Train populations of tiny policy networks and see how behaviours are reinforced or corrected."""
