"""What the guide shows and says is so."""

import doctest
import re
from pathlib import Path

import pytest
from popgrad.analyses import statistics
from popgrad.analyses.statistics import METHODS, coverage

GUIDE = Path(__file__).parents[3] / "docs/statistics.md"
ROWS = re.findall(r"^\| (\d+) \| ([\d.]+) \| ([\d. |]+) \|$", GUIDE.read_text(), re.MULTILINE)


def test_examples():
    results = doctest.testfile(str(GUIDE), module_relative=False)
    assert results.attempted > 20
    assert results.failed == 0


def test_the_table_is_what_coverage_gives():
    assert len(ROWS) == 4
    for trials, p, row in ROWS:
        order = ("wald", "wilson", "clopper_pearson", "jeffreys")
        assert set(order) == set(METHODS)
        found = [f"{float(coverage(method, int(trials), float(p))):.4f}" for method in order]
        assert row.split(" | ") == found


@pytest.mark.parametrize("name", re.findall(r"`(\w+)(?=[`(])", GUIDE.read_text()))
def test_every_function_named_is_there(name):
    assert hasattr(statistics, name) or name in {
        *(
            "estimate",
            "low",
            "high",
            "method",
            "inf",
            "compare",
            "choice",
            "grid",
            "ValueError",
            "crossed_at",
        ),
        *("equivalent", "above", "below", "undecided"),
    }
