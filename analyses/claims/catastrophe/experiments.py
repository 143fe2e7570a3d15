"""Every experiment of the claim."""

from __future__ import annotations

from ..claim import Table
from . import arms, places
from .settings import Settings


def experiments(settings: Settings) -> dict[str, Table]:
    """Name -> experiment, in the order in which they are run."""
    return arms.tables(settings) | places.tables(settings)
