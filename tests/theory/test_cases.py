"""Every case of `popgrad verify` passes, on a seed of its own."""

from __future__ import annotations

import pytest
from popgrad.analyses.theory.case import Effort
from popgrad.analyses.theory.suite import alarm_level, every_case, verify

SEED = 20250614
EFFORT = Effort()
CASES = every_case(EFFORT)
ALPHA = alarm_level(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_theory_holds(case):
    (verdict,) = verify([case], SEED, EFFORT).verdicts
    assert not verdict.trouble
    assert [finding for finding in verdict.findings if not finding.holds(ALPHA)] == []
