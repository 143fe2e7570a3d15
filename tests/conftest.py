"""What holds for the whole of a test run."""

from __future__ import annotations

import signal

import pytest
from compiled import compile_kernels


def pytest_configure() -> None:
    """Ctrl-C reaches the programs that tests start, even where this one was started in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Kernels are compiled before processes share the tests; each would compile all that it needs."""
    processes = session.config.getoption("numprocesses", None)
    if processes and not hasattr(session.config, "workerinput"):
        compile_kernels(processes)
