"""Faults are planted in the running code, and each is found by the case of the theory suite named for it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from mutations import beside, mutated_copy, planted
from popgrad.analyses.theory.case import Case, Effort
from popgrad.analyses.theory.report import as_json
from popgrad.analyses.theory.suite import chosen, every_case, verify
from theory_faults import COPIES, LOWERED, NETWORKS, SOUND, XLA, Fault

SEED = 1
SUITES = {"numba": LOWERED, "jax": XLA}
"""Those planted in the running process; the others' cases pass in test_cases, with as many networks."""
Verdicts = dict[str, dict[str, Any]]


def verdicts_of(report: dict[str, Any]) -> Verdicts:
    """What `popgrad verify --json` says of each case, by its name."""
    return {case["name"]: case for case in report["cases"]}


@cache
def cases(effort: Effort) -> list[Case]:
    """Every case; to build them takes as long as to run some."""
    return every_case(effort)


def verified(names: Iterable[str], backend: str = "numba", networks: int = NETWORKS) -> Verdicts:
    """The verdicts of the running process."""
    effort = Effort(networks, backend=backend)
    return verdicts_of(as_json(verify(chosen(cases(effort), names), SEED, effort)))


def verifying(folder: Path, copy: str) -> tuple[subprocess.Popen[str], Path]:
    """A process that verifies a copy of the package with its faults, and where it puts the verdicts."""
    found = folder / "verdicts.json"
    names = dict.fromkeys([*(fault.case for fault in COPIES[copy]), *SOUND[copy]])
    command = [sys.executable, "-m", "popgrad", "verify", "--seed", str(SEED), "--networks", str(NETWORKS)]
    command += ["--json", str(found), *(part for name in names for part in ("--only", name))]
    package = mutated_copy(folder, COPIES[copy])
    return subprocess.Popen(
        command, env=beside(package), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ), found


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdicts]:
    """The verdicts of each copy; they compile side by side."""
    processes = {copy: verifying(tmp_path_factory.mktemp(copy), copy) for copy in COPIES}
    said = {copy: process.communicate()[0] for copy, (process, _) in processes.items()}
    assert [process.returncode for process, _ in processes.values()] == [1] * len(processes), said
    return {copy: verdicts_of(json.loads(found.read_text())) for copy, (_, found) in processes.items()}


def failed(verdict: dict[str, Any], among: str = "") -> bool:
    """Whether a case was run, and a prediction of it that says `among` failed."""
    assert not verdict["trouble"], verdict["trouble"]
    named = [each for each in verdict["predictions"] if among in each["what"]]
    assert named, f"no prediction says {among!r}"
    return any(not each["holds"] for each in named)


def described(case: tuple[str, Fault]) -> str:
    """A copy and a fault as a test's id."""
    copy, fault = case
    return f"{copy}-{fault.what}"


@pytest.mark.parametrize(
    "case", [(copy, fault) for copy, faults in COPIES.items() for fault in faults], ids=described
)
def test_a_case_finds_what_is_planted_in_a_copy(case, copies):
    copy, fault = case
    assert failed(copies[copy][fault.case], fault.among)


@pytest.mark.parametrize("copy", COPIES)
def test_cases_that_no_fault_touches_pass(copy, copies):
    assert {name: copies[copy][name]["verdict"] for name in SOUND[copy]} == dict.fromkeys(
        SOUND[copy], "passed"
    )


@pytest.mark.parametrize("fault", LOWERED, ids=lambda fault: fault.what)
def test_a_case_finds_what_is_planted_around_the_kernels(fault):
    with planted(fault):
        (verdict,) = verified([fault.case], networks=fault.networks).values()
    assert failed(verdict, fault.among)


@pytest.mark.parametrize("fault", XLA, ids=lambda fault: fault.what)
def test_a_case_finds_what_is_planted_in_xla(fault):
    import jax

    jax.clear_caches()
    try:
        with planted(fault):
            (verdict,) = verified([fault.case], "jax").values()
    finally:
        jax.clear_caches()
    assert failed(verdict, fault.among)


@pytest.mark.parametrize("backend", SUITES)
def test_without_them_every_case_passes(backend):
    verdicts = verified({fault.case for fault in SUITES[backend]}, backend)
    assert {name for name, verdict in verdicts.items() if verdict["verdict"] != "passed"} == set()
