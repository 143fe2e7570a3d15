"""What a claim varies: lists in its settings."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator

T = TypeVar("T")


def _several(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values or len(set(values)) < len(values):
        raise ValueError("at least one value, none of them twice")
    return values


def _two(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(values) < 2 or len(set(values)) < len(values):
        raise ValueError("at least two values, none of them twice")
    return values


def _falling(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(values) < 2 or any(b >= a for a, b in pairwise(values)):
        raise ValueError("at least two values, each smaller than the one before")
    return values


Several = Annotated[tuple[T, ...], AfterValidator(_several)]
"""One at least, all different."""

Two = Annotated[tuple[T, ...], AfterValidator(_two)]
"""Two at least, all different."""

Falling = Annotated[tuple[T, ...], AfterValidator(_falling)]
"""Two at least, the largest first."""
