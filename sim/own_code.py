"""Python that a user wrote: what it raises is a fault of the file, with the line."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TypeVar

from .errors import Fault, InvalidInput

T = TypeVar("T")


def tried(action: Callable[[], T], filename: str, path: str, given: str) -> T:
    """Run a user's code.

    Args:
        action: what runs it.
        filename: what its code was compiled as, by which its lines are known.
        path, given: of the fault, should there be one.

    Raises:
        InvalidInput: it raised something; or else a fault that it found itself, as it stands.
    """
    try:
        return action()
    except InvalidInput:
        raise
    except (Exception, SystemExit) as error:
        expected = f"Python that runs; it raised {said(error)}{at_line(error, filename)}"
        raise InvalidInput(path, [Fault(path, given, expected)]) from error


def said(error: BaseException) -> str:
    """An exception's type and the first line of its message."""
    first, *_ = str(error).strip().split("\n")
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def at_line(error: BaseException, filename: str) -> str:
    """Where in a file an exception was raised, as the end of a sentence; nothing where it was elsewhere."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == filename]
    return f" at line {lines[-1]}" if lines else ""
