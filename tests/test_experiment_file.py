"""Recorded times: distinct whole numbers of updates, the first and the last always among them."""

from __future__ import annotations

import numpy as np
import pytest
from popgrad.sim.experiment import Record


@pytest.mark.parametrize("updates", [59, 60, 61, 100, 500, 4000, 100_000, 2**31 - 2])
def test_log_60_gives_60_distinct_times(updates):
    times = Record(log=60).times(updates)
    assert times.shape == (60,)
    assert times[0] == 0
    assert times[-1] == updates
    assert (np.diff(times) > 0).all()


@pytest.mark.parametrize("updates", [1, 2, 3, 10, 58])
@pytest.mark.parametrize("record", [{"log": 60}, {"linear": 60}])
def test_fewer_updates_than_times_are_all_recorded(record, updates):
    assert Record(**record).times(updates).tolist() == list(range(updates + 1))


@pytest.mark.parametrize("count", [2, 3, 7, 200])
def test_log_times_grow_by_ratios_once_these_exceed_one_update(count):
    times = Record(log=count).times(10**6)
    assert len(times) == count
    late = times[times > 5000]
    ratios = late[1:] / late[:-1]
    assert len(ratios) == 0 or ratios.max() / ratios.min() < 1.01


@pytest.mark.parametrize(
    ("record", "times"),
    [
        ({"linear": 5}, [0, 25, 50, 75, 100]),
        ({"linear": 2}, [0, 100]),
        ({"every": 30}, [0, 30, 60, 90, 100]),
        ({"every": 50}, [0, 50, 100]),
        ({"every": 1000}, [0, 100]),
        ({"at": [7]}, [0, 7, 100]),
        ({"at": [50, 3, 50, 0, 100]}, [0, 3, 50, 100]),
        ({"log": 2}, [0, 100]),
    ],
    ids=str,
)
def test_times_of_100_updates_by_hand(record, times):
    assert Record(**record).times(100).tolist() == times


@pytest.mark.parametrize(
    "record", [{}, {"log": 5, "every": 2}, {"log": 1}, {"every": 0}, {"at": [-1]}, {"at": []}]
)
def test_a_schedule_of_no_or_two_kinds_or_out_of_range_is_refused(record):
    with pytest.raises(ValueError, match="Record"):
        Record(**record)
