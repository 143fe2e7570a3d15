"""What a user can put right: one base class, and faults that are reported all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any


class PopgradError(Exception):
    """Something the user can act on. The command line turns this, and nothing else, into a message."""

    exit_status = 2


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input: where, what was given, what was expected, the nearest valid name."""

    path: str
    given: str
    expected: str
    nearest: str | None = None

    def __str__(self) -> str:
        hint = f"; did you mean {self.nearest!r}?" if self.nearest else ""
        given = f"got {self.given}, " if self.given else ""
        return f"{self.path}: {given}expected {self.expected}{hint}"


class InvalidInput(PopgradError):  # noqa: N818  (it says what is the case)
    """Every fault of one input, together.

    Args:
        subject: what was read, for instance a file's path.
        faults: what is wrong with it, in the order of its parts.
    """

    def __init__(self, subject: str, faults: Iterable[Fault]):
        self.subject = subject
        self.faults = tuple(faults)
        count = len(self.faults)
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        super().__init__(f"{subject}: {count} fault{'s' * (count != 1)}\n{lines}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.subject, self.faults)


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """The valid name closest in spelling to `name`, or None when none is close."""
    matches = get_close_matches(name, list(valid), n=1, cutoff=0.5)
    return matches[0] if matches else None


def shown(value: Any) -> str:
    """A value as a person would recognise it in their file."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def brief(value: Any) -> str:
    """A value in a name: every digit that tells it from its neighbours, and none that does not."""
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
