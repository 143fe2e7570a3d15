"""Every case of `popgrad verify` passes, with as many networks as find what is planted, on another seed."""

from __future__ import annotations

import pytest
from popgrad.analyses.theory.case import Effort
from popgrad.analyses.theory.suite import alarm_level, every_case, verify
from theory_faults import NETWORKS

SEED = 20250614
EFFORT = Effort(NETWORKS)
CASES = every_case(EFFORT)
ALPHA = alarm_level(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_theory_holds(case):
    (verdict,) = verify([case], SEED, EFFORT).verdicts
    assert not verdict.trouble
    assert [finding for finding in verdict.findings if not finding.holds(ALPHA)] == []
