"""What a claim varies: lists in its settings."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator

T = TypeVar("T")


def _different(least: int, said: str) -> AfterValidator:
    def check(values: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(values)) < max(least, len(values)):
            raise ValueError(f"at least {said}, none of them twice")
        return values

    return AfterValidator(check)


def _falling(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(values) < 2 or any(b >= a for a, b in pairwise(values)):
        raise ValueError("at least two values, each smaller than the one before")
    return values


Several = Annotated[tuple[T, ...], _different(1, "one value")]
"""One at least, all different."""

Two = Annotated[tuple[T, ...], _different(2, "two values")]
"""Two at least, all different."""

Falling = Annotated[tuple[T, ...], AfterValidator(_falling)]
"""Two at least, the largest first."""
