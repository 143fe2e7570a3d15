"""From `crossed_at` and `diverged_at` to times and events."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from popgrad.analyses.statistics import crossing_times, first_of, times_of
from popgrad.sim.errors import InvalidInput


def test_never_is_censored_at_the_end_and_divergence_where_it_happened():
    found = times_of([0, 26, -1, -1, 7], 100, [-1, 50, -1, 40, 7])
    assert found.time.tolist() == [0, 26, 100, 40, 7]
    assert found.event.tolist() == [1, 1, 0, 0, 1]
    assert times_of([-1, 100], 100).time.tolist() == [100, 100]


def test_numbers_that_are_no_times_are_refused():
    with pytest.raises(ValueError, match="no such watch"):
        times_of([-2, -2], 100)
    with pytest.raises(ValueError, match="expected -1 for never or updates from 0 to the end, 100"):
        times_of([101], 100)
    with pytest.raises(ValueError, match="expected -1 for never"):
        times_of([1, 2], 100, [-1, -7])
    for values in ([1.5, 2], [np.nan, 2]):
        with pytest.raises(ValueError, match="which are whole"):
            times_of(values, 100)
    with pytest.raises(ValueError, match="shapes"):
        times_of([1, 2], 100, [-1])


def run_of(crossed, diverged):
    watches = tuple(crossed)
    return SimpleNamespace(
        path=Path("run.h5"),
        watches=watches,
        crossed_at=lambda watch, condition: np.array(crossed[watch]),
        diverged_at=lambda condition: np.array(diverged),
        own_times=lambda condition: np.array([0, 10, 100]),
        own_watches=lambda condition: tuple(w for w in watches if crossed[w][0] != -2),
    )


RUN = run_of(
    {"low": [5, -1, -1, 9, 20, -1], "high": [-1, 8, -1, 9, 4, -1], "none": [-2] * 6},
    [-1, -1, -1, -1, -1, 30],
)


def test_the_first_of_several_and_divergence_behind_them():
    found = first_of(RUN, ["low", "high"], "c")
    assert found.time.tolist() == [5, 8, 100, 9, 4, 30]
    assert found.event.tolist() == [1, 2, 0, 1, 2, 3]  # at the same update the first named counts
    assert first_of(RUN, ["high", "low"], "c").event.tolist() == [2, 1, 0, 1, 1, 3]
    censored = first_of(RUN, ["low", "high"], "c", diverged=False)
    assert censored.event.tolist() == [1, 2, 0, 1, 2, 0]
    assert censored.time.tolist() == [5, 8, 100, 9, 4, 30]
    assert crossing_times(RUN, "low", "c").time.tolist() == [5, 100, 100, 9, 20, 30]


def test_a_condition_without_the_watch_is_told():
    for call in (
        lambda: crossing_times(RUN, "none", "c"),
        lambda: first_of(RUN, ["low", "none"], "c"),
        lambda: first_of(RUN, [], "c"),
    ):
        with pytest.raises(InvalidInput, match="expected one of low, high"):
            call()
