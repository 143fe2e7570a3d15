"""Before the first press: accounts sorted by hand, words that follow numbers, the page of a small run."""

from __future__ import annotations

import re

import numpy as np
import pytest
from popgrad.analyses.ledger import first_press
from popgrad.analyses.ledger.press_experiments import DUMMY, PLACE, REAL, STANDING, Size
from popgrad.analyses.ledger.press_measured import Pressed
from popgrad.analyses.ledger.press_report import is_zero, mean, moved
from popgrad.analyses.ledger.report import page

TINY = Size(networks=48, imitation={"network": 60, "table": 400}, updates=40)
PLACES = np.array(["at the register", "on the way", "at work", "on the way", "at the dummy"])


def pressed(**more) -> Pressed:
    """Three networks, two accounts, one state for each place and three actions; all accounts different."""
    accounts = {name: np.arange(90.0).reshape(3, 2, 5, 3) + 1 for name in (*PLACE, *STANDING.values())}
    explored = {REAL: np.array([False, True, False]), DUMMY: np.array([False, False, True])}
    given = {
        "policy": "network",
        "groups": PLACES,
        "explored": explored,
        "accounts": accounts,
        "rates": {REAL: np.array([[0.5, 0.25], [0.0, 1.0], [0.0, 0.0]])},
        "time": np.array([0, 10]),
        "unexplained": {},
        "same": np.ones(3, bool),
    }
    return Pressed(**{**given, **more})


def test_accounts_are_named_as_they_lie_from_the_device():
    found = pressed()
    whole = found.accounts[REAL].sum(axis=1)
    real, dummy = found.by_group(REAL, REAL), found.by_group(REAL, DUMMY)
    np.testing.assert_array_equal(real["at it", "act"], whole[:, 0, 2])
    np.testing.assert_array_equal(dummy["at it", "act"], whole[:, 4, 2])
    # the register is on the left, so that left, action 0, leads to it and right, action 1, to the dummy
    np.testing.assert_array_equal(real["at work", "toward it"], whole[:, 2, 0])
    np.testing.assert_array_equal(dummy["at work", "toward it"], whole[:, 2, 1])
    np.testing.assert_array_equal(real["on the way", "away"], whole[:, 1, 1] + whole[:, 3, 1])
    for each in (real, dummy):
        np.testing.assert_allclose(sum(each.values()), whole.sum(axis=(1, 2)))


def test_what_is_at_a_device_and_what_is_not():
    found = pressed()
    np.testing.assert_array_equal(found.pressing(REAL, REAL)[:, :, 0], found.accounts[REAL][:, :, 0, 2])
    np.testing.assert_array_equal(found.elsewhere(REAL, DUMMY), found.accounts[REAL][:, :, :4])
    np.testing.assert_array_equal(found.neither, [True, False, False])
    np.testing.assert_array_equal(found.change(REAL), [-0.25, 1.0, 0.0])


def test_zero_is_zero_to_the_bit():
    accounts = np.zeros((3, 2, 4))
    accounts[1, 1, 3] = 5e-324
    accounts[2, 0] = [1, -1, 0, 0]
    np.testing.assert_array_equal(is_zero(accounts), [True, False, False])


@pytest.mark.parametrize(
    ("middle", "spread", "expected"),
    [(0.2, 0.01, "movement"), (0.0, 0.001, "no movement"), (0.012, 0.05, "undecided")],
)
def test_movement_needs_the_whole_interval(middle, spread, expected):
    values = middle + spread * np.array([-1.0, 1.0] * 10)
    assert expected in moved(mean(values))
    assert "undecided" in moved(mean(values[:4]))


@pytest.fixture(scope="module")
def part(tmp_path_factory):
    return first_press.part(tmp_path_factory.mktemp("press"), TINY, threads=1)


def test_a_small_run_gives_the_page(part):
    text = page({"first_press": part}, True, {"popgrad": "1", "commit": "c"})
    for heading in ("(at the register, press)", "Register beside dummy", "After the press"):
        assert heading in text
    counts = [tuple(map(int, each)) for each in re.findall(r"(\d+) of (\d+) \(", part.answer[0])]
    assert len(counts) == 4
    for (zero, unpressed), (none, others) in (counts[:2], counts[2:]):
        assert zero == unpressed > 0
        assert none == 0 < others
        assert unpressed + others == TINY.networks
    same = [tuple(map(int, each)) for each in re.findall(r"(\d+) of (\d+) \(", part.answer[1])]
    assert all(one == all_of for one, all_of in same[::2])
    assert sum(one for one, _ in same[1::2]) == 0
    rows = {row[:3]: row[3:] for row in part.listings[0].rows}
    assert len(rows) == 24
    assert all(set(rows[policy, "at it", "act"]) == {"0 (0 to 0)"} for policy in ("network", "table"))
    assert rows["table", "at work", "away"][2:] == ("0 (0 to 0)",) * 2
    assert float(rows["network", "at work", "away"][2].split()[0]) > 0.01
