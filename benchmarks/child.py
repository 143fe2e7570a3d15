"""One side of a case in a process of its own, so that its memory and its threads are its own."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ..sim.errors import PopgradError


@dataclass(frozen=True)
class Where:
    """Where a side runs: how many threads, and the folder of its caches where it is not the usual one."""

    threads: int
    cache: str | None = None

    def settle(self) -> None:
        """Make this process such a place."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its children
        if self.cache:
            os.environ["XDG_CACHE_HOME"] = self.cache
        if hasattr(os, "sched_setaffinity"):  # XLA makes as many threads as the process may use cores
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: self.threads])


def peak_memory() -> int | None:
    """The most bytes that this process has held, where the system says.

    From VmHWM: `ru_maxrss` of a child starts at its parent's peak.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)


def serve(pipe: Connection, where: Where, make: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Build a side and call its methods as the pipe asks for them, until it is closed."""
    where.settle()
    side: Any = None
    while True:
        try:
            verb, given = pipe.recv()
        except EOFError:
            return
        try:
            if side is None:
                side = make(*arguments)
            answer = peak_memory() if verb == "peak_memory" else getattr(side, verb)(*given)
            pipe.send((True, answer))
        except Exception:
            pipe.send((False, traceback.format_exc()))


class Child:
    """A side that lives in another process; calling it calls a method there.

    Args:
        where: threads and caches of the process.
        make: a function that builds the side, and imports what it needs; arguments: what it is given.
    """

    def __init__(self, where: Where, make: Callable[..., Any], *arguments: Any):
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, where, make, arguments), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()
        self._pipe.close()

    def __call__(self, verb: str, *arguments: Any) -> Any:
        """Call a method of the side, or ask for the `peak_memory` of its process.

        Raises:
            PopgradError: the process is gone.
        """
        try:
            self._pipe.send((verb, arguments))
            done, answer = self._pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            raise PopgradError(
                f"a benchmark's process ended with status {self._process.exitcode} before its work was done;"
                " if memory ran out, ask for fewer --networks"
            ) from None
        if not done:
            raise RuntimeError(f"in a benchmark's process:\n{answer}")
        return answer
