"""A sign, a factor and a dropped term in either backend's rules are caught by the parity of gradients."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mutations import mutated_copy, planted
from parity_cases import PROGRAMS, Program, compared, compiled, difference, inputs_of, xla_updates
from parity_lanes import Case, Update, described, lane_updates, plan_of
from parity_mutations import LANES, SOUND, XLA, lanes_of

UNITS = 32
"""What test_gradients allows."""
CAUGHT = 1000
"""A fault is no rounding."""
CASES = list(dict.fromkeys([*SOUND, *(mutation.case for mutation in (*LANES, *XLA))]))


@pytest.fixture(scope="module", autouse=True)
def programs() -> None:
    PROGRAMS.ahead(CASES, "float32")


@pytest.mark.parametrize("case", CASES, ids=described)
def test_without_a_fault_they_agree(case):
    assert difference(case).units <= UNITS


@pytest.fixture(scope="module")
def mutant(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """What the lanes do with all faults at once: one compilation, and each in the way of its own case."""
    folder: Path = tmp_path_factory.mktemp("mutant")
    cases = [*SOUND, *(mutation.case for mutation in LANES)]
    lanes_of(mutated_copy(folder, LANES), cases, folder / "gradients.npz")
    with np.load(folder / "gradients.npz") as found:
        return dict(found)


def units_of(case: Case, mutant: dict[str, np.ndarray]) -> float:
    """How far a mutant's gradients are from the other backend's at the same weights."""
    path = [
        Update(weights, gradient, None) for weights, gradient in zip(*mutant[described(case)], strict=True)
    ]
    return difference(case, path).units


@pytest.mark.parametrize("mutation", LANES, ids=lambda mutation: mutation.what)
def test_faults_of_the_lanes_are_caught(mutation, mutant):
    assert units_of(mutation.case, mutant) > CAUGHT


@pytest.mark.parametrize("case", SOUND, ids=described)
def test_a_case_without_one_of_them_still_agrees(case, mutant):
    assert units_of(case, mutant) <= UNITS


@pytest.mark.parametrize("mutation", XLA, ids=lambda mutation: mutation.what)
def test_faults_of_xla_are_caught(mutation):
    case = mutation.case
    PROGRAMS.settle()
    inputs, path = inputs_of(case, "float32"), lane_updates(case)
    with planted(mutation):
        program = Program(inputs, compiled(inputs, double=False))
    found = compared(plan_of(case, "float32")[0], path, xla_updates(program, path))
    assert found.units > CAUGHT
    assert difference(case).units <= UNITS  # the fault is gone again
