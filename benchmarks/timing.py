"""Fair timings: the sides take turns, after a check that both compute the same."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .cases import Case
from .child import Child, Where
from .jax_problems import Outcome
from .parity import Finals, Parity, compared


@dataclass(frozen=True)
class Size:
    """How much of a case is timed.

    Args:
        networks, updates: the work of one turn; repeats: turns of each side; threads: of each side.
        cold: whether popgrad compiles its kernels anew although they may be on disk.
    """

    networks: int
    updates: int
    repeats: int
    threads: int
    cold: bool = False


@dataclass(frozen=True)
class Spread:
    """Median and extremes."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        """The spread of some values."""
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True)
class SideTiming:
    """One side: seconds of each turn and of the compilation, and its process's peak memory in bytes."""

    seconds: list[float]
    compile_seconds: float
    peak_memory: int | None


@dataclass(frozen=True)
class Timing:
    """A case, timed."""

    case: Case
    size: Size
    parity: Parity
    popgrad: SideTiming
    jax: SideTiming
    kernels_from_disk: bool
    jax_device: str

    def rates(self, side: SideTiming) -> Spread:
        """Network updates per second."""
        return Spread.of([self.size.networks * self.size.updates / seconds for seconds in side.seconds])

    @property
    def ratio(self) -> Spread:
        """How many times faster popgrad was, turn by turn."""
        pairs = zip(self.popgrad.seconds, self.jax.seconds, strict=True)
        return Spread.of([theirs / ours for ours, theirs in pairs])


def popgrad_side(*arguments: Any) -> Any:
    """Build popgrad's side, whose imports are the child's alone."""
    from .popgrad_side import PopgradSide

    return PopgradSide(*arguments)


def jax_side(*arguments: Any) -> Any:
    """Build the peer's side, whose imports are the child's alone."""
    from .jax_peer import JaxSide

    return JaxSide(*arguments)


def timed(case: Case, size: Size, tell: Callable[[str], None] = lambda doing: None) -> Timing:
    """Check that both sides of a case compute the same, then time them.

    Args:
        tell: told what is being done.

    Raises:
        PopgradError: the sides disagree; then nothing is timed.
    """
    with tempfile.TemporaryDirectory(prefix="popgrad-bench-") as empty:
        where = Where(size.threads, empty if size.cold else None)
        with Child(where, popgrad_side, case, size.networks, size.threads) as ours:
            tell("compiling")
            compiled = ours("compile", size.updates)
            initial = ours("initial")
            with Child(where, jax_side, case.peer, initial) as theirs:
                return _timed(case, size, (ours, theirs), compiled, initial, tell)


def _timed(
    case: Case,
    size: Size,
    sides: tuple[Child, Child],
    compiled: float,
    initial: Any,
    tell: Callable[[str], None],
) -> Timing:
    ours, theirs = sides
    compile_seconds = (compiled, theirs("compile", size.updates))
    tell("checking that both sides compute the same")
    checked = min(size.updates, case.updates)
    for side in sides:
        side("run", checked)
    redrawn = ours("redrawn", checked) if isinstance(case.peer, Outcome) else None
    parity = compared(case, checked, Finals(initial, ours("weights"), theirs("weights"), redrawn))
    if checked != size.updates:  # otherwise the check has warmed up what is timed
        tell("warming up")
        for side in sides:
            side("run", size.updates)
    seconds: tuple[list[float], list[float]] = ([], [])
    for repeat in range(size.repeats):
        tell(f"turn {repeat + 1} of {size.repeats}")
        for side, taken in zip(sides, seconds, strict=True):
            taken.append(side("run", size.updates))
    popgrad, jax = (
        SideTiming(taken, before, side("peak_memory"))
        for side, taken, before in zip(sides, seconds, compile_seconds, strict=True)
    )
    return Timing(case, size, parity, popgrad, jax, ours("loaded"), theirs("device"))
