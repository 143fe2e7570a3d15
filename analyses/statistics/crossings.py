"""From the run file's `crossed_at` to times and what happened at them; −1 is not a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...sim.errors import Fault, InvalidInput, nearest

if TYPE_CHECKING:
    from ...sim.runfile import Run


class Times(NamedTuple):
    """Until when each network was followed, in updates, and what ended it.

    Args:
        time: (n,) int64.
        event: (n,) int64. 0: censored, it had not happened by `time`. From 1: which of several causes.
    """

    time: NDArray[np.int64]
    event: NDArray[np.int64]


def times_of(crossed_at: ArrayLike, end: int, diverged_at: ArrayLike | None = None) -> Times:
    """Crossing times from the numbers that a run file holds.

    A network that never crossed is censored at `end`: it would have crossed later, or never. One that
    diverged before it crossed is censored where it diverged, which takes for granted that, had it not, it
    would have gone on as the others did. To count divergence as an event of its own: `first_of`.

    Args:
        crossed_at: (n,) updates done at the crossing; −1 never, 0 possible.
        end: updates done at the end of training.
        diverged_at: (n,) updates done at divergence; −1 never. Nobody diverged when None.

    Returns:
        Times, and 1 where the network crossed.

    Raises:
        ValueError: −2 (the condition has no such watch), other numbers below −1, crossings after the end.

    Example:
        >>> times_of([0, 26, -1, -1], end=100, diverged_at=[-1, -1, -1, 40])
        Times(time=array([  0,  26, 100,  40]), event=array([1, 1, 0, 0]))
    """
    crossed = _updates(crossed_at)
    diverged = np.full_like(crossed, -1) if diverged_at is None else _updates(diverged_at)
    if crossed.ndim != 1 or crossed.shape != diverged.shape:
        raise ValueError(f"times_of: got shapes {crossed.shape} and {diverged.shape}, expected the same (n,)")
    if (crossed == -2).any():
        raise ValueError("times_of: crossed_at is -2: the condition has no such watch")
    if (crossed < -1).any() or (diverged < -1).any() or (crossed > end).any() or (diverged > end).any():
        raise ValueError(f"times_of: expected -1 for never or updates from 0 to the end, {end}")
    event = (crossed >= 0).astype(np.int64)
    return Times(np.where(event == 1, crossed, np.where(diverged >= 0, diverged, end)), event)


def _updates(values: ArrayLike) -> NDArray[np.int64]:
    array = np.asarray(values)
    if array.dtype.kind not in "iu" and not (array == np.floor(array)).all():
        raise ValueError("times_of: expected numbers of updates, which are whole")
    return array.astype(np.int64)


def crossing_times(run: Run, watch: str, condition: str) -> Times:
    """When each network of a condition crossed a watch; the others censored at the end or at divergence.

    Args:
        run: what `open_run` gives.
        watch: a name from `run.watches`.
        condition: a name from `run.conditions`, one that has the watch.

    Returns:
        What `times_of` makes of them, one per network.

    Raises:
        InvalidInput: names that the run does not have, a condition without that watch.

    Example:
        >>> times = crossing_times(run, "walks_away < 0.5", "imitation")                # doctest: +SKIP
        >>> print(kaplan_meier(*times).quantile())                                      # doctest: +SKIP
    """
    crossed = run.crossed_at(watch, condition)
    _check_watch(run, watch, condition)
    return times_of(crossed, int(run.own_times(condition)[-1]), run.diverged_at(condition))


def first_of(run: Run, watches: Sequence[str], condition: str, diverged: bool = True) -> Times:
    """Which of several watches each network of a condition crossed first, and when.

    Args:
        run: what `open_run` gives.
        watches: names from `run.watches`. Where two are crossed at the same update, the first named counts.
        condition: a name from `run.conditions`, one that has these watches.
        diverged: whether divergence is one more cause, behind the watches; censored otherwise.

    Returns:
        The time of whatever came first, and its number: 1 for the first watch and so on, 0 where nothing came
        before the end of training.

    Raises:
        InvalidInput: names that the run does not have, a condition without one of the watches.

    Example:
        >>> times = first_of(run, ["tampers < 0.1", "tampers > 0.9"], "outcome")        # doctest: +SKIP
        >>> incidence = cumulative_incidence(*times)                                    # doctest: +SKIP
    """
    if not watches:
        expected = f"one of {', '.join(run.watches)}" if run.watches else "none: this run has no watch"
        raise InvalidInput(str(run.path), [Fault("watch", "none", expected)])
    end, lost = int(run.own_times(condition)[-1]), run.diverged_at(condition)
    columns = [run.crossed_at(watch, condition) for watch in watches]
    for watch in watches:
        _check_watch(run, watch, condition)
    candidates = np.stack([*columns, lost])
    never = np.iinfo(np.int64).max
    candidates = np.where(candidates < 0, never, candidates)
    first = candidates.argmin(axis=0)
    time = candidates.min(axis=0)
    event = np.where(time == never, 0, first + 1)
    if not diverged:
        event = np.where(event == len(columns) + 1, 0, event)
    return Times(np.where(time == never, end, time), event)


def _check_watch(run: Run, watch: str, condition: str) -> None:
    own = run.own_watches(condition)
    if watch not in own:
        expected = f"one of {', '.join(own)}" if own else "none: this condition has no watch"
        fault = Fault("watch", repr(watch), expected, nearest(watch, own))
        raise InvalidInput(f"{run.path}, {condition}", [fault])
