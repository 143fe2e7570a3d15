"""Ctrl-C where it would be lost: compilation spends its time in callbacks from C that swallow exceptions."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

AGAIN = 0.2
"""Seconds after which an interrupt that was swallowed is raised again."""


@contextmanager
def insistent() -> Iterator[None]:
    """Within, a Ctrl-C is raised again and again until it gets through, and says nothing on the way.

    Signals reach the main thread of Python alone, and timers are not to be had on Windows: elsewhere this
    changes nothing.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_REAL, AGAIN)
        raise KeyboardInterrupt

    def quietly(unraisable: Any) -> None:
        if unraisable.exc_type is not KeyboardInterrupt:
            before(unraisable)

    before = sys.unraisablehook
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGALRM)}
    if handlers[signal.SIGINT] is not signal.default_int_handler:
        yield  # somebody else looks after it
        return
    sys.unraisablehook = quietly
    for number in handlers:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        sys.unraisablehook = before
