"""Every experiment of the claim."""

from __future__ import annotations

from ..claim import Table
from . import arms, ladders, triggers
from .settings import Settings


def experiments(settings: Settings) -> dict[str, Table]:
    """Name -> experiment, in the order in which they are run: each after those whose weights it goes on "
    "from."""
    return arms.tables(settings) | triggers.tables(settings) | ladders.tables(settings)
