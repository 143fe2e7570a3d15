"""What a decorator writes down of a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Role = Literal["loss", "rule", "head", "world", "behaviour"]

ATTRIBUTE = "__popgrad__"
"""Where a decorated function keeps its registration, and the module that it stands in those of its functions.

The list of a module shows two functions of one name, of which the module itself keeps the second.
"""


@dataclass(frozen=True, eq=False)
class Registration:
    """A function and what it is for.

    Args:
        role: what it is.
        name: in TOML.
        function: the user's own.
        signal: the column that a loss reads.
    """

    role: Role
    name: str
    function: Callable[..., Any]
    signal: str = ""
