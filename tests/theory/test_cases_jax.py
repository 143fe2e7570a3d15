"""Cases on the other backend: numbers to its precision, and sums that its compiler leaves alone."""

from __future__ import annotations

import pytest
from popgrad.analyses.theory.case import Effort
from popgrad.analyses.theory.suite import alarm_level, every_case, verify

SEED = 20250614
DOUBLE = Effort(networks=500, backend="jax", precision="float64")
SINGLE = Effort(networks=500, backend="jax")
IN_DOUBLE = (
    "T11.ten_arms",
    "T11.plateau",
    "T12.trajectory",
    "T12.label_noise",
    "T13.rate",
    "T15.conditioned",
    "T16.two_layers",
    "T18.first_step",
    "T18.times",
    "T19.times",
    "L22.rest",
)
IN_SINGLE = ("T11.plateau", "T18.silence")
"""A difference that a compiler sees through is 0, and then the plateau is never left."""


def holds(name: str, effort: Effort) -> None:
    cases = every_case(effort)
    (verdict,) = verify([case for case in cases if case.name == name], SEED, effort).verdicts
    assert not verdict.trouble
    assert [finding for finding in verdict.findings if not finding.holds(alarm_level(cases))] == []


@pytest.mark.parametrize("name", IN_DOUBLE)
def test_theory_holds_in_float64(name):
    holds(name, DOUBLE)


@pytest.mark.parametrize("name", IN_SINGLE)
def test_theory_holds_in_float32(name):
    holds(name, SINGLE)
